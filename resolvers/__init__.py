"""Who answers a field: short functions that end in one query or one action, and the reading of tables (``reading``).

An input type lives beside the resolver that takes it: it is that function's argument list.
"""

from resolvers import enums as enums

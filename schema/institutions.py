"""Banks, insurers and guarantee companies."""

from resolvers import institutions
from schema.fields import Connection, root_field
from schema.identity import Institution


class Queries:
    institutions: Connection[Institution] = root_field(
        institutions.page, "Institutions to choose from, such as the banks (银行)."
    )

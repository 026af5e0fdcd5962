"""One formula over very many cases at once: what would the deposits be, if the rules were these?

``compiler`` goes through a formula as ``evaluation`` does for one case, tables and conditions with it, and says each
step to a ``Backend``: ``numpy_backend`` takes it over columns in memory, ``sql_backend`` over the columns of a
statement. There is no second description of a rule. A what-if is another ruleset: the draft of a file, loaded as any
other.

The three give the same amounts to the fen, and the same cases none: what one case would be told is ``undecided`` or
``not_configured`` is not known here (a mask, a NULL). What cannot be exact is refused before anything is computed.
"""

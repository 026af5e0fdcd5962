"""How tables are read: relations by name, batched; lists as keyset pages; every row only if the caller may see it.

The declarations in ``schema`` name a table (``represents``) and its columns and relations. Here are the generic answers
to them: ``relations`` for fields that follow a relationship, ``lists`` for connections.
"""

"""How tables are read, two ways from the same declarations; every row only if the caller may see it.

The declarations in ``schema`` name a table (``represents``), its columns and its relations; resolvers say the rest of
themselves (``declared``). The *generic* way goes through graphql-core: ``relations`` batches fields that follow a
relationship, ``lists`` answers connections. The *compiled* way makes one SQL statement of a whole operation, once, and
sends the JSON text that PostgreSQL gives. To follow an operation through it, read in this order:

* ``plans``: the whole way, from a document to its plan to its answer; ``operations`` are what is kept of documents.
* ``asked``: what a root field asks for, with which values.
* ``selections`` and ``pages``: selections become SQL; ``rows`` are the tables in it, with who may see them; ``shown``
  is what the schema says of a field, ``texts`` how each value is written.
* ``holes`` and ``values``: places in that text which Python fills, one call for all rows.
* ``acts``: a mutation acts first; the row that came of it is then read like any other.

Whatever the compiled way does not cover, or finds not as it should be, is a ``Fallback``: the generic way answers the
query from the start, with its exact nulls, paths and errors. An act is never done from the start again: the generic way
shows what it came to.
"""

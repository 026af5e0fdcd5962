"""How tables are read, two ways from the same declarations; every row only if the caller may see it.

The declarations in ``schema`` name a table (``represents``), its columns and its relations; resolvers say the rest of
themselves (``fields.marks``). The *generic* way goes through graphql-core: ``fields.relations`` batches fields that
follow a relationship, ``fields.connections`` answers lists. The *compiled* way makes one SQL statement of a whole
operation, once, and sends the JSON text that PostgreSQL gives. To follow an operation through it, read in this order:

* ``executor``: the whole way, from a document to its plan to its answer; ``operations`` are what is kept of documents;
  ``arguments`` and ``converters`` are what was sent with them, as resolvers take it.
* ``root_queries``: what a root field reads, with which values.
* ``sql``: ``statement`` is the whole, made of ``objects`` and ``connections``; ``scope`` is what all parts of it share;
  ``tables`` are the rows in it, with who may see them; ``json_text`` is how each value is written. ``field_info`` is
  what the schema says of a field.
* ``placeholders`` and ``serializers``: places in that text which Python fills, one call for all rows.
* ``mutations``: the act is done first; the row that came of it is then read like any other.

A root field that is refused is null, and its refusal stands beside the text; its sisters are read as ever.

Whatever else the compiled way does not cover, or finds not as it should be, is a ``Fallback``: the generic way answers
the query from the start, with its exact nulls, paths and errors. An act is never done from the start again: the generic
way shows what came of it.
"""

from resolvers.compiler.executor import Answer, QueryExecutor
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.mutations import MutationExecutor, MutationOutcome
from resolvers.compiler.operations import Operation

__all__ = ["Answer", "Fallback", "MutationExecutor", "MutationOutcome", "Operation", "QueryExecutor"]

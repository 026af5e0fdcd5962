"""The database. One page: which way to read, which way to write, and when.

Reading for a caller, where PostgreSQL itself keeps back what he may not see (``row_security``):

* ``Database.read_text(sql, values)``: one statement that gives one text, over the pipelining read pool. Only
  ``resolvers.compiler`` makes such statements. The way of nearly every query.
* ``async with db.read(actor) as session``: the ORM, for what the compiler does not cover. A resolver or a loader opens
  it where it is needed; it costs a millisecond.

Reading for the platform itself:

* ``async with db.read_everything() as session``: all rows. For jobs, start-up and commands; no resolver.

Within an act, on its own session, which reads all rows:

* ``act.session.scalars(select(...))``: the usual way, and right wherever nobody has measured otherwise.
* ``act.find(Model, id, lock=True)``: the one row an act is about, if its actor may see it, with the rows it refers to.
  ``core.access.find`` keeps a ``RowLoader`` for each table and role.
* ``PreparedStatement``: a small query that every act runs (who is to be told, what stands in the way). By ``look_up``
  and ``find(beside=...)`` it goes in the round trip of the row it belongs to.

Writing, always within ``async with db.write() as session``, which commits when the block ends well and leaves no trace
otherwise:

* change attributes of a row that was read: what was changed is written with the COMMIT (``row_updates``). An act reads,
  decides, then writes: a query after a change has that written first, at the price of a round trip.
* ``act.insert(row)``: the one way to a new row, written with the COMMIT. Its id comes from ``next_id(Model)``, in a
  statement that the act asks anyway, or from ``act.new_id(Model)``.
* ``deferred_writes.defer(session, write, ...)``: what is not one row of one table (the trail's next entry, messages
  with their jobs). It goes out with the COMMIT as well; ``barrier`` parts what must see each other, ``write_now`` is
  for transactions that go on.

Lower modules know nothing of higher ones: ``database`` opens; ``inserts`` and ``row_loader`` serve acts; below them
``deferred_writes`` and ``read_pool``; ``prepared`` and ``read_connection``; at the bottom ``pipeline`` (what an act
sends together), ``tables``, ``encoders``, ``row_security`` and ``pool_health``, which know
``outages`` alone: what it means that the database does not answer (``DatabaseAway``), and how long it is waited for
(``persist``).
"""

from core.db.database import RANDOM_PAGE_COST, STATEMENT_TIMEOUT_MS, Database
from core.db.inserts import insert, new_id, next_id
from core.db.outages import DatabaseAway, persist
from core.db.read_connection import CannotRead, PendingQuery
from core.db.tables import Base, fen, one_of, search_key

__all__ = [
    "RANDOM_PAGE_COST",
    "STATEMENT_TIMEOUT_MS",
    "Base",
    "CannotRead",
    "Database",
    "DatabaseAway",
    "PendingQuery",
    "fen",
    "insert",
    "new_id",
    "next_id",
    "one_of",
    "persist",
    "search_key",
]

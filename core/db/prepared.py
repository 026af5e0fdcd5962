"""Statements whose SQL is written once.

SQLAlchemy takes several times as long to find a statement's SQL, hand it over and take its rows in as the driver and
PostgreSQL take for the rest. What every act runs is therefore kept as one of these, which go to the driver as they are:
on the session's own connection, in its transaction, after what it has flushed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast
from weakref import ref

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from core.db.pipeline import Command, Pipeline, Rows

DIALECT = PGDialect_psycopg(dbapi=cast("Any", psycopg), paramstyle="numeric_dollar")
"""Writes parameters as PostgreSQL itself has them: ``$1``, ``$2``."""
_PIPELINE = "pipeline"
"""Where a connection keeps its own, and a session the one it uses, with a weak reference to the transaction for which
it does: that one refers to the session, and both would be left to the garbage collector."""


class _Compiled(NamedTuple):
    sql: bytes
    parameters: Sequence[tuple[str, Callable[[Any], Any] | None]]
    constants: Mapping[str, Any]


class PreparedStatement:
    """A statement with parameters (``bindparam``) for all that differs from one act to the next."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause

    async def fetch(self, session: AsyncSession, *beside: "Lookup", **values: Any) -> Rows:
        """The rows it gives, each value as the driver reads it. Right behind it goes what is looked up ``beside``."""
        pipeline = await pipeline_of(session)
        rows, *others = await pipeline.run([self.bind(values), *(lookup.command for lookup in beside)])
        for lookup, found in zip(beside, others, strict=True):
            lookup.rows = found
        return rows

    def look_up(self, **values: Any) -> "Lookup":
        """To be asked beside something else, in the same round trip."""
        return Lookup(self.bind(values))

    def bind(self, values: Mapping[str, Any]) -> Command:
        compiled = self._compiled
        given = {**compiled.constants, **values}
        return compiled.sql, [process(given[name]) if process else given[name] for name, process in compiled.parameters]

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled: Any = self._clause.compile(dialect=DIALECT)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        parameters = [(name, _processor(binds[name].type)) for name in compiled.positiontup]
        constants = {name: value for name, value in compiled.params.items() if not binds[name].required}
        return _Compiled(str(compiled).encode(), parameters, constants)


class Lookup:
    """A statement that is to be asked, and its rows once it was."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.rows: Rows = ()


async def flush(session: AsyncSession) -> None:
    """Have written what the session itself holds, unless it was told to wait; its own ``flush`` starts a greenlet even
    for nothing."""
    if session.autoflush and (session.new or session.dirty or session.deleted):
        await session.flush()


async def pipeline_of(session: AsyncSession) -> Pipeline:
    """The connection of the session's transaction. SQLAlchemy takes a while to give it out."""
    transaction = session.sync_session.get_transaction()
    kept, pipeline = session.info.get(_PIPELINE, (None, None))
    if transaction is None or kept is None or kept() is not transaction:
        pipeline = await session.run_sync(_check_out)
        session.info[_PIPELINE] = ref(session.sync_session.get_transaction()), pipeline
    return cast("Pipeline", pipeline)


def _check_out(session: Session) -> Pipeline:
    pooled = session.connection().connection
    if _PIPELINE not in pooled.info:  # as long as the connection lives
        pooled.info[_PIPELINE] = Pipeline(cast("Any", pooled.driver_connection))
    return pooled.info[_PIPELINE]


def _processor(type: Any) -> Callable[[Any], Any] | None:
    return type.dialect_impl(DIALECT).bind_processor(DIALECT)

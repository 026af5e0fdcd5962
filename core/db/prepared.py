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
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.pq import TransactionStatus
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

DIALECT = PGDialect_psycopg(dbapi=cast("Any", psycopg), paramstyle="numeric_dollar")
"""Writes parameters as PostgreSQL itself has them: ``$1``, ``$2``."""
_DRIVER = "driver"
"""Where a session keeps its connection, and a weak reference to the transaction for which it has that: that one refers
to the session, and both would be left to the garbage collector."""


class _Compiled(NamedTuple):
    sql: bytes
    parameters: Sequence[tuple[str, Callable[[Any], Any] | None]]
    constants: Mapping[str, Any]


class PreparedStatement:
    """A statement with parameters (``bindparam``) for all that differs from one act to the next."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause

    async def fetch(self, session: AsyncSession, **values: Any) -> Sequence[tuple[Any, ...]]:
        """The rows it gives, each value as the driver reads it."""
        connection = await driver_connection(session)
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            return await (await self.send(connection, values)).fetchall()
        async with connection.pipeline():  # the driver's BEGIN goes with it
            cursor = await self.send(connection, values)
        return await cursor.fetchall()

    async def send(self, connection: AsyncConnection[Any], values: Mapping[str, Any]) -> AsyncRawCursor[Any]:
        """The cursor that has what it gives; in a pipeline, that will have it."""
        compiled = self._compiled
        given = {**compiled.constants, **values}
        bound = [process(given[name]) if process else given[name] for name, process in compiled.parameters]
        return await AsyncRawCursor(connection).execute(compiled.sql, bound, prepare=True)

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled: Any = self._clause.compile(dialect=DIALECT)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        parameters = [(name, _processor(binds[name].type)) for name in compiled.positiontup]
        constants = {name: value for name, value in compiled.params.items() if not binds[name].required}
        return _Compiled(str(compiled).encode(), parameters, constants)


async def flush(session: AsyncSession) -> None:
    """Have written what the session itself holds, unless it was told to wait; its own ``flush`` starts a greenlet even
    for nothing."""
    if session.autoflush and (session.new or session.dirty or session.deleted):
        await session.flush()


async def driver_connection(session: AsyncSession) -> AsyncConnection[Any]:
    """The connection of the session's transaction, as the driver knows it. SQLAlchemy takes a while to give it out."""
    transaction = session.sync_session.get_transaction()
    kept, connection = session.info.get(_DRIVER, (None, None))
    if transaction is None or kept is None or kept() is not transaction:
        connection = await session.run_sync(_check_out)
        session.info[_DRIVER] = ref(session.sync_session.get_transaction()), connection
    return cast("AsyncConnection[Any]", connection)


def _check_out(session: Session) -> Any:
    return session.connection().connection.driver_connection


def _processor(type: Any) -> Callable[[Any], Any] | None:
    return type.dialect_impl(DIALECT).bind_processor(DIALECT)

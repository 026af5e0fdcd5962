"""Statements that are put into words once.

SQLAlchemy takes several times as long to find a statement's words, hand it over and take its rows in as the driver and
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

_DIALECT = PGDialect_psycopg(dbapi=cast("Any", psycopg), paramstyle="numeric_dollar")
_DRIVER = "driver"
"""Where a session keeps its connection, and a weak reference to the transaction for which it has that: that one refers
to the session, and both would be left to the garbage collector."""


class _Words(NamedTuple):
    sql: bytes
    parameters: Sequence[tuple[str, Callable[[Any], Any] | None]]
    constants: Mapping[str, Any]


class Statement:
    """A statement with parameters (``bindparam``) for all that differs from one act to the next."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause

    async def rows(self, session: AsyncSession, **values: Any) -> Sequence[tuple[Any, ...]]:
        """What it gives, each value as the driver reads it."""
        connection = await driver(session)
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            return await (await self.sent(connection, values)).fetchall()
        async with connection.pipeline():  # the driver's BEGIN goes with it
            cursor = await self.sent(connection, values)
        return await cursor.fetchall()

    async def sent(self, connection: AsyncConnection[Any], values: Mapping[str, Any]) -> AsyncRawCursor[Any]:
        """The cursor that has what it gives; in a pipeline, that will have it."""
        words = self._words
        known = {**words.constants, **values}
        bound = [processed(known[name]) if processed else known[name] for name, processed in words.parameters]
        return await AsyncRawCursor(connection).execute(words.sql, bound, prepare=True)

    @cached_property
    def _words(self) -> _Words:
        compiled: Any = self._clause.compile(dialect=_DIALECT)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        parameters = [(name, _processor(binds[name].type)) for name in compiled.positiontup]
        constants = {name: value for name, value in compiled.params.items() if not binds[name].required}
        return _Words(str(compiled).encode(), parameters, constants)


async def flush(session: AsyncSession) -> None:
    """Have written what the session itself holds, unless it was told to wait; its own ``flush`` starts a greenlet even
    for nothing."""
    if session.autoflush and (session.new or session.dirty or session.deleted):
        await session.flush()


async def driver(session: AsyncSession) -> AsyncConnection[Any]:
    """The connection of the session's transaction, as the driver knows it. SQLAlchemy takes a while to give it out."""
    transaction = session.sync_session.get_transaction()
    known, connection = session.info.get(_DRIVER, (None, None))
    if transaction is None or known is None or known() is not transaction:
        connection = await session.run_sync(_checked_out)
        session.info[_DRIVER] = ref(session.sync_session.get_transaction()), connection
    return cast("AsyncConnection[Any]", connection)


def _checked_out(session: Session) -> Any:
    return session.connection().connection.driver_connection


def _processor(type: Any) -> Callable[[Any], Any] | None:
    return type.dialect_impl(_DIALECT).bind_processor(_DIALECT)

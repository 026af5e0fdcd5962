"""Statements that are put into words once.

SQLAlchemy takes several times as long to find a statement's words, hand it over and take its rows in as the driver and
PostgreSQL take for the rest. What every act runs is therefore kept as one of these, which go to the driver as they are:
on the session's own connection, in its transaction, after what it has flushed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, cast

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession

_DIALECT = PGDialect_psycopg(dbapi=cast("Any", psycopg))
_DRIVER = "driver"
"""Where a session keeps its connection, and the transaction for which it has that."""


class _Words(NamedTuple):
    sql: str
    constants: Mapping[str, Any]
    processors: Mapping[str, Callable[[Any], Any]]


class Statement:
    """A statement with parameters (``bindparam``) for all that differs from one act to the next."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause

    async def rows(self, session: AsyncSession, **values: Any) -> Sequence[tuple[Any, ...]]:
        """What it gives, each value as the driver reads it."""
        sql, bound = self.bound(values)
        cursor = await (await driver(session)).execute(sql, bound, prepare=True)
        return await cursor.fetchall()

    def bound(self, values: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
        """Its words and parameters for the driver."""
        words = self._words
        bound = {**words.constants, **values}
        for name, processed in words.processors.items():
            bound[name] = processed(bound[name])
        return words.sql, bound

    @cached_property
    def _words(self) -> _Words:
        compiled: Any = self._clause.compile(dialect=_DIALECT)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        constants = {name: value for name, value in compiled.params.items() if not binds[name].required}
        processors = {name: _processor(binds[name].type) for name in compiled.params}
        return _Words(str(compiled), constants, {name: one for name, one in processors.items() if one})


async def driver(session: AsyncSession) -> AsyncConnection[Any]:
    """The connection of the session's transaction, as the driver knows it. SQLAlchemy takes a while to give it out."""
    transaction, connection = session.info.get(_DRIVER, (None, None))
    if transaction is None or transaction is not session.sync_session.get_transaction():
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        session.info[_DRIVER] = session.sync_session.get_transaction(), connection
    return cast("AsyncConnection[Any]", connection)


def _processor(type: Any) -> Callable[[Any], Any] | None:
    return type.dialect_impl(_DIALECT).bind_processor(_DIALECT)

"""The database: one engine, short sessions, and the base of all tables."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Identity,
    MetaData,
    Numeric,
    Table,
    Text,
    bindparam,
    event,
    func,
    inspect,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, make_transient_to_detached, mapped_column

from core.actor import CHINA, Actor
from core.db import deferred_writes, pool_health
from core.db.deferred_writes import Part
from core.db.prepared import Statement
from core.db.read_pool import Question, Readers
from core.db.row_security import READER, introduction

STATEMENT_TIMEOUT_MS = 15_000
RANDOM_PAGE_COST = 1.1
"""Of memory and solid state. At PostgreSQL's 4, of a spinning disk, pages are walked to past the rows of others."""
_READING = {
    "role": READER,
    "TimeZone": CHINA.key,  # the database writes moments as the API shows them
    "DateStyle": "ISO",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "plan_cache_mode": "force_generic_plan",
    "default_transaction_read_only": "on",
    "jit": "off",
    "random_page_cost": str(RANDOM_PAGE_COST),
}
"""Settings of the connections for compiled reads."""


class Base(DeclarativeBase):
    """Parent of every table. Amounts are yuan to the fen, moments have an offset, texts have no arbitrary length."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        int: BigInteger,
        str: Text,
        Decimal: Numeric(18, 2),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-2)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Status columns are text with a check: an enum type's equality is not leakproof and loses indexes under row-level
    security."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)


def next_id(model: type[Base]) -> ColumnElement[int]:
    """An id for a row that is still to come: for an act that asks for something anyway, and then need not wait until
    its row is written."""
    return func.nextval(func.pg_get_serial_sequence(text(f"'{model.__tablename__}'"), text("'id'")))


async def new_id(session: AsyncSession, model: type[Base]) -> int:
    """The same for an act that asks for nothing else."""
    [(id,)] = await _new_id(model).rows(session)
    return id


@cache
def _new_id(model: type[Base]) -> Statement:
    return Statement(select(next_id(model)))


def insert(session: AsyncSession, row: Base) -> None:
    """Have a new row, with an id of ``next_id``, written as the act ends: nothing changes it or refers to it before.
    What it leaves out is null."""
    model = type(row)
    values = {key: getattr(row, key) for key in _columns(model)}
    deferred_writes.add_row(
        session, _insertion(model), **{f"new_{model.__tablename__}_{key}": value for key, value in values.items()}
    )
    vars(row).update(values)  # what was left out is known, too
    make_transient_to_detached(row)
    session.add(row)


@cache
def _columns(model: type[Base]) -> Sequence[str]:
    mapper: Mapper[Any] = inspect(model)
    return [part.key for part in mapper.column_attrs if isinstance(part.columns[0], Column)]


@cache
def _insertion(model: type[Base]) -> Part:
    table = cast("Table", model.__table__)
    values = {key: bindparam(f"new_{model.__tablename__}_{key}", type_=table.c[key].type) for key in _columns(model)}
    return Part(table.insert().inline().values(values))


class Database:
    """Hands out sessions. GraphQL answers sibling fields at the same time and a session serves one task only, so a
    session is opened where it is needed and never stored on the request."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine = create_async_engine(self.url, pool_size=8, max_overflow=8)
        pool_health.ask_in_doubt(self.engine)
        event.listen(self.engine.sync_engine, "connect", _prepare)
        self._open = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readers = Readers(self.dsn, _READING)

    @asynccontextmanager
    async def read(self, actor: Actor) -> AsyncGenerator[AsyncSession]:
        """What the actor may see; all else PostgreSQL itself keeps back, whatever is asked."""
        async with self._open.begin() as session:
            await session.execute(select(func.set_config("role", READER, true()), introduction(actor)))
            yield session

    @asynccontextmanager
    async def read_everything(self) -> AsyncGenerator[AsyncSession]:
        """As the owner of the tables: for the platform's own look at them, never to answer a caller."""
        async with self._open() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession]:
        """A transaction: commits when the block ends well, else leaves no trace."""
        session = self._open()
        try:
            yield session
            await deferred_writes.commit(session)
        except BaseException:
            await asyncio.shield(session.close())
            raise
        session.sync_session.close()  # its connection went back with the commit: there is nothing to wait for

    @property
    def dsn(self) -> str:
        """The same database for libpq, as the job queue wants it."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def text(self, sql: str, values: Sequence[Any]) -> Question:
        """The one text that a compiled read gives; its statement introduces the caller. Raises CannotRead, at once or
        when it is awaited."""
        return self._readers.ask(sql, values)

    async def close(self) -> None:
        await self._readers.close()
        await self.engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    """Every connection speaks UTC, gives up on a statement that runs away, and knows what a page costs."""
    cursor = connection.cursor()
    settings = f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}; SET random_page_cost = {RANDOM_PAGE_COST}"
    cursor.execute(f"SET TIME ZONE 'UTC'; {settings}")
    cursor.close()
    connection.commit()

"""The database: one engine, short sessions, and the base of all tables."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it brings no types
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, MetaData, Numeric, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

STATEMENT_TIMEOUT_MS = 15_000
READERS = 4
"""Connections for compiled reads: the plan of a large statement takes 300 kB in each."""


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

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-1)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Status columns are text with a check: an enum type's equality is not leakproof and loses indexes under row-level
    security."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)


class CannotRead(Exception):
    """The database did not answer a compiled read; the text says what it said."""


class Database:
    """Hands out sessions. GraphQL answers sibling fields at the same time and a session serves one task only, so a
    session is opened where it is needed and never stored on the request."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine = create_async_engine(self.url, pool_size=8, max_overflow=8, pool_pre_ping=True)
        event.listen(self.engine.sync_engine, "connect", _prepare)
        self._open = async_sessionmaker(self.engine, expire_on_commit=False)
        self._reading: Any = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncSession]:
        async with self._open() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession]:
        """A transaction: commits when the block ends well, else leaves no trace."""
        async with self._open.begin() as session:
            yield session

    @property
    def dsn(self) -> str:
        """The same database for libpq, as the job queue wants it."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def text(self, sql: str, values: Sequence[Any]) -> bytes:
        """The one value that a compiled read gives. Raises CannotRead.

        A few connections of their own: each keeps the plans of its statements, and makes them once.
        """
        try:
            return await (await self._readers()).fetchval(sql, *values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise CannotRead(f"{type(error).__name__}: {error}") from error

    async def _readers(self) -> Any:
        async with self._opening:
            if self._reading is None:
                self._reading = await asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType] -- as above
                    self.dsn,
                    min_size=0,
                    max_size=READERS,
                    reset=_nothing,
                    max_cached_statement_lifetime=0,
                    max_cacheable_statement_size=0,
                    server_settings={
                        "TimeZone": "UTC",
                        "DateStyle": "ISO",
                        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                        "plan_cache_mode": "force_generic_plan",
                        "default_transaction_read_only": "on",
                        "jit": "off",
                    },
                )
        return self._reading

    async def close(self) -> None:
        if self._reading is not None:
            await self._reading.close()
        await self.engine.dispose()


async def _nothing(_connection: Any) -> None:
    """Done to a connection that is given back: compiled reads leave nothing on it."""


def _prepare(connection: Any, _record: Any) -> None:
    """Every connection speaks UTC and gives up on a statement that runs away."""
    cursor = connection.cursor()
    cursor.execute(f"SET TIME ZONE 'UTC'; SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
    cursor.close()
    connection.commit()

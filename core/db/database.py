"""One database: its pools, and the sessions that are opened on it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, func, select, true
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from core.actor import CHINA, Actor
from core.db import deferred_writes, pool_health
from core.db.pipeline import NOT_BY_DRIVER
from core.db.read_connection import PendingQuery
from core.db.read_pool import ReadPool
from core.db.row_security import READER, identify_caller

CONNECTIONS = 16
"""For acts and what is not compiled, of each process; opened when needed, then kept. SQLAlchemy would close one that is
lent beyond the pool's size as soon as it comes back, and a process of PostgreSQL for every act takes more than the act.
"""
STATEMENT_TIMEOUT_MS = 15_000
RANDOM_PAGE_COST = 1.1
"""Of memory and solid state. At PostgreSQL's 4, of a spinning disk, pages are walked to past the rows of others."""
_READ_SETTINGS = {
    "role": READER,
    "TimeZone": CHINA.key,  # the database writes moments as the API shows them
    "DateStyle": "ISO",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "plan_cache_mode": "force_generic_plan",
    "default_transaction_read_only": "on",
    "jit": "off",
    "random_page_cost": str(RANDOM_PAGE_COST),
}
"""Of the connections for compiled reads."""


class Database:
    """Hands out sessions. GraphQL answers sibling fields at the same time and a session serves one task only, so a
    session is opened where it is needed and never stored on the request."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine = create_async_engine(self.url, pool_size=CONNECTIONS, max_overflow=0, connect_args=NOT_BY_DRIVER)
        pool_health.check_when_stale(self.engine)
        event.listen(self.engine.sync_engine, "connect", _configure)
        self._open = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read_pool = ReadPool(self.dsn, _READ_SETTINGS)

    @asynccontextmanager
    async def read(self, actor: Actor) -> AsyncGenerator[AsyncSession]:
        """What the actor may see; all else PostgreSQL itself keeps back, whatever is asked."""
        async with self._open.begin() as session:
            await session.execute(select(func.set_config("role", READER, true()), identify_caller(actor)))
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

    def read_text(self, sql: str, values: Sequence[Any]) -> PendingQuery:
        """The one text that a compiled read gives; its statement says who the caller is. Raises CannotRead, at once or
        when it is awaited."""
        return self._read_pool.execute(sql, values)

    def connections_in_use(self) -> tuple[int, int]:
        """For acts and what is not compiled, and for compiled reads."""
        pool: Any = self.engine.pool
        return pool.checkedout(), self._read_pool.busy

    async def close(self) -> None:
        await self._read_pool.close()
        await self.engine.dispose()


def _configure(connection: Any, _record: Any) -> None:
    """Every connection speaks UTC, gives up on a statement that runs away, and knows what a page costs."""
    cursor = connection.cursor()
    settings = f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}; SET random_page_cost = {RANDOM_PAGE_COST}"
    cursor.execute(f"SET TIME ZONE 'UTC'; {settings}")
    cursor.close()
    connection.commit()

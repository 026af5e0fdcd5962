"""One database: its pools, and the sessions that are opened on it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import event, func, select, true
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from core.actor import CHINA, Actor
from core.db import deferred_writes, outages, pool_health
from core.db.outages import Outage
from core.db.pipeline import NOT_BY_DRIVER
from core.db.read_connection import PendingQuery
from core.db.read_pool import ReadPool
from core.db.row_security import READER, identify_caller
from core.tracing import trace_answer

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


_TO_NOTICE: Mapping[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
}
"""How soon it is seen that the database's machine, or the network, is gone: before an operation's own deadline. What
the address itself says comes first."""


class Database:
    """Hands out sessions. GraphQL answers sibling fields at the same time and a session serves one task only, so a
    session is opened where it is needed and never stored on the request."""

    def __init__(self, url: str) -> None:
        given = make_url(url).set(drivername="postgresql+psycopg")
        self.url = given.set(query={**_TO_NOTICE, **given.query})
        self.outage = Outage()
        self.engine = create_async_engine(
            self.url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            connect_args=NOT_BY_DRIVER,
            hide_parameters=True,  # they are what people entered, and errors are logged
        )
        event.listen(self.engine.sync_engine, "do_connect", self._connect)
        pool_health.check_when_stale(self.engine)
        event.listen(self.engine.sync_engine, "connect", _configure)
        self._open = async_sessionmaker(self.engine, expire_on_commit=False)
        self._read_pool = ReadPool(self.dsn, _READ_SETTINGS, self.outage)

    @asynccontextmanager
    async def read(self, actor: Actor) -> AsyncGenerator[AsyncSession]:
        """What the actor may see; all else PostgreSQL itself keeps back, whatever is asked. Waits a while for a
        database that is away; raises DatabaseAway."""
        who = select(func.set_config("role", READER, true()), identify_caller(actor))

        async def begin() -> AsyncSession:
            session = self._open(autobegin=False)  # its role ends with its transaction: there is no other one
            try:
                await session.begin()
                await session.execute(who)
            except BaseException as error:
                await self._give_up(session, error)
                raise
            return session

        session = await outages.persist(begin)
        try:
            yield session
        except BaseException as error:
            await self._give_up(session, error)
            raise
        await session.close()

    @asynccontextmanager
    async def read_everything(self) -> AsyncGenerator[AsyncSession]:
        """As the application, which sees all rows: for the platform's own look at them, never to answer a caller.
        Raises DatabaseAway."""
        session = self._open()
        try:
            yield session
        except BaseException as error:
            await self._give_up(session, error)
            raise
        await session.close()

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession]:
        """A transaction: commits when the block ends well, else leaves no trace. Raises DatabaseAway, which says when
        nobody knows."""
        session = self._open()
        try:
            yield session
            await deferred_writes.commit(session)
        except BaseException as error:
            await self._give_up(session, error)
            raise
        session.sync_session.close()  # its connection went back with the commit: there is nothing to wait for

    @property
    def dsn(self) -> str:
        """The same database for libpq, as the job queue wants it."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def read_text(self, sql: str, values: Sequence[Any]) -> PendingQuery:
        """The one text that a compiled read gives; its statement says who the caller is. Raises CannotRead, at once or
        when it is awaited."""
        query = self._read_pool.execute(sql, values)
        trace_answer(sql, query)
        return query

    def connections_in_use(self) -> tuple[int, int]:
        """For acts and what is not compiled, and for compiled reads."""
        pool: Any = self.engine.pool
        return pool.checkedout(), self._read_pool.busy

    async def _give_up(self, session: AsyncSession, error: BaseException) -> None:
        """End a session that failed. Raises DatabaseAway, if the error means that."""
        away = self.outage.explain(error)
        if away is None:
            try:
                await asyncio.shield(session.close())
            except DBAPIError:  # who is called off in the middle may leave it broken: that is no error of his
                with suppress(Exception):
                    await asyncio.shield(session.invalidate())
            outages.conceal(error)
            return
        with suppress(Exception):  # its connection is broken, mostly
            await asyncio.shield(session.invalidate())
        raise away from error

    def _connect(self, dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        with self.outage.connecting():
            return dialect.connect(*arguments, **named)

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

"""Connections for compiled reads: a few, opened when they are needed.

Statements that PostgreSQL has done in no time follow one another over one connection: to wake one more of its processes
takes longer than they do. All others have a connection to themselves.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from core.db.encoders import encode
from core.db.outages import Outage
from core.db.read_connection import CannotRead, PendingQuery, ReadConnection, explain

MAX_CONNECTIONS = 8
"""Fewer make callers wait for one another; more take memory for the same plans."""
QUICK = 200e-6
"""Seconds from when it was its turn to when its answer was seen, on average: so long a quick statement may take."""
_RECENT_RUNS = 8
"""That count for this average."""
_MAX_TIMED = 1000


class ReadPool:
    """Whoever reads while no connection is free for him waits for his turn."""

    def __init__(self, dsn: str, settings: Mapping[str, str], outage: Outage | None = None) -> None:
        self._dsn, self._settings = dsn, settings
        self._outage = outage or Outage()
        self._connections: list[ReadConnection] = []
        self._opened = 0
        self._waiting: deque[PendingQuery] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds: dict[str, float] = {}
        self._loop = asyncio.get_running_loop()

    def execute(self, statement: str, values: Sequence[Any]) -> PendingQuery:
        """Raises CannotRead for a value that cannot be sent."""
        try:
            encoded = encode(values)
        except ValueError as error:
            raise CannotRead(str(error)) from error
        quick = self._seconds.get(statement, QUICK) < QUICK
        query = PendingQuery(statement, encoded, quick, self._loop)
        # The quick ones fill the first connections, so that the last ones are free for the others.
        connections = self._connections if quick else reversed(self._connections)
        free = None if self._waiting else next((one for one in connections if one.is_free_for(query)), None)
        if free is not None:
            free.send(query)
        else:
            self._waiting.append(query)
            self._open_another()
        return query

    @property
    def busy(self) -> int:
        """Connections that are asked something."""
        return sum(connection.is_busy for connection in self._connections)

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)
        while self._connections:
            self._connections.pop().close()

    # What a connection tells.

    def record_time(self, statement: str, seconds: float) -> None:
        """The average is no quick one's before the statement was run a second time: the first run plans it."""
        before = self._seconds.get(statement)
        if before is None and len(self._seconds) == _MAX_TIMED:
            del self._seconds[next(iter(self._seconds))]
        self._seconds[statement] = QUICK if before is None else before + (seconds - before) / _RECENT_RUNS

    def dispatch(self, connection: ReadConnection) -> None:
        """Whoever has waited longest is next."""
        while self._waiting and (self._waiting[0].done() or connection.is_free_for(self._waiting[0])):
            query = self._waiting.popleft()
            if not query.done():
                connection.send(query)

    def discard(self, connection: ReadConnection, unanswered: Iterable[PendingQuery] = ()) -> None:
        """What it was still to be asked is asked elsewhere."""
        with suppress(ValueError):
            self._connections.remove(connection)
        self._opened -= 1
        self._waiting.extendleft(unanswered)
        for other in [*self._connections]:
            self.dispatch(other)
        if self._waiting:
            self._open_another()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _open_another(self) -> None:
        if self._opened < MAX_CONNECTIONS:
            self._opened += 1
            self.start(self._open())

    async def _open(self) -> None:
        try:
            with self._outage.connecting():
                opened = ReadConnection(self, await self._connect())
        except psycopg.Error as error:
            self._outage.explain(error)
            self._refuse_one(explain(error))
            self._opened -= 1
            if self._waiting:
                self._open_another()
        else:
            self._connections.append(opened)
            self.dispatch(opened)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, client_encoding="utf-8")
        try:
            for name, value in self._settings.items():
                await connection.execute(sql.SQL("SET {} TO {}").format(sql.Identifier(name), sql.Literal(value)))
        except BaseException:
            await connection.close()
            raise
        return connection

    def _refuse_one(self, error: CannotRead) -> None:
        while self._waiting:
            query = self._waiting.popleft()
            if not query.done():
                query.set_exception(error)
                return

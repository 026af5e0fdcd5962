"""Connections for compiled reads: a few, each with the plans of the statements it has met.

asyncpg's own pool spends as long on lending a connection and taking it back as PostgreSQL does on a small read. A
compiled read is one statement that leaves nothing behind, so that nothing has to be reset.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it brings no types

MOST = 8
"""Connections. Fewer make callers wait for one another; more take memory for the same plans."""
MOST_STATEMENTS = 60
"""Of one connection: the plan of a large statement takes 300 kB."""
_PATIENCE = 5.0
"""Seconds for a connection to close in good order."""


class CannotRead(Exception):
    """The database did not answer a compiled read; the text says what it said."""


class Readers:
    """Connections, opened when they are needed; whoever asks while all are busy waits for his turn."""

    def __init__(self, dsn: str, settings: Mapping[str, str]) -> None:
        self._dsn, self._settings = dsn, settings
        self._free: list[_Reader] = []
        self._opened = 0
        self._waiting: deque[asyncio.Future[_Reader | None]] = deque()
        self._ending: set[asyncio.Task[None]] = set()

    async def value(self, sql: str, values: Sequence[Any]) -> Any:
        """The one value that the statement gives. Raises CannotRead.

        A connection that failed, or whose caller went away in the middle, is not used again.
        """
        try:
            reader = self._free.pop() if self._free else await self._next()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise _cannot(error) from error
        try:
            value = await reader.value(sql, values)
        except BaseException as error:
            if isinstance(error, asyncpg.PostgresError) and not reader.is_closed():
                self._give_back(reader)  # the statement was refused, the connection is whole
            else:
                ending = asyncio.create_task(reader.close())
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)
                self._give_back(None)
            if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
                raise _cannot(error) from error
            raise
        self._give_back(reader)
        return value

    async def close(self) -> None:
        while self._free:
            await self._free.pop().close()
        await asyncio.gather(*self._ending)

    async def _next(self) -> "_Reader":
        if self._opened >= MOST:
            if (reader := await self._turn()) is not None:
                return reader
        else:
            self._opened += 1
        try:
            return await _Reader.open(self._dsn, self._settings)
        except BaseException:
            self._give_back(None)
            raise

    async def _turn(self) -> "_Reader | None":
        turn: asyncio.Future[_Reader | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came at the moment we left
                self._give_back(turn.result())
            raise

    def _give_back(self, reader: "_Reader | None") -> None:
        """To who has waited longest; None is the place of a connection that is gone."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(reader)
                return
        if reader is None:
            self._opened -= 1
        else:
            self._free.append(reader)


class _Reader:
    """A connection and its prepared statements, the longest unused dropped first."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._statements: OrderedDict[str, Any] = OrderedDict()

    @classmethod
    async def open(cls, dsn: str, settings: Mapping[str, str]) -> "_Reader":
        connect: Any = cast("Any", asyncpg).connect
        return cls(await connect(dsn, server_settings=dict(settings)))

    async def value(self, sql: str, values: Sequence[Any]) -> Any:
        statement = self._statements.get(sql)
        if statement is None:
            statement = self._statements[sql] = await self._connection.prepare(sql)
            if len(self._statements) > MOST_STATEMENTS:
                self._statements.popitem(last=False)
        else:
            self._statements.move_to_end(sql)
        return await statement.fetchval(*values)

    def is_closed(self) -> bool:
        return self._connection.is_closed()

    async def close(self) -> None:
        """Tells the database to stop what it is still doing for us, and leaves."""
        try:
            await self._connection.close(timeout=_PATIENCE)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # OSError: the time-out, too
            self._connection.terminate()


def _cannot(error: Exception) -> CannotRead:
    return CannotRead(f"{type(error).__name__}: {error}")

"""A connection for compiled reads, with the plans of the statements it has met.

psycopg opens it; then libpq is called directly, as psycopg offers it (``psycopg.pq``), with no cursor, transaction or
task around it: a compiled read is one prepared statement that gives one text and leaves nothing behind. The same small
read takes the process 8 µs so, 11 through asyncpg, 40 and more through a cursor.

Statements follow one another in libpq's pipeline, a transaction each.
"""

import asyncio
import select
from collections import OrderedDict, deque
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from psycopg import errors, pq

from core.db import outages

MAX_STATEMENTS = 60
"""Of one connection: the plan of a large statement takes 300 kB."""
MAX_PIPELINED = 16
"""Quick statements, one behind another."""
_CANCEL_SECONDS = 5.0
"""For a statement to be called off in good order."""


class CannotRead(Exception):
    """The database did not answer a compiled read; the text says what it said."""

    is_away = False


class ReadAway(CannotRead):
    """Because it is away, restarting or full."""

    is_away = True


class PendingQuery(asyncio.Future[bytes | None]):
    """A statement that was handed over: it becomes the one text that the statement gives, or CannotRead. Who cancels it
    calls the statement off."""

    __slots__ = ("connection", "quick", "sent_at", "statement", "values")

    def __init__(
        self, statement: str, values: Sequence[bytes | None], quick: bool, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(loop=loop)
        self.statement = statement
        self.values = values
        self.quick = quick
        self.connection: ReadConnection | None = None
        self.sent_at = 0.0

    def cancel(self, msg: Any | None = None) -> bool:
        connection, self.connection = self.connection, None
        cancelled = super().cancel(msg)
        if connection is not None:
            connection.abandon(self)
        return cancelled


class ConnectionOwner(Protocol):
    """What a connection tells whoever opened it."""

    def record_time(self, statement: str, seconds: float) -> None:
        """The statement took so long."""
        ...

    def dispatch(self, connection: "ReadConnection") -> None:
        """The connection has become free for one query more."""
        ...

    def discard(self, connection: "ReadConnection", unanswered: Iterable[PendingQuery] = ()) -> None:
        """The connection is at its end; these queries, the last one first, were not answered."""
        ...

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done in a task that is waited for in the end."""
        ...


class ReadConnection:
    """A connection and its prepared statements, the longest unused dropped first."""

    def __init__(self, owner: ConnectionOwner, connection: psycopg.AsyncConnection[Any]) -> None:
        self._owner, self._connection = owner, connection
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 1
        self._libpq.enter_pipeline_mode()
        self._loop, self._socket = asyncio.get_running_loop(), self._libpq.socket
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._prepared = 0
        self._pending: deque[PendingQuery] = deque()
        self._result: pq.abc.PGresult | None = None
        """What came last of the query that was sent longest ago."""
        self._answered_at = 0.0
        self._closed = False
        self._input = select.poll()
        self._input.register(self._socket, select.POLLIN)
        self._loop.add_reader(self._socket, self._on_readable)

    @property
    def is_busy(self) -> bool:
        return bool(self._pending)

    def is_free_for(self, query: PendingQuery) -> bool:
        pending = self._pending
        if not pending:
            return not self._closed
        return query.quick and pending[0].quick and len(pending) < MAX_PIPELINED

    def send(self, query: PendingQuery) -> None:
        query.connection = self
        query.sent_at = self._loop.time()
        self._pending.append(query)
        try:
            self._libpq.send_query_prepared(self._prepare(query.statement), query.values)
            self._libpq.pipeline_sync()
            if self._libpq.flush():
                self._loop.add_writer(self._socket, self._on_writable)
        except psycopg.Error as error:
            self._fail(error)

    def abandon(self, query: PendingQuery) -> None:
        """The caller went away. If the database is at his statement it is told to stop, and the connection not used
        again; one that waits in the pipeline is answered to nobody."""
        if query is self._pending[0]:
            self._stop_listening()
            self._owner.start(self._cancel_statement())
            self._owner.discard(self, self._take_unanswered())

    def close(self) -> None:
        self._stop_listening()
        self._libpq.finish()

    def _prepare(self, statement: str) -> bytes:
        """The name of the statement, which was sent to be prepared."""
        name = self._names.get(statement)
        if name is not None:
            self._names.move_to_end(statement)
            return name
        if len(self._names) == MAX_STATEMENTS:
            self._libpq.send_close_prepared(self._names.popitem(last=False)[1])
        self._prepared += 1
        name = self._names[statement] = b"s%d" % self._prepared
        self._libpq.send_prepare(name, statement.encode())
        return name

    def _on_writable(self) -> None:
        try:
            if not self._libpq.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._fail(error)

    def _on_readable(self) -> None:
        """Takes all that has come: of a socket whose other end is gone uvloop tells only once, and libpq reads a part
        at a time."""
        try:
            self._read()
            while not self._closed and self._input.poll(0):
                self._read()
        except psycopg.Error as error:
            self._fail(error)

    def _read(self) -> None:
        """Between two SYNC lies what came of one query; after each result libpq gives None."""
        libpq = self._libpq
        libpq.consume_input()
        while self._pending and not libpq.is_busy():
            result = libpq.get_result()
            if result is None:
                if libpq.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError("" if self._result is None else self._result.get_error_message())
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                self._complete_first()
            elif result.status == pq.ExecStatus.PIPELINE_ABORTED:  # it could not be prepared
                self._names.pop(self._pending[0].statement, None)
            else:
                self._result = result

    def _complete_first(self) -> None:
        query, result = self._pending.popleft(), self._result
        self._result = None
        assert result is not None
        now = self._loop.time()
        self._owner.record_time(query.statement, now - max(query.sent_at, self._answered_at))
        self._answered_at = now
        query.connection = None
        if query.done():
            pass
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            query.set_exception(_refusal(result))
        else:
            query.set_result(result.get_value(0, 0))
        self._owner.dispatch(self)

    def _fail(self, error: psycopg.Error) -> None:
        self.close()
        for query in self._take_unanswered():
            query.set_exception(explain(error))
        self._owner.discard(self)

    def _take_unanswered(self) -> Sequence[PendingQuery]:
        """From here on nobody's: the last one first."""
        unanswered = [query for query in reversed(self._pending) if not query.done()]
        self._pending.clear()
        for query in unanswered:
            query.connection = None
        return unanswered

    def _stop_listening(self) -> None:
        self._closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)

    async def _cancel_statement(self) -> None:
        with suppress(psycopg.Error, OSError):
            await self._connection.cancel_safe(timeout=_CANCEL_SECONDS)
        self._libpq.finish()


def explain(error: psycopg.Error) -> CannotRead:
    kind = ReadAway if outages.is_away(error) else CannotRead
    return kind(outages.primary_sentence(error))


def _refusal(result: pq.abc.PGresult) -> CannotRead:
    return explain(errors.error_from_result(result))

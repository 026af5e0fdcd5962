"""Connections for compiled reads: a few, each with the plans of the statements it has met.

psycopg opens them; then libpq is called directly, as psycopg offers it (``psycopg.pq``), with no cursor, transaction or
task around it: a compiled read is one prepared statement that gives one text and leaves nothing behind. The same small
read takes the process 8 µs so, 11 through asyncpg, 40 and more through a cursor.

Statements that PostgreSQL has done in no time follow one another over one connection (libpq's pipeline, a transaction
each): to wake one more of its processes takes longer than they do. All others have a connection to themselves.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import pq, sql

MOST = 8
"""Connections. Fewer make callers wait for one another; more take memory for the same plans."""
MOST_STATEMENTS = 60
"""Of one connection: the plan of a large statement takes 300 kB."""
MOST_IN_LINE = 16
"""Quick statements, one behind another."""
QUICK = 200e-6
"""Seconds from when it was its turn to when its answer was seen, on average: so long a quick statement may take."""
_LATELY = 8
"""Runs that count for this average."""
_MOST_TIMED = 1000
_PATIENCE = 5.0
"""Seconds for a statement to be called off in good order."""


class CannotRead(Exception):
    """The database did not answer a compiled read; the text says what it said."""


class Question(asyncio.Future[bytes | None]):
    """A statement that was asked: it becomes the one text that the statement gives, or CannotRead. Who cancels it calls
    the statement off."""

    __slots__ = ("quick", "reader", "sent", "statement", "values")

    def __init__(
        self, statement: str, values: Sequence[bytes | None], quick: bool, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(loop=loop)
        self.statement = statement
        self.values = values
        self.quick = quick
        self.reader: _Reader | None = None
        self.sent = 0.0

    def cancel(self, msg: Any | None = None) -> bool:
        reader, self.reader = self.reader, None
        cancelled = super().cancel(msg)
        if reader is not None:
            reader.left_by(self)
        return cancelled


class Readers:
    """Connections, opened when they are needed; whoever asks while none is free for him waits for his turn."""

    def __init__(self, dsn: str, settings: Mapping[str, str]) -> None:
        self._dsn, self._settings = dsn, settings
        self._readers: list[_Reader] = []
        self._opened = 0
        self._waiting: deque[Question] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds: dict[str, float] = {}
        self._loop = asyncio.get_running_loop()

    def ask(self, statement: str, values: Sequence[Any]) -> Question:
        """Raises CannotRead for a value that cannot be sent."""
        sent = [None if value is None else (_TEXTS.get(value.__class__) or _kindred(value))(value) for value in values]
        quick = self._seconds.get(statement, QUICK) < QUICK
        question = Question(statement, sent, quick, self._loop)
        # The quick ones fill the first connections, so that the last ones are free for the others.
        readers = self._readers if quick else reversed(self._readers)
        reader = None if self._waiting else next((reader for reader in readers if reader.is_free_for(question)), None)
        if reader is not None:
            reader.ask(question)
        else:
            self._waiting.append(question)
            self._open_another()
        return question

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)
        while self._readers:
            self._readers.pop().close()

    # What a reader says of itself.

    def took(self, statement: str, seconds: float) -> None:
        """The average is no quick one's before the statement was run a second time: the first run plans it."""
        before = self._seconds.get(statement)
        if before is None and len(self._seconds) == _MOST_TIMED:
            del self._seconds[next(iter(self._seconds))]
        self._seconds[statement] = QUICK if before is None else before + (seconds - before) / _LATELY

    def free(self, reader: "_Reader") -> None:
        """Whoever has waited longest is next."""
        while self._waiting and (self._waiting[0].done() or reader.is_free_for(self._waiting[0])):
            question = self._waiting.popleft()
            if not question.done():
                reader.ask(question)

    def gone(self, reader: "_Reader", unanswered: Iterable[Question] = ()) -> None:
        """What it was still to be asked is asked elsewhere."""
        with suppress(ValueError):
            self._readers.remove(reader)
        self._opened -= 1
        self._waiting.extendleft(unanswered)
        for other in [*self._readers]:
            self.free(other)
        if self._waiting:
            self._open_another()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _open_another(self) -> None:
        if self._opened < MOST:
            self._opened += 1
            self.begin(self._open())

    async def _open(self) -> None:
        try:
            connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, client_encoding="utf-8")
            try:
                for name, value in self._settings.items():
                    await connection.execute(sql.SQL("SET {} TO {}").format(sql.Identifier(name), sql.Literal(value)))
            except BaseException:
                await connection.close()
                raise
        except psycopg.Error as error:
            self._refuse_one(_cannot(error))
            self._opened -= 1
            if self._waiting:
                self._open_another()
        else:
            reader = _Reader(self, connection)
            self._readers.append(reader)
            self.free(reader)

    def _refuse_one(self, error: CannotRead) -> None:
        while self._waiting:
            question = self._waiting.popleft()
            if not question.done():
                question.set_exception(error)
                return


class _Reader:
    """A connection and its prepared statements, the longest unused dropped first."""

    def __init__(self, readers: Readers, connection: psycopg.AsyncConnection[Any]) -> None:
        self._readers, self._connection = readers, connection
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 1
        self._libpq.enter_pipeline_mode()
        self._loop, self._socket = asyncio.get_running_loop(), self._libpq.socket
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._named = 0
        self._asked: deque[Question] = deque()
        self._result: pq.abc.PGresult | None = None
        """What came last of the question that was asked longest ago."""
        self._answered = 0.0
        self._loop.add_reader(self._socket, self._readable)

    def is_free_for(self, question: Question) -> bool:
        asked = self._asked
        return not asked or (question.quick and asked[0].quick and len(asked) < MOST_IN_LINE)

    def ask(self, question: Question) -> None:
        question.reader = self
        question.sent = self._loop.time()
        self._asked.append(question)
        try:
            self._libpq.send_query_prepared(self._prepared(question.statement), question.values)
            self._libpq.pipeline_sync()
            if self._libpq.flush():
                self._loop.add_writer(self._socket, self._flushed)
        except psycopg.Error as error:
            self._lost(error)

    def left_by(self, question: Question) -> None:
        """The caller went away. If the database is at his statement it is told to stop, and the connection not used
        again; one that waits in the line is answered to nobody."""
        if question is self._asked[0]:
            self._deaf()
            self._readers.begin(self._called_off())
            self._readers.gone(self, self._unanswered())

    def close(self) -> None:
        self._deaf()
        self._libpq.finish()

    def _prepared(self, statement: str) -> bytes:
        """The name of the statement, which was sent to be prepared."""
        name = self._names.get(statement)
        if name is not None:
            self._names.move_to_end(statement)
            return name
        if len(self._names) == MOST_STATEMENTS:
            self._libpq.send_close_prepared(self._names.popitem(last=False)[1])
        self._named += 1
        name = self._names[statement] = b"s%d" % self._named
        self._libpq.send_prepare(name, statement.encode())
        return name

    def _flushed(self) -> None:
        try:
            if not self._libpq.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._lost(error)

    def _readable(self) -> None:
        """Between two SYNC lies what came of one question; after each result libpq gives None."""
        libpq = self._libpq
        try:
            libpq.consume_input()
            while self._asked and not libpq.is_busy():
                result = libpq.get_result()
                if result is None:
                    if libpq.status == pq.ConnStatus.BAD:
                        raise psycopg.OperationalError("" if self._result is None else self._result.get_error_message())
                elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                    self._end()
                elif result.status == pq.ExecStatus.PIPELINE_ABORTED:  # it could not be prepared
                    self._names.pop(self._asked[0].statement, None)
                else:
                    self._result = result
        except psycopg.Error as error:
            self._lost(error)

    def _end(self) -> None:
        question, result = self._asked.popleft(), self._result
        self._result = None
        assert result is not None
        now = self._loop.time()
        self._readers.took(question.statement, now - max(question.sent, self._answered))
        self._answered = now
        question.reader = None
        if question.done():
            pass
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            question.set_exception(CannotRead(result.get_error_message()))
        else:
            question.set_result(result.get_value(0, 0))
        self._readers.free(self)

    def _lost(self, error: psycopg.Error) -> None:
        self.close()
        for question in self._unanswered():
            question.set_exception(_cannot(error))
        self._readers.gone(self)

    def _unanswered(self) -> Sequence[Question]:
        """From here on nobody's: the last one first."""
        unanswered = [question for question in reversed(self._asked) if not question.done()]
        self._asked.clear()
        for question in unanswered:
            question.reader = None
        return unanswered

    def _deaf(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)

    async def _called_off(self) -> None:
        with suppress(psycopg.Error, OSError):
            await self._connection.cancel_safe(timeout=_PATIENCE)
        self._libpq.finish()


def _cannot(error: psycopg.Error) -> CannotRead:
    return CannotRead(f"{type(error).__name__}: {error}")


def _kindred(value: Any) -> Callable[[Any], bytes]:
    """How a value of a type derived from those below is written, a member of an enumeration for instance."""
    for kind, write in _TEXTS.items():
        if isinstance(value, kind):
            return write
    raise CannotRead(f"{type(value).__name__} is nothing that is sent with a read")


def _text(value: str) -> bytes:
    if "\0" in value:
        raise CannotRead("no text holds U+0000")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise CannotRead(str(error)) from error


_TEXTS: Mapping[type[Any], Callable[[Any], bytes]] = {
    str: _text,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
    Decimal: lambda value: f"{value:f}".encode(),
}
"""Values as PostgreSQL reads them. The first that fits counts: a bool is an int, too, and a moment a date."""

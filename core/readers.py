"""Connections for compiled reads: a few, each with the plans of the statements it has met.

psycopg opens them; then libpq is called directly, as psycopg offers it (``psycopg.pq``), with no cursor, transaction or
task around it: a compiled read is one prepared statement that gives one text and leaves nothing behind. The same small
read takes the process 8 µs so, 11 through asyncpg, 40 and more through a cursor.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
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
_PATIENCE = 5.0
"""Seconds for a statement to be called off in good order."""


class CannotRead(Exception):
    """The database did not answer a compiled read; the text says what it said."""


class Question(asyncio.Future[bytes | None]):
    """A statement that was asked: it becomes the one text that the statement gives, or CannotRead. Who cancels it calls
    the statement off."""

    __slots__ = ("reader", "statement", "values")

    def __init__(self, statement: str, values: Sequence[bytes | None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.statement = statement
        self.values = values
        self.reader: _Reader | None = None

    def cancel(self, msg: Any | None = None) -> bool:
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.leave()
        return super().cancel(msg)


class Readers:
    """Connections, opened when they are needed; whoever asks while all are busy waits for his turn."""

    def __init__(self, dsn: str, settings: Mapping[str, str]) -> None:
        self._dsn, self._settings = dsn, settings
        self._free: list[_Reader] = []
        self._opened = 0
        self._waiting: deque[Question] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, statement: str, values: Sequence[Any]) -> Question:
        """Raises CannotRead for a value that cannot be sent."""
        sent = [None if value is None else (_TEXTS.get(value.__class__) or _kindred(value))(value) for value in values]
        question = Question(statement, sent, asyncio.get_running_loop())
        if self._free:
            self._free.pop().answer(question)
        else:
            self._waiting.append(question)
            self._open_another()
        return question

    async def close(self) -> None:
        await asyncio.gather(*self._tasks)
        while self._free:
            self._free.pop().close()

    # What a reader says of itself.

    def answered(self, reader: "_Reader") -> None:
        """Whoever has waited longest is next."""
        while self._waiting:
            question = self._waiting.popleft()
            if not question.done():
                reader.answer(question)
                return
        self._free.append(reader)

    def gone(self, reader: "_Reader") -> None:
        with suppress(ValueError):
            self._free.remove(reader)
        self._opened -= 1
        if self._waiting:
            self._open_another()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
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
            self.answered(_Reader(self, connection))

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
        self._loop, self._socket = asyncio.get_running_loop(), self._libpq.socket
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._named = 0
        self._question: Question | None = None
        self._steps: Generator[None] | None = None
        self._result: pq.abc.PGresult | None = None
        self._loop.add_reader(self._socket, self._readable)

    def answer(self, question: Question) -> None:
        question.reader, self._question = self, question
        self._steps = self._asking(question.statement, question.values)
        self._go_on()

    def leave(self) -> None:
        """The caller went away in the middle: the database is told to stop, and the connection is not used again."""
        self._question = None
        self._deaf()
        self._readers.begin(self._called_off())
        self._readers.gone(self)

    def close(self) -> None:
        self._deaf()
        self._libpq.finish()

    def _asking(self, statement: str, values: Sequence[bytes | None]) -> Generator[None]:
        """What is sent, each after the result of the one before."""
        name = self._names.get(statement)
        if name is None:
            if len(self._names) == MOST_STATEMENTS:
                yield self._libpq.send_query_params(b"DEALLOCATE " + self._names.popitem(last=False)[1], None)
            self._named += 1
            name = b"s%d" % self._named
            yield self._libpq.send_prepare(name, statement.encode())
            self._names[statement] = name
        else:
            self._names.move_to_end(statement)
        yield self._libpq.send_query_prepared(name, values)

    def _go_on(self) -> None:
        assert self._steps is not None
        try:
            if next(self._steps, True):
                assert self._result is not None
                self._end(self._result.get_value(0, 0))
            elif self._libpq.flush():
                self._loop.add_writer(self._socket, self._flushed)
        except psycopg.Error as error:
            self._lost(error)

    def _flushed(self) -> None:
        try:
            if not self._libpq.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._lost(error)

    def _readable(self) -> None:
        libpq = self._libpq
        try:
            libpq.consume_input()
            while not libpq.is_busy():
                result = libpq.get_result()
                if result is None:
                    break
                self._result = result
            else:
                return
        except psycopg.Error as error:
            self._lost(error)
            return
        if self._question is None or self._result is None:  # a notice
            return
        if libpq.status == pq.ConnStatus.BAD:
            self._lost(psycopg.OperationalError(self._result.get_error_message()))
        elif self._result.status == pq.ExecStatus.FATAL_ERROR:
            self._end(CannotRead(self._result.get_error_message()))
        else:
            self._go_on()

    def _end(self, with_: bytes | CannotRead | None) -> None:
        question, self._question, self._result = self._question, None, None
        assert question is not None
        question.reader = None
        if isinstance(with_, CannotRead):
            question.set_exception(with_)
        else:
            question.set_result(with_)
        self._readers.answered(self)

    def _lost(self, error: psycopg.Error) -> None:
        question, self._question = self._question, None
        self.close()
        self._readers.gone(self)
        if question is not None:
            question.reader = None
            question.set_exception(_cannot(error))

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

"""The driver's connection under an act, for statements that are sent together and answered together.

psycopg's own cursors send each statement by itself, and look at the socket after each. Here the statements of one round
trip, with the BEGIN before the first and the COMMIT behind the last, leave in one system call, by libpq as psycopg
offers it (``psycopg.pq``). Each is prepared once for the connection; values go as text, of the types that the
statement's own casts give them.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors, pq
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

from core.db.outages import CommitLost
from core.tracing import trace_statements

NOT_BY_DRIVER = {"prepare_threshold": None}
"""For the engine: psycopg prepares nothing itself, or after a ROLLBACK it would drop what is prepared here, too."""

Command = tuple[bytes, Sequence[Any]]
"""SQL with ``$1``, ``$2`` …, and the values."""
Rows = Sequence[tuple[Any, ...]]


class Pipeline:
    """One connection, and the names of its prepared statements."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self.connection = connection
        self._libpq = connection.pgconn
        self._adapted = Transformer(connection)
        self._names: dict[bytes, bytes] = {}
        self._prepared = 0

    async def run(self, commands: Sequence[Command], *, commit: bool = False) -> Sequence[Rows]:
        """What those that give rows give, after one round trip, in the transaction that is open or begins with it.
        Raises psycopg's error for the first that is refused; those behind it are not run, nor is the COMMIT. Raises
        CommitLost where the connection broke and nobody knows whether that was."""
        bound = [(sql, self._adapted.dump_sequence(values, [PyFormat.TEXT] * len(values))) for sql, values in commands]
        results: list[PGresult] = []
        async with self.connection.lock:
            with trace_statements(commands):
                to_prepare = await self._exchange(bound, results, commit=commit)
        for sql, result in zip(to_prepare, results, strict=True):
            if sql is not None and result.status != pq.ExecStatus.COMMAND_OK:
                del self._names[sql]
        _raise_refusal(results)
        return [self._rows(result) for result in results if result.status == pq.ExecStatus.TUPLES_OK]

    async def _exchange(
        self, bound: Sequence[Command], results: list[PGresult], *, commit: bool
    ) -> Sequence[bytes | None]:
        """Have all sent, and what comes of it gathered; for each result the SQL that it says is prepared, or None."""
        self._libpq.enter_pipeline_mode()
        try:
            to_prepare = self._send(bound, commit=commit)
            await self.connection.wait(_receive(self._libpq, results))
        except psycopg.OperationalError as lost:
            _raise_refusal(results)  # it was rolled back before all was lost
            if commit:
                raise CommitLost(str(lost)) from lost
            raise
        finally:
            if self._libpq.status == pq.ConnStatus.OK:
                self._libpq.exit_pipeline_mode()
        return to_prepare

    def _send(self, commands: Sequence[Command], *, commit: bool) -> Sequence[bytes | None]:
        """For each result that is to come the SQL that it says is prepared, or None."""
        results: list[bytes | None] = []
        if self._libpq.transaction_status == pq.TransactionStatus.IDLE:
            self._libpq.send_query_params(b"BEGIN", None)
            results.append(None)
        for sql, values in commands:
            name = self._names.get(sql)
            if name is None:
                name = self._prepare(sql)
                results.append(sql)
            self._libpq.send_query_prepared(name, values)
            results.append(None)
        if commit:
            self._libpq.send_query_params(b"COMMIT", None)
            results.append(None)
        self._libpq.pipeline_sync()
        return results

    def _prepare(self, sql: bytes) -> bytes:
        self._prepared += 1
        name = self._names[sql] = b"act_%d" % self._prepared
        self._libpq.send_prepare(name, sql)
        return name

    def _rows(self, result: PGresult) -> Rows:
        self._adapted.set_pgresult(result)
        return self._adapted.load_rows(0, result.ntuples, tuple)


def _raise_refusal(results: Sequence[PGresult]) -> None:
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(result)


def _receive(libpq: pq.abc.PGconn, results: list[PGresult]) -> PQGen[None]:
    """Gathers what comes of all that was sent, up to its SYNC; after each result libpq gives None."""
    while libpq.flush():
        if (yield Wait.RW) & Ready.R:
            libpq.consume_input()
    while True:
        yield Wait.R
        libpq.consume_input()
        while not libpq.is_busy():
            result = libpq.get_result()
            if result is None:
                if libpq.status == pq.ConnStatus.BAD:
                    raise psycopg.OperationalError(libpq.get_error_message())
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return
            else:
                results.append(result)

"""When the database is away, full or restarting: how that is told from a fault of ours, how long it is waited for, and
what a log may know of it.

A transaction that failed so may be done again if it changes nothing, or if an idempotency key in it shows what an
earlier try came to (``persist``). One that was lost while its COMMIT was under way may have been done.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

PATIENCE = 3.0
"""Seconds for which something is done again, at most."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two tries to connect or to do something again; each pause is twice the one before."""
LINE_EVERY = 5.0
"""Seconds between two lines in the log on one database that is away."""
_SQLSTATES = ("08", "40", "53", "57P01", "57P02", "57P03", "57P05", "58", "25006")
"""Connection lost; rolled back by a deadlock; disk, memory or connections used up; shut down, crashed, starting, idle
for too long; system error; read-only, as a replica is. Not 57014, a statement that took too long."""
_VALUES = "22"
"""Errors in values: their sentences repeat the value, in quotes."""
_QUOTED = re.compile('".*"', re.DOTALL)
_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class DatabaseAway(Exception):
    """The database is away, full or restarting. What was asked of it was not done; if ``outcome_unknown``, it was lost
    while the COMMIT was under way, and nobody knows."""

    def __init__(self, reason: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.outcome_unknown = outcome_unknown


class CommitLost(psycopg.OperationalError):
    """The connection broke after the COMMIT was sent and before it was answered."""


class Outage:
    """How one database has been answering: by that, whether it is worth while to connect just now."""

    def __init__(self) -> None:
        self._pause = 0.0
        self._not_before = 0.0
        self._told_at = -LINE_EVERY
        self._last = ""

    @contextmanager
    def connecting(self) -> Generator[None]:
        """Around each try to connect. Where the last one failed a moment ago it raises psycopg's OperationalError
        again, without having asked."""
        if monotonic() < self._not_before:
            raise psycopg.OperationalError(self._last)
        try:
            yield
        except psycopg.Error as error:
            self._pause = min(2 * self._pause, LONGEST_PAUSE) or FIRST_PAUSE
            self._not_before = monotonic() + self._pause
            self._last = str(error)
            raise
        self._pause = self._not_before = 0.0

    def explain(self, error: BaseException) -> DatabaseAway | None:
        """What the error means, where it means that the database is away; one line in the log says so for many."""
        if isinstance(error, DatabaseAway):
            return error
        if not is_away(error):
            return None
        reason = primary_sentence(error)
        if monotonic() - self._told_at >= LINE_EVERY:
            self._told_at = monotonic()
            _log.warning("database away: %s", reason)
        return DatabaseAway(reason, outcome_unknown=isinstance(_driver_error(error), CommitLost))


async def persist(do: Callable[[], Awaitable[Result]]) -> Result:
    """The result, after several tries where the database is away, for ``PATIENCE`` at most. Raises DatabaseAway, whose
    outcome is unknown if that of any try is."""
    begun, pause, unknown = monotonic(), FIRST_PAUSE, False
    while True:
        try:
            return await do()
        except DatabaseAway as away:
            unknown = away.outcome_unknown = unknown or away.outcome_unknown
            if monotonic() + pause - begun > PATIENCE:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def is_away(error: BaseException) -> bool:
    if isinstance(error, NoConnectionFree):
        return True
    found = _driver_error(error)
    if found is None:
        return False
    if found.sqlstate is not None:
        return found.sqlstate.startswith(_SQLSTATES)
    return isinstance(found, psycopg.OperationalError | psycopg.InterfaceError)


def primary_sentence(error: BaseException) -> str:
    """What happened, in one line and without anything that people entered: PostgreSQL's details quote whole rows."""
    found = _driver_error(error)
    if found is None:
        return type(error).__name__
    sentence = found.diag.message_primary or str(found)
    if (found.sqlstate or "").startswith(_VALUES):
        sentence = _QUOTED.sub('"…"', sentence)
    return f"{type(found).__name__}: {' '.join(sentence.split())}"


def conceal(error: BaseException) -> None:
    """Leave the primary sentence alone of the error and those behind it, for whoever logs them."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, psycopg.Error | DBAPIError):
            behind.args = (primary_sentence(behind), *behind.args[1:])
        behind = behind.__cause__ or behind.__context__


def _driver_error(error: BaseException) -> psycopg.Error | None:
    found = error.orig if isinstance(error, DBAPIError) else error
    return found if isinstance(found, psycopg.Error) else None

"""Ends what outlives a request (sockets, streams of events) soon after the session or the membership it began under.

A request asks the database whether its session holds; what stays open would ask once and never again. So one task of
the process asks for all that is open in it, in one statement, and every process does so for itself: nothing is told
from one to another that could be lost.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import structlog

from anxin.http import refusals
from anxin.http.refusals import RequestRefused
from core.actor import Actor
from core.identity import sessions
from resolvers.context import Context, Services
from schema.error_codes import ErrorCode

End = Callable[[RequestRefused], Coroutine[Any, Any, None]]
_log = structlog.stdlib.get_logger(__name__)


def session_ended() -> RequestRefused:
    return RequestRefused(refusals.SESSION_ENDED, status=401, code=ErrorCode.UNAUTHENTICATED)


def membership_ended() -> RequestRefused:
    return RequestRefused(refusals.MEMBERSHIP_ENDED, status=403, code=ErrorCode.FORBIDDEN)


class SessionWatch:
    """Over what one process has open. It works only while there is something to watch."""

    seconds = 2.0
    """Between two looks; nothing may outlive its session by more than five."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watched: dict[Context, End] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @contextmanager
    def watch(self, context: Context, end: End) -> Generator[None]:
        """Has ``end`` called, once, when the context's actor of that moment may go on no more."""
        self._watched[context] = end
        if self._task is None:
            self._task = asyncio.create_task(self._look_again())
        try:
            yield
        finally:
            self._watched.pop(context, None)
            self._rest()

    def _rest(self) -> None:
        if self._task is not None and not self._watched:
            self._task.cancel()
            self._task = None

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(self.seconds)
            try:
                refused = await self._find_ended()
            except Exception as error:  # the database is away: nothing is read or written meanwhile, either
                _log.warning("sessions_not_looked_at", reason=repr(error))
                continue
            for context, refusal in refused:
                if end := self._watched.pop(context, None):
                    # In a task of its own: a client that reads nothing must not keep the others open.
                    closing = asyncio.create_task(end(refusal))
                    self._closing.add(closing)
                    closing.add_done_callback(self._closing.discard)

    async def _find_ended(self) -> list[tuple[Context, RequestRefused]]:
        of_session = {context: context.actor.session_id for context in self._watched}
        ids = {id for id in of_session.values() if id is not None}
        if not ids:
            return []
        idle = self._services.settings.session_idle
        async with self._services.db.read_everything() as session:
            held = await sessions.find_held(session, ids, datetime.now(UTC), idle=idle)
        found: list[tuple[Context, RequestRefused]] = []
        for context, id in of_session.items():
            if id is None:
                continue
            if id not in held:
                found.append((context, session_ended()))
            elif not _has_powers(context.actor, held[id]):
                found.append((context, membership_ended()))
        return found


def _has_powers(actor: Actor, held: sessions.Powers) -> bool:
    """Whether the membership he acts under is among those that his account has today."""
    return actor.role is None or (actor.organization_id, actor.role) in held

"""The fast lane: uvicorn's protocol, asking ``AtOnce`` before there is an ASGI request, a task or a middleware.

A query that is read at once is answered where its last byte arrives, and where PostgreSQL's answer does. All else goes
to the application as it came: acts, a request behind another one that is still answered, a body that is large.
"""

import asyncio
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, NamedTuple, cast

import structlog
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from anxin import log
from anxin.at_once import LONGEST, PATH, STATE, Answer, Asked, AtOnce
from anxin.time_limit import Run
from core.readers import Question

_PATH = PATH.encode()
_log = structlog.stdlib.get_logger(__name__)


class FastLane(HttpToolsProtocol):
    """For `uvicorn.Config(http=FastLane)`."""

    _body: bytes | None = None
    """What has come of a body that is for us."""
    _turn: "_Turn | None" = None
    _idle_since: float | None = None

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        super().data_received(data)

    def on_headers_complete(self) -> None:
        if self._is_for_us():
            self._body = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
            return
        self._body += body
        if len(self._body) > LONGEST:
            before, self._body = self._body, None
            super().on_headers_complete()
            super().on_body(before)

    def on_message_complete(self) -> None:
        if self._body is None:
            super().on_message_complete()
            return
        parser: Any = self.parser
        request = _Request(self.scope, self._body, parser.should_keep_alive())
        self._body = None
        asked = self._asked(request.body)
        if asked is None:
            self._pass_on(request)
            return
        self._turn = _Turn(request, asked, self._at_once.limit.begun(asked.question))
        self.cycle = cast("Any", self._turn)
        asked.question.add_done_callback(self._found)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._turn is not None:
            self._turn.disconnected = True
            self._turn.run.end()
            self._turn.asked.question.cancel()
        super().connection_lost(exc)

    # uvicorn ends a connection that is idle by a timer for each answer, of which nearly all are cancelled by the next
    # request; that takes a tenth of a small read. Here a connection has one, which looks again if it was not idle.

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_again_in(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._look_again_in(left)
        else:
            super().timeout_keep_alive_handler()

    def _look_again_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        if self.transport.is_closing():
            super()._unset_keepalive_if_required()

    @property
    def _at_once(self) -> AtOnce:
        return self.app_state[STATE]

    def _is_for_us(self) -> bool:
        parser: Any = self.parser
        return (
            self.url == _PATH
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and self._is_idle()
            and not (self.expect_100_continue or self.flow.write_paused or parser.should_upgrade())
            and self.limit_concurrency is None
            and self.app_state.get(STATE) is not None
        )

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _asked(self, body: bytes) -> Asked | None:
        at_once = self._at_once
        try:
            known = at_once.known(self.headers, datetime.now(UTC))
            meant = known and at_once.meant(known, body)
            return at_once.asked(meant) if meant and not meant.operation.acts else None
        except Exception:  # a crash is the application's to show
            _log.exception("fast_lane_failed")
            return None

    def _found(self, question: Question) -> None:
        """PostgreSQL has answered, or will not."""
        turn = self._turn
        if turn is None or turn.disconnected:
            if not question.cancelled():
                question.exception()  # nobody is there to be told
        elif turn.run.overdue:
            self._say(turn, self._at_once.overdue(turn.asked.meant.known))
        elif turn.asked.plan.holes:
            task = self.loop.create_task(self._found_with_python(turn))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            self._say(turn, self._at_once.answer(turn.asked))

    async def _found_with_python(self, turn: "_Turn") -> None:
        try:
            with self._at_once.limit.begun():
                answer = await self._at_once.answered(turn.asked)
        except TimeoutError:
            answer = self._at_once.overdue(turn.asked.meant.known)
        self._say(turn, answer)

    def _say(self, turn: "_Turn", answer: Answer | None) -> None:
        """The answer, and uvicorn told that it is out."""
        self._turn = None
        turn.run.end()
        turn.response_complete = True
        if turn.disconnected:
            return
        if answer is None:
            self._pass_on(turn.request)
            return
        headers = [*self.server_state.default_headers, *answer.headers]
        if not turn.keep_alive:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b\r\n" % header for header in headers]
        self.transport.write(b"".join([STATUS_LINE[answer.status], *lines, b"\r\n", *answer.pieces]))
        if not turn.keep_alive:
            self.transport.close()
        log.answered(turn.asked.meant.known.request_id, "POST", PATH, answer.status, perf_counter() - turn.began)
        self.on_response_complete()

    def _pass_on(self, request: "_Request") -> None:
        """To the application, as uvicorn would have."""
        scope = request.scope
        scope["method"], scope["query_string"] = "POST", b""
        scope["path"], scope["raw_path"] = self.root_path + PATH, self.root_path.encode("ascii") + _PATH
        cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=request.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body += request.body
        cycle.more_body = False
        cycle.message_event.set()
        if self._is_idle():  # else a request behind this one waits already
            self.cycle = cycle
        self._start_asgi_task(cycle, cast("Any", self).app)


class _Request(NamedTuple):
    """A whole request, as the application may still be asked it."""

    scope: HTTPScope
    body: bytes
    keep_alive: bool


class _Turn:
    """A request while it is answered here. To uvicorn, which lines up what comes meanwhile, it is a cycle."""

    def __init__(self, request: _Request, asked: Asked, run: Run) -> None:
        self.request, self.asked, self.run = request, asked, run
        self.began = perf_counter()
        self.keep_alive = request.keep_alive
        self.response_complete = self.disconnected = False
        self.message_event = _NOBODY


class _Nobody:
    """Waits for more of a body that is all there."""

    def set(self) -> None:
        pass


_NOBODY = _Nobody()

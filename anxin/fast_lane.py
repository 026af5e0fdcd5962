"""The fast lane: uvicorn's protocol, asking ``AtOnce`` before there is an ASGI request, a task or a middleware.

uvicorn reads a request whose head is new. Under a head that was read before, and is one for us, a query is answered
where the last byte of its body arrives, and where PostgreSQL's answer does. All else is uvicorn's as it came: acts,
large bodies, whatever is asked while uvicorn has a request in hand.
"""

from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from anxin.http.fast_path import PATH, STATE, Answer, Asked, AtOnce
from anxin.http.headers import END, Spoken, spoken_by
from anxin.processes import log
from anxin.time_limit import Run
from core.db import PendingQuery

_LINE = f"POST {PATH} HTTP/1.1\r\n".encode()
_log = structlog.stdlib.get_logger(__name__)


class FastLane(HttpToolsProtocol):
    """For `uvicorn.Config(http=FastLane)`."""

    _between = True
    """Whether uvicorn's parser waits for the first byte of a request."""
    _piece = b""
    """What came last, if it may begin with the head that the parser is reading."""
    _begun = b""
    """What came of a request for us, while its body is not all there."""
    _turn: "_Turn | None" = None
    _behind = b""
    """What came while a request is answered here."""
    _idle_since: float | None = None

    def data_received(self, data: bytes) -> None:
        self._idle_since = None
        if self._turn is not None:
            self._behind += data
            self.flow.pause_reading()
            return
        if self._begun:
            data, self._begun = self._begun + data, b""
        if not self._is_taken(data):
            self._pass_on(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._turn is not None:
            self._turn.disconnected = True
            self._turn.run.end()
            self._turn.asked.question.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self._turn is None:
            super().shutdown()
        else:
            self._turn.keep_alive = False

    # Where uvicorn's parser is, and what it finds.

    def on_message_begin(self) -> None:
        self._between = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        piece, self._piece = self._piece, b""
        if piece.startswith(_LINE):
            self._learn(piece[: piece.find(END) + len(END)])
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._between = True
        super().on_message_complete()

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

    # A request under a head that was read before.

    @property
    def _at_once(self) -> AtOnce:
        return self.app_state[STATE]

    def _learn(self, head: bytes) -> None:
        """The head that the parser has just read is kept, if it is one for us."""
        parser: Any = self.parser
        if not parser.should_keep_alive() or parser.should_upgrade() or self.expect_100_continue:
            return
        if STATE not in self.app_state or self.limit_concurrency is not None:
            return
        spoken = spoken_by(self.headers)
        if spoken is not None and self._at_once.known(spoken, datetime.now(UTC)):
            self._at_once.heads.keep(head, spoken)

    def _is_free(self) -> bool:
        """Whether uvicorn has no request in hand."""
        cycle: Any = self.cycle
        return self._between and (cycle is None or cycle.response_complete) and not self.flow.write_paused

    def _is_taken(self, data: bytes) -> bool:
        """Whether what came is answered here, or looked at again when the rest of it is there."""
        if not (data.startswith(_LINE) and STATE in self.app_state and self._is_free()):
            return False
        start = data.find(END) + len(END)
        heard = self._at_once.heads.heard(data[:start])
        if heard is None:
            return False
        spoken, length = heard
        end = start + length
        if len(data) < end:
            self._begun = data
            return True
        asked = self._asked(spoken, data[start:end])
        if asked is None:
            return False
        self._turn = _Turn(data[:end], asked, self._at_once.limit.begun(asked.question))
        self._behind = data[end:]
        asked.question.add_done_callback(self._found)
        return True

    def _asked(self, spoken: Spoken, body: bytes) -> Asked | None:
        at_once = self._at_once
        try:
            known = at_once.known(spoken, datetime.now(UTC))
            meant = known and at_once.meant(known, body)
            return at_once.asked(meant) if meant and not meant.operation.is_mutation else None
        except Exception:  # a crash is the application's to show
            _log.exception("fast_lane_failed")
            return None

    def _found(self, question: PendingQuery) -> None:
        """PostgreSQL has answered, or will not."""
        turn = self._turn
        if turn is None or turn.disconnected:
            if not question.cancelled():
                question.exception()  # nobody is there to be told
        elif turn.run.overdue:
            self._say(turn, self._at_once.overdue(turn.asked.meant.known))
        elif turn.asked.plan.placeholders:
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
        """The answer, and then whatever came meanwhile."""
        self._turn = None
        turn.run.end()
        if turn.disconnected:
            return
        behind, self._behind = self._behind, b""
        if answer is None:
            self.flow.resume_reading()
            self._pass_on(turn.data + behind)
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
        if behind and turn.keep_alive:
            self.data_received(behind)

    def _pass_on(self, data: bytes) -> None:
        self._piece = data if self._between else b""
        super().data_received(data)


class _Turn:
    """A request while it is answered here."""

    def __init__(self, data: bytes, asked: Asked, run: Run) -> None:
        self.data, self.asked, self.run = data, asked, run
        self.began = perf_counter()
        self.keep_alive = True
        self.disconnected = False

"""uvicorn's protocol, which also counts heads that are not complete, and times requests that are not.

To uvicorn a head may be endless, trailers and blank lines too, and a client silent for ever. What it does with a
request is left to it. A refusal waits its turn behind the answers to what came before it in good order.
"""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from anxin.http import refusals
from anxin.http.body_limits import MAX_HEADER_BYTES, MIB
from anxin.http.headers import choose_language
from anxin.http.refusals import Sentence
from schema.error_codes import ErrorCode, code_error, refusal


class Protocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=...)`."""

    head_bytes = MAX_HEADER_BYTES
    """Of a request's line and headers."""
    head_seconds = 10.0
    """From the connection, or from the first byte of a further request, to the end of the head."""
    body_seconds = 20.0
    """More for the body, and one for each ``bytes_per_second`` of it, so that a slow line may upload a file."""
    bytes_per_second = 4 * 1024
    framing_bytes = 8 * MIB
    """Of chunks' sizes and trailers, at most eight for each byte of the body; a head's bytes besides."""
    linger_seconds = 1.0
    """For reading on after a refusal: to close at once would take it away from a client that is still sending."""

    _is_between = True
    """Whether no request has begun that is not complete."""
    _in_head = False
    _head_taken = 0
    """Bytes of a head that is not complete."""
    _until: float | None = None
    """When the request has to be complete, by the loop's clock."""
    _timer: TimerHandle | None = None
    _requests = 0
    _blank = 0
    """Bytes since the last request that begin none: line ends."""
    _body_taken = 0
    _framing = 0
    """Bytes of a request behind its head that are none of its body."""
    _is_refused = False
    _ignored = 0
    _pending: tuple[int, Sentence, dict[str, object]] | None = None
    """A refusal that waits for the answers to what came before."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._give(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """In pieces that a head may still fill, so that none is taken that is larger."""
        if self._is_refused:
            self._ignore(len(data))
            return
        while data and not self._is_gone():
            room = self.head_bytes - self._head_taken
            piece, data = data[:room], data[room:]
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        began_before, was_in_head = not self._is_between, self._in_head
        requests, body_taken = self._requests, self._body_taken
        super().data_received(piece)
        if self._is_gone():
            return
        is_another = self._requests != requests
        if not self._in_head:
            self._head_taken = 0
        elif was_in_head or not began_before:
            self._head_taken += len(piece)
        # else: a head behind the body of another, whose bytes are counted from the next piece on
        if self._is_between and not began_before and not is_another:
            self._blank += len(piece)
        elif began_before and not was_in_head and not is_another:
            self._framing += len(piece) - (self._body_taken - body_taken)
        framing = self.head_bytes + min(8 * self._body_taken, self.framing_bytes)
        if max(self._head_taken, self._blank) >= self.head_bytes or self._framing > framing:
            self._refuse(431, refusals.HEAD_TOO_LARGE, most=self.head_bytes)
        else:
            self._set_time(piece, began_before=began_before, was_in_head=was_in_head)

    def _set_time(self, piece: bytes, *, began_before: bool, was_in_head: bool) -> None:
        if self._is_between and not self._blank:
            self._until = None
        elif self._in_head or self._is_between:
            if self._until is None:
                self._give(self.head_seconds)
        elif was_in_head or not began_before or self._until is None:
            self._give(self.body_seconds)
        else:
            self._until += len(piece) / self.bytes_per_second

    def handle_websocket_upgrade(self) -> None:
        """A handshake that the other protocol cannot read it would leave without an answer, for ever."""
        self._stop_timer()
        super().handle_websocket_upgrade()
        other: Any = self.transport.get_protocol()
        if not other.handshake_initiated and not self.transport.is_closing():
            self.connections.discard(other)
            self.connections.add(self)
            self.transport.set_protocol(self)
            self._refuse(400, refusals.NO_HANDSHAKE)

    # What the parser finds.

    def on_message_begin(self) -> None:
        self._is_between, self._in_head = False, True
        self._requests += 1
        self._blank = self._body_taken = self._framing = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._body_taken += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_between = True
        super().on_message_complete()

    # The time limit: one timer for a connection, which looks again if there is more time by then.

    def _give(self, seconds: float) -> None:
        self._until = until = self.loop.time() + seconds
        if self._timer is None or until < self._timer.when():
            self._stop_timer()
            self._timer = self.loop.call_at(until, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._until is None or self._is_gone():
            return
        now = self.loop.time()
        if self.flow.read_paused:  # it is we who do not read
            self._until = max(self._until, now + 1)
        if self._until > now:
            self._timer = self.loop.call_at(self._until, self._look)
        elif self._is_between:
            self.transport.close()  # nothing came at all
        else:
            self._refuse(408, refusals.TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Answers that end, and refusals, in JSON as everywhere.

    def on_response_complete(self) -> None:
        cycle: Any = self.cycle
        is_last = not self.pipeline
        if is_last and cycle.more_body:  # it was drained for as long as we do that
            self.server_state.total_requests += 1
            self._stop_timer()
            self.transport.close()
            return
        super().on_response_complete()
        if is_last and self._pending is not None and not self.transport.is_closing():
            status, sentence, facts = self._pending
            self._say(status, sentence, facts)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, refusals.NO_HTTP)

    def _refuse(self, status: int, sentence: Sentence, **facts: object) -> None:
        cycle: Any = self.cycle
        self._is_refused = True
        self._stop_timer()
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                self._pending = status, sentence, facts
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()  # words of ours would be taken for a part of that answer
                return
        self._say(status, sentence, facts)

    def _say(self, status: int, sentence: Sentence, facts: dict[str, object]) -> None:
        headers = dict(self.headers or ())
        spoken = choose_language(headers.get(b"accept-language", b"").decode("latin-1"))
        body = refusal(code_error(ErrorCode.BAD_USER_INPUT, sentence.of(spoken, **facts)))
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        lines += [
            b"content-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n" % len(body),
            b"cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        ]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, body]))
        self._unset_keepalive_if_required()
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self._timer = self.loop.call_later(self.linger_seconds, self.transport.close)

    def _ignore(self, count: int) -> None:
        self._ignored += count
        if self._ignored <= MIB:
            return
        if self._pending is None:
            self.transport.close()
        else:
            self.flow.pause_reading()

    def _is_gone(self) -> bool:
        """Whether there is nobody to read from, or another protocol does."""
        return self._is_refused or self.transport.is_closing() or self.transport.get_protocol() is not self

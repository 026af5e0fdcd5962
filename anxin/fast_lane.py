"""The fast lane: uvicorn's protocol, asking ``AtOnce`` before it calls the application.

A request that is not answered there goes to the application as it came. What is answered passes no middleware: nothing
is compressed, which is left to the proxy in front.
"""

from datetime import UTC, datetime
from time import perf_counter

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from anxin import log
from anxin.at_once import Answer, AtOnce

STATE = "at_once"
"""Where the application's lifespan leaves what answers."""
PATH = "/graphql"


class FastLane(HttpToolsProtocol):
    """For `uvicorn.Config(http=FastLane)`."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """When a request's turn has come: its headers are read, its body may be on its way."""
        at_once: AtOnce | None = self.app_state.get(STATE)
        if at_once is None or app is service_unavailable or not _may_be_known(cycle):
            super()._start_asgi_task(cycle, app)
            return

        async def asked_first(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            if not await self._answered(at_once, cycle):
                await app(scope, receive, send)

        super()._start_asgi_task(cycle, asked_first)

    async def _answered(self, at_once: AtOnce, cycle: RequestResponseCycle) -> bool:
        began = perf_counter()
        known = at_once.known(cycle.scope["headers"], datetime.now(UTC))
        if known is None:
            return False
        while cycle.more_body and not cycle.disconnected:
            if len(cycle.body) > HIGH_WATER_LIMIT:  # uvicorn reads on when the application asks for more
                return False
            cycle.message_event.clear()
            await cycle.message_event.wait()
        request_id = log.request_id(known.header(b"x-request-id"))
        answer = await at_once.answer(known, bytes(cycle.body), request_id)
        if answer is None:
            return False
        if self.flow.write_paused:
            await self.flow.drain()
        if not cycle.disconnected:
            self._send(cycle, answer, request_id)
        log.answered(request_id, "POST", PATH, answer.status, perf_counter() - began)
        return True

    def _send(self, cycle: RequestResponseCycle, answer: Answer, request_id: str) -> None:
        """The answer, and uvicorn told that it is out."""
        headers = [
            *cycle.default_headers,
            (b"content-type", answer.media_type.encode()),
            (b"content-length", b"%d" % sum(map(len, answer.pieces))),
            (b"x-request-id", request_id.encode()),
        ]
        if not cycle.keep_alive:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b\r\n" % header for header in headers]
        self.transport.write(b"".join([STATUS_LINE[answer.status], *lines, b"\r\n", *answer.pieces]))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()


def _may_be_known(cycle: RequestResponseCycle) -> bool:
    scope = cycle.scope
    return (
        scope["method"] == "POST"
        and scope["path"] == PATH
        and not scope["query_string"]
        and not cycle.waiting_for_100_continue
    )

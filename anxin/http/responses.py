"""Answers in JSON, compressed for who takes that, or as the events of a stream."""

import gzip
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from typing import Any, NamedTuple, cast

import orjson
from graphql import GraphQLError, GraphQLFormattedError
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.types import ExecutionResult

from anxin.http.headers import VARY, Header, MediaType, RequestHeaders
from schema.error_codes import ErrorCode, code_of, log_refusal, present, refusal

COMPRESSED = 1024
"""Bytes of an answer from which on it is compressed for who takes that."""
_QUICKLY = 4
"""gzip's level: at its usual 9 a page takes three times as long, and comes out a twentieth smaller."""
_EVENTS = SSETransport()
_STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}
_CONTENT_TYPES: dict[MediaType, Header] = {
    media_type: (b"content-type", f"{media_type}; charset=utf-8".encode()) for media_type in MediaType
}
_VARY: Header = (b"vary", VARY)
_UNAVAILABLE = 503
_LATER: Header = (b"retry-after", b"2")


class Response(NamedTuple):
    """An ASGI application: Starlette's of this name takes as long as a small read."""

    status: int
    headers: Sequence[Header]
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def status_of(error: GraphQLError) -> int:
    """Of a request that was not executed; any other code is the client's 400."""
    return _STATUSES.get(cast("Any", code_of(error)), 400)


def compose(asked: RequestHeaders, answer: bytes, status: int = 200) -> Response:
    """What GraphQL answers, as the caller accepts it. To `application/json` and as a stream all of it is a 200; the
    newer type tells a refusal by its status."""
    if asked.media_type is MediaType.EVENT_STREAM:
        lines = b"\r\ndata: ".join(answer.splitlines())
        answer = b"event: next\r\ndata: %b\r\n\r\n%b" % (lines, _EVENTS.encode_complete().encode())
        more = [(name.lower().encode(), value.encode()) for name, value in _EVENTS.headers.items()]
        return Response(200, [*more, _VARY, (b"content-length", b"%d" % len(answer))], answer)
    media_type = asked.media_type or MediaType.JSON
    if media_type is MediaType.JSON:
        status = 200
    headers = [_CONTENT_TYPES[media_type], _VARY]
    if asked.takes_gzip and len(answer) >= COMPRESSED:
        answer = gzip.compress(answer, _QUICKLY)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", b"%d" % len(answer)))
    return Response(status, headers, answer)


def compose_result(asked: RequestHeaders, result: ExecutionResult) -> Response:
    answer = format_result(result)
    status = 200
    if "data" not in answer:
        first = cast("GraphQLFormattedError", (answer.get("errors") or [{}])[0])
        status = _STATUSES.get(cast("Any", first.get("extensions", {}).get("code")), 400)
    response = compose(asked, orjson.dumps(answer), status)
    if asked.media_type is not MediaType.EVENT_STREAM and _was_unavailable(answer):
        return response._replace(status=_UNAVAILABLE, headers=[*response.headers, _LATER])
    return response


def _was_unavailable(answer: GraphQLHTTPResponse) -> bool:
    """Whether nothing came of an operation that began, because the platform cannot work just now. Whatever media type
    is accepted, the status says so, to whoever balances load or tries again."""
    errors = cast("Sequence[GraphQLFormattedError]", answer.get("errors") or ())
    codes = [error.get("extensions", {}).get("code") for error in errors if "path" in error]
    if ErrorCode.SERVICE_UNAVAILABLE not in codes:
        return False
    return all(value is None for value in (answer.get("data") or {}).values())


def with_retry(response: Response, seconds: int | None) -> Response:
    """Told also where no GraphQL is understood: when to ask again (RFC 9110, 10.2.3)."""
    if seconds is None:
        return response
    return response._replace(headers=[*response.headers, (b"retry-after", b"%d" % seconds)])


def compose_refusal(
    asked: RequestHeaders, error: GraphQLError, status: int, headers: Sequence[Header] = ()
) -> Response:
    """Of what is no request of GraphQL's: JSON with that status, whatever is accepted."""
    log_refusal([error])
    newer = asked.media_type is MediaType.GRAPHQL_RESPONSE
    body = refusal(error)
    if status == _UNAVAILABLE:
        headers = [*headers, _LATER]
    kind = _CONTENT_TYPES[MediaType.GRAPHQL_RESPONSE if newer else MediaType.JSON]
    return Response(status, [kind, _VARY, (b"content-length", b"%d" % len(body)), *headers], body)


def compose_stream(results: AsyncIterable[ExecutionResult]) -> StreamingResponse:
    """Server-sent events, one for each result."""

    async def stream() -> AsyncGenerator[str]:
        async for result in results:
            yield _EVENTS.encode_event("next", orjson.dumps(format_result(result)).decode())
        yield _EVENTS.encode_complete()

    beating = merge_stream_with_heartbeat(
        stream,
        lambda: _EVENTS.encode_comment("ping"),
        interval=_EVENTS.heartbeat_interval,
        send_initial_heartbeat=_EVENTS.send_initial_heartbeat,
    )
    return StreamingResponse(beating(), headers={**_EVENTS.headers, "vary": VARY.decode()})


def format_result(result: ExecutionResult) -> GraphQLHTTPResponse:
    """Without `data` when nothing was executed: by that a client tells a refusal from a null."""
    errors = [present(error) for error in result.errors or ()]
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    answer: GraphQLHTTPResponse = {} if refused else {"data": result.data}
    if errors:
        answer["errors"] = [error.formatted for error in errors]
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer

"""What every answer says, refusals too: that nobody keeps it or guesses its type, and which other sites may read it."""

from collections.abc import Collection, MutableSequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anxin.http import refusals
from anxin.http.headers import Header, parse_headers
from anxin.http.origins import is_admitted
from anxin.http.refusals import RequestRefused
from anxin.http.responses import Response, compose_refusal
from schema.error_codes import ErrorCode

_NO_STORE: Header = (b"cache-control", b"no-store")
_NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
_BY_ORIGIN: Header = (b"vary", b"Origin")
_EXPOSED: Header = (
    b"access-control-expose-headers",
    b"x-request-id, retry-after, content-disposition, content-length, allow",
)
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, accept-language, graphql-preflight, apollo-require-preflight, x-requested-with, "
        b"graphql-cost, x-request-id",
    ),
    (b"access-control-max-age", b"7200"),
    (b"vary", b"Access-Control-Request-Method, Access-Control-Request-Headers"),
)


class ResponseHeaders:
    """ASGI middleware, the outermost. ``origins`` are those of other sites, just as browsers send them. There are no
    cookies, so that no page speaks for its visitor unless it holds his token."""

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self.app = app
        self.origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = _find(scope, b"origin") if self.origins or scope["method"] == "OPTIONS" else None

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = headers = [*message.get("headers", ())]
                self._complete(headers, origin)
            await send(message)

        if origin is not None and scope["method"] == "OPTIONS" and _find(scope, b"access-control-request-method"):
            await self._preflight(scope, origin)(scope, receive, completed)
        else:
            await self.app(scope, receive, completed)

    def _complete(self, headers: MutableSequence[Header], origin: bytes | None) -> None:
        names = [name for name, _ in headers]
        if b"cache-control" not in names:
            headers.append(_NO_STORE)
        if b"x-content-type-options" not in names:
            headers.append(_NOSNIFF)
        if self.origins:
            headers.append(_BY_ORIGIN)
            if origin in self.origins:
                headers += [(b"access-control-allow-origin", origin), _EXPOSED]

    def _preflight(self, scope: Scope, origin: bytes) -> Response:
        if is_admitted(dict(scope["headers"]), self.origins):
            return Response(204, _PREFLIGHT, b"")
        asked = parse_headers(scope["headers"])
        refused = RequestRefused(
            refusals.FOREIGN_ORIGIN, status=403, code=ErrorCode.FORBIDDEN, origin=origin.decode("latin-1")
        )
        return compose_refusal(asked, refused.error(asked.language), refused.status)


def _find(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)

"""Bounds every request before anything reads it: bytes, headers, encodings, media types, and forms of other sites."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.error_codes import ErrorCode, coded, log_refusal, refusal

MIB = 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024
_TEXT = ("application/json", "application/x-www-form-urlencoded", "text/plain", "")
_FORM = "multipart/form-data"
# A page of another site can post a form with our cookies, but cannot add a header to it without asking us first.
_PREFLIGHT = ("x-requested-with", "apollo-require-preflight", "graphql-preflight")


@dataclass(eq=False)
class _Refused(Exception):
    status: int
    code: ErrorCode
    message: str


class BodyLimits:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, *, json: int = MIB, uploads: int = 110 * MIB, graphql_path: str = "/graphql"
    ) -> None:
        """In bytes: `json` for texts and plain forms, `uploads` for everything else."""
        self.app, self.json, self.uploads, self.graphql_path = app, json, uploads, graphql_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            limit = self._admitted(scope)
        except _Refused as refused:
            await _refuse(refused, scope, receive, send)
            return
        await self._counted(limit, scope, receive, send)

    def _admitted(self, scope: Scope) -> int:
        """How many bytes the body may have."""
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEADER_BYTES:
            raise _Refused(
                431, ErrorCode.BAD_USER_INPUT, f"请求头超过 {MAX_HEADER_BYTES} 字节，请减少 Cookie 等请求头。"
            )
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise _Refused(415, ErrorCode.BAD_USER_INPUT, "不接受压缩的请求体，请去掉 Content-Encoding 后重发。")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _FORM and not any(name in headers for name in _PREFLIGHT):
            raise _Refused(403, ErrorCode.FORBIDDEN, f"multipart 请求须带请求头 {_PREFLIGHT[-1]}: 1，以防跨站提交。")
        at_graphql = scope["method"] == "POST" and scope["path"].rstrip("/") == self.graphql_path
        if at_graphql and kind not in ("application/json", _FORM):
            raise _Refused(415, ErrorCode.BAD_USER_INPUT, f"请以 application/json 或 {_FORM} 发送请求。")
        limit = self.json if kind in _TEXT else self.uploads
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise _Refused(400, ErrorCode.BAD_USER_INPUT, "Content-Length 不是一个非负整数。")
        if len(length) > 18 or int(length) > limit:
            raise _too_large(limit)
        return limit

    async def _counted(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Without a content-length (or with a false one) only counting tells; past the limit the body breaks off."""
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            return message if seen <= limit else {"type": "http.disconnect"}

        async def unless_over(message: Message) -> None:
            nonlocal started
            if started or seen <= limit:
                started = True
                await send(message)

        try:
            await self.app(scope, counted, unless_over)
        except Exception:
            if started or seen <= limit:  # otherwise it is only the application's surprise at the broken body
                raise
        if seen > limit and not started:
            await _refuse(_too_large(limit), scope, receive, send)


def _too_large(limit: int) -> _Refused:
    return _Refused(413, ErrorCode.BAD_USER_INPUT, f"请求体超过上限 {limit} 字节，请缩小或分次发送。")


async def _refuse(refused: _Refused, scope: Scope, receive: Receive, send: Send) -> None:
    error = coded(refused.code, refused.message)
    log_refusal([error])
    # The rest of the body is not read, so the connection cannot be used again.
    headers = {"connection": "close"}
    response = Response(refusal(error), refused.status, headers, "application/json; charset=utf-8")
    await response(scope, receive, send)

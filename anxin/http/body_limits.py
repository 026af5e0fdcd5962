"""Bounds every request before anything reads it: bytes, headers, encodings, media types, and forms of other sites.

What is answered before its body is read has the rest of it drained, so that a client that is still sending reads why.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anxin.http import refusals
from anxin.http.headers import join_lines, parse_content_type, parse_headers
from anxin.http.refusals import RequestRefused
from anxin.http.responses import compose_refusal
from schema.error_codes import ErrorCode

MIB = 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024
_TEXT = ("application/json", "application/x-www-form-urlencoded", "text/plain", "")
_FORM = "multipart/form-data"
# A page of another site can post a form with our cookies, but cannot add a header to it without asking us first.
PREFLIGHT = (b"x-requested-with", b"apollo-require-preflight", b"graphql-preflight")


class BodyLimits:
    """ASGI middleware around the whole application."""

    drained_bytes = MIB
    drained_seconds = 1.0

    def __init__(
        self,
        app: ASGIApp,
        *,
        json: int = MIB,
        uploads: int = 110 * MIB,
        graphql_paths: tuple[str, ...] = ("/graphql", "/graphql/"),
    ) -> None:
        """In bytes: `json` for texts and plain forms, `uploads` for everything else."""
        self.app, self.json, self.uploads, self.graphql_paths = app, json, uploads, graphql_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            headers = join_lines(scope["headers"])
        body = _Body(self, headers, receive, send)
        try:
            await body.count(self.app, scope, self._admit(scope, headers))
        except RequestRefused as refused:
            asked = parse_headers(scope["headers"])
            response = compose_refusal(asked, refused.error(asked.language), refused.status, refused.headers)
            await response(scope, receive, body.send)

    def _admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> int:
        """How many bytes the body may have. Raises RequestRefused."""
        if sum([len(name) + len(value) for name, value in scope["headers"]]) > MAX_HEADER_BYTES:
            raise RequestRefused(refusals.HEAD_TOO_LARGE, status=431, most=MAX_HEADER_BYTES)
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise RequestRefused(refusals.COMPRESSED, status=415)
        kind, is_utf8 = parse_content_type(headers.get(b"content-type", b""))
        if kind == _FORM and not any(name in headers for name in PREFLIGHT):
            raise RequestRefused(
                refusals.CROSS_SITE_FORM, status=403, code=ErrorCode.FORBIDDEN, header="GraphQL-Preflight"
            )
        if scope["method"] == "POST" and scope["path"] in self.graphql_paths:
            if kind not in ("application/json", _FORM):
                raise RequestRefused(refusals.UNSUPPORTED_TYPE, status=415)
            if not is_utf8:
                raise RequestRefused(refusals.NOT_UTF8, status=415)
        limit = self.json if kind in _TEXT else self.uploads
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise RequestRefused(refusals.FALSE_LENGTH)
        if len(length) > 18 or int(length) > limit:
            raise RequestRefused(refusals.TOO_LARGE, status=413, limit=limit)
        return limit


class _Body:
    """Of one request. Without a content-length (or with a false one) only counting tells: past the limit it breaks
    off."""

    def __init__(self, limits: BodyLimits, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        self._limits, self._receive, self._send = limits, receive, send
        self._limit = self._seen = 0
        self._is_over = self._is_answered = False
        length, chunked = headers.get(b"content-length", b"0"), b"transfer-encoding" in headers
        self._is_read = length == b"0" and not chunked
        self._is_long = chunked or not length.isdigit() or int(length[:18]) > limits.drained_bytes

    async def count(self, app: ASGIApp, scope: Scope, limit: int) -> None:
        """Lets the application answer. Raises RequestRefused where there is too much and no answer has begun."""
        self._limit = limit
        try:
            await app(scope, self._receive_counted, self._send_unless_over)
        except Exception:
            if self._is_answered or not self._is_over:
                raise  # otherwise it is only the application's surprise at the broken body
        if self._is_over and not self._is_answered:
            raise RequestRefused(refusals.TOO_LARGE, status=413, limit=limit)

    async def send(self, message: Message) -> None:
        """An answer that does not wait for the body goes out first, for whoever listens while he sends."""
        starts = message["type"] == "http.response.start"
        self._is_answered = True
        if self._is_read or (not starts and message.get("more_body", False)):
            await self._send(message)
        elif starts:
            closing = [(b"connection", b"close")] if self._is_long else []
            await self._send({**message, "headers": [*message["headers"], *closing]})
        else:
            await self._send({**message, "more_body": True})
            await self._drain()
            await self._send({"type": "http.response.body", "body": b""})

    async def _receive_counted(self) -> Message:
        message = await self._receive()
        self._is_read = not message.get("more_body", False)
        self._seen += len(message.get("body", b""))
        self._is_over = self._seen > self._limit
        return {"type": "http.disconnect"} if self._is_over else message

    async def _send_unless_over(self, message: Message) -> None:
        if self._is_answered or not self._is_over:
            await self.send(message)

    async def _drain(self) -> None:
        drained = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.drained_seconds):
                while not self._is_read and drained <= self._limits.drained_bytes:
                    message = await self._receive()
                    drained += len(message.get("body", b""))
                    self._is_read = not message.get("more_body", False)

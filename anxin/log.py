"""Structured logs to standard error, the standard library's among them; and one line for each request."""

import asyncio
import logging
import os
import re
import sys
import time
from datetime import UTC, datetime
from typing import TextIO

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.types import Processor

_REQUESTS = "anxin.requests"
_log = structlog.stdlib.get_logger(_REQUESTS)
_lines: "_Lines | None" = None
"""Where requests are told of in JSON, without the ways of structlog and logging: those take longer than a read."""
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_SANE_ID = re.compile(r"[0-9A-Za-z._-]{8,64}")
_PROBES = frozenset({"/healthz", "/readyz"})
# Their tracebacks and arguments are our tables' business, and what uvicorn says of its start and end is no news.
_QUIET = ("procrastinate", "uvicorn", "asyncio", "alembic")


def configure(form: str) -> None:
    """For the whole process; `form` is text or json."""
    global _lines  # noqa: PLW0603 -- logging is one for the process, too
    _lines = _Lines(sys.stderr) if form == "json" else None
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendered(form)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _rendered(form: str) -> list[Processor]:
    """Tracebacks without local variables: those hold what people entered."""
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    colors = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


class RequestLog:
    """ASGI middleware: a request id in every line and in the answer, and a line at the end of each request.

    The line has no query string, which may hold personal data. A sane `X-Request-Id` of the caller's is kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        id = request_id(Headers(scope=scope).get("x-request-id", ""))
        scope.setdefault("state", {})["request_id"] = id
        statuses: list[int] = []
        begun = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                statuses.append(message.get("status", 101))
                MutableHeaders(scope=message)["x-request-id"] = id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=id):
            try:
                await self.app(scope, receive, noted)
            finally:
                if scope["path"] not in _PROBES or statuses != [200]:
                    seconds = time.perf_counter() - begun
                    status = statuses[0] if statuses else None
                    answered(id, scope.get("method", "WEBSOCKET"), scope["path"], status, seconds)


def answered(request_id: str, method: str, path: str, status: int | None, seconds: float) -> None:
    """The line of a request."""
    said = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1), "request_id": request_id}
    if _lines is None:
        _log.info("request", **said)
        return
    at = datetime.now(UTC)
    line = orjson.dumps(
        {**said, "event": "request", "level": "info", "logger": _REQUESTS, "timestamp": at}, option=_OPTIONS
    )
    _lines.add(line.decode())


class _Lines:
    """Writes at once what one turn of the event loop has to tell."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: list[str] = []

    def add(self, line: str) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append(line)

    def _write(self) -> None:
        self._stream.write("".join(self._waiting))
        self._stream.flush()
        self._waiting.clear()


def request_id(given: str) -> str:
    """The caller's own, if it is a sane one."""
    return given if _SANE_ID.fullmatch(given) else os.urandom(16).hex()

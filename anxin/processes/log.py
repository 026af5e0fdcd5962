"""Structured logs to standard error, the standard library's among them; and one line for each request."""

import asyncio
import logging
import random
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, TextIO

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.types import Processor

_REQUESTS = "anxin.requests"
_log = structlog.stdlib.get_logger(_REQUESTS)
_lines: "_Lines | None" = None
"""Where requests are told of in JSON, without the ways of structlog and logging: those take longer than a read."""
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
_MOMENT = 0.01
"""Seconds."""
_SANE_ID = re.compile(rb"[0-9A-Za-z._-]{8,64}")
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_choose_renderers(form)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _choose_renderers(form: str) -> list[Processor]:
    """Tracebacks without local variables: those hold what people entered."""
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    colors = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


class RequestLog:
    """ASGI middleware: a request id in every line and in the answer, and a line at the end of each request.

    The line has no query string, which may hold personal data. A sane `X-Request-Id` of the caller's is kept. The end
    of each request is told to ``observe`` as well: its path, status and seconds.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[str, int | None, float], None] | None = None) -> None:
        self.app, self.observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        id = request_id(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
        scope.setdefault("state", {})["request_id"] = id
        statuses: list[int] = []
        begun = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                statuses.append(message.get("status", 101))
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", id.encode())]
            await send(message)

        bound = structlog.contextvars.bind_contextvars(request_id=id)
        try:
            await self.app(scope, receive, noted)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
            seconds, status = time.perf_counter() - begun, statuses[0] if statuses else None
            if self.observe is not None:
                self.observe(scope["path"], status, seconds)
            if scope["path"] not in _PROBES or statuses != [200]:
                answered(id, scope.get("method", "WEBSOCKET"), scope["path"], status, seconds)


def answered(request_id: str, method: str, path: str, status: int | None, seconds: float) -> None:
    """The line of a request."""
    line = _Line(request_id, method, path, status, seconds, time.time())
    if _lines is None:
        _log.info("request", **line.said())
    else:
        _lines.add(line)


def flush() -> None:
    """What is still to be written, at the end."""
    if _lines is not None:
        _lines.write()


class _Line(NamedTuple):
    request_id: str
    method: str
    path: str
    status: int | None
    seconds: float
    at: float

    def said(self) -> dict[str, object]:
        ms = round(self.seconds * 1000, 1)
        return {
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "ms": ms,
            "request_id": self.request_id,
        }


class _Lines:
    """Writes together what is told within a moment: one by one a line costs a fifth of a small read."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: list[_Line] = []

    def add(self, line: _Line) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(_MOMENT, self.write)
        self._waiting.append(line)

    def write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        same = {"event": "request", "level": "info", "logger": _REQUESTS}
        lines = [
            orjson.dumps({**line.said(), **same, "timestamp": datetime.fromtimestamp(line.at, UTC)}, option=_OPTIONS)
            for line in waiting
        ]
        self._stream.write(b"".join(lines).decode())
        self._stream.flush()


def request_id(given: bytes) -> str:
    """The caller's own, if it is a sane one; else one that nobody has to be unable to guess."""
    return given.decode() if given and _SANE_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"

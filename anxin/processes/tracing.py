"""OpenTelemetry, as the standard ``OTEL_*`` environment says: spans of requests, operations and statements.

By the libraries of the extra ``otel``, which nobody needs who does not trace. What could hold personal data is told to
none of them: no query strings, addresses, headers, documents or values.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from starlette.types import ASGIApp, Receive, Scope, Send

from anxin.processes.startup import CannotStart
from core import tracing
from core.db import Database

if TYPE_CHECKING:  # an extra
    from opentelemetry.sdk.trace import TracerProvider

_ASKED = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_OF_TRACE = (b"traceparent", b"tracestate")


def is_asked_for(environment: Mapping[str, str]) -> bool:
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    named = any(environment.get(name) for name in _ASKED)
    return named and not disabled and environment.get("OTEL_TRACES_EXPORTER") != "none"


def open_tracing() -> "Tracing | None":
    """None where nobody asks for traces. Raises CannotStart where they cannot be had."""
    if not is_asked_for(os.environ):
        return None
    exporter = os.environ.get("OTEL_TRACES_EXPORTER") or "otlp"
    if exporter != "otlp":
        raise CannotStart(f"OTEL_TRACES_EXPORTER: {exporter} is not shipped; write otlp, or none")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise CannotStart(
            "OTEL_* asks for traces: say pip install 'anxin[otel]', or set OTEL_SDK_DISABLED=true"
        ) from error
    os.environ.setdefault("OTEL_SERVICE_NAME", "anxin")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)


class Tracing:
    """What one process tells a collector."""

    def __init__(self, provider: "TracerProvider") -> None:
        self.provider = provider

    def wrap(self, app: ASGIApp) -> ASGIApp:
        return _TracedRequests(app, self.provider)

    def start(self, db: Database) -> None:
        """From now on operations and statements are told of, those of the ORM by SQLAlchemy's events: OpenTelemetry's
        own instrumentation takes no SQLAlchemy 2.1."""
        tracing.use(self.provider.get_tracer("anxin"))
        engine = db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", _begin_statement)
        event.listen(engine, "after_cursor_execute", _end_statement)
        event.listen(engine, "handle_error", _end_refused)

    def close(self) -> None:
        """What was not yet told is told."""
        tracing.use(None)
        self.provider.shutdown()


def _begin_statement(_: Any, __: Any, statement: str, ___: Any, context: Any, ____: bool) -> None:
    context.anxin_span = tracing.begin_statement(statement)


def _end_statement(_: Any, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
    if context.anxin_span is not None:
        context.anxin_span.end()


def _end_refused(failure: Any) -> None:
    span = getattr(failure.execution_context, "anxin_span", None)
    if span is not None:
        span.end()


class _TracedRequests:
    """OpenTelemetry's middleware, which is shown of a request what anybody may know."""

    def __init__(self, app: ASGIApp, provider: "TracerProvider") -> None:
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # pyright: ignore[reportMissingTypeStubs] -- it has none

        self.app = app
        self.middleware: Any = OpenTelemetryMiddleware(
            self._go_on, tracer_provider=provider, exclude_spans=["receive", "send"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        shown = {name: scope[name] for name in ("type", "asgi", "http_version", "method", "scheme") if name in scope}
        shown["path"] = "/files/" if scope["path"].startswith("/files/") else scope["path"]
        shown["headers"] = [header for header in scope["headers"] if header[0] in _OF_TRACE]
        await self.middleware({**shown, "query_string": b"", "anxin": scope}, receive, send)

    async def _go_on(self, shown: Scope, receive: Receive, send: Send) -> None:
        await self.app(shown["anxin"], receive, send)

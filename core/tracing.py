"""Spans of what takes time. Nothing is done, and no library is needed, until there is a tracer (extra ``otel``).

Compiled reads and acts go to libpq directly, where no library's instrumentation sees them, and most operations are
answered without Strawberry's executor: so both say themselves what they do. Neither values nor documents are told.
"""

from asyncio import Future
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol


class Span(Protocol):
    """As OpenTelemetry has it."""

    def update_name(self, name: str) -> None: ...
    def set_attribute(self, key: str, value: str) -> None: ...
    def end(self) -> None: ...


class Tracer(Protocol):
    """As OpenTelemetry has it."""

    def start_span(self, name: str, *, attributes: Mapping[str, str | int]) -> Span: ...
    def start_as_current_span(self, name: str) -> AbstractContextManager[Span]: ...


_tracer: Tracer | None = None
_operation: ContextVar[Span | None] = ContextVar("operation", default=None)
_NOTHING = nullcontext()


def use(tracer: Tracer | None) -> None:
    """For this process, from now on."""
    global _tracer  # noqa: PLW0603 -- one for a process, as OpenTelemetry's own
    _tracer = tracer


def trace_operation() -> AbstractContextManager[object]:
    """A span of one GraphQL operation, named once the operation is known."""
    return _NOTHING if _tracer is None else _trace_operation(_tracer)


@contextmanager
def _trace_operation(tracer: Tracer) -> Generator[None]:
    with tracer.start_as_current_span("GraphQL") as span:
        token = _operation.set(span)
        try:
            yield
        finally:
            _operation.reset(token)


def name_operation(kind: str, name: str | None) -> None:
    """Say of the operation under way which it is; of a document that passed all checks only."""
    span = _operation.get()
    if span is not None:
        span.update_name(f"{kind} {name}" if name else kind)
        span.set_attribute("graphql.operation.type", kind)
        if name:
            span.set_attribute("graphql.operation.name", name)


def begin_statement(*statements: str) -> Span | None:
    """A span that somebody ends; of several statements that are sent together."""
    if _tracer is None:
        return None
    several: Mapping[str, int] = {"db.operation.batch.size": len(statements)} if len(statements) > 1 else {}
    said = {"db.system.name": "postgresql", "db.query.text": "; ".join(statements), **several}
    return _tracer.start_span("PostgreSQL", attributes=said)


def trace_statements(statements: Sequence[tuple[bytes, Any]]) -> AbstractContextManager[object]:
    """A span of the round trip in which these are sent, each with its values, of which nothing is told."""
    return _NOTHING if _tracer is None else _trace_statements([statement.decode() for statement, _ in statements])


@contextmanager
def _trace_statements(statements: Sequence[str]) -> Generator[None]:
    span = begin_statement(*statements)
    try:
        yield
    finally:
        if span is not None:
            span.end()


def trace_answer(statement: str, answer: "Future[Any]") -> None:
    """A span of one statement that was handed over, until it is answered."""
    span = begin_statement(statement)
    if span is not None:
        answer.add_done_callback(lambda _: span.end())

"""Whoever traces is told of requests, operations and statements, and of nobody's data."""

import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from anxin.http import app as edge
from anxin.processes.startup import CannotStart
from anxin.processes.tracing import Tracing, open_tracing
from core.settings import Settings
from tests.helpers.app import Application, within

SECRET = "机密"
READ = f'query Mine {{ projects(filter: {{ name: "{SECRET}" }}) {{ nodes {{ id }} }} }}'
ACT = """mutation Save($input: ProjectInput!) { saveProjectDraft(input: $input) { ... on Project { id name } } }"""
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def told() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(
    app: Application, told: InMemorySpanExporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx2.AsyncClient]:
    """A second process on the application's database, which traces, as the application's handler."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(told))
    monkeypatch.setattr(edge, "open_tracing", lambda: Tracing(provider))
    asgi = edge.create_app(Settings(database_url=app.services.settings.database_url, var=tmp_path))
    handler = await app.handler()
    async with within(asgi) as http:
        async with asgi.state.services.db.read_everything() as session:
            await session.scalar(text("SELECT 1"))
        http.headers |= {"Authorization": f"Bearer {handler.token}", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        yield http


async def test_requests_operations_and_statements_are_spans_of_one_trace_without_values(
    traced: httpx2.AsyncClient, told: InMemorySpanExporter
):
    assert "SELECT 1" in everything(told.get_finished_spans())  # by the ORM
    for body, operation, statement in (
        ({"query": READ}, "query Mine", "FROM project"),
        (
            {"query": ACT, "variables": {"input": {"city": "benxi", "fields": {"name": SECRET}}}},
            "mutation Save",
            "INTO",
        ),
    ):
        told.clear()
        answer = (await traced.post("/graphql", json=body)).json()
        assert "errors" not in answer, answer
        spans = told.get_finished_spans()
        assert {span.context.trace_id for span in spans} == {int(TRACE, 16)}
        [request] = [span for span in spans if span.kind.name == "SERVER"]
        [asked] = [span for span in spans if span.name == operation]
        assert asked.parent.span_id == request.context.span_id
        statements = [span for span in spans if span.parent.span_id == asked.context.span_id]
        assert any(statement in str(span.attributes["db.query.text"]) for span in statements)
        assert SECRET not in everything(spans)
    told.clear()
    assert (await traced.get("/graphql", params={"query": READ})).status_code == 200
    assert (await traced.get("/files/confidential")).status_code == 400
    spans = told.get_finished_spans()
    assert {span.name for span in spans} >= {"query Mine", "GET /files/"}
    assert not any(word in everything(spans) for word in (SECRET, "%E6", "confidential", "127.0.0.1", "Bearer"))


def everything(spans: Sequence[ReadableSpan]) -> str:
    return "".join(f"{span.name} {dict(span.attributes or {})} {span.events}" for span in spans)


def test_traces_are_asked_for_by_the_standard_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    assert open_tracing() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(CannotStart, match=r"anxin\[otel\]"):
        open_tracing()
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert open_tracing() is None
    monkeypatch.delenv("OTEL_SDK_DISABLED")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert open_tracing() is None
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkin")
    with pytest.raises(CannotStart, match="zipkin"):
        open_tracing()

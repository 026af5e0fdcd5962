"""What a supervisor measures by: who may read it, and that it counts what was answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from anxin.http.app import create_app
from core.settings import Settings

TOKEN = "a-token-for-the-supervisor"


def make_app(database_url: str, var: Path, token: str | None = None) -> Starlette:
    return create_app(
        Settings.model_validate(
            {"database_url": database_url, "var": var, "log_format": "json", "metrics_token": token}
        )
    )


@pytest.fixture
async def http(database_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app(database_url, tmp_path, TOKEN)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://anxin.test") as http,
    ):
        yield http


async def measured(http: httpx2.AsyncClient) -> dict[tuple[str, ...], float]:
    answer = await http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_place_and_status(http: httpx2.AsyncClient):
    before = await measured(http)
    await http.post("/graphql", json={"query": "{ __typename }"})
    await http.post("/graphql", json={"query": "{ __typename }"})
    await http.post("/graphql", content=b"{}", headers={"content-type": "text/plain"})
    await http.get("/somewhere/13900000011")
    after = await measured(http)
    grown = {name: value - before.get(name, 0) for name, value in after.items() if name[0].endswith("_count")}
    assert {name[1:]: times for name, times in grown.items() if times} == {
        ("200", "graphql"): 2,
        ("415", "graphql"): 1,
        ("404", "other"): 1,
        ("200", "metrics"): 1,
    }
    assert "13900000011" not in str(after)
    assert after["anxin_database_connections", "reads"] == 0


@pytest.mark.parametrize("given", [None, "Bearer ", "Bearer another-token-altogether", TOKEN, "Bearer 口令"])
async def test_who_does_not_bring_the_token_reads_nothing(http: httpx2.AsyncClient, given: str | None):
    answer = await http.get("/metrics", headers={"authorization": given.encode()} if given else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "anxin_" not in answer.text


async def test_without_a_token_there_is_no_such_place(database_url: str, tmp_path: Path):
    app = make_app(database_url, tmp_path)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://anxin.test") as http,
    ):
        assert (await http.get("/metrics", headers={"authorization": "Bearer None"})).status_code == 404

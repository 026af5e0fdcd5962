"""What stands around every request: the probes, the request id and its log line, who asks and in which language."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import strawberry
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from anxin.database import migrate
from anxin.http.app import create_app
from anxin.processes import log
from anxin.processes.startup import CannotStart, explain_database_errors, open_services
from core.db import Database
from core.identity import sessions
from core.identity.models import Account
from core.rulesets.language.values import WrongKind
from core.settings import Settings
from resolvers.context import Info, Services
from tests.helpers.platform import platform_act


@strawberry.type
class Query:
    @strawberry.field
    def who(self, info: Info) -> str:
        return info.context.actor.name or "nobody"

    @strawberry.field
    def language(self, info: Info) -> str:
        return info.context.language

    @strawberry.field
    def request(self, info: Info) -> str:
        return info.context.request_id

    @strawberry.field
    def long(self) -> str:
        return "保" * 2000


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def who(self, info: Info) -> AsyncIterator[str]:
        yield info.context.actor.name or "nobody"


SCHEMA = strawberry.Schema(Query, subscription=Subscription)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Starlette:
    return create_app(Settings(database_url=database_url, var=tmp_path, log_format="json"), SCHEMA)


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://anxin.test") as http,
    ):
        yield http


async def signed_in(services: Services) -> str:
    at = datetime.now(UTC)
    async with services.db.write() as session:
        account = Account(
            mobile="13900000001",
            name="王小明",
            password_hash="",
            registered_at=at,
            agreement_accepted_at=at,
            agreement_version="",
        )
        session.add(account)
        await session.flush()
        token, _ = await sessions.open_for(platform_act(session, at=at), account, None, life=timedelta(hours=1))
    return token


async def ask(http: httpx2.AsyncClient, field: str, **headers: str) -> httpx2.Response:
    return await http.post(
        "/graphql", json={"query": f"{{ {field} }}"}, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


async def test_a_house_in_order_is_ready(http: httpx2.AsyncClient) -> None:
    ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "database": "ok", "migrations": "ok", "rulesets": "ok", "messages": "ok"}
    assert (await http.get("/healthz")).json() == {"status": "ok"}


async def test_without_its_database_the_process_lives_but_is_not_ready(
    app: Starlette, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    services: Services = app.state.services
    away = Database(f"postgresql://anxin:hunter2@/anxin?host={tmp_path}")
    app.state.services = replace(services, db=away)
    ready = await http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "unavailable",
        "database": "no answer",
        "migrations": "unknown",
        "rulesets": "ok",
        "messages": "unknown",
    }
    assert (await http.get("/healthz")).status_code == 200


async def test_a_database_that_hangs_is_not_ready(
    app: Starlette, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anxin.http.health.PATIENCE", 0.2)

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.append(writer)

    silent: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    services: Services = app.state.services
    hanging = Database(f"postgresql://anxin@127.0.0.1:{server.sockets[0].getsockname()[1]}/anxin")
    app.state.services = replace(services, db=hanging)
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "no answer")
    for writer in silent:
        writer.close()
    server.close()


async def test_a_database_of_another_release_is_not_ready(http: httpx2.AsyncClient, database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    ready = await http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["migrations"] == f"at 0000, not at {migrate.head_revision()}"


async def test_a_sane_request_id_is_kept_and_echoed(http: httpx2.AsyncClient) -> None:
    answer = await ask(http, "request", x_request_id="gateway-4711.a")
    assert answer.headers["x-request-id"] == "gateway-4711.a"
    assert answer.json()["data"]["request"] == "gateway-4711.a"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "line\tbreak-12345", "<script>alert(1)</script>"])
async def test_any_other_request_id_is_replaced(http: httpx2.AsyncClient, given: str) -> None:
    answer = await ask(http, "request", x_request_id=given)
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 32


async def test_a_refused_body_has_a_request_id_too(http: httpx2.AsyncClient) -> None:
    refused = await http.post(
        "/graphql", content=b"x" * (2 * 1024 * 1024), headers={"content-type": "application/json"}
    )
    assert refused.status_code == 413
    assert refused.headers["x-request-id"]


async def test_a_request_is_logged_in_one_line_without_its_query_string(
    http: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> None:
    create_app(Settings(database_url=database_url, var=tmp_path, log_format="json"), SCHEMA)  # logs to this capture
    await http.get(
        "/graphql", params={"query": "{ language }", "mobile": "13900000001"}, headers={"x-request-id": "a" * 8}
    )
    await http.get("/healthz")
    log.flush()  # what is written together a moment later
    [line] = [line for line in map(json.loads, capfd.readouterr().err.splitlines()) if line["event"] == "request"]
    assert line.pop("ms") >= 0
    assert {name: line[name] for name in ("event", "method", "path", "status", "request_id", "level")} == {
        "event": "request",
        "method": "GET",
        "path": "/graphql",
        "status": 200,
        "request_id": "aaaaaaaa",
        "level": "info",
    }
    assert "13900000001" not in str(line)


TRACEBACK = """
import logging, structlog, sys, warnings
from tests.helpers.platform import platform_act
from anxin.processes import log
log.configure("{form}")
def act(password):
    raise RuntimeError("it broke")
try:
    act(sys.argv[1])
except RuntimeError:
    structlog.get_logger("anxin").exception("crash")
    logging.getLogger("sqlalchemy").error("from %s", "elsewhere")
warnings.warn("beware")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_is_logged_without_what_people_entered(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRACEBACK.format(form=form), "hunter2"], capture_output=True, text=True, check=True
    )
    assert "it broke" in done.stderr
    assert "hunter2" not in done.stderr
    assert "from elsewhere" in done.stderr
    assert "beware" in done.stderr
    if form == "json":
        assert [json.loads(line)["level"] for line in done.stderr.splitlines()] == ["error", "error", "warning"]


async def test_a_token_says_who_asks(app: Starlette, http: httpx2.AsyncClient) -> None:
    token = await signed_in(app.state.services)
    assert (await ask(http, "who")).json() == {"data": {"who": "nobody"}}
    assert (await ask(http, "who", authorization=f"Bearer {token}")).json() == {"data": {"who": "王小明"}}


@pytest.mark.parametrize("authorization", ["Bearer unknown", "Bearer ", "Basic YTpi", "unknown"])
async def test_a_bad_token_is_refused_and_not_taken_for_none(http: httpx2.AsyncClient, authorization: str) -> None:
    refused = await ask(http, "who", authorization=authorization)
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5,zh-Hans;q=0.6", "zh"),
        ("fr", "zh"),
        ("en;q=lots", "zh"),
    ],
)
async def test_chinese_comes_first_unless_english_is_liked_better(
    http: httpx2.AsyncClient, accepted: str, language: str
) -> None:
    assert (await ask(http, "language", accept_language=accepted)).json()["data"]["language"] == language


async def test_a_long_answer_is_compressed(http: httpx2.AsyncClient) -> None:
    assert (await ask(http, "long", accept_encoding="gzip")).headers["content-encoding"] == "gzip"


def test_over_a_socket_the_token_comes_with_the_first_message(app: Starlette) -> None:
    with TestClient(app) as client:
        token = client.portal.call(signed_in, app.state.services)
        for params, name in (({}, "nobody"), ({"Authorization": f"Bearer {token}"}, "王小明")):
            with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as spoken:
                spoken.send_json({"type": "connection_init", "payload": params})
                assert spoken.receive_json() == {"type": "connection_ack"}
                spoken.send_json({"type": "subscribe", "id": "1", "payload": {"query": "subscription { who }"}})
                assert spoken.receive_json()["payload"] == {"data": {"who": name}}


def test_a_socket_with_a_bad_token_is_closed(app: Starlette) -> None:
    with (
        TestClient(app) as client,
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as spoken,
    ):
        spoken.send_json({"type": "connection_init", "payload": {"Authorization": "Bearer unknown"}})
        with pytest.raises(WebSocketDisconnect) as closed:
            spoken.receive_json()
    assert closed.value.code == 4401


@pytest.mark.parametrize("trouble", ["empty", "no rules", "files", "address", "port", "away"])
async def test_a_house_with_something_wrong_does_not_open(
    database_url: str, empty: str, tmp_path: Path, trouble: str
) -> None:
    (tmp_path / "occupied").write_text("")
    settings, sentence = {
        "empty": ({"database_url": empty}, "say: anxin migrate"),
        "no rules": ({"rules": tmp_path / "absent"}, "absent:1:1: "),
        "files": ({"files": str(tmp_path / "occupied")}, "ANXIN_FILES: .*occupied"),
        "address": ({"database_url": "mysql+what"}, "DATABASE_URL is no address"),
        "port": ({"database_url": "postgresql://u:hunter2@h:port/x"}, "DATABASE_URL is no address"),
        "away": (
            {"database_url": f"postgresql://u:hunter2@/x?host={tmp_path}"},
            "the database refuses: .*check DATABASE_URL",
        ),
    }[trouble]
    with pytest.raises(CannotStart, match=sentence) as refused:
        async with open_services(Settings(**({"database_url": database_url, "var": tmp_path} | settings))):
            pass
    assert "hunter2" not in str(refused.value)


def test_a_wrong_figure_is_not_told_of_the_databases_address() -> None:
    with pytest.raises(WrongKind), explain_database_errors():
        raise WrongKind("应为整数，写的是 “1.5”")


async def test_the_server_is_told_why_in_a_sentence_and_not_in_a_traceback(empty: str, tmp_path: Path) -> None:
    app = create_app(Settings(database_url=empty, var=tmp_path), SCHEMA)
    told: list[dict[str, str]] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        told.append(message)

    await app({"type": "lifespan", "app": app, "state": {}}, receive, send)
    [failed] = told
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].endswith("say: anxin migrate")
    assert "Traceback" not in failed["message"]

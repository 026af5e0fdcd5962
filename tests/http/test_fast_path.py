"""Reads and acts answered by the compiler: as the executor would, and for nobody whose session ended."""

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import update

from anxin.http import endpoint
from anxin.http.app import create_app
from core.identity.models import Membership
from core.settings import Settings
from tests.helpers.acts import enter_project
from tests.helpers.app import Application, served, within
from tests.helpers.people import Person

PROJECTS = "{ projects { nodes { name contractor { name } } } }"
ME = "{ me { name actingAs } }"
STEPS = "{ projects { nodes { name nextSteps { sentence citation { title } } } } }"
LOG_OUT = "mutation { logOut { __typename } }"
LONG = f"# {'x' * 10_000}\n"
"""In front of a document it takes it past what the compiler keeps: the executor answers."""


class ByTheExecutor(Exception):
    """The other way was taken."""


@pytest.fixture
def fast_path_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing reaches the executor."""

    async def refuse(*_: Any, **__: Any) -> None:
        raise ByTheExecutor

    monkeypatch.setattr(endpoint, "execute", refuse)


@pytest.mark.parametrize("query", [PROJECTS, ME, STEPS])
async def test_a_read_is_answered_as_by_the_executor(
    app: Application, request: pytest.FixtureRequest, query: str
) -> None:
    handler = await app.handler()
    await enter_project(handler)
    usual = await handler.post(LONG + query)
    request.getfixturevalue("fast_path_only")
    for _ in range(2):
        assert await handler.post(query) == usual
    assert usual["data"]


async def test_the_first_request_of_a_session_is_answered_so_too(
    app: Application, request: pytest.FixtureRequest
) -> None:
    person = await app.person()  # who asked nothing under this token yet
    request.getfixturevalue("fast_path_only")
    assert (await person.post(ME))["data"]["me"]["name"] == "张三"


@pytest.mark.usefixtures("fast_path_only")
async def test_a_stranger_takes_the_executors_way(app: Application) -> None:
    answer = await app.stranger.post(ME)
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"  # our ByTheExecutor


async def test_an_unknown_token_is_refused(app: Application) -> None:
    answer = await Person(app.services, app.http, token="unknown").post(ME)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_ends_a_session_or_a_membership_ends_its_reads(app: Application) -> None:
    officer = await app.officer()
    assert (await officer.post(ME))["data"] == {"me": {"name": "李四", "actingAs": "HRSS_OFFICER"}}
    async with app.services.db.write() as session:  # by whatever means: the database itself takes care
        await session.execute(update(Membership).values(until=date(2024, 1, 1)))
    assert (await officer.post(ME))["data"] == {"me": {"name": "李四", "actingAs": None}}
    with psycopg.connect(app.services.db.dsn) as connection:
        connection.execute("UPDATE session SET revoked_at = now(), holds_until = NULL")
    for query in (ME, LOG_OUT):
        assert (await officer.post(query))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_act_is_done_without_the_executor(app: Application, request: pytest.FixtureRequest) -> None:
    person = await app.person()
    await person.post(ME)
    request.getfixturevalue("fast_path_only")
    assert (await person.post(LOG_OUT))["data"] == {"logOut": {"__typename": "Done"}}


async def test_by_get_a_read_is_answered_and_an_act_never_done(app: Application) -> None:
    person = await app.person()
    headers = {"Authorization": f"Bearer {person.token}"}
    for _ in range(2):
        read = await app.http.get("/graphql", params={"query": ME}, headers=headers)
        assert read.json()["data"]["me"]["name"] == "张三"
        act = await app.http.get("/graphql", params={"query": LOG_OUT}, headers=headers)
        assert (act.status_code, act.headers["allow"]) == (405, "POST")
    assert (await person.post(ME))["data"]["me"]


async def test_refusals_statuses_and_media_types_are_the_executors(app: Application) -> None:
    handler = await app.handler()
    headers = {"Authorization": f"Bearer {handler.token}", "X-Request-Id": "abcdefgh"}

    async def post(query: str, **more: str) -> Any:
        return await app.http.post("/graphql", json={"query": query}, headers={**headers, **more})

    for accept in ("*/*", "application/graphql-response+json", "text/event-stream"):
        fast, executed = await post(ME, Accept=accept), await post(LONG + ME, Accept=accept)
        told = [name for name in fast.headers if name not in ("date",)]
        assert [fast.headers[name] for name in told] == [executed.headers[name] for name in told]
        assert (fast.status_code, fast.text) == (executed.status_code, executed.text)
        assert fast.headers["x-request-id"] == "abcdefgh"
    for bad, status in (("{ nothing }", 400), ("{", 400), (LONG + "{ nothing }", 400)):
        assert (await post(bad)).status_code == 200
        assert (await post(bad, Accept="application/graphql-response+json")).status_code == status


@pytest.mark.parametrize("query", [PROJECTS, LONG + PROJECTS])
async def test_what_is_overdue_is_refused_and_its_connection_not_used_again(
    database_url: str, tmp_path: Path, query: str
) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open"))
    async with within(asgi) as http:
        handler = await Application(asgi.state.services, http).handler()
        await handler.post(ME)
        asgi.endpoint.deadline = 0.3
        headers = {"Authorization": f"Bearer {handler.token}"}
        with psycopg.connect(asgi.state.services.db.dsn) as connection:
            connection.execute("LOCK TABLE project")
            plain, newer = [
                await http.post("/graphql", json={"query": query}, headers={**headers, **accepting})
                for accepting in ({}, {"Accept": "application/graphql-response+json"})
            ]
        assert (plain.status_code, newer.status_code) == (200, 503)
        assert plain.json() == newer.json()
        assert plain.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        asgi.endpoint.deadline = 10.0
        assert (await handler.post(PROJECTS))["data"] == {"projects": {"nodes": []}}


async def test_an_answer_is_compressed_for_who_takes_that(app: Application) -> None:
    handler = await app.handler()
    for number in range(12):
        await enter_project(handler, name=f"项目{number}")
    query = "{ projects { nodes { id name number state location } } }"
    headers = {"Authorization": f"Bearer {handler.token}"}
    packed, plain, refused, small = [
        await app.http.post("/graphql", json={"query": asked}, headers={**headers, "Accept-Encoding": encoding})
        for asked, encoding in ((query, "br, gzip"), (query, "identity"), (query, "gzip;q=0"), (ME, "gzip"))
    ]
    assert packed.json() == plain.json() == refused.json()
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    for answer in (packed, plain, refused, small):
        assert "Accept-Encoding" in answer.headers["vary"]
    for answer in (plain, refused, small):
        assert "content-encoding" not in answer.headers


# On real sockets, with what waits before and behind.


def request_of(person: Person, query: str, **headers: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = {"Host": "x", "Content-Type": "application/json", "Authorization": f"Bearer {person.token}", **headers}
    lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body


async def talk(http: Any, *pieces: bytes, answers: int = 1) -> list[tuple[int, Mapping[str, str], Any]]:
    """Sends the pieces one by one over one connection, and reads so many answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
    found: list[tuple[int, Mapping[str, str], Any]] = []
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        async with asyncio.timeout(10):
            while len(found) < answers:
                status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines)
                if status.split()[1] != "100":
                    body = await reader.readexactly(int(headers["content-length"]))
                    found.append((int(status.split()[1]), headers, json.loads(body) if body[:1] == b"{" else body))
    finally:
        writer.close()
        await writer.wait_closed()
    return found


async def test_however_a_request_arrives_it_has_the_same_answer(database_url: str, tmp_path: Path) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open"))
    async with served(asgi) as http:
        handler = await Application(asgi.state.services, http).handler()
        await enter_project(handler)
        usual = await handler.post(PROJECTS)
        one = request_of(handler, PROJECTS)
        act = request_of(handler, "mutation { __typename }")
        acted = {"data": {"__typename": "Mutation"}}
        found = await talk(http, one + one + act + one, answers=4)
        assert [answer for _, _, answer in found] == [usual, usual, acted, usual]
        for pieces in ((one[:-30], one[-30:]), (one[:40], one[40:-30], one[-30:] + one, one)):
            count = b"".join(pieces).count(b"POST")
            found = await talk(http, *pieces, answers=count)
            assert [answer for _, _, answer in found] == [usual] * count
        [(_, headers, answer)] = await talk(http, request_of(handler, PROJECTS, Connection="close"))
        assert (answer, headers["connection"]) == (usual, "close")
        [(status, _, answer)] = await talk(http, request_of(handler, PROJECTS, Expect="100-continue"))
        assert (status, answer) == (200, usual)
        body = json.dumps({"query": PROJECTS}).encode()
        chunked = request_of(handler, PROJECTS, **{"Content-Length": "", "Transfer-Encoding": "chunked"})
        chunked = chunked.removesuffix(body) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        [(_, _, answer)] = await talk(http, chunked)
        assert answer == usual
        large = json.dumps({"query": PROJECTS, "variables": {"unused": "x" * 200_000}}).encode()
        head = request_of(handler, PROJECTS, **{"Content-Length": str(len(large))}).removesuffix(body)
        [(status, _, answer)] = await talk(http, head + large)
        assert (status, answer) == (200, usual)


async def test_what_the_database_breaks_off_is_asked_again(database_url: str, tmp_path: Path) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open"))
    async with within(asgi) as http:
        app = Application(asgi.state.services, http)
        handler = await app.handler()
        await enter_project(handler)
        usual = await handler.post(STEPS)
        with psycopg.connect(app.services.db.dsn, autocommit=True) as connection:
            connection.execute("""SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()""")
        assert await handler.post(STEPS) == usual


async def test_a_caller_who_leaves_leaves_nothing_behind(database_url: str, tmp_path: Path) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open"))
    async with served(asgi) as http:
        app = Application(asgi.state.services, http)
        handler = await app.handler()
        with psycopg.connect(app.services.db.dsn) as connection:
            connection.execute("LOCK TABLE project")
            _, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
            writer.write(request_of(handler, PROJECTS))
            await writer.drain()
            await asyncio.sleep(0.2)
            writer.close()
        assert (await handler.post(PROJECTS))["data"] == {"projects": {"nodes": []}}


async def test_a_server_that_ends_gives_the_answer_that_is_under_way(database_url: str, tmp_path: Path) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open"))
    with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql")) as connection:
        async with served(asgi) as http:
            handler = await Application(asgi.state.services, http).handler()
            await handler.post(ME)
            connection.execute("LOCK TABLE project")
            asked = asyncio.create_task(talk(http, request_of(handler, PROJECTS)))
            await asyncio.sleep(0.3)
            asyncio.get_running_loop().call_later(0.3, connection.rollback)  # when the server is told to end already
        [(status, headers, answer)] = await asked
    assert (status, headers["connection"], answer["data"]) == (200, "close", {"projects": {"nodes": []}})

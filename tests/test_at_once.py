"""Reads answered before the view: only when they are the same as on the usual way, and never for who is not known."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import update

from anxin import fast_lane
from anxin.http import fast_path, headers
from anxin.http.app import View, create_app
from anxin.http.headers import Heads, spoken_by
from anxin.processes.startup import CannotStart
from anxin.time_limit import TimeLimit
from core.actor import Role
from core.db import CannotRead
from core.db.read_connection import MAX_PIPELINED, MAX_STATEMENTS
from core.db.read_pool import MAX_CONNECTIONS, ReadPool
from core.identity.models import Membership
from core.settings import Settings
from schema.limits import trusted_documents
from tests.speaking import Person, Town, enter_project, served, settled, within

PROJECTS = "{ projects { nodes { name contractor { name } } } }"
ME = "{ me { name actingAs } }"
CITIES = "{ rulesets { city } }"


class ByTheView(Exception):
    """The usual way was taken."""


@pytest.fixture
def at_once_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on only what is answered before the view is answered."""

    async def refuse(*_: Any, **__: Any) -> None:
        raise ByTheView

    monkeypatch.setattr(View, "run", refuse)


async def answered_at_once(person: Person, query: str, **variables: Any) -> Any:
    """The answer of a person who was authenticated just now."""
    answer = await person.post(query, **variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def test_who_was_authenticated_just_now_is_answered_before_the_view(
    town: Town, request: pytest.FixtureRequest
) -> None:
    handler = await town.handler()
    await enter_project(handler)
    usual = await handler.post(PROJECTS)
    request.getfixturevalue("at_once_only")
    assert await handler.post(PROJECTS) == usual
    assert usual["data"]["projects"]["nodes"]


@pytest.mark.usefixtures("at_once_only")
async def test_a_stranger_and_an_unknown_token_take_the_usual_way(town: Town) -> None:
    for person in (town.stranger, Person(town.services, town.http, token="unknown")):
        answer = await person.post(ME)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"  # our ByTheView


async def test_what_ends_a_session_or_a_membership_ends_its_reads(town: Town) -> None:
    officer = await town.officer()
    assert await answered_at_once(officer, ME) == {"me": {"name": "李四", "actingAs": "HRSS_OFFICER"}}
    async with town.services.db.write() as session:  # by whatever means: the database itself takes care
        await session.execute(update(Membership).values(until=date(2024, 1, 1)))
    assert await answered_at_once(officer, ME) == {"me": {"name": "李四", "actingAs": None}}
    with psycopg.connect(town.services.db.dsn) as connection:
        connection.execute("UPDATE session SET revoked_at = now(), holds_until = NULL")
    assert (await officer.post(ME))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_refusals_and_media_types_are_those_of_the_usual_way(town: Town) -> None:
    handler = await town.handler()
    headers = {"Authorization": f"Bearer {handler.token}", "X-Request-Id": "abcdefgh"}

    async def post(content: str | bytes, **more: str) -> Any:
        sent = {**headers, "Content-Type": "application/json", **more}
        return await town.http.post("/graphql", content=content, headers=sent)

    good = json.dumps({"query": ME})
    plain = await post(good)
    newer = await post(good, Accept="application/graphql-response+json")
    assert plain.json() == newer.json()
    assert plain.headers["content-type"] == "application/json; charset=utf-8"
    assert newer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert plain.headers["x-request-id"] == newer.headers["x-request-id"] == "abcdefgh"
    for bad, status in (
        ("[1]", 400),
        ("{", 400),
        ('{"query": 1}', 400),
        ("{}", 400),
        ('{"query": "{ nothing }"}', 200),
    ):
        answer = await post(bad)
        assert (answer.status_code, bool(answer.json()["errors"])) == (status, True), bad
    assert (await post(json.dumps({"query": "mutation { __typename }"}))).json() == {"data": {"__typename": "Mutation"}}


@pytest.mark.parametrize("fast", [False, True], ids=["application", "fast lane"])
async def test_a_read_that_is_overdue_is_refused_and_its_connection_not_used_again(
    database_url: str, tmp_path: Path, fast: bool
) -> None:
    app = create_app(Settings(database_url=database_url, var=tmp_path, fast_lane=fast))
    async with served(app) if fast else within(app) as http:
        town = Town(app.state.services, http)
        handler = await town.handler()
        await handler.post(ME)
        getattr(app.state, fast_path.STATE).limit = TimeLimit(0.3)
        headers = {"Authorization": f"Bearer {handler.token}"}
        with psycopg.connect(town.services.db.dsn) as connection:
            connection.execute("LOCK TABLE project")
            plain, newer = [
                await http.post("/graphql", json={"query": PROJECTS}, headers={**headers, **accepting})
                for accepting in ({}, {"Accept": "application/graphql-response+json"})
            ]
        assert (plain.status_code, newer.status_code) == (200, 503)
        assert plain.json() == newer.json()
        assert plain.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert (await handler.post(PROJECTS))["data"] == {"projects": {"nodes": []}}


async def test_an_answer_is_compressed_for_who_takes_that(town: Town) -> None:
    handler = await town.handler()
    for number in range(12):
        await enter_project(handler, name=f"项目{number}")
    query = "{ projects { nodes { id name number state location } } }"
    headers = {"Authorization": f"Bearer {handler.token}"}
    packed, plain, small = [
        await town.http.post("/graphql", json={"query": asked}, headers={**headers, "Accept-Encoding": encoding})
        for asked, encoding in ((query, "br, gzip"), (query, "identity"), (ME, "gzip"))
    ]
    assert packed.json() == plain.json()
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    for answer in (packed, plain, small):
        assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in small.headers


async def test_one_limit_holds_for_many_and_only_for_those_it_was_begun_for() -> None:
    limit = TimeLimit(0.2)

    async def take(seconds: float) -> str:
        try:
            with limit.begun():
                await asyncio.sleep(seconds)
        except TimeoutError:
            return "overdue"
        await asyncio.sleep(0.3)  # afterwards there is time
        return "done"

    ends = await asyncio.gather(*(take(seconds) for seconds in (0, 5, 0.05, 6)))
    assert ends == ["done", "overdue", "done", "overdue"]
    assert await take(5) == "overdue"  # the timer is set again

    cancelled = asyncio.create_task(take(5))
    await asyncio.sleep(0.05)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):  # by somebody else
        await cancelled
    with pytest.raises(ValueError, match="own"), limit.begun():
        raise ValueError("own")


# The connections of compiled reads.


SETTINGS = {"application_name": "readers", "TimeZone": "UTC", "plan_cache_mode": "force_generic_plan"}


@pytest.fixture
async def readers(database_url: str) -> AsyncIterator[ReadPool]:
    readers = ReadPool(database_url.replace("postgresql+psycopg", "postgresql"), SETTINGS)
    yield readers
    await readers.close()


async def value(readers: ReadPool, statement: str, *values: Any) -> bytes | None:
    return await readers.execute(statement, values)


async def test_reads_wait_for_a_connection_and_leave_when_they_are_cancelled(readers: ReadPool) -> None:
    busy = [asyncio.create_task(value(readers, "SELECT pg_sleep(0.2)::text")) for _ in range(MAX_CONNECTIONS)]
    await asyncio.sleep(0.1)
    waiting = [
        asyncio.create_task(value(readers, "SELECT $1::text", str(number))) for number in range(3 * MAX_CONNECTIONS)
    ]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    values = await asyncio.gather(*waiting, return_exceptions=True)
    assert values[1::2] == [b"%d" % number for number in range(1, 3 * MAX_CONNECTIONS, 2)]
    assert all(isinstance(value, asyncio.CancelledError) for value in values[::2])
    await asyncio.gather(*busy)
    counted = await value(readers, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'readers'")
    assert counted
    assert int(counted) <= MAX_CONNECTIONS


async def test_values_arrive_as_they_were_sent(readers: ReadPool) -> None:
    moment = datetime(2026, 11, 28, 1, 2, 3, 45, tzinfo=UTC)
    for kind, sent, expected in (
        ("text", "“安薪”\\' \n😀", "“安薪”\\' \n😀"),
        ("text", Role.HANDLER, "handler"),
        ("bigint", -(2**63), str(-(2**63))),
        ("boolean", True, "true"),
        ("numeric", Decimal("1E+3"), "1000"),
        ("date", date(2026, 11, 28), "2026-11-28"),
        ("timestamptz", moment, "2026-11-28 01:02:03.000045+00"),
        ("text", None, None),
    ):
        found = await value(readers, f"SELECT ($1::{kind})::text", sent)
        assert (found and found.decode()) == expected, kind
    long = "薪" * 2_000_000  # more than a socket takes at once
    assert await value(readers, "SELECT $1::text", long) == long.encode()
    for unsent in ("a\0b", "\ud800", object(), b"bytes"):
        with pytest.raises(CannotRead):
            readers.execute("SELECT $1::text", [unsent])


async def test_a_refused_statement_keeps_its_connection_and_a_broken_connection_is_replaced(readers: ReadPool) -> None:
    me = "SELECT pg_backend_pid()"
    first = await value(readers, me)
    for wrong, values, said in (
        ("SELECT 1 / 0", [], "division by zero"),
        ("SELEC", [], "syntax error"),
        ("SELEC", [], "syntax error"),  # which is not taken for prepared
        ("SELECT $1::int", ["x"], "invalid input syntax"),
    ):
        with pytest.raises(CannotRead, match=said):
            await value(readers, wrong, *values)
    assert await value(readers, me) == first
    with pytest.raises(CannotRead):
        await value(readers, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert await value(readers, me) != first
    nowhere = ReadPool("postgresql://nobody@127.0.0.1:1/nothing", {})
    for failed in await asyncio.gather(
        *(value(nowhere, me) for _ in range(3 * MAX_CONNECTIONS)), return_exceptions=True
    ):
        assert isinstance(failed, CannotRead)


async def test_a_connection_that_the_server_closed_while_nobody_read_is_not_used_again(
    readers: ReadPool, database_url: str
) -> None:
    me = "SELECT pg_backend_pid()"
    first = await value(readers, me)
    assert first
    with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [int(first)])
    await asyncio.sleep(0.1)
    second = await value(readers, me)
    assert second
    assert second != first


async def test_a_statement_is_planned_once(readers: ReadPool) -> None:
    for number in range(9):
        assert await value(readers, "SELECT 40 + $1::int", number) == b"%d" % (40 + number)
    plans = "SELECT (generic_plans, custom_plans)::text FROM pg_prepared_statements WHERE statement LIKE 'SELECT 40%'"
    assert await value(readers, plans) == b"(9,0)"


async def test_of_many_statements_the_longest_unused_are_forgotten(readers: ReadPool) -> None:
    for number in range(2 * MAX_STATEMENTS):
        assert await value(readers, f"SELECT {number}") == b"%d" % number
        assert await value(readers, "SELECT 'again'") == b"again"
    kept = "SELECT (count(*), bool_or(statement LIKE '%again%'))::text FROM pg_prepared_statements"
    assert await value(readers, kept) == f"({MAX_STATEMENTS},t)".encode()


@pytest.fixture
def all_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was run twice counts as quick, however slow the machine."""
    monkeypatch.setattr("core.db.read_pool.QUICK", 60.0)


WHERE = "SELECT pg_backend_pid()::text FROM pg_sleep($1::float8)"


async def run_twice(readers: ReadPool, *statements: str) -> None:
    for statement in statements:
        for _ in range(2):
            await value(readers, statement, Decimal(0))


@pytest.mark.usefixtures("all_quick")
async def test_quick_statements_follow_one_another_and_others_have_a_connection_each(readers: ReadPool) -> None:
    await run_twice(readers, WHERE)
    line = [readers.execute(WHERE, [Decimal(0 if number else 1)]) for number in range(2 * MAX_PIPELINED)]
    places = [await question for question in line]
    assert len(set(places[:MAX_PIPELINED])) == 1
    assert not set(places[:MAX_PIPELINED]) & set(places[MAX_PIPELINED:])

    new = [f"{WHERE} WHERE {number} = {number}" for number in range(3)]  # whose time nobody knows
    others = [readers.execute(statement, [Decimal("0.2")]) for statement in new]
    assert len({await question for question in others}) == 3


async def test_slow_statements_have_a_connection_each(readers: ReadPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.db.read_pool.QUICK", 0.0)
    await run_twice(readers, WHERE)
    places = await asyncio.gather(*(readers.execute(WHERE, [Decimal("0.2")]) for _ in range(MAX_CONNECTIONS)))
    assert len(set(places)) == MAX_CONNECTIONS


@pytest.mark.usefixtures("all_quick")
async def test_in_a_line_each_is_refused_and_answered_for_itself(readers: ReadPool) -> None:
    divided = "SELECT (1 / $1::numeric)::text"
    for _ in range(3):
        await value(readers, divided, 1)
    line = [readers.execute(divided, [number]) for number in (1, 0, 2, 0, 4)]
    found = await asyncio.gather(*line, return_exceptions=True)
    assert [isinstance(one, CannotRead) for one in found] == [False, True, False, True, False]
    assert [one[:4] for one in found if isinstance(one, bytes)] == [b"1.00", b"0.50", b"0.25"]
    kept = "SELECT count(*)::text FROM pg_prepared_statements WHERE statement LIKE 'SELECT (1%'"
    assert await value(readers, kept) == b"1"


@pytest.mark.usefixtures("all_quick")
async def test_who_leaves_a_line_takes_nobody_with_him(readers: ReadPool) -> None:
    await run_twice(readers, WHERE)
    line = [readers.execute(WHERE, [Decimal(seconds)]) for seconds in ("0.2", "0", "0", "0")]
    line[2].cancel()  # in the line
    places = await asyncio.gather(line[0], line[1], line[3])
    assert len(set(places)) == 1
    assert await value(readers, WHERE, Decimal(0)) == places[0]

    line = [readers.execute(WHERE, [Decimal(seconds)]) for seconds in ("60", "0", "0")]
    await asyncio.sleep(0.1)
    line[0].cancel()  # at its head
    async with asyncio.timeout(10):
        others = [await question for question in line[1:]]
    assert places[0] not in others


@pytest.mark.usefixtures("all_quick")
async def test_a_line_is_lost_with_its_connection(readers: ReadPool, database_url: str) -> None:
    await run_twice(readers, WHERE)
    place = await value(readers, WHERE, Decimal(0))
    assert place
    line = [readers.execute(WHERE, [Decimal(seconds)]) for seconds in ("60", "0", "0")]
    await asyncio.sleep(0.1)
    with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [int(place)])
    async with asyncio.timeout(10):
        found = await asyncio.gather(*line, return_exceptions=True)
    assert [isinstance(one, CannotRead) for one in found] == [True, True, True]
    assert await value(readers, WHERE, Decimal(0)) != place


async def test_a_cancelled_read_stops_in_the_database(readers: ReadPool) -> None:
    task = asyncio.create_task(value(readers, "SELECT pg_sleep(60)::text"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(100):
        asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active'"
        if await value(readers, asleep) == b"0":
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the cancelled statement still runs")


# The fast lane.


@pytest.fixture
async def lane(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town behind uvicorn with the fast lane."""
    app = create_app(Settings(database_url=database_url, var=tmp_path, fast_lane=True))
    async with served(app) as http:
        yield Town(app.state.services, http)


def request_of(person: Person, query: str, **headers: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = {"Host": "x", "Content-Type": "application/json", "Authorization": f"Bearer {person.token}", **headers}
    lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + body


async def talk(town: Town, *pieces: bytes, answers: int = 1) -> list[tuple[int, Mapping[str, str], Any]]:
    """Sends the pieces one by one over one connection, and reads so many answers."""
    port = town.http.base_url.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
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


async def test_the_lane_answers_what_is_known_and_passes_on_the_rest(
    lane: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = await lane.handler()
    await enter_project(handler)
    usual = await handler.post(PROJECTS)
    sent: list[int] = []
    say = fast_lane.FastLane._say
    monkeypatch.setattr(fast_lane.FastLane, "_say", lambda *args: (sent.append(1), say(*args)))

    async def in_lane(*pieces: bytes, answers: int = 1) -> tuple[int, list[tuple[int, Mapping[str, str], Any]]]:
        sent.clear()
        found = await talk(lane, *pieces, answers=answers)
        return len(sent), found

    known = request_of(handler, PROJECTS)
    count, [(_, _, answer)] = await in_lane(known)  # uvicorn reads a new head
    assert (count, answer) == (0, usual)
    count, [(status, headers, answer)] = await in_lane(known)
    assert (count, status, answer) == (1, 200, usual)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["date"]
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])

    for id in ("abcdefgh", "ijklmnop"):  # the rest of the head is the same
        count, [(_, headers, answer)] = await in_lane(request_of(handler, PROJECTS, **{"X-Request-Id": id}))
        assert (count, answer, headers["x-request-id"]) == (1, usual, id)

    unknown = request_of(handler, "mutation { __typename }")
    for _ in range(2):  # an act is never for the lane, and what is behind it waits as usual
        count, found = await in_lane(known + known + unknown + known, answers=4)
        act = {"data": {"__typename": "Mutation"}}
        assert (count, [answer for _, _, answer in found]) == (2, [usual, usual, act, usual])

    for pieces in ((known[:-30], known[-30:]), (known[:-60], known[-60:-30], known[-30:] + known, known)):
        whole = b"".join(pieces).count(b"POST")
        count, found = await in_lane(*pieces, answers=whole)
        assert (count, [answer for _, _, answer in found]) == (whole, [usual] * whole)
    for pieces in ((known[:40], known[40:]), (known[:40], known[40:-30], known[-30:])):  # a head in pieces is uvicorn's
        count, [(_, _, answer)] = await in_lane(*pieces)
        assert (count, answer) == (0, usual)

    for _ in range(2):
        count, [(_, headers, answer)] = await in_lane(request_of(handler, PROJECTS, Connection="close"))
        assert (count, answer, headers["connection"]) == (0, usual, "close")
        count, [(status, _, answer)] = await in_lane(request_of(handler, PROJECTS, Expect="100-continue"))
        assert (count, status, answer) == (0, 200, usual)

    body = json.dumps({"query": PROJECTS}).encode()
    chunked = request_of(handler, PROJECTS, **{"Content-Length": "", "Transfer-Encoding": "chunked"})
    chunked = chunked.removesuffix(body) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    for _ in range(2):
        count, [(_, _, answer)] = await in_lane(chunked)
        assert (count, answer) == (0, usual)

    large = json.dumps({"query": PROJECTS, "variables": {"unused": "x" * 200_000}}).encode()
    head = request_of(handler, PROJECTS, **{"Content-Length": str(len(large))}).removesuffix(body)
    for _ in range(2):
        count, [(status, _, answer)] = await in_lane(head + large)
        assert (count, status, answer) == (0, 200, usual)

    twice = known.replace(b"Host: x\r\n", b"Host: x\r\nAuthorization: Bearer other\r\n")
    for _ in range(2):
        count, [(status, _, answer)] = await in_lane(twice)
        assert (count, status, answer["errors"][0]["extensions"]["code"]) == (0, 401, "UNAUTHENTICATED")
    stranger = request_of(lane.stranger, ME, Authorization="")
    count, [(status, _, answer)] = await in_lane(stranger)
    assert (count, answer["errors"][0]["extensions"]["code"]) == (0, "UNAUTHENTICATED")
    count, [(status, _, answer)] = await in_lane(known.replace(b"/graphql", b"/nothing"))
    assert (count, status) == (0, 404)


async def test_the_lane_fills_in_what_python_answers_and_passes_on_what_was_not_read(lane: Town) -> None:
    handler = await lane.handler()
    await enter_project(handler)
    query = "{ projects { nodes { name nextSteps { sentence citation { title } } } } }"
    usual = await handler.post(query)
    assert usual["data"]["projects"]["nodes"][0]["nextSteps"]
    for _ in range(2):
        [(_, _, answer)] = await talk(lane, request_of(handler, query))
        assert answer == usual
    with psycopg.connect(lane.services.db.dsn, autocommit=True) as connection:
        connection.execute("""SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()""")
        [(status, _, answer)] = await talk(lane, request_of(handler, query))
    assert (status, answer) == (200, usual)


async def test_a_caller_who_leaves_the_lane_leaves_nothing_behind(lane: Town) -> None:
    handler = await lane.handler()
    for _ in range(2):
        await talk(lane, request_of(handler, PROJECTS))
    with psycopg.connect(lane.services.db.dsn) as connection:
        connection.execute("LOCK TABLE project")
        _, writer = await asyncio.open_connection("127.0.0.1", lane.http.base_url.port)
        writer.write(request_of(handler, PROJECTS))
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
    assert (await handler.post(PROJECTS))["data"] == {"projects": {"nodes": []}}


async def test_the_lane_ends_a_connection_that_was_idle_and_no_other(database_url: str, tmp_path: Path) -> None:
    app = create_app(Settings(database_url=database_url, var=tmp_path, fast_lane=True))
    async with served(app, keep_alive=1) as http:
        person = await Town(app.state.services, http).person()
        await person.post(ME)
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        for _ in range(4):  # longer than it may be idle
            writer.write(request_of(person, ME))
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.4)
        async with asyncio.timeout(10):
            await reader.read()  # to its end
        writer.close()


async def test_a_session_that_has_ended_is_not_known_by_its_head(lane: Town) -> None:
    person = await lane.person()
    for _ in range(3):
        [(_, _, answer)] = await talk(lane, request_of(person, ME))
        assert answer["data"]["me"]
    with psycopg.connect(lane.services.db.dsn) as connection:
        connection.execute("UPDATE session SET revoked_at = now(), holds_until = NULL")
    [(status, _, answer)] = await talk(lane, request_of(person, ME))
    assert (status, answer["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_server_that_ends_gives_the_answer_that_is_under_way(database_url: str, tmp_path: Path) -> None:
    app = create_app(Settings(database_url=database_url, var=tmp_path, fast_lane=True))
    with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql")) as connection:
        async with served(app) as http:
            town = Town(app.state.services, http)
            handler = await town.handler()
            for _ in range(2):
                await talk(town, request_of(handler, PROJECTS))
            connection.execute("LOCK TABLE project")
            asked = asyncio.create_task(talk(town, request_of(handler, PROJECTS)))
            await asyncio.sleep(0.3)
            asyncio.get_running_loop().call_later(0.3, connection.rollback)  # when the server is told to end already
        [(status, headers, answer)] = await asked
    assert (status, headers["connection"], answer["data"]) == (200, "close", {"projects": {"nodes": []}})


def headers_of(head: bytes) -> list[tuple[bytes, bytes]]:
    lines = [line.split(b": ", 1) for line in head.strip().split(b"\r\n")[1:]]
    return [(name.lower(), value) for name, value in lines]


def test_a_head_is_known_by_all_its_bytes_but_the_request_id() -> None:
    start = b"POST /graphql HTTP/1.1\r\nAuthorization: Bearer abc\r\nContent-Type: application/json\r\n"
    plain = start + b"Content-Length: 12\r\n\r\n"
    spoken = spoken_by(headers_of(plain))
    assert spoken
    kept = Heads()
    kept.keep(plain, spoken)
    assert kept.heard(plain) == (spoken, 12)

    def with_id(id: bytes, name: bytes = b"X-Request-Id") -> bytes:
        return start + name + b": " + id + b"\r\nContent-Length: 12\r\n\r\n"

    assert kept.heard(with_id(b"12345678")) == (spoken._replace(request_id="12345678"), 12)
    assert kept.heard(with_id(b"12345678", b"x-request-ID")) == (spoken._replace(request_id="12345678"), 12)
    for other in (
        with_id(b"short"),
        with_id(b"12345678\r\n folded"),
        with_id(b"12345678\r\nX-Request-Id: 12345678"),
        with_id(b"12345678", b"X-Other"),
        plain.replace(b"12", b"13"),
        plain.replace(b"abc", b"abd"),
        plain.replace(b"Content-Length: 12", b"Content-Length:12"),
        plain.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        b"",
    ):
        assert kept.heard(other) is None, other
    named = with_id(b"87654321").replace(b"12\r", b"14\r")
    spoken = spoken_by(headers_of(named))
    assert spoken
    kept.keep(named, spoken)
    assert kept.heard(plain.replace(b"12", b"14")) == (spoken._replace(request_id=""), 14)


def test_only_so_many_heads_are_kept_and_none_that_is_large_or_has_no_length() -> None:
    start = b"POST /graphql HTTP/1.1\r\nauthorization: Bearer abc\r\ncontent-type: application/json\r\n"
    kept = Heads()

    def head(length: int, more: bytes = b"") -> bytes:
        return start + more + b"content-length: %d\r\n\r\n" % length

    def keep(written: bytes) -> None:
        spoken = spoken_by(headers_of(written))
        assert spoken
        kept.keep(written, spoken)

    for length in range(headers.MOST + 2):
        keep(head(length))
    assert [bool(kept.heard(head(length))) for length in (0, 1, 2, headers.MOST + 1)] == [False, False, True, True]
    for unkept in (
        head(headers.LONGEST_BODY + 1),
        head(7, b"x: " + b"x" * headers.LONGEST + b"\r\n"),
        start + b"transfer-encoding: chunked\r\n\r\n",
    ):
        keep(unkept)
        assert kept.heard(unkept) is None


# Trusted documents.


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "me.graphql").write_text(ME, encoding="utf-8")
    (folder / "cities.graphql").write_text(CITIES, encoding="utf-8")
    return folder


async def ask(town: Town, person: Person | None = None, **sent: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    answer = await town.http.post("/graphql", json=sent, headers=headers)
    return answer.status_code, answer.json()


def code(answer: tuple[int, Any]) -> str:
    return answer[1]["errors"][0]["extensions"]["code"]


async def test_a_trusted_document_is_asked_for_by_its_id(database_url: str, tmp_path: Path, documents: Path) -> None:
    async with settled(database_url, tmp_path, documents=documents) as town:
        person = await town.person()
        id = trusted_documents.document_id(ME)
        assert id.startswith("sha256:")
        assert await ask(town, person, documentId=id) == await ask(town, person, query=ME)
        got = await town.http.get("/graphql", params={"documentId": trusted_documents.document_id(CITIES)})
        assert got.json()["data"]["rulesets"]
        status, unknown = await ask(town, person, documentId="sha256:0")
        assert (status, unknown["errors"][0]["message"]) == (
            404,
            "没有登记这个 documentId 的查询文档，请核对，或以 query 发送全文。",
        )
        for wrong in ({"documentId": id, "query": ME}, {"documentId": 1}):
            refused = await ask(town, person, **wrong)
            assert (refused[0], code(refused)) == (400, "BAD_USER_INPUT")


async def test_strangers_may_be_limited_to_trusted_documents(
    database_url: str, tmp_path: Path, documents: Path
) -> None:
    async with settled(database_url, tmp_path, documents=documents) as open_town:
        person = await open_town.person()
        assert (await ask(open_town, query="{ rulesets { name } }"))[1]["data"]
    async with settled(database_url, tmp_path, documents=documents, strangers="listed") as town:
        assert (await ask(town, documentId=trusted_documents.document_id(CITIES)))[1]["data"]["rulesets"]
        assert (await ask(town, query=CITIES))[1]["data"]["rulesets"]
        for unlisted in ("{ rulesets { name } }", "{ __schema { types { name } } }", "{ nothing }"):
            answer = await ask(town, query=unlisted)
            assert (code(answer), "data" in answer[1]) == ("FORBIDDEN", False), unlisted
            assert [error["message"] for error in answer[1]["errors"]] == ["未登录时只能使用平台登记的查询，请先登录。"]
        assert (await ask(town, person, query="{ me { mobile } }"))[1]["data"]["me"]["mobile"]
        assert (await ask(town, person, query="{ __schema { queryType { name } } }"))[1]["data"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ me {\n  nothing } }", "wrong.graphql:2: Cannot query field 'nothing' on type 'Account'."),
        ("{ me {", "wrong.graphql:1: Syntax Error"),
        (f"{{ {' '.join(f'a{n}: me {{ id }}' for n in range(40))} }}", "wrong.graphql:1: 查询过于复杂"),
    ],
)
async def test_the_house_does_not_open_with_a_document_that_it_would_refuse(
    database_url: str, tmp_path: Path, documents: Path, text: str, said: str
) -> None:
    (documents / "wrong.graphql").write_text(text, encoding="utf-8")
    with pytest.raises(CannotStart, match=re.escape(said)):
        async with settled(database_url, tmp_path, documents=documents):
            pass


async def test_the_house_does_not_open_without_its_documents(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"ANXIN_DOCUMENTS: .*missing is no folder; name a folder of UTF-8 files"):
        async with settled(database_url, tmp_path, documents=tmp_path / "missing"):
            pass

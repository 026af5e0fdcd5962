"""The connections of compiled reads: opened when needed, waited for, lost and replaced; statements in a line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import uvloop

from core.actor import Role
from core.db import CannotRead
from core.db.read_connection import MAX_PIPELINED, MAX_STATEMENTS
from core.db.read_pool import MAX_CONNECTIONS, ReadPool

SETTINGS = {"application_name": "readers", "TimeZone": "UTC", "plan_cache_mode": "force_generic_plan"}


@pytest.fixture
def dsn(database_url: str) -> str:
    return database_url.replace("postgresql+psycopg", "postgresql")


@pytest.fixture
async def readers(dsn: str) -> AsyncIterator[ReadPool]:
    readers = ReadPool(dsn, SETTINGS)
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
    readers: ReadPool, dsn: str
) -> None:
    me = "SELECT pg_backend_pid()"
    first = await value(readers, me)
    assert first
    with psycopg.connect(dsn, autocommit=True) as connection:
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
async def test_a_line_is_lost_with_its_connection(readers: ReadPool, dsn: str) -> None:
    await run_twice(readers, WHERE)
    place = await value(readers, WHERE, Decimal(0))
    assert place
    line = [readers.execute(WHERE, [Decimal(seconds)]) for seconds in ("60", "0", "0")]
    await asyncio.sleep(0.1)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [int(place)])
    async with asyncio.timeout(10):
        found = await asyncio.gather(*line, return_exceptions=True)
    assert [isinstance(one, CannotRead) for one in found] == [True, True, True]
    assert await value(readers, WHERE, Decimal(0)) != place


@pytest.mark.usefixtures("all_quick")
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
async def test_a_line_is_lost_with_a_server_that_had_not_read_all_of_it(run: Callable[..., Any], dsn: str) -> None:
    """Then the socket ends in an error, which uvloop tells once, and what the server said before it comes first."""

    async def lose_a_line() -> None:
        readers = ReadPool(dsn, SETTINGS)
        long = "SELECT length($1)::text"
        await run_twice(readers, WHERE)
        for _ in range(2):
            await value(readers, long, "薪")
        place = await value(readers, WHERE, Decimal(0))
        assert place
        line = [readers.execute(WHERE, [Decimal(60)])]
        line += [readers.execute(long, ["x" * 5_000]) for _ in range(MAX_PIPELINED - 1)]
        await asyncio.sleep(0.1)
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute("SELECT pg_terminate_backend(%s, 5000)", [int(place)])
        async with asyncio.timeout(10):
            found = await asyncio.gather(*line, return_exceptions=True)
        assert [isinstance(one, CannotRead) for one in found] == [True] * MAX_PIPELINED
        assert await value(readers, WHERE, Decimal(0)) != place
        await readers.close()

    await asyncio.to_thread(run, lose_a_line())


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

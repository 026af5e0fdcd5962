"""The statements of one round trip of an act: what each gives, and what is left when one is refused or called off."""

import asyncio

import psycopg
import pytest
from sqlalchemy import bindparam, column, func, literal, select, table, text

from core.db import Database, DatabaseAway
from core.db.pipeline import Command, Pipeline
from core.db.prepared import PreparedStatement, pipeline_of

ECHO = PreparedStatement(select(bindparam("value", type_=literal("").type)))
MISSING = PreparedStatement(select(column("id")).select_from(table("no_such_table")))
SLEEP = PreparedStatement(select(func.pg_sleep(literal(30))))


async def divide(database: Database, *behind: Command) -> None:
    async with database.write() as session:
        pipeline = await pipeline_of(session)
        await pipeline.run([(b"SELECT 1 / $1::integer", [0]), *behind], commit=True)


async def prepared_by(pipeline: Pipeline) -> int:
    [[(count,)]] = await pipeline.run([(b"SELECT count(*) FROM pg_prepared_statements", [])])
    return count


async def test_every_statement_gives_its_own_rows_in_order(database: Database):
    async with database.write() as session:
        pipeline = await pipeline_of(session)
        found = await pipeline.run([ECHO.bind({"value": "一"}), (b"VALUES (1), (2)", []), ECHO.bind({"value": "𠮷"})])
    assert found == [[("一",)], [(1,), (2,)], [("𠮷",)]]


async def test_what_stands_behind_a_refused_statement_is_not_run(database: Database):
    written: Command = (b"CREATE TEMPORARY TABLE written AS SELECT 1", [])
    with pytest.raises(psycopg.errors.DivisionByZero):
        await divide(database, written)
    async with database.write() as session:
        assert await session.scalar(text("SELECT to_regclass('written')")) is None


async def test_a_statement_that_could_not_be_prepared_is_prepared_once_it_can_be(database: Database):
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            async with database.write() as session:
                await MISSING.fetch(session)
    async with database.write() as session:
        await session.execute(text("CREATE TEMPORARY TABLE no_such_table (id integer)"))
        assert await MISSING.fetch(session) == []


async def test_statements_stay_prepared_when_an_act_is_refused(database: Database):
    async with database.write() as session:
        await ECHO.fetch(session, value="一")
        before = await prepared_by(pipeline := await pipeline_of(session))
    with pytest.raises(psycopg.errors.DivisionByZero):
        await divide(database)
    async with database.write() as session:
        assert await ECHO.fetch(session, value="二") == [("二",)]
        assert await prepared_by(pipeline) == before + 1  # the one that was refused


async def test_an_act_that_is_called_off_stops_its_statement_and_spoils_no_connection(database: Database):
    async def act() -> None:
        async with database.write() as session:
            begun.set_result(await pipeline_of(session))
            await SLEEP.fetch(session)

    begun = asyncio.get_running_loop().create_future()
    acting = asyncio.create_task(act())
    pipeline = await begun
    await asyncio.sleep(0)
    acting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await acting
    async with database.write() as session:
        assert await ECHO.fetch(session, value="一") == [("一",)]
    assert pipeline.connection.closed or pipeline.connection.info.transaction_status.name == "IDLE"


async def test_an_act_that_ends_beside_its_broken_connection_ends_with_its_own_error(database: Database):
    async def act() -> None:
        async with database.write() as session:
            (await pipeline_of(session)).connection.pgconn.finish()
            raise LookupError

    with pytest.raises(LookupError):
        await act()
    async with database.write() as session:
        assert await ECHO.fetch(session, value="一") == [("一",)]


async def test_a_connection_that_is_lost_in_the_middle_says_so(database: Database, another: Database):
    async def act() -> None:
        async with database.write() as session:
            pid.set_result((await pipeline_of(session)).connection.info.backend_pid)
            await SLEEP.fetch(session)

    pid = asyncio.get_running_loop().create_future()
    acting = asyncio.create_task(act())
    async with another.write() as session:
        await session.execute(select(func.pg_terminate_backend(await pid)))
    with pytest.raises(DatabaseAway) as away:
        await acting
    assert not away.value.outcome_unknown
    async with database.write() as session:
        assert await ECHO.fetch(session, value="一") == [("一",)]

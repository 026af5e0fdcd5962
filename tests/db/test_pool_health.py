"""A database that restarts, or a network that drops connections, is not noticed by the next act."""

import asyncio

import pytest
from sqlalchemy import event, text

from core.db import Database, pool_health
from core.db.database import CONNECTIONS
from core.db.prepared import pipeline_of

ENDED = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()"""


async def pid(database: Database) -> int:
    async with database.write() as session:
        return await session.scalar(text("SELECT pg_backend_pid()"))


@pytest.fixture
def pings(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    pings: list[object] = []
    ping = database.engine.dialect.do_ping
    monkeypatch.setattr(
        database.engine.dialect, "do_ping", lambda connection: pings.append(connection) or ping(connection)
    )
    return pings


async def test_a_connection_the_server_ended_is_not_lent_again(database: Database, another: Database) -> None:
    first = await pid(database)
    async with another.write() as session:
        await session.execute(text(ENDED))
    assert await pid(database) != first


async def test_a_connection_that_was_just_used_is_not_asked(database: Database, pings: list[object]) -> None:
    assert await pid(database) == await pid(database)
    assert pings == []


async def test_a_connection_that_lay_idle_is_asked(
    database: Database, pings: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await pid(database)
    monkeypatch.setattr(pool_health, "TRUSTED_SECONDS", -1.0)
    assert await pid(database) == first
    assert len(pings) == 1


@pytest.mark.parametrize("in_silence", [True, False])
async def test_a_connection_that_broke_is_replaced(
    database: Database, in_silence: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.write() as session:
        connection = (await pipeline_of(session)).connection
    connection.pgconn.finish()
    if in_silence:
        monkeypatch.setattr(pool_health, "TRUSTED_SECONDS", -1.0)
        monkeypatch.setattr(pool_health, "_has_input", lambda _: False)
    await pid(database)
    async with database.write() as session:
        assert (await pipeline_of(session)).connection is not connection


async def test_acts_at_once_open_no_connection_that_is_not_kept(database: Database):
    opened: list[object] = []
    event.listen(database.engine.sync_engine, "connect", lambda connection, _: opened.append(connection))

    async def act_together() -> None:
        everybody = asyncio.Barrier(CONNECTIONS)

        async def act() -> None:
            async with database.write() as session:
                await pipeline_of(session)
                await everybody.wait()

        await asyncio.gather(*(act() for _ in range(CONNECTIONS)))

    await act_together()
    await act_together()
    assert len(opened) <= CONNECTIONS

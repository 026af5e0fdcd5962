"""PostgreSQL restarts under people who write: what was acknowledged is there, once, and nobody is told of a fault."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from anxin.database.embedded import EmbeddedPostgres
from anxin.http.app import create_app
from bench import restarts
from bench.database import Filled, describe, fill
from core.settings import Settings
from tests.helpers.app import within
from tests.helpers.postgres import reachable_folder


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """Not the one that all tests share: it is stopped here."""
    with reachable_folder() as folder, EmbeddedPostgres(folder / "pg", durable=False) as server:
        server.create_database("restarts")
        yield server


async def test_a_restart_loses_nothing_doubles_nothing_and_shows_no_fault(
    own_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    url, dsn = own_server.url("restarts"), own_server.dsn("restarts")
    await fill(url, 8, lambda _: None)
    filled: Filled = await describe(url)
    restarts.prepare(dsn)
    token = filled.others["an enterprise's handler"] or ""

    def restart() -> None:
        restarts.restart(own_server.data, dsn, signal.SIGINT, durable=False)

    async with within(create_app(Settings(database_url=url, var=tmp_path))) as http:
        told = await restarts.run(http, token, restart, restarts=1, between=0.5)
    books = restarts.read_books(dsn, told)
    assert (told.others, books.lost, books.doubled) == ([], [], [])
    assert told.acts[restarts.WELL] == len(told.acknowledged) > 0
    assert told.with_key <= set(told.acknowledged)
    assert told.faults[restarts.FAULT] > 0
    assert len(told.back_after) == 1

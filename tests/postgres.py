"""A real PostgreSQL for tests: one server a session, one database a test, copied from a migrated template (25 ms)."""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from core.db import Database

TEMPLATE = "anxin_template"


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """In a folder that root's PostgreSQL user reaches too, unlike pytest's own: else it would move out of it."""
    folder = Path(tempfile.mkdtemp(prefix="anxin-tests-", dir="/tmp"))
    folder.chmod(0o755)
    with EmbeddedPostgres(folder / "pg", durable=False) as server:
        yield server
    shutil.rmtree(folder)


@pytest.fixture
def empty(server: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database without tables."""
    name = f"empty_{uuid.uuid4().hex}"
    server.create_database(name)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres) -> str:
    """The name of a migrated database to copy; connect to a copy, never to it."""
    server.create_database(TEMPLATE)
    migrate.upgrade(server.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The address of a migrated database of the test's own, for processes that it starts."""
    name = f"test_{uuid.uuid4().hex}"
    server.create_database(name, template=template)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened."""
    database = Database(database_url)
    yield database
    await database.close()

"""A real PostgreSQL for tests: one server a session, one database a test, copied from a migrated template (25 ms)."""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from core.db import Database
from core.db.row_security import APPLICATION

TEMPLATE = "anxin_template"
ENOUGH = 4 * 1024**3
"""Bytes for the databases of two processes that test, the one with very many rows among them."""


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """One for each process that tests: roles and the list of connections belong to the whole server."""
    with reachable_folder() as folder, EmbeddedPostgres(folder / "pg", durable=False) as server:
        server.make_roles()
        yield server


def for_application(owner_url: str) -> str:
    """The address of the same database for the application, which is not its tables' owner."""
    url = make_url(owner_url)
    assert url.username == "postgres"
    return url.set(username=APPLICATION).render_as_string(hide_password=False)


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that root's PostgreSQL user reaches too, unlike pytest's own: else it would move out of it."""
    place = _quickest_place()
    for left in place.glob("anxin-tests-*-*"):
        if not _lives(int(left.name.split("-")[2])):  # killed; a server that was left ends when it misses its files
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"anxin-tests-{os.getpid()}-", dir=place))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _quickest_place() -> Path:
    """Memory, where a copy of a database takes a fourth of the time, if the machine lends enough of it."""
    memory = Path("/dev/shm")
    fits = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH
    return memory if fits else Path("/tmp")


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


@contextmanager
def copied(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The address of a copy of the template, which goes in the end."""
    name = f"test_{uuid.uuid4().hex}"
    server.create_database(name, template=template)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def database_url(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """The address of a migrated database of the test's own, for processes that it starts."""
    with copied(server, template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened."""
    database = Database(database_url)
    yield database
    await database.close()

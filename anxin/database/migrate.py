"""Brings a database's tables to this release, and back."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from anxin.database import roles

# Any number will do that no other program takes on the same server.
_LOCK = 0x616E78696E


def upgrade(url: str, to: str = "head") -> None:
    """Up to a revision, the head unless another is named. Of several processes that start at once one migrates and the
    others wait for it."""
    with _connect_alone(url) as connection:
        roles.make_roles(connection)
        command.upgrade(_make_config(connection), to)


def downgrade(url: str, to: str = "base") -> None:
    """Down to a revision; unless one is named, to an empty database: everything in it is lost."""
    with _connect_alone(url) as connection:
        command.downgrade(_make_config(connection), to)
        if to == "base":
            connection.execute(text("DROP TABLE alembic_version"))


def current_revision(url: str) -> str | None:
    """The revision the database is at, None when it is empty."""
    with _connect(url) as connection:
        return read_revision(connection)


def may_migrate(url: str) -> bool:
    """Whether the user owns the tables, or would own those of an empty database."""
    with _connect(url) as connection:
        return roles.is_owner(connection)


def read_revision(connection: Connection) -> str | None:
    """The same over a connection that is open already."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this release has the revision; false for that of a newer one."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_make_config()).walk_revisions()}


@cache
def head_revision() -> str:
    """The revision this release was written for."""
    newest = ScriptDirectory.from_config(_make_config()).get_current_head()
    assert newest is not None
    return newest


@contextmanager
def _connect_alone(url: str) -> Generator[Connection]:
    """A connection in a transaction that no other process is in: all migrations are done together, or none."""
    with _connect(url) as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


@contextmanager
def _connect(url: str) -> Generator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _make_config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    # The parser of ini files, which reads this, takes a single % for the beginning of a reference.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

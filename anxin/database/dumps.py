"""A database as one file, by ``pg_dump`` and ``pg_restore`` of the server's own major version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from anxin.database import binaries, roles
from anxin.database.binaries import EmbeddedPostgresError


class DumpFailed(Exception):
    """What is wrong, and what to do."""


def dump(dsn: str, file: Path) -> None:
    """All of the database at one moment, while acts go on. Raises DumpFailed."""
    _run("pg_dump", dsn, "--format=custom", "--file", str(file))


def restore(dsn: str, file: Path) -> None:
    """Into an empty database, all or nothing. Raises DumpFailed."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1")
        if found.fetchone():
            raise DumpFailed("the database is not empty; name an empty one in DATABASE_URL (or another ANXIN_VAR)")
        _make_roles(connection)
    _run("pg_restore", dsn, "--single-transaction", "--exit-on-error", "--no-owner", str(file))


def _make_roles(connection: psycopg.Connection) -> None:
    """They are the cluster's, and in no dump of a database."""
    try:
        connection.execute(roles.MAKE_ROLES.encode())
    except psycopg.errors.InsufficientPrivilege as error:
        raise DumpFailed(error.diag.message_primary or str(error)) from error


def _run(tool: str, dsn: str, *arguments: str) -> None:
    """The password goes by the environment: everybody on the machine reads arguments."""
    with psycopg.connect(dsn) as connection:
        major = connection.info.server_version // 10_000
    parameters = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    password = parameters.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": password}
    done = subprocess.run(  # noqa: S603 -- the tool and its arguments are ours
        [_find_tool(tool, major), "--dbname", make_conninfo("", **parameters), *arguments],
        env={**os.environ, **secret, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DumpFailed(f"{tool}: {done.stderr.strip()}")


def _find_tool(tool: str, major: int) -> Path:
    for folder in _folders(major):
        program = folder / tool
        if program.is_file():
            said = binaries.run_as(None, program, "--version").stdout
            if re.search(rf"\(PostgreSQL\) {major}\D", said):
                return program
    raise DumpFailed(f"no {tool} of PostgreSQL {major}, which the server is; name its folder in PG_BIN")


def _folders(major: int) -> Iterator[Path]:
    with suppress(EmbeddedPostgresError):
        ours = binaries.find_binaries()
        yield ours
        yield ours.parent.parent / "pginstall" / "bin"
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    if found := shutil.which("pg_dump"):
        yield Path(found).parent

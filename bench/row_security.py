"""Row-level security as PostGraphile's documentation advises it: a role for each kind of caller, with its policies.

They are the predicate of ``core.access`` as it stands for that role alone, so that PostgreSQL can read by an index what
they say; those of our own reader, one for all roles, it can only check.
"""

from collections.abc import Iterator
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.dialects import postgresql

import anxin.database.tables  # noqa: F401  # pyright: ignore[reportUnusedImport] -- all models
from core.access import readable, visible
from core.actor import STRANGER, Actor, Role
from core.db import Base
from core.db.row_security import ACCOUNT, ORGANIZATION

_POLICY = "bench"


def install(dsn: str) -> None:
    """The roles, what they may read and which rows of it. A second time nothing changes."""
    with psycopg.connect(dsn) as connection:
        for role, actor in _callers():
            connection.execute(_make_role(role))
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))
            for model in _models():
                for statement in _policies(model, role, visible(model, actor)):
                    connection.execute(statement)


def _callers() -> Iterator[tuple[str, Actor]]:
    """Each kind of caller, with the settings in place of who it is."""
    account, organization = cast("Any", literal_column(ACCOUNT)), cast("Any", literal_column(ORGANIZATION))
    yield "bench_stranger", STRANGER
    yield "bench_nobody", Actor(account)
    for role in Role:
        yield f"bench_{role}", Actor(account, organization_id=organization, role=role)


def _models() -> list[type[Any]]:
    """One for each table."""
    return [mapper.class_ for mapper in Base.registry.mappers if mapper.inherits is None]


def _make_role(role: str) -> sql.Composed:
    """Roles belong to the whole cluster: an earlier run may have made it."""
    return sql.SQL("DO $$ BEGIN CREATE ROLE {} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$").format(
        sql.Identifier(role)
    )


def _policies(model: type[Any], role: str, seen: ColumnElement[bool]) -> Iterator[sql.Composed]:
    columns = readable(model)
    if not columns:
        return
    names = {"table": sql.Identifier(model.__tablename__), "role": sql.Identifier(role)}
    names["policy"] = sql.Identifier(f"{_POLICY}_{role}")
    names["columns"] = cast("Any", sql.SQL(", ").join(map(sql.Identifier, columns)))
    compiled = seen.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    yield sql.SQL("GRANT SELECT ({columns}) ON {table} TO {role}").format(**names)
    yield sql.SQL("DROP POLICY IF EXISTS {policy} ON {table}").format(**names)
    condition = sql.SQL(str(compiled))  # pyright: ignore[reportArgumentType] -- of our own making
    yield sql.SQL("CREATE POLICY {policy} ON {table} FOR SELECT TO {role} USING ({seen})").format(
        seen=condition, **names
    )

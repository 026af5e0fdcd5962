"""PostgreSQL keeps back what a caller may not see, even where the predicates are forgotten."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    NullPool,
    create_engine,
    func,
    literal,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.exc import InvalidRequestError, ProgrammingError

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from anxin.database.tables import METADATA
from anxin.processes.startup import CannotStart, open_services
from core import access
from core.actor import STRANGER, Actor, Role
from core.db import Base
from core.db.row_security import APPLICATION, READER
from core.identity.models import Account, Organization, Session
from core.settings import Settings
from resolvers import ids
from resolvers.compiler import Fallback
from schema.root import schema
from tests.helpers.postgres import TEMPLATE
from tests.helpers.seeded import LISTS, Ask, Seeded

MODELS: dict[str, Any] = {mapper.local_table.name: mapper.base_mapper.class_ for mapper in Base.registry.mappers}
SECURITY = rf"""
    SELECT tablename::text, concat_ws(' ', policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT relname::text, concat_ws(' ', relrowsecurity, relforcerowsecurity)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'procrastinate\_%'
    UNION ALL SELECT table_name::text, concat_ws(' ', column_name, privilege_type)
    FROM information_schema.column_privileges WHERE grantee = '{READER}'
    UNION ALL SELECT table_name::text, concat_ws(' ', privilege_type, grantee)
    FROM information_schema.table_privileges WHERE grantee = '{APPLICATION}' AND table_name NOT LIKE 'procrastinate\_%'
"""
ENDING = ("session", "one_time_code", "login_guard", "idempotency_key", "gateway_state", "project")
"""Tables whose rows the application removes; of projects only drafts."""
DRAFTS = "USING (state = 'draft')"


def security(url: str) -> set[tuple[str, str]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        rows = {(row[0], row[1]) for row in connection.execute(text(SECURITY))}
    return {row for row in rows if row[0] != "alembic_version"}


def test_the_policies_of_a_migrated_database_are_those_of_core_access(empty: str, database_url: str):
    engine = create_engine(empty, poolclass=NullPool)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for table, model in MODELS.items():
            connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
            connection.execute(text(f"CREATE POLICY acts ON {table} TO {APPLICATION} USING (true) WITH CHECK (true)"))
            rights = ", UPDATE" if table != "audit_entry" else ""
            rights += ", DELETE" if table in ENDING else ""
            connection.execute(text(f"GRANT SELECT, INSERT{rights} ON {table} TO {APPLICATION}"))
            if (seen := access.policy(model)) is not None:
                seen = seen.replace(":", r"\:")
                connection.execute(text(f"CREATE POLICY seen ON {table} FOR SELECT TO {READER} USING ({seen})"))
                connection.execute(text(f"GRANT SELECT ({', '.join(access.readable(model))}) ON {table} TO {READER}"))
        connection.execute(
            text(f"CREATE POLICY drafts_end ON project AS RESTRICTIVE FOR DELETE TO {APPLICATION} {DRAFTS}")
        )
    assert security(database_url) == security(empty)
    assert {table for table, _ in security(empty)} == set(MODELS)


async def everybody(seeded: Seeded) -> AsyncIterator[Actor]:
    """Every account for nobody, and one of them in each role for each organisation."""
    async with seeded.services.db.read_everything() as session:
        accounts = list(await session.scalars(select(Account.id).order_by(Account.id)))
        organizations = list(await session.scalars(select(Organization.id)))
    for account in accounts:
        yield Actor(account)
    for id in organizations:
        for role in Role:
            yield Actor(accounts[0], "", id, role)


def ids_of_all_tables(predicate: Callable[[Any], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """Table and id of every row for which the predicate of its class holds, of the tables that can be read."""
    readable = [(table, model) for table, model in MODELS.items() if not issubclass(model, access.Hidden)]
    return union_all(*(select(literal(table), model.id).where(predicate(model)) for table, model in readable))


async def test_a_reader_sees_the_rows_that_are_visible_and_no_others(seeded: Seeded):
    seen: dict[str, set[Role | None]] = {table: set() for table in MODELS}
    everything = ids_of_all_tables(lambda _: true())
    async for actor in everybody(seeded):
        async with seeded.services.db.read_everything() as session:
            expected = set(await session.execute(ids_of_all_tables(partial(access.visible, actor=actor))))
        async with seeded.services.db.read(actor) as session:
            assert set(await session.execute(everything)) == expected, actor
        for table, _ in expected:
            seen[table].add(actor.role)
    for table in ("project", "review", "wage_deposit", "audit_entry"):
        assert seen[table] - {None} == set(access.Concerning.column_of_role), table
    assert None not in seen["project"] | seen["wage_deposit"]
    unassigned = seen["document"] & seen["certification"] & seen["review"] & seen["audit_entry"]
    assert None in seen["account"] & seen["organization"] & seen["membership"] & unassigned


async def test_a_stranger_sees_nothing_but_rulesets(seeded: Seeded):
    for table, model in MODELS.items():
        if not issubclass(model, access.Hidden):
            async with seeded.services.db.read(STRANGER) as session:
                assert bool(await session.scalar(select(func.count(model.id)))) is (table == "ruleset_version")


@pytest.fixture
def without_predicates(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A call takes every predicate away, of both ways of reading."""
    visible = access.visible

    def take_away() -> None:
        schema.query_executor._operations.clear()
        for module in list(sys.modules.values()):
            if getattr(module, "visible", None) is visible:
                monkeypatch.setattr(module, "visible", lambda _model, _actor: true())

    yield take_away
    schema.query_executor._operations.clear()


async def told(seeded: Seeded, ask: Ask) -> list[Any]:
    """Everything that lists, nodes and what belongs to them show to everybody."""
    pages = " ".join(f"{name}(first: 100) {{ totalCount nodes {{ id }} edges {{ cursor }} }}" for name in LISTS)
    tree = """query { projects(first: 100) { nodes { id contractor { id } alerts { id } quotaApplications { id }
      wageDeposits { id filings { id } cashPayments { id } project { id } quotaApplication { id } } } } }"""
    answers: list[Any] = []
    for actor in seeded.actors.values():
        answers.append(await ask(actor, f"{{ {pages} }}"))
        answers.append(await ask(actor, tree))
        answers.append(await ask(actor, "{ me { id memberships { id organization { id } } } }"))
        answers.append(await seeded.nodes(ask, actor))
    return answers


async def test_without_predicates_everybody_is_told_the_same(seeded: Seeded, without_predicates: Any):
    before = await told(seeded, seeded.quick)
    without_predicates()
    for actor in (seeded.officer, STRANGER):
        assert str(access.visible(Account, actor)) == "true"
    assert await told(seeded, seeded.both) == before


def asking(question: str) -> str:
    return f"SELECT ({question})::text"


WHO = asking(
    "concat_ws('|', {})".format(
        ", ".join(f"current_setting('anxin.{name}', true)" for name in ("account", "organization", "role"))
    )
)
PROJECTS = asking("SELECT count(*) FROM project")


async def test_a_read_leaves_nothing_of_its_caller_behind(seeded: Seeded):
    query = "{ projects(first: 100) { nodes { id } } me { id } }"
    await seeded.compiled(seeded.officer, query, {})
    assert await seeded.services.db.read_text(WHO, []) in (b"||", b"")
    assert await seeded.services.db.read_text(PROJECTS, []) == b"0"
    nobody = next(actor for actor in seeded.actors.values() if actor.organization_id is None)
    assert (await seeded.compiled(nobody, query, {}))["projects"]["nodes"] == []
    async with seeded.services.db.read(seeded.officer) as session:
        assert await session.scalar(text("SELECT count(*) FROM project"))
    async with seeded.services.db.read(STRANGER) as session:
        assert await session.scalar(text("SELECT count(*) FROM project")) == 0
    async with seeded.services.db.write() as session:
        assert await session.scalar(text("SELECT count(*) FROM project"))


async def test_a_transaction_that_ended_reads_no_more(seeded: Seeded):
    """Its role and its caller ended with it."""
    async with seeded.services.db.read(seeded.officer) as session:
        await session.rollback()
        with pytest.raises(InvalidRequestError, match="Autobegin is disabled"):
            await session.scalar(select(func.count(Account.id)))


async def test_a_session_is_told_to_its_own_account_only(seeded: Seeded):
    query = "{ me { id } }"
    async with seeded.services.db.write() as session:
        rows = list(await session.scalars(select(Session).where(Session.holds_until.is_not(None)).order_by(Session.id)))
        mine, theirs = rows[0], next(row for row in rows if row.account_id != rows[0].account_id)
    actor = Actor(mine.account_id, session_id=mine.id, holds_until=mine.holds_until)
    another = replace(actor, session_id=theirs.id, holds_until=theirs.holds_until)
    await schema.query_executor.check_session(seeded.context(actor))
    with pytest.raises(Fallback, match="session does not hold"):
        await schema.query_executor.check_session(seeded.context(another))
    assert (await seeded.compiled(actor, query, {}))["me"]["id"] == ids.encode("Account", mine.account_id)
    with pytest.raises(Fallback, match="session does not hold"):
        await seeded.compiled(another, query, {})
    async with seeded.services.db.read(actor) as session:
        mine_only = set((await session.execute(text("SELECT id FROM session"))).scalars())
    assert mine_only == {row.id for row in rows if row.account_id == mine.account_id}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account SET name = 'x'",
        "DELETE FROM project",
        "INSERT INTO audit_head (chain, number, digest) VALUES ('x', 1, '')",
        "SELECT password_hash FROM account",
        "SELECT digest FROM session",
        "SELECT * FROM session",
        "SELECT id FROM one_time_code",
        "SELECT id FROM login_guard",
        "SELECT id FROM audit_head",
        "SELECT id FROM procrastinate_jobs",
        "DELETE FROM alembic_version",
    ],
)
async def test_a_reader_changes_nothing_and_reads_no_secret(seeded: Seeded, statement: str):
    async with seeded.services.db.read(seeded.officer) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text(statement))
        await session.rollback()


def test_no_resolver_reads_as_the_owner():
    sources = [path for folder in ("resolvers", "schema") for path in Path(folder).rglob("*.py")]
    assert sources
    assert [path for path in sources if "read_everything" in path.read_text("utf-8")] == []


@pytest.fixture
def plain_url(server: EmbeddedPostgres) -> Iterator[str]:
    """The address of an empty database for its owner, who may make no roles."""
    with psycopg.connect(server.dsn(), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE plain LOGIN")
        administrator.execute("CREATE DATABASE plains OWNER plain")
        yield server.url("plains").replace("postgres@", "plain@")
        server.drop_database("plains")
        administrator.execute("DROP ROLE plain")


def administered(server: EmbeddedPostgres, statement: LiteralString) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as administrator:
        administrator.execute(statement)


@pytest.mark.usefixtures("template")  # the role is there, the right to it is missing
def test_who_may_make_no_roles_is_told_what_an_administrator_has_to_say(server: EmbeddedPostgres, plain_url: str):
    with pytest.raises(ProgrammingError, match=f"CREATE ROLE {READER} NOLOGIN; GRANT {READER} TO plain;"):
        migrate.upgrade(plain_url)
    assert migrate.current_revision(plain_url) is None
    administered(server, "GRANT anxin_reader TO plain")
    migrate.upgrade(plain_url)
    assert security(plain_url) == security(server.url(TEMPLATE))
    migrate.downgrade(plain_url)


@pytest.mark.usefixtures("template")
async def test_without_the_right_to_the_role_nothing_starts(server: EmbeddedPostgres, plain_url: str, tmp_path: Path):
    administered(server, "GRANT anxin_reader TO plain")
    migrate.upgrade(plain_url)
    settings = Settings(database_url=plain_url, var=tmp_path, strangers="open")
    async with open_services(settings) as services, services.db.read(STRANGER) as session:
        assert await session.scalar(text("SELECT current_user")) == READER
    administered(server, "REVOKE anxin_reader FROM plain")
    with pytest.raises(CannotStart, match=f"GRANT {READER} TO"):
        async with open_services(settings):
            pass

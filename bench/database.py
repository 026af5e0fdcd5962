"""The database all sides share: migrated, filled, with an officer who is signed in."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Select, make_url, select

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from anxin.processes.startup import open_services
from bench import data, decisions, paperwork
from core.act import Act
from core.actor import CHINA, PLATFORM, Role
from core.db.row_security import APPLICATION
from core.identity import actions, sessions
from core.identity.models import Account, Enterprise, Membership, Organization
from core.projects.models import Project
from core.settings import Settings
from core.wage_deposits.models import DepositState, WageDeposit

VAR = Path("var/bench")
OFFICE = "210500"
"""Benxi's office for human resources asks: a quarter of all projects are before it."""
ROWS = 500
"""Different rows that are asked for one by one."""
DEPOSITS = 5_000
"""Different deposits that are used."""
FOREIGN = 5
"""Projects of other offices that are asked for, and not shown."""


@dataclass(frozen=True)
class Filled:
    """A database and what the requests need to know of it. ``token`` is the officer's, whose requests are measured;
    ``others`` have the tokens of those for whom answers are compared, too, by who they are. ``foreign`` are projects
    that are not before the officer's office, with their deposits; ``rules`` what the peers' act decides by."""

    url: str
    dsn: str
    token: str
    others: Mapping[str, str | None]
    office: int
    projects: list[int]
    enterprises: list[int]
    deposits: list[int]
    foreign: list[tuple[int, int]]
    rules: str


@contextmanager
def open_database(projects: int, say: Callable[[str], None], *, copied: bool = True) -> Generator[Filled]:
    """On ``DATABASE_URL``, which may hold projects already, or on the bench's embedded server, which keeps a database
    for each size; a copy of it where rows will be written, so that every run begins with the same ones."""
    if url := os.environ.get("DATABASE_URL"):
        asyncio.run(fill(url, projects, say))
        yield asyncio.run(describe(url))
        return
    with EmbeddedPostgres(VAR / "postgres") as server:
        server.make_roles()
        kept, run = _prepare_template(server, projects), f"bench_{projects}_run"
        asyncio.run(fill(server.url(kept), projects, say))
        if not copied:
            yield asyncio.run(describe(server.url(kept)))
            return
        server.create_database(run, template=kept)
        yield asyncio.run(describe(server.url(run)))
        server.drop_database(run)


def _prepare_template(server: EmbeddedPostgres, projects: int) -> str:
    """The name of the database kept for that size; one that was made of other migrations, other rules (cases
    keep those they began under; the peers know today's) or other data goes."""
    made_of = [
        Path(data.__file__),
        Path(paperwork.__file__),
        *sorted(Path(migrate.__file__).parent.glob("migrations/versions/*.py")),
        *sorted(Path("rules").glob("*/ruleset.yaml")),
    ]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of)).hexdigest()[:12]
    of_that_size = f"bench_{projects}_"
    kept = of_that_size + digest
    with psycopg.connect(server.dsn()) as connection:
        stale = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND datname <> %s"
        for (name,) in connection.execute(stale, (of_that_size, kept)).fetchall():
            server.drop_database(name)
    server.create_database(kept)
    return kept


def for_application(url: str) -> str:
    """The address as the platform itself has it: on an embedded server not the owner's, who fills the tables."""
    given = make_url(url)
    embedded = given.host is None and given.username == "postgres"
    return given.set(username=APPLICATION).render_as_string(hide_password=False) if embedded else url


async def fill(url: str, projects: int, say: Callable[[str], None]) -> None:
    """Migrate the database, and make projects unless it has some."""
    await asyncio.to_thread(migrate.upgrade, url)
    async with open_services(Settings(database_url=url, log_format="json")) as services:
        async with services.db.read_everything() as session:
            empty = await session.scalar(select(Project.id).limit(1)) is None
        if empty:
            say(f"making {projects:,} projects …")
            data.fill(services.db.dsn, projects, say)
            say("vacuum")  # now, and not by PostgreSQL itself while something is measured
            with psycopg.connect(services.db.dsn, autocommit=True) as connection:
                connection.execute("VACUUM (FREEZE)")


async def describe(url: str) -> Filled:
    """What is in a database that is filled; signs people in."""
    settings = Settings(database_url=url, log_format="json")
    async with open_services(settings) as services, services.db.write() as session:
        first = (
            await session.scalars(select(Project).where(Project.region_code == OFFICE).order_by(Project.id))
        ).first()
        assert first is not None
        officer = (await session.scalars(select(Account).where(Account.mobile == data.OFFICER))).one()
        handles = Membership.organization_id == first.applicant_id
        handler = (await session.scalars(select(Account).join(Membership).where(handles).limit(1))).one()

        async def signed_in(account: Account, organization_id: int | None, role: Role | None) -> str:
            act = Act(session, services.rulesets, PLATFORM, datetime.now(UTC))
            membership: Membership | None = None
            if organization_id is not None and role is not None:
                organization = await session.get_one(Organization, organization_id)
                membership = await actions.add_member(act, account, organization, role)
            token, _ = await sessions.open_for(act, account, membership, life=timedelta(hours=12))
            return token

        async def ids(query: Select[tuple[int]], most: int) -> list[int]:
            return list(await session.scalars(query.limit(most)))

        before_it, elsewhere = Project.office_id == first.office_id, WageDeposit.office_id != first.office_id
        secured = (WageDeposit.office_id == first.office_id, WageDeposit.state == DepositState.SECURED)
        foreign = (
            select(WageDeposit.project_id, WageDeposit.id).where(elsewhere).order_by(WageDeposit.id).limit(FOREIGN)
        )
        return Filled(
            url,
            services.db.dsn,
            await signed_in(officer, first.office_id, Role.HRSS_OFFICER),
            {
                "an industry authority's officer": await signed_in(officer, first.authority_id, Role.INDUSTRY_OFFICER),
                "an enterprise's handler": await signed_in(handler, first.applicant_id, Role.HANDLER),
                "somebody who acts for nobody": await signed_in(officer, None, None),
                "somebody whose session has ended": secrets.token_urlsafe(32),
                "a stranger": None,
            },
            first.office_id or 0,
            projects=await ids(select(Project.id).where(before_it).order_by(Project.id), ROWS),
            enterprises=await ids(select(Enterprise.id).order_by(Enterprise.id), ROWS),
            deposits=await ids(select(WageDeposit.id).where(*secured).order_by(WageDeposit.id), DEPOSITS),
            foreign=[(project, deposit) for project, deposit in await session.execute(foreign)],
            rules=decisions.export_all(services.rulesets, datetime.now(CHINA).date()),
        )

"""The database all sides share: migrated, filled, with an officer who is signed in."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import select

from anxin.database import migrate
from anxin.database.embedded import EmbeddedPostgres
from anxin.processes.startup import open_services
from bench import data, paperwork
from core.act import Act
from core.actor import PLATFORM, Role
from core.db import Database
from core.identity import actions, sessions
from core.identity.models import Account, Authority, Enterprise
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


@dataclass(frozen=True)
class Filled:
    """A database and what the requests need to know of it. ``token`` is the officer's."""

    url: str
    dsn: str
    token: str
    office: int
    projects: list[int]
    enterprises: list[int]
    deposits: list[int]


@contextmanager
def filled(projects: int, say: Callable[[str], None], *, copied: bool = True) -> Generator[Filled]:
    """On ``DATABASE_URL``, which may hold projects already, or on the bench's embedded server, which keeps a database
    for each size; a copy of it where rows will be written, so that every run begins with the same ones."""
    if url := os.environ.get("DATABASE_URL"):
        asyncio.run(fill(url, projects, say))
        yield asyncio.run(described(url))
        return
    with EmbeddedPostgres(VAR / "postgres") as server:
        kept, run = _kept(server, projects), f"bench_{projects}_run"
        asyncio.run(fill(server.url(kept), projects, say))
        if not copied:
            yield asyncio.run(described(server.url(kept)))
            return
        server.create_database(run, template=kept)
        yield asyncio.run(described(server.url(run)))
        server.drop_database(run)


def _kept(server: EmbeddedPostgres, projects: int) -> str:
    """The name of the database kept for that size; one that was made of other migrations or other data goes."""
    made_of = [
        Path(data.__file__),
        Path(paperwork.__file__),
        *sorted(Path(migrate.__file__).parent.glob("migrations/versions/*.py")),
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


async def described(url: str) -> Filled:
    """What is in a database that is filled; signs its officer in."""
    act, db = Act(PLATFORM, datetime.now(UTC)), Database(url)
    async with db.write() as session:
        supervised = select(Project.office_id).where(Project.region_code == OFFICE).limit(1)
        office = (await session.scalars(select(Authority).where(Authority.id == supervised.scalar_subquery()))).one()
        officer = (await session.scalars(select(Account).order_by(Account.id).limit(1))).one()
        membership = await actions.add_member(session, act, officer, office, Role.HRSS_OFFICER)
        token, _ = await sessions.open_for(session, act, officer, membership, life=timedelta(hours=12))
        before_it = select(Project.id).where(Project.office_id == office.id).order_by(Project.id)
        secured = (
            select(WageDeposit.id)
            .where(WageDeposit.office_id == office.id, WageDeposit.state == DepositState.SECURED)
            .order_by(WageDeposit.id)
        )
        described = Filled(
            url,
            db.dsn,
            token,
            office.id,
            projects=list(await session.scalars(before_it.limit(ROWS))),
            enterprises=list(await session.scalars(select(Enterprise.id).order_by(Enterprise.id).limit(ROWS))),
            deposits=list(await session.scalars(secured.limit(DEPOSITS))),
        )
    await db.close()
    return described

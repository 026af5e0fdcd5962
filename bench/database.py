"""The database all sides share: migrated, filled, with an officer who is signed in."""

import asyncio
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from anxin import migrate
from anxin.embedded_postgres import EmbeddedPostgres
from anxin.house import opened
from bench import data
from core.acting import PLATFORM, Act, Role
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
        kept, run = f"bench_{projects}", f"bench_{projects}_run"
        server.create_database(kept)
        asyncio.run(fill(server.url(kept), projects, say))
        if not copied:
            yield asyncio.run(described(server.url(kept)))
            return
        server.drop_database(run)
        server.create_database(run, template=kept)
        yield asyncio.run(described(server.url(run)))
        server.drop_database(run)


async def fill(url: str, projects: int, say: Callable[[str], None]) -> None:
    """Migrate the database, and make projects unless it has some."""
    await asyncio.to_thread(migrate.upgrade, url)
    async with opened(Settings(database_url=url, log_format="json")) as house:
        async with house.db.read() as session:
            empty = await session.scalar(select(Project.id).limit(1)) is None
        if empty:
            say(f"making {projects:,} projects …")
            data.fill(house.db.dsn, projects, say)


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

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
from core.identity import actions, sessions
from core.identity.models import Account, Authority, Enterprise
from core.projects.models import Project
from core.settings import Settings
from core.wage_deposits.models import DepositState, WageDeposit
from resolvers.context import House

VAR = Path("var/bench")
OFFICE = "210500"
"""Benxi's office asks: a quarter of all projects are before it."""
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
def filled(projects: int, say: Callable[[str], None]) -> Generator[Filled]:
    """On ``DATABASE_URL``, whatever it holds already, or on the bench's embedded server, one database for each size."""
    if url := os.environ.get("DATABASE_URL"):
        yield asyncio.run(_filled(url, projects, say))
        return
    with EmbeddedPostgres(VAR / "postgres") as server:
        name = f"bench_{projects}"
        server.create_database(name)
        yield asyncio.run(_filled(server.url(name), projects, say))


async def _filled(url: str, projects: int, say: Callable[[str], None]) -> Filled:
    await asyncio.to_thread(migrate.upgrade, url)
    async with opened(Settings(database_url=url, log_format="json")) as house:
        async with house.db.read() as session:
            empty = await session.scalar(select(Project.id).limit(1)) is None
        if empty:
            say(f"making {projects:,} projects …")
            data.fill(house.db.dsn, projects, say)
        return await _described(house, url)


async def _described(house: House, url: str) -> Filled:
    act = Act(PLATFORM, datetime.now(UTC))
    async with house.db.write() as session:
        office = (await session.scalars(select(Authority).where(Authority.region_code == OFFICE).limit(1))).one()
        officer = (await session.scalars(select(Account).order_by(Account.id).limit(1))).one()
        membership = await actions.add_member(session, act, officer, office, Role.HRSS_OFFICER)
        token, _ = await sessions.open_for(session, act, officer, membership, life=timedelta(hours=12))
        before_it = select(Project.id).where(Project.office_id == office.id).order_by(Project.id)
        secured = (
            select(WageDeposit.id)
            .where(WageDeposit.office_id == office.id, WageDeposit.state == DepositState.SECURED)
            .order_by(WageDeposit.id)
        )
        return Filled(
            url,
            house.db.dsn,
            token,
            office.id,
            projects=list(await session.scalars(before_it.limit(ROWS))),
            enterprises=list(await session.scalars(select(Enterprise.id).order_by(Enterprise.id).limit(ROWS))),
            deposits=list(await session.scalars(secured.limit(DEPOSITS))),
        )

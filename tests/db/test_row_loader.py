"""A row that an act finds or makes is the session's own, though the ORM did not load it or write it."""

import gc
import weakref
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.actor import Actor, Role
from core.db import Database, insert, next_id
from core.errors import NotFound
from core.identity.models import LoginGuard
from core.wage_deposits.models import WageDeposit
from tests.helpers.app import Application
from tests.helpers.deposits import open_deposit


@pytest.fixture
async def deposit(app: Application) -> WageDeposit:
    await open_deposit(await app.handler(), await app.officer())
    async with app.services.db.read_everything() as session:
        return (await session.scalars(select(WageDeposit))).one()


async def found(session: AsyncSession, deposit: WageDeposit, **how: Any) -> WageDeposit:
    officer = Actor(1, organization_id=deposit.office_id, role=Role.HRSS_OFFICER)
    return await access.find(session, WageDeposit, deposit.id, officer, lock=True, **how)


async def test_it_has_every_value_that_the_orm_reads(app: Application, deposit: WageDeposit) -> None:
    async with app.services.db.read_everything() as session:
        read = await found(session, deposit, along=[WageDeposit.project])
        assert read.project.id == deposit.project_id
        for row, model in ((read, WageDeposit), (read.project, type(read.project))):
            values = {key: value for key, value in vars(row).items() if not key.startswith("_") and key != "project"}
            session.expunge(row)
            by_orm = vars(await session.get_one(model, row.id))
            assert values == {key: value for key, value in by_orm.items() if not key.startswith("_")}


async def test_what_is_changed_in_it_is_kept(app: Application, deposit: WageDeposit) -> None:
    async with app.services.db.write() as session:
        (await found(session, deposit)).handler = "李四"
    async with app.services.db.read_everything() as session:
        assert (await session.get_one(WageDeposit, deposit.id)).handler == "李四"


async def test_it_is_the_object_the_session_has_and_read_afresh(app: Application, deposit: WageDeposit) -> None:
    async with app.services.db.write() as session:
        known = await session.get_one(WageDeposit, deposit.id)
        async with app.services.db.write() as rival:
            await rival.execute(text("UPDATE wage_deposit SET handler = '王五'"))
        known.handler_phone = "13900000000"
        assert await found(session, deposit) is known
        assert (known.handler, known.handler_phone) == ("王五", "13900000000")


async def test_a_relation_that_was_not_asked_for_is_not_read_in_passing(app: Application, deposit: WageDeposit) -> None:
    async with app.services.db.read_everything() as session:
        read = await found(session, deposit)
        with pytest.raises(InvalidRequestError):
            _ = read.project


async def test_another_offices_row_is_not_found(app: Application, deposit: WageDeposit) -> None:
    async with app.services.db.read_everything() as session:
        deposit.office_id = (deposit.office_id or 0) + 1
        with pytest.raises(NotFound):
            await found(session, deposit)


async def test_a_row_that_is_written_as_the_act_ends_is_whole_before(database: Database) -> None:
    async with database.write() as session:
        id = await session.scalar(select(next_id(LoginGuard)))
        guard = LoginGuard(id=id, mobile="13900000000", source=b"", failures=1, counted_since=datetime.now(UTC))
        insert(session, guard)
        assert guard.locked_until is None
        assert (await session.scalars(select(LoginGuard))).all() == []
    async with database.write() as session:
        kept = (await session.scalars(select(LoginGuard))).one()
        assert (kept.id, kept.mobile, kept.failures, kept.locked_until) == (id, "13900000000", 1, None)
        kept.failures = 2
    async with database.read_everything() as session:
        assert (await session.scalars(select(LoginGuard.failures))).all() == [2]


@pytest.mark.parametrize("failed", [False, True])
async def test_a_session_that_ended_is_not_left_to_the_garbage_collector(
    app: Application, deposit: WageDeposit, failed: bool
) -> None:
    async def act() -> weakref.ref[Any]:
        with suppress(NotFound):
            async with app.services.db.write() as session:
                await found(session, deposit)
                known = weakref.ref(session.sync_session)
                if failed:
                    raise NotFound("WageDeposit", "0")
        return known

    await act()
    gc.disable()
    try:
        assert (await act())() is None
    finally:
        gc.enable()

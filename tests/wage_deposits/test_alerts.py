"""Telling in time that a letter of guarantee comes to its end (BX-126, BX-127)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import CHINA
from core.guarantees import expiry
from core.guarantees.models import Guarantee
from core.identity import recipients
from core.notifications.models import Message
from core.notifications.outbox import Recipient
from tests.helpers.acts import approve
from tests.helpers.app import Application
from tests.helpers.deposits import (
    SAMPLE,
    YEAR_ENDS,
    apply_to_bank,
    cancel,
    complete,
    give_back,
    hand_in,
    open_deposit,
    project_of,
    queue,
    report_cash,
    secured_deposit,
)
from tests.helpers.people import Person
from tests.helpers.platform import platform_acts

MONTH_AHEAD = (YEAR_ENDS.replace(day=1) - timedelta(days=1)).replace(day=YEAR_ENDS.day)
ALERTS = (
    "query ($state: AlertState) { alerts(state: $state) { nodes { kind message endsOn state clearedBy clearedAt } } }"
)
ON_PROJECT = "query ($id: ID!) { node(id: $id) { ... on Project { alerts { kind state } } } }"


async def warn(app: Application, moment: datetime) -> int:
    """What the daily job does, at a moment."""
    return await expiry.warn_of_all(platform_acts(app.services, moment))


def morning(day: date) -> datetime:
    return datetime.combine(day, time(8), CHINA)


async def mails(app: Application) -> int:
    counted = select(func.count()).where(Message.notice == "guarantee_expiring", Message.channel == "email")
    async with app.services.db.read_everything() as session:
        return await session.scalar(counted) or 0


async def seen(person: Person) -> list:
    return (await person.ask(ALERTS))["nodes"]


@pytest.mark.rows("BX-127")
async def test_a_letters_end_is_told_once_a_month_ahead(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    other = await app.handler(seed=2, name="另一建筑有限公司")
    deposit = await secured_deposit(handler, officer)
    eve = datetime.combine(MONTH_AHEAD, time(0), CHINA) - timedelta(seconds=1)
    assert (await warn(app, eve.astimezone(UTC)), await seen(handler)) == (0, [])
    assert await warn(app, eve.astimezone(UTC) + timedelta(seconds=1)) == 1
    message = f"演示住宅小区一期的保函将于 {YEAR_ENDS} 到期，工程未竣工的请续保或展期。"
    told = {
        "kind": "guarantee_expiry",
        "message": message,
        "endsOn": str(YEAR_ENDS),
        "state": "OPEN",
        "clearedBy": None,
        "clearedAt": None,
    }
    assert await seen(handler) == await seen(officer) == [told]
    assert await seen(other) == await seen(await app.officer("另一人社局")) == []
    project = await project_of(handler, deposit)
    assert (await handler.ask(ON_PROJECT, id=project))["alerts"] == [{"kind": "guarantee_expiry", "state": "OPEN"}]
    async with app.services.db.read_everything() as session:
        sent = select(Message.subject, Message.body, Message.address).where(Message.notice == "guarantee_expiring")
        [mail] = await session.execute(sent.where(Message.channel == "email"))
    assert tuple(mail) == ("保函即将到期：演示住宅小区一期", message, "zhang@example.cn")

    for day in (MONTH_AHEAD + timedelta(days=1), YEAR_ENDS):
        assert await warn(app, morning(day)) == 0
    assert (await mails(app), len(await seen(handler))) == (1, 1)


@pytest.mark.rows("BX-126", "BX-127")
async def test_an_approved_cancellation_lifts_the_alert(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    await warn(app, morning(MONTH_AHEAD))
    await complete(handler, await project_of(handler, deposit))
    applied = await cancel(handler, deposit)
    assert applied["state"] == "SUBMITTED", applied
    assert [alert["state"] for alert in await seen(handler)] == ["OPEN"]
    await approve(officer)
    [lifted] = await seen(handler)
    assert (lifted["state"], lifted["clearedBy"], lifted["clearedAt"] is None) == ("CLEARED", "cancellation", False)
    assert (await handler.ask(ALERTS, state="OPEN"))["nodes"] == []
    assert await warn(app, morning(YEAR_ENDS)) == 0


@pytest.mark.rows("BX-127")
async def test_a_banks_letter_is_told_of_as_well(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await open_deposit(handler, officer)
    [bank] = (await handler.ask("{ institutions(kind: BANK) { nodes { id } } }"))["nodes"]
    await apply_to_bank(handler, deposit, bank["id"])
    assert await warn(app, morning(YEAR_ENDS)) == 0  # nothing is in force yet
    [waiting] = await queue(banker)
    await give_back(banker, waiting["case"]["id"])
    assert await warn(app, morning(MONTH_AHEAD - timedelta(days=1))) == 0
    assert await warn(app, morning(MONTH_AHEAD)) == 1
    assert [len(await seen(person)) for person in (handler, officer, banker)] == [1, 1, 0]


async def test_a_completed_projects_letter_is_told_of_and_cash_and_letters_not_accepted_are_not(
    app: Application,
) -> None:
    handler, officer = await app.handler(), await app.officer()
    cash = await open_deposit(handler, officer, {"contractAmount": "10000.00"}, **SAMPLE)
    await report_cash(handler, cash)
    await approve(officer)
    completed = await secured_deposit(handler, officer, {"name": "演示住宅小区二期"})
    await complete(handler, await project_of(handler, completed))
    waiting = await open_deposit(handler, officer, {"name": "演示住宅小区三期"})
    await hand_in(handler, waiting)
    assert await warn(app, morning(YEAR_ENDS)) == 1  # until its deposit is cancelled (BX-127)
    await approve(officer)
    assert await warn(app, morning(YEAR_ENDS)) == 1
    assert await mails(app) == 2


async def several_letters(app: Application, number: int) -> Person:
    handler, officer = await app.handler(), await app.officer()
    for name in range(number):
        await secured_deposit(handler, officer, {"name": f"演示住宅小区{name}期"})
    return handler


async def test_a_day_that_is_cut_off_keeps_what_was_told_and_goes_on_with_the_rest(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = await several_letters(app, 3)
    monkeypatch.setattr(expiry, "BATCH", 1)
    found, tell = 0, recipients.find

    async def find(session: AsyncSession, account_id: int) -> Recipient:
        nonlocal found
        found += 1
        if found == 3:
            raise ConnectionError("the database went away")
        return await tell(session, account_id)

    monkeypatch.setattr(recipients, "find", find)
    with pytest.raises(ConnectionError):
        await warn(app, morning(MONTH_AHEAD))
    assert (len(await seen(handler)), await mails(app)) == (2, 2)
    assert await warn(app, morning(MONTH_AHEAD)) == 1
    assert (len(await seen(handler)), await mails(app)) == (3, 3)


async def test_a_letter_is_looked_at_until_its_end_was_told_or_has_passed(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    await complete(handler, await project_of(handler, deposit))
    assert await warn(app, morning(MONTH_AHEAD - timedelta(days=1))) == 0
    assert await unsettled(app) == 1
    assert await warn(app, morning(YEAR_ENDS)) == 1
    assert await unsettled(app) == 0


async def unsettled(app: Application) -> int:
    counted = select(func.count()).where(Guarantee.end_settled_at.is_(None))
    async with app.services.db.read_everything() as session:
        return await session.scalar(counted) or 0

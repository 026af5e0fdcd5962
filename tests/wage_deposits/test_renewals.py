"""A letter is renewed while it secures, or ends; what was used of it is made up by a new one."""

from datetime import datetime, time, timedelta

import pytest

from core.actor import CHINA
from core.guarantees import expiry
from tests.helpers.acts import approve
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY, YEAR_ENDS, hand_in, project_of, secured_deposit, show
from tests.helpers.platform import platform_acts
from tests.wage_deposits.test_deposit_uses import record

SHOWN = "state securedAmount guarantees { guaranteeNumber guaranteeState replaces { guaranteeNumber } }"
STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code } } } }"
LATER = {"startsOn": str(YEAR_ENDS + timedelta(days=1)), "endsOn": str(YEAR_ENDS + timedelta(days=400))}


async def pass_day(app: Application, day) -> int:
    return await expiry.pass_day(platform_acts(app.services, datetime.combine(day, time(3), CHINA)))


@pytest.mark.rows("BX-127")
async def test_a_renewed_letter_ends_only_when_the_new_one_is_in_force(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    again = await hand_in(handler, deposit)
    assert again["path"] == ["guaranteeNumber"]  # stands for the letter in force
    assert (await hand_in(handler, deposit, guaranteeNumber="YS-N", **LATER))["state"] == "SUBMITTED"
    await approve(officer)
    old, new = (await show(handler, deposit, SHOWN))["guarantees"]
    assert (old["guaranteeState"], new["guaranteeState"]) == ("IN_FORCE", "PENDING")
    assert new["replaces"]["guaranteeNumber"] == old["guaranteeNumber"]
    assert await pass_day(app, YEAR_ENDS) == 0
    assert await pass_day(app, YEAR_ENDS + timedelta(days=1)) == 1
    shown = await show(officer, deposit, SHOWN)
    assert [one["guaranteeState"] for one in shown["guarantees"]] == ["REPLACED", "IN_FORCE"]
    assert shown["state"] == "SECURED"


@pytest.mark.rows("BX-127")
async def test_after_its_letters_last_day_a_deposit_is_unsecured_until_another_stands(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    project = await project_of(handler, deposit)
    assert await pass_day(app, YEAR_ENDS + timedelta(days=1)) == 1
    assert await pass_day(app, YEAR_ENDS + timedelta(days=2)) == 0
    shown = await show(officer, deposit, SHOWN)
    assert (shown["state"], shown["guarantees"][0]["guaranteeState"]) == ("UNSECURED", "EXPIRED")
    waiting = "{ wageDeposits(filter: { states: UNSECURED }) { totalCount } }"
    assert (await officer.ask(waiting))["totalCount"] == 1
    steps = [step["code"] for step in (await handler.ask(STEPS, id=project))["nextSteps"]]
    assert steps[:2] == ["guarantee_order", "letter_submission"]
    assert (await hand_in(handler, deposit, guaranteeNumber="YS-N"))["state"] == "SUBMITTED"
    await approve(officer)
    assert (await show(handler, deposit, "state"))["state"] == "SECURED"


@pytest.mark.rows("BX-074")
async def test_a_new_letter_makes_up_what_was_used_of_the_old_one_which_ends(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    assert (await record(officer, deposit, usedOn=str(TODAY)))["__typename"] == "DepositUse"
    assert (await hand_in(handler, deposit, guaranteeNumber="YS-N"))["state"] == "SUBMITTED"
    await approve(officer)
    shown = await show(handler, deposit, SHOWN)
    assert [one["guaranteeState"] for one in shown["guarantees"]] == ["REPLACED", "IN_FORCE"]
    whole = await record(officer, deposit, noticeNumber="2", amount="600000.00")
    assert whole["__typename"] == "DepositUse", whole

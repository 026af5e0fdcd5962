"""What was used of a deposit is made up: in cash, by a letter, by its day; and the deposit says where it stands
(BX-073, BX-074)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.wage_deposits.actions import replenishment
from tests.helpers.acts import approve, reject, withdraw
from tests.helpers.app import Application
from tests.helpers.deposits import (
    SAMPLE,
    STARTS,
    TODAY,
    apply_to_bank,
    broken,
    cancel,
    complete,
    give_back,
    hand_in,
    open_deposit,
    project_of,
    queue,
    report_cash,
    secured_deposit,
    show,
)
from tests.helpers.people import Person
from tests.helpers.platform import platform_acts
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_orders import bank_of

STANDS = "state stateLabel securedAmount usedAmount amountInForce shortfall replenishBy providedOn"
LETTERS = "guarantees { guaranteeNumber guaranteeState amount }"
STEPS = """query ($id: ID!) { node(id: $id) { ... on Project {
  nextSteps { code sentence dueOn dueCitation { locator } }
} } }"""
ALERTS = "{ alerts { nodes { kind state message endsOn about { ... on DepositUse { noticeNumber } } } } }"


async def steps_of(person: Person, deposit: str) -> list[dict[str, Any]]:
    return (await person.ask(STEPS, id=await project_of(person, deposit)))["nextSteps"]


async def warnings(person: Person, case: str) -> list[str]:
    asked = "query ($id: ID!) { node(id: $id) { ... on Case { decisions { value sentence } } } }"
    return [one["sentence"] for one in (await person.ask(asked, id=case))["decisions"]]


async def paid_in_cash(handler: Person, officer: Person) -> str:
    deposit = await open_deposit(handler, officer, **SAMPLE)
    await report_cash(handler, deposit, paidOn=str(STARTS))
    await approve(officer)
    return deposit


@pytest.mark.rows("BX-073", "BX-074")
async def test_cash_makes_up_cash_and_every_moment_says_what_is_missing(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await paid_in_cash(handler, officer)
    whole = {
        "state": "SECURED",
        "stateLabel": "已缴纳",
        "securedAmount": "1100.00",
        "usedAmount": "0.00",
        "amountInForce": "1100.00",
        "shortfall": None,
        "replenishBy": None,
        "providedOn": str(STARTS),
    }
    assert await show(handler, deposit, STANDS) == whole
    use = await record(officer, deposit, amount="200.00")
    used = {
        **whole,
        "state": "TO_REPLENISH",
        "stateLabel": "已动用，待补足",
        "usedAmount": "200.00",
        "amountInForce": "900.00",
        "shortfall": "200.00",
        "replenishBy": use["replenishBy"],
    }
    assert await show(handler, deposit, STANDS) == await show(officer, deposit, STANDS) == used
    [step, *_] = await steps_of(handler, deposit)
    assert (step["code"], step["dueOn"], step["dueCitation"]["locator"]) == (
        "cash_payment",
        use["replenishBy"],
        "第二十条",
    )
    assert "请补足" in step["sentence"]

    less = await report_cash(handler, deposit, amount="199.99")
    assert broken(less) == {"amount": "REPLENISHMENT_TOO_LOW"}
    assert "待补足的差额 200.00 元" in less["violations"][0]["message"]
    for person, code in ((officer, "FORBIDDEN"), (app.stranger, "UNAUTHENTICATED")):
        assert (await report_cash(person, deposit, amount="200.00"))["code"] == code
    paid = await report_cash(handler, deposit, amount="200.00")
    assert paid["state"] == "SUBMITTED"
    assert await warnings(handler, paid["id"]) == []
    assert (await steps_of(handler, deposit))[0]["code"] == "wait"
    assert (await report_cash(handler, deposit, amount="200.00"))["code"] == "CONFLICT"
    assert (await withdraw(handler, paid["id"]))["outcome"] == "WITHDRAWN"
    again = await report_cash(handler, deposit, amount="200.00")
    await reject(officer, "未到账")
    [step, *_] = await steps_of(handler, deposit)
    assert "请更正后重新提交" in step["sentence"]
    corrected = await report_cash(handler, deposit, amount="200.00", correcting=again["id"])
    assert corrected["id"] == again["id"]
    assert await show(handler, deposit, STANDS) == used  # until the office has seen the money
    await approve(officer)
    assert await show(handler, deposit, STANDS) == whole
    [shown] = (await show(handler, deposit, "uses { madeUpAt }"))["uses"]
    assert shown["madeUpAt"] is not None
    assert (await report_cash(handler, deposit, amount="200.00"))["message"] == "该工资保证金已缴纳，不能办理现金缴纳。"


@pytest.mark.rows("BX-074")
async def test_a_letter_for_all_that_is_due_takes_the_used_ones_place_and_one_for_what_is_missing_stands_beside_it(
    app: Application,
) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await secured_deposit(handler, officer)
    await record(officer, deposit)
    steps = await steps_of(handler, deposit)
    assert [step["code"] for step in steps[:2]] == ["guarantee_order", "letter_submission"]
    assert all("请补足" in step["sentence"] and step["dueOn"] for step in steps[:2])
    offered = await show(handler, deposit, "guaranteeBlock { channels { channel available } }")
    assert {
        one["available"] for one in offered["guaranteeBlock"]["channels"] if one["channel"] == "OFFLINE_UPLOAD"
    } == {True}
    low = await hand_in(handler, deposit, guaranteeNumber="YS-2", amount="199999.99")
    assert broken(low) == {"amount": "REPLENISHMENT_TOO_LOW"}

    short = await hand_in(handler, deposit, guaranteeNumber="YS-2", amount="200000.00")
    [told] = await warnings(officer, short["id"])
    assert "新保函补足差额 200,000.00 元，未达到应缴金额 600,000.00 元" in told
    await approve(officer)
    shown = await show(officer, deposit, f"{STANDS} {LETTERS}")
    assert (shown["state"], shown["amountInForce"], shown["shortfall"]) == ("SECURED", "600000.00", None)
    assert [one["guaranteeState"] for one in shown["guarantees"]] == ["IN_FORCE", "IN_FORCE"]

    await record(officer, deposit, noticeNumber="2号", amount="100000.00")
    asked = await apply_to_bank(handler, deposit, await bank_of(handler))
    assert asked["__typename"] == "GuaranteeOrder"
    assert (await give_back(banker, asked["id"], guaranteeNumber="YS-3"))["__typename"] == "Guarantee"
    shown = await show(officer, deposit, f"{STANDS} {LETTERS}")
    assert (shown["state"], shown["securedAmount"], shown["usedAmount"]) == ("SECURED", "600000.00", "0.00")
    assert [one["guaranteeState"] for one in shown["guarantees"]] == ["REPLACED", "REPLACED", "IN_FORCE"]


@pytest.mark.rows("BX-074")
async def test_cash_for_a_letter_and_a_letter_for_cash_are_computed_and_warned_of_and_never_refused(
    app: Application,
) -> None:
    handler, officer = await app.handler(), await app.officer()
    by_letter = await secured_deposit(handler, officer)
    refused = await report_cash(handler, by_letter)
    assert "缴纳方式为保函" in refused["message"]  # nothing was used
    await record(officer, by_letter)
    paid = await report_cash(handler, by_letter, amount="200000.00")
    [told] = await warnings(officer, paid["id"])
    assert "规定没有写明" in told
    await approve(officer)
    shown = await show(handler, by_letter, f"{STANDS} {LETTERS}")
    assert (shown["state"], shown["amountInForce"], shown["guarantees"][0]["guaranteeState"]) == (
        "SECURED",
        "600000.00",
        "IN_FORCE",
    )
    in_cash = await paid_in_cash(handler, officer)
    await record(officer, in_cash, amount="100.00")
    letter = await hand_in(handler, in_cash, amount="1100.00")
    [told] = await warnings(officer, letter["id"])
    assert "以现金缴纳，以保函补足" in told
    await approve(officer)
    assert (await show(handler, in_cash, STANDS))["amountInForce"] == "1100.00"


@pytest.mark.rows("BX-074")
async def test_handler_and_officer_are_alerted_once_until_it_is_made_up(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    rival, elsewhere = await app.handler(seed=2, name="另一建筑有限公司"), await app.officer("另一人社局")
    deposit = await paid_in_cash(handler, officer)
    use = await record(officer, deposit, amount="200.00")

    async def warn(day: date) -> int:
        return await replenishment.warn_of_all(
            platform_acts(app.services, datetime(day.year, day.month, day.day, 1, tzinfo=UTC))
        )

    assert await warn(TODAY + timedelta(days=1)) == 1
    assert await warn(TODAY + timedelta(days=30)) == 0
    [alert] = (await handler.ask(ALERTS))["nodes"]
    assert (alert["kind"], alert["state"], alert["endsOn"]) == ("replenishment", "OPEN", use["replenishBy"])
    assert f"动用 200.00 元，请于 {use['replenishBy']} 前补足。" in alert["message"]
    assert alert["about"] == {"noticeNumber": "本人社支〔2026〕1号"}
    assert (await officer.ask(ALERTS))["nodes"] == [alert]
    assert (await rival.ask(ALERTS))["nodes"] == (await elsewhere.ask(ALERTS))["nodes"] == []
    await record(officer, deposit, noticeNumber="2号", amount="100.00")
    assert await warn(TODAY + timedelta(days=2)) == 1
    assert (await show(handler, deposit, STANDS))["shortfall"] == "300.00"
    await report_cash(handler, deposit, amount="300.00")
    await approve(officer)
    assert [one["state"] for one in (await handler.ask(ALERTS))["nodes"]] == ["CLEARED", "CLEARED"]
    assert await warn(TODAY + timedelta(days=3)) == 0


@pytest.mark.rows("BX-074")
async def test_a_used_deposit_is_cancelled_once_it_is_made_up_and_not_beside_its_replenishment(
    app: Application,
) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await paid_in_cash(handler, officer)
    await complete(handler, await project_of(handler, deposit))
    applied = await cancel(handler, deposit)
    assert applied["state"] == "SUBMITTED"
    await record(officer, deposit, amount="200.00")
    assert broken(await approve(officer)) == {"": "DEPOSIT_NOT_MADE_UP"}
    assert (await report_cash(handler, deposit, amount="200.00"))["state"] == "SUBMITTED"
    waiting = {one["procedure"]: one["id"] for one in await queue(officer)}
    decide = ("approveReview", "ApproveReviewInput", "... on Review { id }")
    beside = await officer.act(*decide, reviewId=waiting["cancellation"])
    assert broken(beside)[""] in ("DEPOSIT_NOT_MADE_UP", "PAYMENT_UNDER_REVIEW")
    assert {one["code"] for one in beside["violations"]} >= {"DEPOSIT_NOT_MADE_UP", "PAYMENT_UNDER_REVIEW"}
    assert (await withdraw(handler, applied["id"]))["outcome"] == "WITHDRAWN"
    refused = await cancel(handler, deposit)
    assert (refused["code"], refused["message"]) == ("CONFLICT", "该保证金的现金缴纳正在办理，请等待办理结果。")
    assert "cancellation" not in [step["code"] for step in await steps_of(handler, deposit)]
    await approve(officer)
    assert "cancellation" in [step["code"] for step in await steps_of(handler, deposit)]
    assert (await cancel(handler, deposit))["state"] == "SUBMITTED"
    assert (await approve(officer))["outcome"] == "APPROVED"
    assert (await show(handler, deposit, STANDS))["state"] == "CANCELLED"


@pytest.mark.rows("BX-074")
async def test_nothing_is_used_before_there_was_something_to_use(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    for deposit in (await paid_in_cash(handler, officer), await secured_deposit(handler, officer)):
        early = await record(officer, deposit, amount="1.00", usedOn=str(STARTS - timedelta(days=1)))
        assert (early["__typename"], early["path"]) == ("InvalidInput", ["usedOn"])
        assert early["message"] == f"动用日期早于保证金缴纳之日（{STARTS}），请核对动用日期。"
        assert (await record(officer, deposit, amount="1.00", usedOn=str(STARTS)))["__typename"] == "DepositUse"
        left = await show(officer, deposit, "amountDue amountInForce")
        assert Decimal(left["amountDue"]) - Decimal(left["amountInForce"]) == 1

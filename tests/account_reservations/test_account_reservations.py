"""Cash in Xiamen: the opening of the special account is booked at a bank, which confirms or refuses (XM-23)."""

from typing import Any

import pytest

from core import uscc
from core.account_reservations import rules
from core.identity.models import InstitutionKind
from core.institutions import actions as institutions
from tests.contractor_records.test_contractor_records import XIAMEN, enter, submit
from tests.helpers.acts import approve, reject, withdraw
from tests.helpers.app import Application
from tests.helpers.deposits import DEPOSITS_OF, SAMPLE, open_deposit, queue, report_cash
from tests.helpers.people import Person
from tests.helpers.platform import platform_act
from tests.wage_deposits.test_orders import bank_of

BANK, OTHER = "演示银行厦门分行", "另一银行厦门分行"
SHOWN = "... on AccountReservation { id state institution { name } projectName amountDue contact mobile }"
SEEN = """{ reviewQueue { nodes { case { ... on AccountReservation { state projectName amountDue contact mobile
  contractor { name } hrssOffice { name } deposit { id } } } } } }"""
STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code actor sentence dueOn } } } }"
MINE = """{ wageDeposits { nodes { accountReservations { state reason institution { name } documents { id } } } } }"""


async def declared(handler: Person, officer: Person, **quota: Any) -> tuple[str, str]:
    """A project in Xiamen, and its deposit that is to be paid in cash."""
    project, _ = await enter(handler)
    await submit(handler, project, **{"paymentMethod": "CASH", **quota})
    await approve(officer)
    [deposit] = (await handler.ask(DEPOSITS_OF, id=project))["wageDeposits"]
    return project, deposit["id"]


async def reserve(handler: Person, deposit: str, bank: str | None) -> dict[str, Any]:
    chosen = {"institutionId": bank} if bank else {}
    return await handler.act("reserveAccount", "ReserveAccountInput", SHOWN, wageDepositId=deposit, **chosen)


async def steps(handler: Person, project: str) -> list[tuple[str, str]]:
    return [(one["code"], one["sentence"]) for one in (await handler.ask(STEPS, id=project))["nextSteps"]]


@pytest.mark.rows("XM-23")
async def test_an_account_is_booked_at_a_bank_that_refuses_or_confirms_and_the_cash_follows(app: Application):
    handler, officer = await app.handler(), await app.officer(XIAMEN)
    banker, other = await app.banker(BANK), await app.banker(OTHER)
    project, deposit = await declared(handler, officer)
    offered = ("account_reservation", "可选择银行，线上预约开立工资保证金专户。")
    assert (await steps(handler, project))[0] == offered
    bank = await bank_of(handler, BANK)
    for person in (officer, banker):
        assert (await reserve(person, deposit, bank))["code"] == "FORBIDDEN"
    assert (await reserve(await app.handler(seed=2, name="另一建筑有限公司"), deposit, bank))["code"] == "NOT_FOUND"
    without = await reserve(handler, deposit, None)
    assert [(one["code"], one["path"]) for one in without["violations"]] == [("FIELD_REQUIRED", ["institutionId"])]

    booked = await reserve(handler, deposit, bank)
    assert booked == {
        "__typename": "AccountReservation",
        "id": booked["id"],
        "state": "SUBMITTED",
        "institution": {"name": BANK},
        "projectName": "演示住宅小区一期",
        "amountDue": "1500000.00",
        "contact": "张三全",
        "mobile": "13455554444",
    }
    assert (await reserve(handler, deposit, await bank_of(handler, OTHER)))["code"] == "CONFLICT"
    waiting = (await handler.ask(STEPS, id=project))["nextSteps"]
    assert next((one["code"], one["actor"]) for one in waiting) == ("wait", "INSTITUTION_STAFF")
    [seen] = (await banker.ask(SEEN))["nodes"]
    assert seen["case"] == {
        "state": "SUBMITTED",
        "projectName": "演示住宅小区一期",
        "amountDue": "1500000.00",
        "contact": "张三全",
        "mobile": "13455554444",
        "contractor": {"name": "演示建筑有限公司"},
        "hrssOffice": {"name": XIAMEN},
        "deposit": None,
    }
    assert await queue(other) == await queue(officer) == []

    assert (await reject(banker, " "))["path"] == ["reason"]
    assert (await reject(banker, "开户资料不全"))["outcome"] == "REJECTED"
    again = ("account_reservation", "银行未接受专户开户预约：开户资料不全。可另选银行重新预约。")
    assert (await steps(handler, project))[0] == again
    told = (await handler.ask("{ messages { nodes { notice body } } }"))["nodes"]
    assert {"开户资料不全" in one["body"] for one in told if one["notice"] == "account_reservation_refused"} == {True}

    second = await reserve(handler, deposit, await bank_of(handler, OTHER))
    assert (await withdraw(handler, second["id"]))["outcome"] == "WITHDRAWN"
    assert await queue(other) == []
    assert (await steps(handler, project))[0] == offered
    await reserve(handler, deposit, await bank_of(handler, OTHER))
    assert (await approve(other))["outcome"] == "APPROVED"
    assert (await reserve(handler, deposit, bank))["code"] == "CONFLICT"
    assert next(code for code, _ in await steps(handler, project)) == "cash_payment"
    [mine] = (await handler.ask(MINE))["nodes"]
    assert [(one["state"], one["reason"], one["institution"]["name"]) for one in mine["accountReservations"]] == [
        ("REJECTED", "开户资料不全", BANK),
        ("WITHDRAWN", None, OTHER),
        ("APPROVED", None, OTHER),
    ]
    agreement = await handler.materials("deposit_agreement")
    assert (await report_cash(handler, deposit, amount="1500000.00", materials=agreement))["state"] == "SUBMITTED"
    await approve(officer)
    assert (await reserve(handler, deposit, bank))["code"] == "CONFLICT"


async def test_no_account_is_booked_for_another_way_of_paying_in_another_city_or_once_the_cash_is_reported(
    app: Application, monkeypatch: pytest.MonkeyPatch
):
    handler, officer, banker = await app.handler(), await app.officer(XIAMEN), await app.banker(BANK)
    here = await app.officer()
    bank = await bank_of(handler, BANK)
    async with app.services.db.write() as session:
        act = platform_act(session, app.services.rulesets)
        insurer = await institutions.enter(act, kind=InstitutionKind.INSURER, name="演示财产保险", uscc=uscc.make(77))
        local = await institutions.enter(
            act, kind=InstitutionKind.BANK, name="本溪一银行", uscc=uscc.make(78), region_codes=["210500"]
        )
    elsewhere = await open_deposit(handler, here, **SAMPLE)
    assert (await reserve(handler, elsewhere, bank))["code"] == "NOT_CONFIGURED"
    _, otherwise = await declared(handler, officer, paymentMethod="GUARANTEE")
    refused = await reserve(handler, otherwise, bank)
    assert (refused["code"], "缴纳方式为保函" in refused["message"]) == ("CONFLICT", True), refused
    project, deposit = await declared(handler, officer)
    for wrong in (insurer.id, local.id):
        refused = await reserve(handler, deposit, f"Institution:{wrong}")
        assert (refused["code"], refused["path"]) == ("BAD_USER_INPUT", ["institutionId"]), refused
    monkeypatch.setattr(rules, "banks", lambda *_: [OTHER])
    refused = await reserve(handler, deposit, bank)
    assert (refused["path"], refused["message"]) == (
        ["institutionId"],
        f"“{BANK}”不在该城市可选择的专户银行之内，请改选：{OTHER}。",
    )
    monkeypatch.undo()
    assert (await reserve(handler, deposit, bank))["state"] == "SUBMITTED"
    agreement = await handler.materials("deposit_agreement")
    await report_cash(handler, deposit, amount="1500000.00", materials=agreement)
    assert "account_reservation" not in [code for code, _ in await steps(handler, project)]
    await approve(officer)
    late = await approve(banker)
    assert (late["code"], late["message"]) == ("CONFLICT", "该工资保证金已缴纳，不能预约开立专户。")

"""A letter is extended by an endorsement: the same number, a version more; what should be looked at again is told."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core import uscc
from core.actor import CHINA
from core.guarantees import expiry
from core.guarantees.models import Guarantee
from core.identity.models import InstitutionKind
from core.institutions import actions as institutions
from tests.helpers.acts import approve
from tests.helpers.app import Application
from tests.helpers.deposits import (
    ENDORSEMENT,
    LATER,
    TODAY,
    YEAR_ENDS,
    apply_to_bank,
    broken,
    complete,
    extend,
    give_back,
    hand_in,
    open_deposit,
    project_of,
    queue,
    secured_deposit,
    show,
)
from tests.helpers.people import Person
from tests.helpers.platform import platform_act, platform_acts
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_orders import bank_of

GUARANTEE = "id guaranteeNumber guaranteeState amount fee startsOn endsOn revision"
VERSIONS = "versions { versionNumber endorsementNumber amount fee issuedOn endsOn }"
SHOWN = f"state securedAmount guarantees {{ {GUARANTEE} {VERSIONS} }}"
WARNED = "letterSubmissions { warnings { code path } }"
STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code sentence } alerts { state endsOn } } } }"


async def endorse(handler: Person, deposit: str, guarantee: str | None, **fields: Any) -> dict[str, Any]:
    """An endorsement handed in with its file, and what it changes alone."""
    stated = {"subjectId": deposit, "extends": guarantee, **ENDORSEMENT, **fields}
    stated["materials"] = await handler.materials("guarantee_letter")
    selection = "... on LetterSubmission { id state guaranteeNumber extends { id } endorsementNumber }"
    return await handler.act("submitLetter", "SubmitLetterInput", selection, **stated)


async def ordered_deposit(handler: Person, officer: Person, banker: Person) -> tuple[str, str]:
    """A deposit that a letter ordered on the platform secures, and the letter."""
    deposit = await open_deposit(handler, officer)
    assert (await apply_to_bank(handler, deposit, await bank_of(handler)))["__typename"] == "GuaranteeOrder"
    [review] = await queue(banker)
    return deposit, (await give_back(banker, review["case"]["id"]))["id"]


async def warn(app: Application, day) -> int:
    return await expiry.warn_of_all(platform_acts(app.services, datetime.combine(day, time(3), CHINA)))


def warned(shown: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(one["code"], *one["path"]) for case in shown["letterSubmissions"] for one in case["warnings"]]


@pytest.mark.rows("BX-127")
async def test_the_bank_extends_its_letter_under_the_same_number(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit, letter = await ordered_deposit(handler, officer, banker)
    project = await project_of(handler, deposit)
    assert await warn(app, YEAR_ENDS - timedelta(days=10)) == 1
    assert (await record(officer, deposit, usedOn=str(TODAY)))["__typename"] == "DepositUse"

    assert (await extend(handler, letter))["__typename"] == "NotAllowed"
    assert (await extend(banker, letter, endsOn=str(YEAR_ENDS)))["path"] == ["endsOn"]
    assert (await extend(banker, letter, fee="-1.00"))["path"] == ["fee"]
    assert (await extend(banker, letter, endorsementNumber=" "))["path"] == ["endorsementNumber"]
    assert (await extend(banker, letter, expectedRevision=7))["code"] == "CONFLICT"
    assert broken(await extend(banker, letter, amount="599999.99")) == {"amount": "GUARANTEE_TOO_LOW"}
    ordered = await endorse(handler, deposit, letter)
    assert ordered["message"] == "该保函由机构在平台开立，请联系该机构在平台延长。"

    extended = await extend(banker, letter, amount="700000.00", fee="3500.00", expectedRevision=1)
    assert extended["__typename"] == "Guarantee", extended
    assert (extended["guaranteeNumber"], extended["endsOn"], extended["revision"]) == ("YS-0001", str(LATER), 2)
    shown = await show(officer, deposit, SHOWN)
    assert (shown["state"], shown["securedAmount"]) == ("TO_REPLENISH", "700000.00")
    [guarantee] = shown["guarantees"]
    assert [(v["versionNumber"], v["endorsementNumber"], v["amount"], v["endsOn"]) for v in guarantee["versions"]] == [
        (1, None, "600000.00", str(YEAR_ENDS)),
        (2, "批2026-1", "700000.00", str(LATER)),
    ]
    assert await warn(app, YEAR_ENDS - timedelta(days=10)) == 0
    assert await warn(app, LATER - timedelta(days=10)) == 1
    alerts = (await officer.ask(STEPS, id=project))["alerts"]
    assert sorted((alert["endsOn"], alert["state"]) for alert in alerts) == [
        (str(YEAR_ENDS), "CLEARED"),
        (str(LATER), "OPEN"),
    ]


@pytest.mark.rows("BX-127")
async def test_the_endorsement_of_a_letter_handed_in_is_reviewed(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await secured_deposit(handler, officer)
    [guarantee] = (await show(handler, deposit, SHOWN))["guarantees"]
    letter = guarantee["id"]
    other = await endorse(handler, deposit, letter, guaranteeNumber="YS-OTHER")
    assert other["path"] == ["guaranteeNumber"]
    assert (await endorse(handler, deposit, letter, endorsementNumber=None))["path"] == ["endorsementNumber"]
    assert (await endorse(handler, deposit, None))["path"] == ["endorsementNumber"]
    assert broken(await endorse(handler, deposit, letter, amount="1.00")) == {"amount": "GUARANTEE_TOO_LOW"}
    assert (await extend(banker, letter))["__typename"] == "NotFound"

    handed_in = await endorse(handler, deposit, letter)
    assert (handed_in["state"], handed_in["guaranteeNumber"], handed_in["extends"]) == (
        "SUBMITTED",
        "YS-0001",
        {"id": letter},
    )
    assert (await show(handler, deposit, SHOWN))["guarantees"] == [guarantee]
    await approve(officer)
    [extended] = (await show(handler, deposit, SHOWN))["guarantees"]
    assert (extended["id"], extended["endsOn"], len(extended["versions"])) == (letter, str(LATER), 2)
    again = await endorse(handler, deposit, letter, endorsementNumber="批2026-2", endsOn=str(LATER))
    assert again["path"] == ["endsOn"]


async def test_an_endorsement_issued_in_time_is_approved_after_the_letters_last_day(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    [guarantee] = (await show(handler, deposit, SHOWN))["guarantees"]
    assert (await endorse(handler, deposit, guarantee["id"]))["state"] == "SUBMITTED"
    passed = platform_acts(app.services, datetime.combine(YEAR_ENDS + timedelta(days=1), time(3), CHINA))
    assert await expiry.pass_day(passed) == 1
    assert (await show(officer, deposit, "state"))["state"] == "UNSECURED"
    await approve(officer)
    shown = await show(officer, deposit, SHOWN)
    assert (shown["state"], shown["guarantees"][0]["guaranteeState"]) == ("SECURED", "IN_FORCE")


async def test_a_letter_that_ends_before_the_works_or_leaves_a_gap_is_warned_of(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    assert warned(await show(officer, deposit, WARNED)) == []
    expected = {"expectedCompletedOn": str(LATER + timedelta(days=1)), "actualCompletedOn": None}
    await complete(handler, await project_of(handler, deposit), **expected)
    late = {"startsOn": str(YEAR_ENDS + timedelta(days=2)), "endsOn": str(YEAR_ENDS + timedelta(days=400))}
    gap = await hand_in(handler, deposit, guaranteeNumber="YS-GAP", **late)
    assert gap["state"] == "SUBMITTED"
    assert warned(await show(officer, deposit, WARNED)) == [("GUARANTEE_GAP", "startsOn")]
    [reviewed] = await queue(officer)
    rejected = {"reviewId": reviewed["id"], "reason": "有空档"}
    await officer.act("rejectReview", "RejectReviewInput", "... on Review { id }", **rejected)
    [guarantee] = (await show(handler, deposit, SHOWN))["guarantees"]
    assert (await endorse(handler, deposit, guarantee["id"]))["state"] == "SUBMITTED"
    assert sorted(warned(await show(officer, deposit, WARNED))) == [
        ("GUARANTEE_GAP", "startsOn"),
        ("VALIDITY_SHORTER_THAN_WORKS", "endsOn"),
    ]


async def test_a_letter_in_favour_of_another_office_is_told_to_both(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit, letter = await ordered_deposit(handler, officer, banker)
    project = await project_of(handler, deposit)
    assert "letter_submission" not in [step["code"] for step in (await handler.ask(STEPS, id=project))["nextSteps"]]
    async with app.services.db.write() as session:  # as if another office supervised since
        await session.execute(update(Guarantee).values(beneficiary_id=None))
    for person in (handler, officer):
        said = [step["sentence"] for step in (await person.ask(STEPS, id=project))["nextSteps"]]
        assert "保函的受益人不是现在的监管单位，请上传以其为受益人的新保函。" in said
    assert (await extend(banker, letter))["__typename"] == "Guarantee"
    told = await show(officer, deposit, "guarantees { beneficiaryDiffers warnings { code message } }")
    [guarantee] = told["guarantees"]
    assert guarantee["beneficiaryDiffers"]
    assert [one["code"] for one in guarantee["warnings"]] == ["BENEFICIARY_DIFFERS"]


@pytest.mark.rows("BX-066")
async def test_the_issuer_of_a_letter_is_chosen_among_the_citys_institutions(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    async with app.services.db.write() as session:
        act = platform_act(session, app.services.rulesets)
        for region, name, number in (("210500", "演示银行溪湖支行", 91), ("440100", "演示银行广州分行", 92)):
            kind, code = InstitutionKind.BANK, uscc.make(number)
            await institutions.enter(act, kind=kind, name=name, uscc=code, region_codes=[region])
    offered = "query ($city: String) { institutions(city: $city, kind: BANK) { nodes { id name } } }"
    found = {}
    for city in ("benxi", "guangzhou"):
        found[city] = {one["name"]: one["id"] for one in (await handler.ask(offered, city=city))["nodes"]}
    assert ("演示银行溪湖支行" in found["benxi"], "演示银行广州分行" in found["benxi"]) == (True, False)
    deposit = await open_deposit(handler, officer)
    elsewhere = await hand_in(handler, deposit, institutionId=found["guangzhou"]["演示银行广州分行"], issuer=None)
    assert (elsewhere["path"], elsewhere["message"]) == (
        ["institutionId"],
        "“演示银行广州分行”未在该城市开展业务，请在该城市的机构中重新选择。",
    )
    assert broken(await hand_in(handler, deposit, issuer=None)) == {"issuer": "FIELD_REQUIRED"}
    chosen = await hand_in(handler, deposit, institutionId=found["benxi"]["演示银行溪湖支行"], issuer=None)
    assert chosen["state"] == "SUBMITTED"
    await approve(officer)
    [guarantee] = (await show(officer, deposit, "guarantees { issuer institution { name } }"))["guarantees"]
    assert guarantee == {"issuer": "演示银行溪湖支行", "institution": {"name": "演示银行溪湖支行"}}


@pytest.mark.rows("BX-127")
async def test_what_the_alert_asks_for_is_offered_and_done(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    near = TODAY + timedelta(days=20)
    planned = {"plannedStart": str(near - timedelta(days=400)), "plannedEnd": str(near), "durationDays": 401}
    deposit = await open_deposit(handler, officer, planned)
    days = {"startsOn": str(near - timedelta(days=400)), "issuedOn": str(near - timedelta(days=400))}
    await hand_in(handler, deposit, endsOn=str(near), **days)
    await approve(officer)
    project = await project_of(handler, deposit)
    assert await warn(app, TODAY) == 1
    steps = (await handler.ask(STEPS, id=project))["nextSteps"]
    said = {step["code"]: step["sentence"] for step in steps}
    assert said["letter_submission"] == f"保函将于 {near} 到期，请上传延长有效期的批单或新的保函。"
    assert said["guarantee_order"] == "请在保函到期前选择银行申请开立新的保函。"
    [guarantee] = (await show(handler, deposit, SHOWN))["guarantees"]
    assert (await endorse(handler, deposit, guarantee["id"]))["state"] == "SUBMITTED"
    assert "wait" in [step["code"] for step in (await handler.ask(STEPS, id=project))["nextSteps"]]
    await approve(officer)
    shown = await handler.ask(STEPS, id=project)
    assert not {"letter_submission", "guarantee_order", "wait"} & {step["code"] for step in shown["nextSteps"]}
    assert [alert["state"] for alert in shown["alerts"]] == ["CLEARED"]

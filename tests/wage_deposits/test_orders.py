"""The bank's channel: the enterprise applies, the bank returns the letter or refuses (BX-060, BX-061)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import uscc
from core.identity.models import InstitutionKind
from core.institutions import actions as institutions
from core.notifications.models import Message
from tests.helpers.acts import approve, reject
from tests.helpers.app import Application
from tests.helpers.deposits import (
    ASKED,
    RETURNED,
    YEAR_ENDS,
    apply_to_bank,
    broken,
    give_back,
    hand_in,
    open_deposit,
    project_of,
    queue,
    show,
    sources,
)
from tests.helpers.people import Person
from tests.helpers.platform import platform_act

LAW = "工程建设领域农民工工资保证金规定"
CONVENTION = "安薪平台业务约定"
BANKS = "query ($kind: InstitutionKind) { institutions(kind: $kind) { totalCount nodes { id name institutionKind } } }"
BLOCK = (
    "state guaranteeBlock { channel channelLabel letter { __typename state reason } channels { channel available } }"
)
STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code sentence actor } } } }"


async def bank_of(person: Person, name: str = "演示银行本溪分行") -> str:
    [found] = [bank for bank in (await person.ask(BANKS, kind="BANK"))["nodes"] if bank["name"] == name]
    return found["id"]


async def insurer(app: Application) -> None:
    async with app.services.db.write() as session:
        act, kind = platform_act(session, app.services.rulesets), InstitutionKind.INSURER
        await institutions.enter(act, kind=kind, name="演示财产保险", uscc=uscc.make(77))


@pytest.mark.rows("BX-060", "BX-061")
async def test_the_bank_returns_its_letter_and_the_deposit_is_secured(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    project = await project_of(handler, deposit)
    assert [step["code"] for step in (await handler.ask(STEPS, id=project))["nextSteps"]][:2] == [
        "guarantee_order",
        "letter_submission",
    ]

    applied = await apply_to_bank(handler, deposit, bank, remarks="请尽快办理")
    assert applied == {
        "__typename": "GuaranteeOrder",
        "id": applied["id"],
        "state": "SUBMITTED",
        "institution": {"name": "演示银行本溪分行"},
        "hrssOffice": {"name": "辽宁省本溪市人力资源和社会保障局"},
        "projectName": "演示住宅小区一期",
        "amountDue": "600000.00",
    }
    [step] = (await handler.ask(STEPS, id=project))["nextSteps"][:1]
    assert step == {
        "code": "wait",
        "sentence": "银行保函办理已提交，等待金融机构经办人员审核。",
        "actor": "INSTITUTION_STAFF",
    }
    [waiting] = await queue(banker)
    assert (waiting["procedure"], waiting["title"]) == ("guarantee_order", "演示住宅小区一期")
    case = "query ($id: ID!) { node(id: $id) { ... on GuaranteeOrder { remarks contractor { name } subject { id } } } }"
    seen_by_bank = await banker.ask(case, id=applied["id"])
    assert seen_by_bank == {"remarks": "请尽快办理", "contractor": {"name": "演示建筑有限公司"}, "subject": None}

    file = await banker.materials("guarantee_letter")
    returned = await give_back(banker, waiting["case"]["id"], amount="620000.00", materials=file)
    assert returned == {
        "__typename": "Guarantee",
        "id": returned["id"],
        "guaranteeState": "IN_FORCE",
        "guaranteeNumber": "YS-0001",
        "amount": "620000.00",
        "fee": "3000.00",
        "endsOn": str(YEAR_ENDS),
    }
    for person in (handler, officer):
        shown = await show(
            person, deposit, f"{BLOCK} securedAmount orders {{ guarantee {{ guaranteeNumber }} documents {{ id }} }}"
        )
        assert (shown["state"], shown["securedAmount"]) == ("SECURED", "620000.00")
        assert shown["guaranteeBlock"]["channelLabel"] == "银行保函办理"
        assert shown["guaranteeBlock"]["letter"] == {
            "__typename": "GuaranteeOrder",
            "state": "APPROVED",
            "reason": None,
        }
        [letter] = shown["orders"]
        assert letter == {"guarantee": {"guaranteeNumber": "YS-0001"}, "documents": [{"id": file[0]["documents"][0]}]}
    async with app.services.db.read_everything() as session:
        mail = select(Message.body).where(Message.notice == "bank_guarantee_returned", Message.channel == "email")
        [body] = await session.scalars(mail)
    assert "由演示银行本溪分行开立，保函号 YS-0001，保额 620,000.00 元" in body
    again = await give_back(banker, waiting["case"]["id"])
    assert (again["code"], "已办结" in again["message"]) == ("CONFLICT", True)


@pytest.mark.rows("BX-061")
async def test_an_application_to_a_bank_says_all_that_it_lacks(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    await app.banker()
    await insurer(app)
    deposit = await open_deposit(handler, officer)
    listed = await handler.ask(BANKS)
    assert [(each["name"], each["institutionKind"]) for each in listed["nodes"]] == [
        ("演示银行本溪分行", "BANK"),
        ("演示财产保险", "INSURER"),
    ]
    assert (await handler.ask(BANKS, kind="BANK"))["totalCount"] == 1
    refused = await app.stranger.post(BANKS)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    empty = await apply_to_bank(handler, deposit, None, **dict.fromkeys(ASKED))
    assert broken(empty) == dict.fromkeys(
        ("institutionIds", "contact", "mobile", "amount", "startsOn", "endsOn"), "FIELD_REQUIRED"
    )
    assert sources(empty)["contact"] == f"{CONVENTION} 银行保函申请信息（BX-061）"
    bank = await bank_of(handler)
    poor = await apply_to_bank(handler, deposit, bank, amount="599999.99", endsOn=str(YEAR_ENDS - timedelta(days=1)))
    assert broken(poor) == {"amount": "GUARANTEE_TOO_LOW", "endsOn": "VALIDITY_TOO_SHORT"}
    assert sources(poor) == {"amount": f"{LAW} 第十五条", "endsOn": f"{LAW} 第十七条"}
    wrong_kind = await apply_to_bank(handler, deposit, listed["nodes"][1]["id"])
    assert (wrong_kind["path"], wrong_kind["message"]) == (["institutionIds"], "“演示财产保险”不是银行，请重新选择。")
    assert (await apply_to_bank(handler, deposit, deposit))["code"] == "NOT_FOUND"
    assert (await apply_to_bank(officer, deposit, bank))["code"] == "FORBIDDEN"
    assert (await apply_to_bank(app.stranger, deposit, bank))["code"] == "UNAUTHENTICATED"
    other = await app.handler(seed=2, name="另一建筑有限公司")
    assert (await apply_to_bank(other, deposit, bank))["code"] == "NOT_FOUND"


@pytest.mark.rows("BX-061")
async def test_only_the_chosen_bank_answers_and_only_with_a_letter_that_holds(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    rival = await app.banker("另一银行本溪分行")
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    applied = await apply_to_bank(handler, deposit, bank)
    assert await queue(officer) == await queue(rival) == []
    [waiting] = await queue(banker)
    assert await rival.ask("query ($id: ID!) { node(id: $id) { id } }", id=applied["id"]) is None
    assert (await give_back(rival, waiting["case"]["id"]))["code"] == "NOT_FOUND"
    assert (await give_back(officer, waiting["case"]["id"]))["code"] == "FORBIDDEN"
    own = await give_back(handler, waiting["case"]["id"])
    assert (own["code"], own["message"]) == (
        "FORBIDDEN",
        "您当前的身份不能开立保函，须由金融机构经办人员办理。",
    )
    bare = await approve(banker)
    assert bare["message"] == "银行尚未开立保函，不能直接通过，请填报所开立的保函。"

    empty = await give_back(banker, waiting["case"]["id"], **dict.fromkeys(RETURNED))
    assert broken(empty) == dict.fromkeys(
        ("guaranteeNumber", "amount", "fee", "issuedOn", "startsOn", "endsOn"), "FIELD_REQUIRED"
    )
    files = [await banker.materials("guarantee_letter") for _ in range(2)]
    two = [{"code": "guarantee_letter", "documents": [each["documents"][0] for [each] in files]}]
    poor = await give_back(
        banker, waiting["case"]["id"], amount="599999.99", endsOn=str(YEAR_ENDS - timedelta(days=1)), materials=two
    )
    assert broken(poor) == {
        "amount": "GUARANTEE_TOO_LOW",
        "endsOn": "VALIDITY_TOO_SHORT",
        "materials.guarantee_letter": "TOO_MANY_FILES",
    }
    assert (await show(handler, deposit, BLOCK))["guaranteeBlock"]["letter"]["state"] == "SUBMITTED"
    foreign = await give_back(banker, waiting["case"]["id"], materials=await rival.materials("guarantee_letter"))
    assert foreign["code"] == "NOT_FOUND"
    assert (await give_back(banker, waiting["case"]["id"]))["guaranteeState"] == "IN_FORCE"


@pytest.mark.rows("BX-060", "BX-061", "BX-076")
async def test_after_a_refusal_another_bank_or_a_letter_of_ones_own_will_do(app: Application) -> None:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    other = await app.banker("另一银行本溪分行")
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    await apply_to_bank(handler, deposit, bank)
    for second in (await apply_to_bank(handler, deposit, bank), await hand_in(handler, deposit)):
        assert second["message"] == "该保证金的银行保函正在办理，请等待办理结果。"
    silent = await reject(banker, " ")
    assert (silent["__typename"], silent["message"]) == ("InvalidInput", "驳回必须写明原因。")
    refused = await reject(banker, "授信额度不足")
    assert refused["case"]["state"] == "REJECTED"
    block = (await show(handler, deposit, BLOCK))["guaranteeBlock"]
    assert block["letter"] == {"__typename": "GuaranteeOrder", "state": "REJECTED", "reason": "授信额度不足"}
    assert [each["channel"] for each in block["channels"] if each["available"]] == ["BANK_GUARANTEE", "OFFLINE_UPLOAD"]
    async with app.services.db.read_everything() as session:
        [body] = await session.scalars(
            select(Message.body).where(Message.notice == "bank_guarantee_refused", Message.channel == "email")
        )
    assert body.startswith("演示银行本溪分行未受理演示住宅小区一期的保函申请：授信额度不足。")

    assert (await apply_to_bank(handler, deposit, await bank_of(handler, "另一银行本溪分行")))["state"] == "SUBMITTED"
    assert (await queue(banker), len(await queue(other))) == ([], 1)
    await reject(other, "资料不全")
    assert (await hand_in(handler, deposit))["state"] == "SUBMITTED"
    await approve(officer)
    shown = await show(handler, deposit, BLOCK)
    assert (shown["state"], shown["guaranteeBlock"]["channel"]) == ("SECURED", "OFFLINE_UPLOAD")


async def test_of_two_channels_taken_at_once_one_is_under_way(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    await app.banker()
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    answers = await asyncio.gather(
        apply_to_bank(handler, deposit, bank), hand_in(handler, deposit), apply_to_bank(handler, deposit, bank)
    )
    assert sorted(answer.get("code", "won") for answer in answers) == ["CONFLICT", "CONFLICT", "won"]
    shown = await show(handler, deposit, "orders { id } letterSubmissions { id }")
    assert len(shown["orders"]) + len(shown["letterSubmissions"]) == 1


async def test_of_two_at_the_bank_who_answer_at_once_one_does(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    banker, colleague = await app.banker(), await app.banker()
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    await apply_to_bank(handler, deposit, bank)
    [waiting] = await queue(banker)
    answers = await asyncio.gather(give_back(banker, waiting["case"]["id"]), reject(colleague, "额度不足"))
    assert sorted(answer.get("code", "won") for answer in answers) == ["CONFLICT", "won"]
    returned = answers[0]["__typename"] == "Guarantee"
    shown = await show(handler, deposit, "state orders { state }")
    assert shown["state"] == ("SECURED" if returned else "AWAITING_PAYMENT")
    assert shown["orders"] == [{"state": "APPROVED" if returned else "REJECTED"}]

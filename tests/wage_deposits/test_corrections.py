"""A refused filing: what was paid is put right while it stands, reviewed, and put on record again."""

from typing import Any

import pytest

from tests.contractor_records.test_contractor_records import XIAMEN, enter
from tests.contractor_records.test_contractor_records import submit as declare
from tests.helpers.acts import approve, reject, withdraw
from tests.helpers.app import Application
from tests.helpers.deposits import (
    LETTER,
    SAMPLE,
    broken,
    cancel,
    complete,
    hand_in,
    open_deposit,
    project_of,
    report_cash,
    secured_deposit,
    show,
    submit_filing,
)
from tests.helpers.people import Person

STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code sentence } } } }"
STANDING = "state securedAmount filingStatus"
LETTERS = """letterSubmissions { id state correctedLetter { id } guarantee { id } }
  guarantees { id guaranteeState guaranteeNumber amount endsOn versions { versionNumber amount endsOn } }"""


async def steps(person: Person, deposit: str) -> dict[str, str]:
    found = await person.ask(STEPS, id=await project_of(person, deposit))
    return {step["code"]: step["sentence"] for step in found["nextSteps"]}


async def refuse_filing(handler: Person, officer: Person, deposit: str, reason: str) -> None:
    assert (await submit_filing(handler, deposit))["state"] == "SUBMITTED"
    await reject(officer, reason)


@pytest.mark.rows("BX-108", "BX-110")
async def test_a_letter_is_corrected_after_its_filing_was_refused_and_stands_meanwhile(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    [letter] = (await show(handler, deposit, LETTERS))["letterSubmissions"]
    early = await hand_in(handler, deposit, correcting=letter["id"])
    assert early["message"] == "该保证金的备案没有被驳回，已审核通过的线下保函不能更正。"
    await refuse_filing(handler, officer, deposit, "保函金额有误")
    assert await steps(handler, deposit) == {
        "filing": "备案被驳回：保函金额有误。核对后请重新发起备案。",
        "letter_submission": "备案被驳回：保函金额有误。保函信息有误的，请更正后重新提交，原保函仍然有效。",
        "progress": "可填报工程进度。",
    }
    other = await app.handler(seed=2, name="另一建筑有限公司")
    for person, code in ((other, "NOT_FOUND"), (officer, "FORBIDDEN"), (app.stranger, "UNAUTHENTICATED")):
        assert (await hand_in(person, deposit, correcting=letter["id"], materials=[]))["code"] == code
    low = await hand_in(handler, deposit, correcting=letter["id"], amount="599999.99")
    assert broken(low) == {"amount": "GUARANTEE_TOO_LOW"}
    outdated = await hand_in(handler, deposit, correcting=letter["id"], expectedRevision=9)
    assert outdated["path"] == ["expectedRevision"]

    taken = await hand_in(handler, deposit, correcting=letter["id"], amount="610000.00")
    assert taken["id"] != letter["id"], "what was found good stays to be read"
    assert (await show(handler, deposit, STANDING)) == {
        "state": "SECURED",
        "securedAmount": "600000.00",
        "filingStatus": "UNFILED",
    }
    assert list(await steps(handler, deposit)) == ["wait", "progress"]
    meanwhile = "该保证金的线下保函正在办理，请等待办理结果。"
    assert (await submit_filing(handler, deposit))["message"] == meanwhile
    await complete(handler, await project_of(handler, deposit))
    assert (await cancel(handler, deposit))["message"] == meanwhile
    await withdraw(handler, taken["id"])
    again = await hand_in(handler, deposit, correcting=letter["id"], amount="620000.00")
    await reject(officer, "附件不清晰")
    assert (await steps(handler, deposit))["letter_submission"] == "保单保函上传被驳回：附件不清晰。请更正后重新提交。"
    fixed = {"amount": "620000.00", "guaranteeNumber": "YS-0009", "endsOn": str(LETTER["endsOn"])}
    assert (await hand_in(handler, deposit, correcting=again["id"], **fixed))["id"] == again["id"]
    await approve(officer)
    shown = await show(handler, deposit, f"{STANDING} {LETTERS}")
    [guarantee] = shown["guarantees"]
    assert (shown["state"], shown["securedAmount"], shown["filingStatus"]) == ("SECURED", "620000.00", "UNFILED")
    assert (guarantee["guaranteeState"], guarantee["guaranteeNumber"]) == ("IN_FORCE", "YS-0009")
    assert [(one["versionNumber"], one["amount"]) for one in guarantee["versions"]] == [
        (1, "600000.00"),
        (2, "620000.00"),
    ]
    assert [(one["state"], one["correctedLetter"], one["guarantee"]) for one in shown["letterSubmissions"]] == [
        ("APPROVED", None, None),
        ("WITHDRAWN", {"id": letter["id"]}, None),
        ("APPROVED", {"id": letter["id"]}, {"id": guarantee["id"]}),
    ]
    sentence = "备案曾被驳回：保函金额有误。更正已审核通过，请重新发起备案。"
    assert (await steps(handler, deposit))["filing"] == sentence
    late = await hand_in(handler, deposit, correcting=letter["id"])
    assert late["state"] == "SUBMITTED"
    refused = await approve(officer)
    assert refused["message"] == "该线下保函所更正的保函已经失效或另有更正，请核对。"
    await reject(officer, "已另有更正")
    await submit_filing(handler, deposit)
    await approve(officer)
    assert (await show(handler, deposit, STANDING))["filingStatus"] == "FILED"
    over = await hand_in(handler, deposit, correcting=again["id"])
    assert over["code"] == "CONFLICT"


@pytest.mark.rows("BX-108", "BX-110")
async def test_cash_is_corrected_after_its_filing_was_refused_and_stands_meanwhile(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await open_deposit(handler, officer, **SAMPLE)
    paid = await report_cash(handler, deposit)
    await approve(officer)
    early = await report_cash(handler, deposit, correcting=paid["id"])
    assert early["message"] == "该保证金的备案没有被驳回，已审核通过的现金缴纳不能更正。"
    await refuse_filing(handler, officer, deposit, "账号与回单不符")
    sentence = "备案被驳回：账号与回单不符。缴存信息有误的，请更正后重新提交，原缴存仍然有效。"
    assert (await steps(handler, deposit))["cash_payment"] == sentence
    assert broken(await report_cash(handler, deposit, correcting=paid["id"], bank=None)) == {"bank": "FIELD_REQUIRED"}
    assert (await report_cash(handler, deposit))["code"] == "CONFLICT"
    right = await report_cash(handler, deposit, correcting=paid["id"], accountNumber="6222029999999999999")
    assert (await show(handler, deposit, STANDING))["state"] == "SECURED"
    await approve(officer)
    payments = "cashPayments { id state accountNumber correctedPayment { id } }"
    shown = (await show(handler, deposit, payments))["cashPayments"]
    assert [(one["id"], one["state"], one["correctedPayment"]) for one in shown] == [
        (paid["id"], "APPROVED", None),
        (right["id"], "APPROVED", {"id": paid["id"]}),
    ]
    await submit_filing(handler, deposit)
    await approve(officer)
    assert (await show(handler, deposit, STANDING)) == {
        "state": "SECURED",
        "securedAmount": "1100.00",
        "filingStatus": "FILED",
    }


async def pay_in_xiamen(handler: Person, **fields: Any) -> dict[str, Any]:
    [deposit] = (await handler.ask("{ wageDeposits { nodes { id } } }"))["nodes"]
    agreement = await handler.materials("deposit_agreement")
    return await report_cash(handler, deposit["id"], amount="1500000.00", materials=agreement, **fields)


@pytest.mark.rows("XM-24")
async def test_in_xiamen_cash_is_on_record_with_the_bureau_once_it_is_approved(app: Application):
    handler, officer = await app.handler(), await app.officer(XIAMEN)
    project, _ = await enter(handler)
    await declare(handler, project, paymentMethod="CASH")
    await approve(officer)
    [deposit] = (await handler.ask("{ wageDeposits { nodes { id } } }"))["nodes"]
    needless = "该保证金在缴纳审核通过时自动备案，不需要另行申请。"
    assert (await submit_filing(handler, deposit["id"]))["message"] == needless
    paid = await pay_in_xiamen(handler)
    await reject(officer, "协议书不清晰")
    assert (await show(handler, deposit["id"], STANDING))["filingStatus"] == "UNFILED"
    assert (await pay_in_xiamen(handler, correcting=paid["id"]))["id"] == paid["id"]
    await approve(officer)
    assert (await show(handler, deposit["id"], STANDING)) == {
        "state": "SECURED",
        "securedAmount": "1500000.00",
        "filingStatus": "FILED",
    }
    listed = "{ filings { nodes { kindLabel state decidedAt wageDeposit { id filedAt } } } }"
    for person in (handler, officer):
        [filing] = (await person.ask(listed))["nodes"]
        assert (filing["kindLabel"], filing["state"]) == ("自动备案", "APPROVED")
        assert filing["wageDeposit"] == {"id": deposit["id"], "filedAt": filing["decidedAt"]}
    assert (await submit_filing(handler, deposit["id"]))["message"] == "该工资保证金已备案，不能再次备案。"
    assert (await report_cash(handler, deposit["id"], correcting=paid["id"]))["code"] == "CONFLICT"
    assert await steps(handler, deposit["id"]) == {"progress": "可填报工程进度。"}
    trail = await officer.ask("{ auditTrail(first: 20) { nodes { act } } }")
    assert "wage_deposit.file_automatically" in [entry["act"] for entry in trail["nodes"]]
    messages = (await handler.ask("{ messages { nodes { body } } }"))["nodes"]
    assert "演示住宅小区一期的保证金缴纳材料已通过审核，保证金已自动备案。" in [one["body"] for one in messages]

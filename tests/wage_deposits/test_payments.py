"""Securing a deposit by cash or by a letter obtained offline (BX-062 to BX-070, BX-075, BX-076)."""

import asyncio
from datetime import timedelta

import pytest

from core.documents.models import Document
from core.reviews import rules
from tests.helpers.acts import approve, reject
from tests.helpers.app import Application
from tests.helpers.deposits import (
    LETTER,
    STARTS,
    TODAY,
    YEAR_ENDS,
    broken,
    hand_in,
    open_deposit,
    queue,
    show,
    sources,
)

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
LAW = "工程建设领域农民工工资保证金规定"
FORM = {
    "kind": "2.2.1（BX-064）",
    "contact": "2.2.1（BX-065）",
    "mobile": "2.2.1（BX-065）",
    "bankBrand": "2.2.1（BX-066）",
    "issuer": "2.2.1（BX-066）",
    "guaranteeNumber": "2.2.1（BX-067）",
    "amount": "2.2.1（BX-068）",
    "fee": "2.2.1（BX-068）",
    "issuedOn": "2.2.1（BX-069）",
    "startsOn": "2.2.1（BX-069）",
    "endsOn": "2.2.1（BX-069）",
    "materials.guarantee_letter": "2.2.1 保单保函上传（BX-070）",
}
LONG = {"plannedStart": str(STARTS), "plannedEnd": str(YEAR_ENDS + timedelta(days=30)), "durationDays": 395}


@pytest.mark.rows("BX-062", "BX-063", "BX-064", "BX-065", "BX-067", "BX-068", "BX-069", "BX-070")
async def test_a_letter_obtained_offline_goes_to_review_with_every_field_and_one_file(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await open_deposit(handler, officer)
    shown = await show(handler, deposit, "project { name contractor { name } }")
    assert shown["project"] == {"name": "演示住宅小区一期", "contractor": {"name": "演示建筑有限公司"}}

    empty = await hand_in(handler, deposit, materials=[], **dict.fromkeys(LETTER))
    assert sources(empty) == {at: f"{MANUAL} {locator}" for at, locator in FORM.items()}
    assert set(broken(empty).values()) == {"FIELD_REQUIRED", "MATERIAL_REQUIRED"}
    [letter] = await handler.materials("guarantee_letter")
    [second] = await handler.materials("guarantee_letter")
    two = [{"code": "guarantee_letter", "documents": letter["documents"] + second["documents"]}]
    wrong = await hand_in(handler, deposit, mobile="12345", fee="-1.00", materials=two)
    assert broken(wrong) == {
        "mobile": "FIELD_INVALID",
        "fee": "FIELD_INVALID",
        "materials.guarantee_letter": "TOO_MANY_FILES",
    }
    other = await hand_in(handler, deposit, materials=[letter, {"code": "licence", "documents": []}])
    assert broken(other) == {"materials.licence": "UNKNOWN_MATERIAL"}
    for fields, at in (
        ({"endsOn": str(STARTS - timedelta(days=1))}, "endsOn"),
        ({"startsOn": "2023-01-01", "endsOn": "2024-12-31"}, "endsOn"),
        ({"issuedOn": str(TODAY + timedelta(days=1))}, "issuedOn"),
    ):
        impossible = await hand_in(handler, deposit, **fields)
        assert (impossible["__typename"], impossible["path"]) == ("InvalidInput", [at])
    assert (await show(handler, deposit, "letterSubmissions { id }"))["letterSubmissions"] == []

    handed_in = await hand_in(handler, deposit, materials=[letter])
    assert (handed_in["state"], handed_in["productName"]) == ("SUBMITTED", "农民工工资支付银行保函")
    assert [(row["procedure"], row["title"]) for row in await queue(officer)] == [
        ("letter_submission", "演示住宅小区一期")
    ]
    seen = await show(officer, deposit, "letterSubmissions { kind kindLabel issuer fee documents { id material } }")
    [document] = seen["letterSubmissions"][0].pop("documents")
    assert document == {"id": letter["documents"][0], "material": "guarantee_letter"}
    assert seen["letterSubmissions"] == [
        {"kind": "bank_guarantee", "kindLabel": "银行保函", "issuer": "演示银行本溪分行", "fee": "3000.00"}
    ]


@pytest.mark.rows("BX-070")
async def test_a_letters_file_may_have_a_hundred_megabytes_and_no_byte_more(app: Application) -> None:
    benxi = app.services.rulesets.of("benxi")
    for size, found in ((100 * 1024 * 1024, []), (100 * 1024 * 1024 + 1, ["FILE_TOO_LARGE"])):
        files = {"guarantee_letter": [Document(name="保函.pdf", size=size)]}
        violations = rules.violations(benxi, "letter_submission", {}, files, TODAY)
        assert [each.code for each in violations if each.path == ("materials", "guarantee_letter")] == found


async def test_a_letter_is_for_no_less_than_is_due_and_no_shorter_than_a_year_and_the_contract(
    app: Application,
) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit, longer = await open_deposit(handler, officer), await open_deposit(handler, officer, LONG)
    low = await hand_in(handler, deposit, amount="599999.99")
    assert broken(low) == {"amount": "GUARANTEE_TOO_LOW"}
    assert sources(low) == {"amount": f"{LAW} 第十五条"}
    assert "低于保证金应缴金额 600,000.00 元" in low["message"]
    short = await hand_in(handler, deposit, endsOn=str(YEAR_ENDS - timedelta(days=1)))
    assert broken(short) == {"endsOn": "VALIDITY_TOO_SHORT"}
    assert sources(short) == {"endsOn": f"{LAW} 第十七条"}
    assert (await hand_in(handler, deposit))["state"] == "SUBMITTED"

    enough = YEAR_ENDS + timedelta(days=30)
    short = await hand_in(handler, longer, endsOn=str(enough - timedelta(days=1)))
    assert broken(short) == {"endsOn": "VALIDITY_SHORTER_THAN_CONTRACT"}
    assert sources(short) == {"endsOn": f"{LAW} 第十七条"}
    assert (await hand_in(handler, longer, endsOn=str(enough)))["state"] == "SUBMITTED"


@pytest.mark.rows("BX-062", "BX-075", "BX-076")
async def test_the_office_decides_on_a_letter_and_the_deposit_shows_it(app: Application) -> None:
    handler, officer, other = await app.handler(), await app.officer(), await app.officer("另一人社局")
    deposit = await open_deposit(handler, officer)
    offers = "channels { channel available sentence citation { locator } }"
    block = f"guaranteeBlock {{ amount channel channelLabel letter {{ __typename state }} {offers} }}"
    before = (await show(handler, deposit, block))["guaranteeBlock"]
    assert (before["amount"], before["channel"], before["letter"]) == ("600000.00", None, None)
    assert [(each["channel"], each["available"]) for each in before["channels"]] == [
        ("BANK_GUARANTEE", True),
        ("INSURANCE", False),
        ("OFFLINE_UPLOAD", True),
    ]
    assert before["channels"][1]["sentence"] == "保险办理暂未开通，请选择其他办理方式。"
    assert before["channels"][1]["citation"] == {"locator": "2.2（BX-060、BX-062、BX-072）"}

    letter = await hand_in(handler, deposit)
    again = await hand_in(handler, deposit)
    assert (again["code"], again["message"]) == (
        "CONFLICT",
        "该保证金的线下保函正在办理，请等待办理结果。",
    )
    [review] = await queue(officer)
    decide = ("approveReview", "ApproveReviewInput", "... on Review { id }")
    assert (await handler.act(*decide, reviewId=review["id"]))["code"] == "FORBIDDEN"
    assert (await other.act(*decide, reviewId=review["id"]))["code"] == "NOT_FOUND"
    assert (await app.stranger.act(*decide, reviewId=review["id"]))["code"] == "UNAUTHENTICATED"
    during = (await show(handler, deposit, block))["guaranteeBlock"]
    assert (during["channelLabel"], during["letter"]) == (
        "保单保函上传",
        {"__typename": "LetterSubmission", "state": "SUBMITTED"},
    )
    assert not any(each["available"] for each in during["channels"])

    await reject(officer, "保函文件不清晰")
    assert all(each["available"] for each in (await show(handler, deposit, block))["guaranteeBlock"]["channels"][::2])
    incomplete = await hand_in(handler, deposit, correcting=letter["id"], issuer=None, materials=[])
    assert broken(incomplete) == {"issuer": "FIELD_REQUIRED", "materials.guarantee_letter": "MATERIAL_REQUIRED"}
    corrected = await hand_in(handler, deposit, correcting=letter["id"], amount="650000.00")
    assert (corrected["id"], corrected["state"]) == (letter["id"], "SUBMITTED")
    await approve(officer)
    detail = await show(
        officer,
        deposit,
        "stateLabel contractAmount applicationRatio amountDue applicationType paymentMethod securedAmount handler "
        "handlerPhone createdAt securedAt filingStatus filingStatusLabel "
        f"quotaApplication {{ batchNumber decidedAt }} {block}",
    )
    assert len(detail["quotaApplication"]["batchNumber"]) == 19
    assert detail["quotaApplication"]["decidedAt"] <= detail["createdAt"] <= detail["securedAt"]
    expected = {
        "stateLabel": "已缴纳",
        "contractAmount": "20000000.00",
        "applicationRatio": "0.03",
        "amountDue": "600000.00",
        "applicationType": "ORDINARY",
        "paymentMethod": "GUARANTEE",
        "securedAmount": "650000.00",
        "handler": "张三全",
        "handlerPhone": "13455554444",
        "filingStatus": "UNFILED",
        "filingStatusLabel": "未备案",
    }
    assert {name: detail[name] for name in expected} == expected
    assert detail["guaranteeBlock"]["letter"]["state"] == "APPROVED"
    assert {each["sentence"] for each in detail["guaranteeBlock"]["channels"]} == {"保证金已缴纳，无需办理。"}
    again = await hand_in(handler, deposit)
    assert (again["path"], again["message"]) == (
        ["guaranteeNumber"],
        "“演示银行本溪分行”的保函号 YS-0001 已用于另一份保函，请核对保函号。",
    )


async def test_of_two_officers_who_decide_at_once_one_does(app: Application) -> None:
    handler, officer, colleague = await app.handler(), await app.officer(), await app.officer()
    deposit = await open_deposit(handler, officer)
    await hand_in(handler, deposit)
    [review] = await queue(officer)
    answers = await asyncio.gather(
        officer.act("approveReview", "ApproveReviewInput", "... on Review { outcome }", reviewId=review["id"]),
        colleague.act(
            "rejectReview", "RejectReviewInput", "... on Review { outcome }", reviewId=review["id"], reason="不符"
        ),
    )
    [winner] = [answer for answer in answers if answer["__typename"] == "Review"]
    [loser] = [answer for answer in answers if answer["__typename"] != "Review"]
    assert (loser["code"], loser["message"]) == ("CONFLICT", "该审核事项已办结，不能再次办理。")
    shown = await show(handler, deposit, "state letterSubmissions { state }")
    assert shown["letterSubmissions"] == [{"state": winner["outcome"]}]
    assert shown["state"] == ("SECURED" if winner["outcome"] == "APPROVED" else "AWAITING_PAYMENT")

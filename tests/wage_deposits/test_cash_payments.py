"""Securing a deposit by cash: reported by the enterprise, checked by the office (BX-036, BX-108)."""

from datetime import timedelta

import pytest

from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import (
    SAMPLE,
    TODAY,
    broken,
    hand_in,
    open_deposit,
    report_cash,
    show,
    sources,
    submit_filing,
)

LAW = "工程建设领域农民工工资保证金规定"


@pytest.mark.rows("BX-108")
async def test_cash_is_reported_checked_and_filed(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await open_deposit(handler, officer, {"contractAmount": "10000.00"}, **SAMPLE)
    assert (await show(handler, deposit, "amountDue guaranteeBlock { amount }")) == {
        "amountDue": "1100.00",
        "guaranteeBlock": None,
    }

    empty = await report_cash(handler, deposit, **dict.fromkeys(("amount", "paidOn", "bank", "accountNumber")))
    assert broken(empty) == dict.fromkeys(("amount", "paidOn", "bank", "accountNumber"), "FIELD_REQUIRED")
    low = await report_cash(handler, deposit, amount="1099.99")
    assert (broken(low), sources(low)) == ({"amount": "PAYMENT_TOO_LOW"}, {"amount": f"{LAW} 第八条"})
    future = await report_cash(handler, deposit, paidOn=str(TODAY + timedelta(days=1)))
    assert (future["__typename"], future["message"]) == ("InvalidInput", "缴存日期不能晚于今天。")
    letter = await hand_in(handler, deposit)
    assert letter["message"] == "该保证金的缴纳方式为现金，不能上传线下保函。"
    assert (await report_cash(officer, deposit))["code"] == "FORBIDDEN"
    assert (await report_cash(app.stranger, deposit))["code"] == "UNAUTHENTICATED"

    payment = await report_cash(handler, deposit)
    assert (payment["state"], payment["amount"]) == ("SUBMITTED", "1100.00")
    await reject(officer, "未到账")
    incomplete = await report_cash(handler, deposit, correcting=payment["id"], bank=None)
    assert broken(incomplete) == {"bank": "FIELD_REQUIRED"}
    assert (await report_cash(handler, deposit, correcting=payment["id"]))["id"] == payment["id"]
    await approve(officer)
    await submit_filing(handler, deposit)
    await approve(officer)
    assert await show(handler, deposit, "stateLabel filingStatusLabel securedAmount") == {
        "stateLabel": "已缴纳",
        "filingStatusLabel": "已备案",
        "securedAmount": "1100.00",
    }


async def test_what_is_not_due_in_cash_is_not_paid_in_cash(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    by_letter = await open_deposit(handler, officer)
    refused = await report_cash(handler, by_letter)
    assert refused["message"] == "该保证金的缴纳方式为保函，不能办理现金缴纳。"
    stranger = await app.handler(seed=2, name="另一建筑有限公司")
    assert (await hand_in(stranger, by_letter))["code"] == "NOT_FOUND"

    project = await enter_project(handler)
    materials = await handler.materials("business_licence", "award_notice")
    await submit_quota(
        handler, project["id"], applicationType="EXEMPT", paymentMethod=None, securedAmount=None, materials=materials
    )
    await approve(officer)
    listed = await handler.ask("{ wageDeposits(filter: {states: WAIVED}) { nodes { id } } }")
    [exempt] = [each["id"] for each in listed["nodes"]]
    for refused in (await report_cash(handler, exempt), await hand_in(handler, exempt)):
        assert (refused["code"], "该保证金无需缴纳" in refused["message"]) == ("CONFLICT", True)

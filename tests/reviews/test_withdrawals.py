"""What nobody has decided is taken back by who applied, and what it was about looks as before."""

import asyncio
from typing import Any

import pytest

from core.actor import Role
from tests.helpers.acts import approve, enter_project, submit_certification, submit_quota, withdraw
from tests.helpers.app import BENXI_HOUSING, Application
from tests.helpers.deposits import (
    SAMPLE,
    apply_to_bank,
    cancel,
    complete,
    hand_in,
    open_deposit,
    project_of,
    queue,
    report_cash,
    secured_deposit,
    show,
    submit_filing,
)
from tests.helpers.people import Person
from tests.wage_deposits.test_orders import bank_of

STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { nextSteps { code sentence } } } }"
CHANNELS = "guaranteeBlock { letter { __typename state } channels { channel available } }"


async def first_step(person: Person, project: str) -> dict[str, Any]:
    return (await person.ask(STEPS, id=project))["nextSteps"][0]


async def take_back(person: Person, reviewer: Person, case: dict[str, Any], **input: Any) -> None:
    """Taken back, gone from the reviewer's queue, and once only."""
    assert await queue(reviewer)
    taken = await withdraw(person, case["id"], **input)
    assert (taken["outcome"], taken["case"]) == ("WITHDRAWN", {"id": case["id"], "state": "WITHDRAWN"}), taken
    assert (taken["reason"], taken["reviewer"]) == (input.get("reason"), None)
    assert await queue(reviewer) == []
    again = await withdraw(person, case["id"])
    assert (again["code"], again["message"].endswith("已撤回，不能撤回。")) == ("CONFLICT", True), again


@pytest.mark.rows("BX-050")
async def test_a_quota_is_withdrawn_by_the_firm_alone_and_applied_for_anew(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    applied = await submit_quota(handler, project["id"])
    rival = await app.handler(seed=2, name="另一建筑有限公司")
    watcher = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)
    for person, code in ((officer, "FORBIDDEN"), (watcher, "FORBIDDEN"), (rival, "NOT_FOUND")):
        assert (await withdraw(person, applied["id"]))["code"] == code
    assert (await withdraw(app.stranger, applied["id"]))["code"] == "UNAUTHENTICATED"
    assert (await withdraw(handler, project["id"]))["message"].startswith("没有找到申请“")
    outdated = await withdraw(handler, applied["id"], expectedRevision=9)
    assert (outdated["code"], outdated["path"]) == ("CONFLICT", ["expectedRevision"])

    colleague = await app.in_role_of(await app.person(), Role.HANDLER, "演示建筑有限公司")
    await take_back(colleague, officer, applied, reason="合同金额填错")
    assert await first_step(handler, project["id"]) == {"code": "quota_application", "sentence": "请提交定额申请。"}
    late = await submit_quota(handler, project["id"], correcting=applied["id"])
    assert late["message"] == "该定额申请已撤回，不能再次提交。"
    again = await submit_quota(handler, project["id"])
    assert again["id"] != applied["id"]
    await approve(officer)
    decided = await withdraw(handler, again["id"])
    assert (decided["code"], decided["message"]) == ("CONFLICT", "该定额申请已审核通过，不能撤回。")
    trail = await officer.ask("{ auditTrail(first: 50) { nodes { act reason before after } } }")
    [entry] = [one for one in trail["nodes"] if one["act"] == "quota_application.withdraw"]
    assert (entry["reason"], entry["before"], entry["after"]["state"]) == (
        "合同金额填错",
        {"state": "submitted"},
        "withdrawn",
    )


@pytest.mark.rows("BX-060", "BX-062")
async def test_a_silent_bank_blocks_nothing_and_every_case_of_a_deposit_is_withdrawn(app: Application):
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit, bank = await open_deposit(handler, officer), await bank_of(handler)
    asked = await apply_to_bank(handler, deposit, bank)
    assert (await hand_in(handler, deposit))["code"] == "CONFLICT"
    await take_back(handler, banker, asked)
    block = (await show(handler, deposit, CHANNELS))["guaranteeBlock"]
    assert block["letter"] is None
    assert [one["channel"] for one in block["channels"] if one["available"]] == ["BANK_GUARANTEE", "OFFLINE_UPLOAD"]
    await take_back(handler, officer, await hand_in(handler, deposit))
    assert (await apply_to_bank(handler, deposit, bank))["id"] != asked["id"]
    [review] = await queue(banker)
    await banker.act("rejectReview", "RejectReviewInput", "... on Review { id }", reviewId=review["id"], reason="不办")
    await hand_in(handler, deposit)
    await approve(officer)

    await take_back(handler, officer, await submit_filing(handler, deposit))
    filing = "filingStatus filings { state }"
    assert await show(handler, deposit, filing) == {"filingStatus": "UNFILED", "filings": [{"state": "WITHDRAWN"}]}
    await submit_filing(handler, deposit)
    await approve(officer)
    await complete(handler, await project_of(handler, deposit))
    cancelled = await cancel(handler, deposit)
    await take_back(handler, officer, cancelled)
    assert (await show(handler, deposit, "state"))["state"] == "SECURED"
    assert (await cancel(handler, deposit))["id"] != cancelled["id"]
    await approve(officer)
    assert (await show(handler, deposit, "state"))["state"] == "CANCELLED"

    paid = await open_deposit(handler, officer, {"name": "乙小区"}, **SAMPLE)
    await take_back(handler, officer, await report_cash(handler, paid))
    assert (await first_step(handler, await project_of(handler, paid)))["code"] == "cash_payment"
    assert (await report_cash(handler, paid))["state"] == "SUBMITTED"


@pytest.mark.rows("BX-015")
async def test_who_acts_for_nobody_yet_takes_his_certification_back_and_nobody_else_does(app: Application):
    person, reviewer = await app.person(), await app.reviewer()
    applied = await submit_certification(person, seed=7, name="待认证企业")
    assert applied["__typename"] == "Certification", applied
    assert (await withdraw(reviewer, applied["id"]))["code"] == "FORBIDDEN"
    assert (await withdraw(await app.person(), applied["id"]))["code"] == "NOT_FOUND"
    await take_back(person, reviewer, applied)
    label = "query ($id: ID!) { node(id: $id) { ... on Certification { stateLabel } } }"
    assert (await person.ask(label, id=applied["id"]))["stateLabel"] == "已撤回"
    again = await submit_certification(person, seed=7, name="待认证企业")
    assert again["id"] != applied["id"]
    await approve(reviewer)
    assert (await withdraw(person, again["id"]))["code"] == "CONFLICT"


async def test_of_a_withdrawal_and_a_decision_at_once_one_is_done(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    filing = await submit_filing(handler, deposit)
    answers = await asyncio.gather(withdraw(handler, filing["id"]), approve(officer))
    assert sorted(answer["__typename"] for answer in answers) == ["Conflict", "Review"]
    shown = await show(handler, deposit, "filingStatus filings { state }")
    assert shown in (
        {"filingStatus": "UNFILED", "filings": [{"state": "WITHDRAWN"}]},
        {"filingStatus": "FILED", "filings": [{"state": "APPROVED"}]},
    )

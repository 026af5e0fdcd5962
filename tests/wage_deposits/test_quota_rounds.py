"""The rounds of a quota application: one at a time, sent back and corrected, by whom and by when."""

import asyncio
from typing import Any

import pytest

from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import BENXI_HOUSING, BENXI_OFFICE, Application
from tests.helpers.people import Person

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
STEPS = """query ($id: ID!) { node(id: $id) { ... on Project { nextSteps {
  code label sentence actor dueOn provisional citation { title locator } dueCitation { title number locator }
} } } }"""
CASE = "query ($id: ID!) { node(id: $id) { ... on QuotaApplication { state reason } } }"
REQUESTED = "wage_deposit.requested_amount"
EXEMPT = {"applicationType": "EXEMPT", "paymentMethod": None, "securedAmount": None}


async def first_step(person: Person, project: dict[str, Any]) -> dict[str, Any]:
    return (await person.ask(STEPS, id=project["id"]))["nextSteps"][0]


@pytest.mark.rows("BX-034", "BX-050")
async def test_the_next_step_says_who_acts_by_which_day_and_which_rule(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler, contractSignedOn="2026-11-02")
    step = await first_step(handler, project)
    assert (step["code"], step["label"], step["sentence"]) == ("quota_application", "定额申请", "请提交定额申请。")
    assert (step["actor"], step["dueOn"], step["provisional"]) == ("HANDLER", "2026-11-30", False)
    assert step["citation"] == {"title": MANUAL, "locator": "2.1 定额申请（BX-050）"}
    assert step["dueCitation"] == {
        "title": "工程建设领域农民工工资保证金规定",
        "number": "人社部发〔2021〕65号",
        "locator": "第八条",
    }
    # Into a year whose public holidays nobody knows yet; and a contract whose day is not stated.
    into_next_year = {"constructionPermitNumber": "2", "constructionPermitOn": "2026-12-21"}
    later = await first_step(handler, await enter_project(handler, **into_next_year))
    assert (later["dueOn"] > "2027-01-15", later["provisional"]) == (True, True)
    permitted = {
        "contractSignedOn": "2026-11-02",
        "constructionPermitNumber": "1",
        "constructionPermitOn": "2026-11-16",
    }
    permit = await first_step(handler, await enter_project(handler, **permitted))
    assert permit["dueOn"] == "2026-12-14", "twenty working days from the permit, where there is one"
    unknown = await first_step(handler, await enter_project(handler, contractSignedOn=None))
    assert (unknown["dueOn"], unknown["dueCitation"]) == (None, None)

    application = await submit_quota(handler, project["id"])
    waiting = await first_step(handler, project)
    assert (waiting["code"], waiting["actor"]) == ("wait", "HRSS_OFFICER")
    assert waiting["sentence"] == "定额申请已提交，等待人社部门经办人员审核。"
    assert (waiting["dueOn"], waiting["dueCitation"]) == (None, None), "the manual sets no period for the review"
    await reject(officer, "合同金额与备案不符")
    back = await first_step(handler, project)
    assert (back["code"], back["actor"]) == ("quota_application", "HANDLER")
    assert back["sentence"] == "定额申请被驳回：合同金额与备案不符。请更正后重新提交。"
    assert await handler.ask(CASE, id=application["id"]) == {"state": "REJECTED", "reason": "合同金额与备案不符"}

    again = await submit_quota(handler, project["id"], correcting=application["id"])
    assert (again["id"], again["batchNumber"]) == (application["id"], application["batchNumber"])
    assert await officer.ask(CASE, id=application["id"]) == {"state": "SUBMITTED", "reason": None}
    await approve(officer)
    assert (await handler.ask(CASE, id=application["id"]))["state"] == "APPROVED"
    assert "letter_submission" in [step["code"] for step in (await handler.ask(STEPS, id=project["id"]))["nextSteps"]]


@pytest.mark.rows("BX-039")
async def test_an_application_shows_its_projects_context_to_the_handler_and_the_officer(app: Application):
    handler, officer = await app.handler(), await app.officer()
    people = {"manager": "王五", "managerPhone": "13455554444", "labourOfficer": "赵六"}
    stated = {**people, "labourOfficerPhone": "13455556666", "wagePayDay": 7, "contractSignedOn": "2026-11-02"}
    application = await submit_quota(handler, (await enter_project(handler, **stated))["id"])
    context = """query ($id: ID!) { node(id: $id) { ... on QuotaApplication { project {
      contractSignedOn manager managerPhone labourOfficer labourOfficerPhone industryKind supervisingArea wagePayDay
      industryAuthority { name } hrssOffice { name } } } } }"""
    for person in (handler, officer):
        assert (await person.ask(context, id=application["id"]))["project"] == {
            **stated,
            "industryKind": "housing",
            "supervisingArea": "210500",
            "industryAuthority": {"name": BENXI_HOUSING},
            "hrssOffice": {"name": BENXI_OFFICE},
        }


@pytest.mark.rows("BX-050")
async def test_of_two_applications_for_a_project_at_once_exactly_one_wins(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    answers = await asyncio.gather(*(submit_quota(handler, project["id"]) for _ in range(4)))
    assert sorted(answer["__typename"] for answer in answers) == ["Conflict"] * 3 + ["QuotaApplication"]
    lost = next(answer for answer in answers if answer["__typename"] == "Conflict")
    assert lost["message"] == "该工程已有定额申请：审核中的请等待结果，已驳回的请更正后重新提交。"
    assert (await handler.ask("{ quotaApplications { totalCount } }"))["totalCount"] == 1
    await reject(officer, "请更正")
    assert (await submit_quota(handler, project["id"]))["code"] == "CONFLICT", "the rejected one is to be corrected"
    [application] = (await handler.ask("{ quotaApplications { nodes { id } } }"))["nodes"]
    rivals = (submit_quota(handler, project["id"], correcting=application["id"]) for _ in range(2))
    assert sorted(answer["__typename"] for answer in await asyncio.gather(*rivals)) == ["Conflict", "QuotaApplication"]
    await approve(officer)
    assert (await submit_quota(handler, project["id"]))["message"] == "该工程已有工资保证金，注销后方可再次申请定额。"


@pytest.mark.rows("BX-050")
async def test_only_ones_own_rejected_application_is_corrected(app: Application):
    handler, officer, other = await app.handler(), await app.officer(), await app.handler(2, "另一建筑有限公司")
    project, second = await enter_project(handler), await enter_project(handler, name="二期")
    application = await submit_quota(handler, project["id"])
    early = await submit_quota(handler, project["id"], correcting=application["id"])
    assert early["message"] == "该定额申请正在审核，不能再次提交。"
    await reject(officer, "请更正")
    elsewhere = await submit_quota(handler, second["id"], correcting=application["id"])
    assert (elsewhere["code"], "属于另一工程" in elsewhere["message"]) == ("CONFLICT", True)
    theirs = await enter_project(other)
    for project_id in (project["id"], theirs["id"]):
        assert (await submit_quota(other, project_id, correcting=application["id"]))["code"] == "NOT_FOUND"
    assert (await submit_quota(other, project["id"]))["code"] == "NOT_FOUND"
    assert (await submit_quota(officer, project["id"]))["code"] == "FORBIDDEN"
    assert (await submit_quota(app.stranger, project["id"]))["code"] == "UNAUTHENTICATED"
    still_wrong = await submit_quota(handler, project["id"], correcting=application["id"], handler=None)
    assert still_wrong["__typename"] == "RulesViolated"
    assert (await handler.ask(CASE, id=application["id"]))["state"] == "REJECTED"
    await submit_quota(handler, project["id"], correcting=application["id"])
    await approve(officer)
    late = await submit_quota(handler, project["id"], correcting=application["id"])
    assert late["message"] == "该定额申请已审核通过，不能再次提交。"


async def test_a_corrected_round_may_change_the_type_and_hand_the_same_files_in_again(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    materials = await handler.materials("business_licence", "award_notice")
    application = await submit_quota(handler, project["id"], **EXEMPT, materials=materials)
    await reject(officer, "不符合免缴条件")
    other = await submit_quota(handler, (await enter_project(handler))["id"], **EXEMPT, materials=materials)
    assert other["code"] == "CONFLICT", "files of one case are not another's"
    again = await submit_quota(
        handler, project["id"], **EXEMPT, materials=materials, correcting=application["id"], remarks="补充说明"
    )
    assert again["state"] == "SUBMITTED", again
    await reject(officer, "请按一般缴纳")
    ordinary = await submit_quota(handler, project["id"], correcting=application["id"])
    assert ordinary["requestedAmount"] == "600000.00"
    kept = "query ($id: ID!) { node(id: $id) { ... on QuotaApplication { remarks reviews { decisions { path } } } } }"
    read = await handler.ask(kept, id=application["id"])
    assert read["remarks"] is None
    amounts = [[one for one in each["decisions"] if one["path"] == REQUESTED] for each in read["reviews"]]
    assert list(map(len, amounts)) == [1, 1, 1], "each round keeps what it rested on"

"""What was entered wrongly is put right, drafts are deleted, and the same works entered twice are told."""

from typing import Any

import pytest

from core.actor import Role
from tests.helpers.acts import (
    PROJECT,
    approve,
    delete_draft,
    enter_project,
    reject,
    save_draft,
    submit_quota,
    withdraw,
)
from tests.helpers.app import BENXI_HOUSING, Application
from tests.helpers.deposits import queue
from tests.helpers.people import Person

SHOWN = "query ($id: ID!) { node(id: $id) { ... on Project { name state contractAmount revision } } }"
WARNED = "query ($id: ID!) { node(id: $id) { ... on QuotaApplication { decisions { path sentence } } } }"


async def correct(handler: Person, project: str, **fields: Any) -> dict[str, Any]:
    revision = {"expectedRevision": fields.pop("expectedRevision")} if "expectedRevision" in fields else {}
    stated = {"city": "benxi", "draftId": project, "fields": fields, **revision}
    return await handler.act("enterProject", "ProjectInput", "... on Project { id name state revision }", **stated)


@pytest.mark.rows("GZ-18")
async def test_a_draft_is_deleted_by_its_enterprise_and_nothing_else_is(app: Application):
    handler, officer = await app.handler(), await app.officer()
    draft, entered = await save_draft(handler), await enter_project(handler)
    rival = await app.handler(seed=2, name="另一建筑有限公司")
    for person, code in ((officer, "FORBIDDEN"), (rival, "NOT_FOUND"), (app.stranger, "UNAUTHENTICATED")):
        assert (await delete_draft(person, draft["id"]))["code"] == code
    assert (await delete_draft(handler, draft["id"], expectedRevision=9))["path"] == ["expectedRevision"]
    assert (await delete_draft(handler, entered["id"]))["message"] == "该工程已登记，不能作为草稿删除。"
    assert await delete_draft(handler, draft["id"]) == {"__typename": "Done", "count": 1}
    assert (await delete_draft(handler, draft["id"]))["code"] == "NOT_FOUND"
    listed = await handler.ask("{ projects { nodes { id } } }")
    assert listed["nodes"] == [{"id": entered["id"]}]
    trail = await handler.ask("{ auditTrail(first: 3) { nodes { act before about { id } } } }")
    [gone] = [entry for entry in trail["nodes"] if entry["act"] == "project.delete_draft"]
    assert (gone["before"]["name"], gone["about"]) == (PROJECT["name"], None)


@pytest.mark.rows("BX-016", "BX-050")
async def test_an_entered_project_is_corrected_until_its_office_looks_at_it_or_approved_of_it(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = (await enter_project(handler))["id"]
    before = await handler.ask(SHOWN, id=project)
    rival = await app.handler(seed=2, name="另一建筑有限公司")
    watcher = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)
    for person, code in ((officer, "FORBIDDEN"), (watcher, "FORBIDDEN"), (rival, "NOT_FOUND")):
        assert (await correct(person, project, name="改"))["code"] == code
    assert (await correct(handler, project, name="改", expectedRevision=99))["path"] == ["expectedRevision"]
    emptied = await correct(handler, project, name=None)
    assert [one["path"] for one in emptied["violations"]] == [["fields", "name"]]
    right = await correct(handler, project, name="改正小区", contractAmount="30000000.00")
    assert (right["name"], right["state"], right["revision"]) == ("改正小区", "ENTERED", before["revision"] + 1)

    applied = await submit_quota(handler, project, securedAmount="900000.00")
    waits = "该工程的定额申请正在审核，不能更正项目信息；请先撤回定额申请。"
    assert (await correct(handler, project, name="又改"))["message"] == waits
    await withdraw(handler, applied["id"])
    assert (await correct(handler, project, name="又改"))["name"] == "又改"
    applied = await submit_quota(handler, project, securedAmount="900000.00")
    await reject(officer, "合同金额与备案不符")
    assert (await correct(handler, project, contractAmount="20000000.00"))["state"] == "ENTERED"
    again = await submit_quota(handler, project, correcting=applied["id"])
    assert again["requestedAmount"] == "600000.00", "by the amount that was corrected"
    assert [one["title"] for one in await queue(officer)] == ["又改"]
    await approve(officer)
    approved = "该工程的定额申请已审核通过，项目信息不能自行更正；请联系审核该申请的人社部门。"
    assert (await correct(handler, project, name="再改"))["message"] == approved
    trail = await officer.ask("{ auditTrail(first: 50) { nodes { act } } }")
    assert [entry["act"] for entry in trail["nodes"]].count("project.correct") == 3


@pytest.mark.rows("BX-016")
async def test_the_same_works_entered_twice_are_told_to_the_reviewer_and_not_refused(app: Application):
    handler, officer = await app.handler(), await app.officer()
    for first, second, told in (
        ({"name": "甲（一期）"}, {"name": "甲 (一期)"}, True),
        (
            {"name": "乙", "constructionPermitNumber": "施2026〔1〕"},
            {"name": "丙", "constructionPermitNumber": "施2026[1]"},
            True,
        ),
        ({"name": "丁"}, {"name": "戊"}, False),
    ):
        await enter_project(handler, **first)
        project = await enter_project(handler, **second)
        applied = await submit_quota(handler, project["id"])
        assert applied["state"] == "SUBMITTED"
        for person in (handler, officer):
            decisions = (await person.ask(WARNED, id=applied["id"]))["decisions"]
            assert any("已另有登记，请核对是否重复" in one["sentence"] for one in decisions) == told, second

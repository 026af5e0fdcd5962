"""Who changes what is there says which revision he saw, and what he did not see is not overwritten."""

import asyncio
from typing import Any

from tests.helpers.acts import QUOTA, enter_project, reject
from tests.helpers.app import Application
from tests.helpers.people import Person


async def save(person: Person, act: str = "saveProjectDraft", **input: Any) -> dict[str, Any]:
    selection = "... on Project { id revision name location state } ... on Conflict { currentRevision }"
    return await person.act(act, "ProjectInput", selection, city="benxi", **input)


async def test_a_draft_that_is_edited_in_two_windows_loses_nothing(app: Application):
    handler = await app.handler()
    draft = await save(handler, fields={"name": "甲小区"}, expectedRevision=0)
    assert draft["revision"] == 1
    one, other = {"draftId": draft["id"], "expectedRevision": 1}, {"draftId": draft["id"], "expectedRevision": 1}
    assert (await save(handler, fields={"name": "乙小区"}, **one))["revision"] == 2
    for act in ("saveProjectDraft", "enterProject"):
        refused = await save(handler, act, fields={"name": "丙小区", "location": "演示路"}, **other)
        assert (refused["__typename"], refused["path"]) == ("Conflict", ["expectedRevision"])
        assert (refused["code"], refused["currentRevision"]) == ("CONFLICT", 2)
    assert refused["message"] == "该工程在您打开（第 1 版）之后已有修改，现为第 2 版，请刷新核对后再提交。"
    query = "query ($id: ID!) { node(id: $id) { ... on Project { revision name location state } } }"
    kept = {"revision": 2, "name": "乙小区", "location": None, "state": "DRAFT"}
    assert await handler.ask(query, id=draft["id"]) == kept
    assert (await save(handler, fields={"location": "演示路"}, draftId=draft["id"], expectedRevision=2))[
        "revision"
    ] == 3
    at_once = [save(handler, fields={"name": name}, draftId=draft["id"], expectedRevision=3) for name in "丁戊己"]
    answers = [answer["__typename"] for answer in await asyncio.gather(*at_once)]
    assert sorted(answers) == ["Conflict", "Conflict", "Project"]
    assert (await save(handler, fields={"name": "庚"}, draftId=draft["id"]))["revision"] == 5  # who does not ask
    none = await save(handler, fields={"name": "辛"}, expectedRevision=5)
    assert (none["__typename"], none["currentRevision"]) == ("Conflict", 0)


async def test_a_case_that_was_decided_meanwhile_is_not_resubmitted_unseen(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)

    async def submit(**input: Any) -> dict[str, Any]:
        selection = "... on QuotaApplication { id revision state } ... on Conflict { currentRevision }"
        stated = {"projectId": project["id"], "quota": QUOTA, **input}
        return await handler.act("submitQuotaApplication", "SubmitQuotaApplicationInput", selection, **stated)

    case = await submit(expectedRevision=0)
    assert case["revision"] == 1
    await reject(officer, "合同金额与备案不符")
    assert (await submit(correcting=case["id"], expectedRevision=1))["currentRevision"] == 2
    again = await submit(correcting=case["id"], expectedRevision=2)
    assert (again["id"], again["revision"], again["state"]) == (case["id"], 3, "SUBMITTED")

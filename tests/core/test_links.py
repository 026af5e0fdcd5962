"""What is told leads to what it tells of."""

import pytest

from tests.helpers.acts import enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import Person

MESSAGES = """{ messages { nodes {
  id notice readAt about { __typename id ... on QuotaApplication { state reason project { name } } } } } }"""
TRAIL = "{ auditTrail(first: 50) { nodes { act subjectType about { __typename id } } } }"


async def mark(person: Person, id: str) -> dict[str, str]:
    return await person.act("markMessageRead", "MarkMessageReadInput", "... on Message { id readAt }", messageId=id)


@pytest.mark.rows("GZ-20")
async def test_a_message_leads_to_its_case_and_is_marked_read_once_by_whom_it_was_sent_to(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    applied = await submit_quota(handler, project["id"])
    await reject(officer, "合同金额与备案不符")
    told = (await handler.ask(MESSAGES))["nodes"]
    [rejected, *_] = [one for one in told if one["notice"] == "quota_rejected"]
    assert rejected["about"] == {
        "__typename": "QuotaApplication",
        "id": applied["id"],
        "state": "REJECTED",
        "reason": "合同金额与备案不符",
        "project": {"name": "演示住宅小区一期"},
    }
    assert rejected["readAt"] is None
    assert [one["about"] for one in told if one["notice"] == "one_time_code"] in ([], [None], [None] * 2)
    assert (await mark(officer, rejected["id"]))["code"] == "NOT_FOUND"
    assert (await mark(app.stranger, rejected["id"]))["code"] == "UNAUTHENTICATED"
    first = await mark(handler, rejected["id"])
    assert first["readAt"] is not None
    assert await mark(handler, rejected["id"]) == first
    assert [one["id"] for one in (await handler.ask(MESSAGES))["nodes"] if one["readAt"]] == [rejected["id"]]


async def test_an_entry_of_the_trail_leads_to_what_was_done_to_as_far_as_one_sees_it(app: Application):
    handler, officer = await app.handler(), await app.officer()
    applied = await submit_quota(handler, (await enter_project(handler))["id"])
    await reject(officer, "请更正")
    for person in (handler, officer):
        shown = {one["act"]: one["about"] for one in (await person.ask(TRAIL))["nodes"]}
        assert shown["quota_application.reject"] == {"__typename": "QuotaApplication", "id": applied["id"]}
        assert shown["project.enter"]["__typename"] == "Project"

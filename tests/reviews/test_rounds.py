"""After a correction the officer sees this round's papers and findings, with the rounds before beside them."""

from typing import Any

import pytest

from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import Person
from tests.wage_deposits.test_quota_rounds import EXEMPT

CASE = """query ($id: ID!) { node(id: $id) { ... on QuotaApplication {
  round reason documents { id } first: documents(round: 1) { id } decisions { path }
  reviews { round outcome reason reviewer office { name } documents { id } decisions { path } }
} } }"""
QUEUE = "{ reviewQueue { nodes { round case { round reviews { round outcome reason } documents { name } } } } }"


async def see(person: Person, id: str) -> dict[str, Any]:
    return await person.ask(CASE, id=id)


@pytest.mark.rows("BX-014", "BX-050")
async def test_each_round_keeps_its_papers_its_findings_and_its_reason(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    both = await handler.materials("business_licence", "award_notice")
    [licence, notice] = [each["documents"][0] for each in both]
    applied = await submit_quota(handler, project["id"], **EXEMPT, materials=both)
    await reject(officer, "中标通知书不清晰")
    clearer = (await handler.upload(name="清晰.pdf"))["id"]
    files = [both[0], {"code": "award_notice", "documents": [clearer]}]
    await submit_quota(handler, project["id"], **EXEMPT, materials=files, correcting=applied["id"])

    [waiting] = (await officer.ask(QUEUE))["nodes"]
    assert (waiting["round"], waiting["case"]["round"]) == (2, 2)
    assert waiting["case"]["reviews"] == [
        {"round": 1, "outcome": "REJECTED", "reason": "中标通知书不清晰"},
        {"round": 2, "outcome": None, "reason": None},
    ]
    assert [one["name"] for one in waiting["case"]["documents"]] == ["文件.pdf", "清晰.pdf"]
    await reject(officer, "请按一般缴纳")
    await submit_quota(handler, project["id"], correcting=applied["id"])
    await approve(officer)
    for person in (handler, officer):
        seen = await see(person, applied["id"])
        papers = [{one["id"] for one in each["documents"]} for each in seen["reviews"]]
        assert papers == [{licence, notice}, {licence, clearer}, set()]
        assert {one["id"] for one in seen["first"]} == {licence, notice}
        assert (seen["round"], seen["documents"], seen["reason"]) == (3, [], None)
        assert [each["reason"] for each in seen["reviews"]] == ["中标通知书不清晰", "请按一般缴纳", None]
        assert {each["reviewer"] for each in seen["reviews"]} == {officer_name(seen)}
        assert seen["decisions"] == seen["reviews"][2]["decisions"] != []
        assert all(each["decisions"] for each in seen["reviews"])
    rival = await app.handler(seed=2, name="另一建筑有限公司")
    assert await see(rival, applied["id"]) is None


def officer_name(seen: dict[str, Any]) -> str:
    """Named, and by the office that decided."""
    [first, *_] = seen["reviews"]
    assert first["office"] == {"name": "辽宁省本溪市人力资源和社会保障局"}
    assert first["reviewer"]
    return first["reviewer"]

"""Guangzhou: a project is assessed, the district's office reviews the amount, and the handler follows it (GZ-16 to
GZ-24, GZ-47 to GZ-61)."""

from typing import Any

import pytest

from tests.helpers.acts import PROJECT, approve, reject
from tests.helpers.app import Application
from tests.helpers.people import Person

OFFICE = "广州市天河区人力资源社会保障部门"
STATED = {
    name: PROJECT[name]
    for name in ("industryKind", "location", "contractAmount", "plannedStart", "plannedEnd", "owner", "name")
}
QUOTA = {
    "applicationType": "ORDINARY",
    "paymentMethod": "GUARANTEE",
    "entryMode": "RATIO",
    "entryRatio": "0.03",
    "handler": "张三",
    "handlerPhone": "13455554444",
}
SHOWN = "... on Project { id state hrssOffice { name } enquiries { area kind phones { number extension } } }"
MINE = """{ projects { nodes { name state quotaApplications { state reason }
  nextSteps { code } hrssOffice { name } } } }"""


async def enter(handler: Person, area: str, mutation: str = "enterProject", **more: Any) -> dict[str, Any]:
    fields = {**STATED, "supervisingArea": area, **more.pop("fields", {})}
    entered = await handler.act(mutation, "ProjectInput", SHOWN, city="guangzhou", fields=fields, **more)
    assert entered["__typename"] == "Project", entered
    return entered


async def apply(handler: Person, project: str, **more: Any) -> dict[str, Any]:
    quota = {**QUOTA, **more.pop("quota", {})}
    shown = "... on QuotaApplication { id state requestedAmount }"
    return await handler.act(
        "submitQuotaApplication", "SubmitQuotaApplicationInput", shown, projectId=project, quota=quota, **more
    )


@pytest.mark.rows("GZ-16", "GZ-17", "GZ-18", "GZ-20", "GZ-21", "GZ-23", "GZ-24", "GZ-62")
async def test_a_project_goes_from_its_draft_by_a_refusal_with_its_reason_to_the_approved_amount(app: Application):
    handler, officer = await app.handler(), await app.officer(OFFICE)
    draft = await enter(handler, "440106", "saveProjectDraft", fields={"location": None, "owner": None})
    assert draft["state"] == "DRAFT"
    [shown] = (await handler.ask("{ projects { nodes { id state name location } } }"))["nodes"]
    assert shown == {"id": draft["id"], "state": "DRAFT", "name": PROJECT["name"], "location": None}
    incomplete = await handler.act(
        "enterProject", "ProjectInput", SHOWN, city="guangzhou", fields={}, draftId=draft["id"]
    )
    assert {one["path"][-1] for one in incomplete["violations"]} >= {"location", "owner"}
    project = await enter(handler, "440106", draftId=draft["id"])
    assert project["hrssOffice"] == {"name": OFFICE}

    applied = await apply(handler, project["id"])
    assert (applied["state"], applied["requestedAmount"]) == ("SUBMITTED", "600000.00")
    assert (await reject(officer, " "))["path"] == ["reason"]
    assert (await reject(officer, "工期与合同不符"))["__typename"] == "Review"
    [mine] = (await handler.ask(MINE))["nodes"]
    assert mine["quotaApplications"] == [{"state": "REJECTED", "reason": "工期与合同不符"}]
    assert "quota_application" in [step["code"] for step in mine["nextSteps"]]
    assert (await apply(handler, project["id"], correcting=applied["id"]))["state"] == "SUBMITTED"
    assert (await approve(officer))["__typename"] == "Review"
    [mine] = (await handler.ask(MINE))["nodes"]
    assert mine["quotaApplications"] == [{"state": "APPROVED", "reason": None}]

    told = "{ messages { nodes { notice channel body } } }"
    sent = {one["notice"]: one for one in (await handler.ask(told))["nodes"]}
    assert sent["quota_reviewed_rejected"]["channel"] == sent["quota_reviewed"]["channel"] == "sms"
    assert "工期与合同不符" in sent["quota_reviewed_rejected"]["body"]


@pytest.mark.rows("GZ-19")
async def test_before_the_amount_is_approved_there_is_nothing_for_an_institution(app: Application):
    handler, officer = await app.handler(), await app.officer(OFFICE)
    project = await enter(handler, "440106")
    await apply(handler, project["id"])
    deposits = "{ wageDeposits { nodes { id state project { name } } } }"
    assert (await handler.ask(deposits))["nodes"] == []
    await approve(officer)
    [deposit] = (await handler.ask(deposits))["nodes"]
    assert deposit["state"] == "AWAITING_PAYMENT"


LINES = {
    "440104": ("GZ-49", "越秀区", ["020-83392225"]),
    "440106": ("GZ-50", "天河区", ["020-87589963"]),
    "440118": ("GZ-51", "增城区", ["020-32853968"]),
    "440111": ("GZ-52", "白云区", ["020-26090299"]),
    "440117": ("GZ-53", "从化区", ["020-87960843"]),
    "440113": ("GZ-54", "番禺区", ["020-84645660-1", "020-84666772"]),
    "440105": ("GZ-55", "海珠区", ["020-84236193"]),
    "440114": ("GZ-56", "花都区", ["020-39476281"]),
    "440112": ("GZ-57", "黄埔区", ["020-82111727"]),
    "440103": ("GZ-58", "荔湾区", ["020-81963379"]),
    "440115": ("GZ-59", "南沙区", ["020-39911054"]),
}


def numbers(entry: dict[str, Any]) -> list[str]:
    return ["-".join(filter(None, phone.values())) for phone in entry["phones"]]


@pytest.mark.rows("GZ-47", "GZ-48", "GZ-60", "GZ-61", *(row for row, _, _ in LINES.values()))
async def test_each_district_s_project_goes_to_its_office_and_names_its_line_before_the_citys(app: Application):
    handler = await app.handler()
    asked = """query ($area: RegionCode) { directory(city: "guangzhou", area: $area) {
      area kind phones { number extension } } }"""
    for area, (row, name, lines) in LINES.items():
        project = await enter(handler, area)
        assert project["hrssOffice"] == {"name": f"广州市{name}人力资源社会保障部门"}, row
        own, *city = project["enquiries"]
        assert (own["area"], own["kind"], numbers(own)) == (name, "enquiry", lines), row
        assert [(one["kind"], numbers(one)) for one in city] == [
            ("technical_support", ["020-36777111"]),
            ("enquiry", ["020-83307382"]),
        ]
        assert await app.stranger.ask(asked, area=area) == project["enquiries"], "the public asks without a project"
    of_the_city = await enter(handler, "440100")
    assert [one["area"] for one in of_the_city["enquiries"]] == ["广州市", "广州市"]
    assert len(await app.stranger.ask(asked)) == len(LINES) + 2


@pytest.mark.rows("GZ-64")
async def test_what_the_manual_does_not_cover_is_not_offered(app: Application):
    handler, officer = await app.handler(), await app.officer(OFFICE)
    project = await enter(handler, "440106")
    for kind, path in (
        ({"applicationType": "EXEMPT"}, "applicationType"),
        ({"applicationType": "DEFERRED"}, "applicationType"),
        ({"paymentMethod": "CASH"}, "paymentMethod"),
    ):
        refused = await apply(handler, project["id"], quota=kind)
        assert ["quota", path] in [one["path"] for one in refused["violations"] if one["refuses"]], refused
    await apply(handler, project["id"])
    await approve(officer)
    [deposit] = (await handler.ask("{ wageDeposits { nodes { id } } }"))["nodes"]
    asked = {"wageDepositId": deposit["id"]}
    filed = await handler.act("submitFiling", "SubmitFilingInput", "... on Filing { id }", **asked)
    assert filed["code"] == "NOT_CONFIGURED", filed
    used = await officer.act("recordDepositUse", "RecordDepositUseInput", "... on DepositUse { id }", **asked)
    assert used["code"] == "NOT_CONFIGURED", used

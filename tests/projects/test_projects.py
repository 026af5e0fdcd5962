"""Projects: the city's form as data, who supervises, drafts (BX-016 to BX-033, BX-118, BX-128)."""

from typing import Any

import pytest
from sqlalchemy import update
from strawberry.utils.str_converters import to_camel_case

from core import uscc
from core.projects.models import Project
from tests.helpers.acts import PROJECT, enter_project, submit_quota
from tests.helpers.app import BENXI_HOUSING, BENXI_OFFICE, Application
from tests.helpers.people import Person

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
REQUIRED = {
    "industry_kind": ("行业主管类型", "BX-018"),
    "supervising_area": ("主管地区", "BX-019"),
    "name": ("工程名称", "BX-022"),
    "location": ("工程地点", "BX-023"),
    "area": ("工程地区", "BX-024"),
    "kind": ("工程类型", "BX-025"),
    "contract_amount": ("施工合同金额", "BX-026"),
    "planned_start": ("计划建设日期（开始）", "BX-027"),
    "planned_end": ("计划建设日期（结束）", "BX-027"),
    "duration_days": ("工期", "BX-028"),
    "general_contractor": ("施工总承包单位名称", "BX-029"),
    "general_contractor_uscc": ("总包单位统一社会信用代码", "BX-030"),
    "owner": ("建设单位", "BX-031"),
}
FURTHER = {
    "ownerUscc": uscc.make(77),
    "category": "government",
    "wagePayDay": 7,
    "manager": "王五",
    "managerPhone": "13455554444",
    "labourOfficer": "赵六",
    "labourOfficerPhone": "024-12345678",
}
READ = """query ($id: ID!) { node(id: $id) { ... on Project {
  number state regionCode industryKind supervisingArea industryAuthority { name } hrssOffice { name } name location area
  kind category contractAmount contractSignedOn plannedStart plannedEnd durationDays generalContractor
  generalContractorUscc owner ownerUscc wagePayDay manager managerPhone labourOfficer labourOfficerPhone
  contractor { name uscc } decisions { path label value sentence certainty ruleset { city version }
    because { citation { title locator } } }
} } }"""


async def enter(person: Person, draft: str | None = None, city: str = "benxi", **fields: Any) -> dict[str, Any]:
    return await _state(person, "enterProject", draft, city, fields)


async def save(person: Person, draft: str | None = None, city: str = "benxi", **fields: Any) -> dict[str, Any]:
    return await _state(person, "saveProjectDraft", draft, city, fields)


async def _state(person, mutation, draft, city, fields):
    selection = "... on Project { id number state }"
    return await person.act(mutation, "ProjectInput", selection, city=city, fields=fields, draftId=draft)


def broken(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The violations by the field they are about."""
    assert answer["__typename"] == "RulesViolated", answer
    return {violation["path"][-1]: violation for violation in answer["violations"]}


@pytest.mark.rows(*{row for _, row in REQUIRED.values()})
async def test_an_empty_form_is_told_every_missing_field_at_once_with_its_place_in_the_manual(app: Application):
    answer = await enter(await app.handler(), generalContractor=None, generalContractorUscc=None, name="  ")
    found = broken(answer)
    assert list(found) == [to_camel_case(name) for name in REQUIRED]
    for name, (label, row) in REQUIRED.items():
        assert found[to_camel_case(name)]["code"] == "FIELD_REQUIRED"
        assert found[to_camel_case(name)]["message"] == f"请填写“{label}”。"
        [reason] = found[to_camel_case(name)]["decision"]["because"]
        assert reason["citation"] == {"title": MANUAL, "locator": f"2.1 新建项目（{row}）"}
        assert f"请填写“{label}”。" in answer["message"]


@pytest.mark.rule_data("BX-018", "BX-020", "BX-021", "BX-025", "BX-029", "BX-030", "BX-032", "BX-128")
async def test_a_stranger_reads_the_whole_form_as_data(app: Application):
    form = await app.stranger.ask(
        """{ ruleset(city: "benxi") { form(code: "project") { label citation { locator }
        checks { code refuses } fields { code label kind need unit prefill hint
        options { code label } optionsComplete citation { locator } } } } }"""
    )
    form = form["form"]
    fields = {field["code"].removeprefix("project."): field for field in form["fields"]}
    required = {name: field["label"] for name, field in fields.items() if field["need"] == "required"}
    assert required == {name: label for name, (label, _) in REQUIRED.items()}
    for derived, label in (("industry_authority", "行业主管单位"), ("hrss_office", "人社监管单位")):
        assert (fields[derived]["need"], fields[derived]["label"]) == ("derived", label)
        assert "务必核对" in fields[derived]["hint"]
    assert fields["industry_kind"]["options"] == [{"code": "housing", "label": "住建"}]
    assert (fields["kind"]["options"], fields["kind"]["kind"]) == (
        [{"code": "building", "label": "房屋建筑工程"}],
        "choice",
    )
    assert fields["category"]["options"] == [{"code": "government", "label": "政府投资项目"}]
    assert fields["general_contractor"]["prefill"] == fields["general_contractor_uscc"]["prefill"] == "登录企业"
    assert (fields["contract_amount"]["kind"], fields["contract_amount"]["unit"]) == ("money", "元")
    further = ("owner_uscc", "contract_signed_on", "wage_pay_day", "manager", "manager_phone", "labour_officer")
    assert {fields[name]["need"] for name in (*further, "labour_officer_phone", "category")} == {"optional"}
    assert {"code": "DURATION_DIFFERS", "refuses": False} in form["checks"]
    assert (await app.stranger.ask('{ ruleset(city: "benxi") { form(code: "gone") { code } } }'))["form"] is None


@pytest.mark.rows("BX-016", "BX-029", "BX-030", "BX-032", "BX-033", "BX-118", "BX-128")
async def test_an_entered_project_shows_all_that_was_stated_and_a_number_of_19_digits(app: Application):
    handler = await app.handler()
    assert await handler.ask("{ projects { totalCount } }") == {"totalCount": 0}
    project = await enter_project(handler, **FURTHER)
    read = await handler.ask(READ, id=project["id"])
    assert {name: read[name] for name in {**PROJECT, **FURTHER}} == {**PROJECT, **FURTHER}
    assert (read["state"], read["regionCode"]) == ("ENTERED", "210500")
    assert read["generalContractor"] == read["contractor"]["name"] == "演示建筑有限公司"
    assert read["generalContractorUscc"] == read["contractor"]["uscc"] == uscc.make(1)
    assert isinstance(read["number"], str)
    assert (len(read["number"]), read["number"].isdigit()) == (19, True)

    async with app.services.db.write() as session:
        await session.execute(update(Project).values(number="1862022707118747650"))
    listed = "query ($number: String!) { projects(filter: { number: $number }) { nodes { id number } } }"
    nodes = (await handler.ask(listed, number="1862022707118747650"))["nodes"]
    assert nodes == [{"id": project["id"], "number": "1862022707118747650"}]


@pytest.mark.rows("BX-017", "BX-020", "BX-021")
async def test_industry_and_area_bring_out_who_supervises_before_and_after_entering(app: Application):
    handler = await app.handler()
    preview = """query ($kind: String!, $area: RegionCode!) { ruleset(city: "benxi") {
      supervisors(industryKind: $kind, supervisingArea: $area) {
        industryAuthority hrssOffice citation { locator }
      } } }"""
    for kind in ("住建", "housing"):
        shown = (await app.stranger.ask(preview, kind=kind, area="210500"))["supervisors"]
        assert (shown["industryAuthority"], shown["hrssOffice"]) == (BENXI_HOUSING, BENXI_OFFICE)
        assert "BX-017" in shown["citation"]["locator"]
    assert (await app.stranger.ask(preview, kind="水利", area="210500"))["supervisors"] is None

    project = await enter_project(handler, industryKind="housing", kind="building")
    read = await handler.ask(READ, id=project["id"])
    assert (read["industryKind"], read["kind"]) == ("housing", "building")
    assert (read["industryAuthority"]["name"], read["hrssOffice"]["name"]) == (BENXI_HOUSING, BENXI_OFFICE)
    [decision] = read["decisions"]
    assert decision["value"] == BENXI_OFFICE
    assert decision["sentence"].startswith(f"行业主管类型“住建”、主管地区 210500：行业主管单位为{BENXI_HOUSING}")
    assert decision["because"][0]["citation"]["title"] == MANUAL

    for unknown in ({"industryKind": "水利"}, {"supervisingArea": "210521"}):
        refused = await enter(handler, **{**PROJECT, **unknown})
        assert (refused["__typename"], refused["code"]) == ("NotConfigured", "NOT_CONFIGURED")
        assert "该行业主管类型在该主管地区的主管单位" in refused["message"]
    assert (await handler.ask("{ projects { totalCount } }"))["totalCount"] == 1


@pytest.mark.rows("BX-026", "BX-027", "BX-032")
async def test_fields_filled_with_what_they_cannot_hold_are_refused_together(app: Application):
    handler = await app.handler()
    wrong = {
        "contractAmount": "-1.00",
        "plannedEnd": "2024-09-29",
        "wagePayDay": 32,
        "managerPhone": "123",
        "labourOfficerPhone": "电话",
    }
    found = broken(await enter(handler, **{**PROJECT, **wrong}))
    assert {name: violation["code"] for name, violation in found.items()} == {
        "contractAmount": "FIELD_INVALID",
        "managerPhone": "FIELD_INVALID",
        "labourOfficerPhone": "FIELD_INVALID",
        "plannedEnd": "PERIOD_REVERSED",
        "wagePayDay": "FIELD_INVALID",
        "durationDays": "DURATION_DIFFERS",
    }
    assert found["plannedEnd"]["message"] == "“计划建设日期（结束）”2024-09-29 早于开始日期 2024-09-30。"
    assert all(violation["decision"]["because"][0]["citation"]["title"] == MANUAL for violation in found.values())
    enter_it = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    for scalar in ({"contractAmount": 20_000_000.5}, {"ownerUscc": "0" * 18}, {"area": "本溪"}, {"plannedEnd": "2024"}):
        refused = await handler.post(enter_it, input={"city": "benxi", "fields": {**PROJECT, **scalar}})
        assert next(iter(scalar)) in refused["errors"][0]["message"]


@pytest.mark.rows("BX-028")
async def test_areas_of_another_city_are_refused_with_their_place(app: Application):
    handler = await app.handler()
    given = {**PROJECT, "area": "350203", "supervisingArea": "350200"}
    selection = "... on Project { id }"
    refused = await handler.act("enterProject", "ProjectInput", selection, city="benxi", fields=given)
    elsewhere = [found for found in refused["violations"] if found["code"] == "AREA_ELSEWHERE"]
    assert [found["path"] for found in elsewhere] == [["fields", "supervisingArea"], ["fields", "area"]]
    assert elsewhere[1]["message"] == "“工程地区”350203 不属于本地区（210500）。"


@pytest.mark.parametrize(
    ("start", "end", "days", "warned"),
    [
        ("2024-05-27", "2024-06-30", 35, False),
        ("2024-09-30", "2025-11-29", 426, False),
        ("2024-09-30", "2025-11-29", 425, True),
    ],
)
async def test_a_duration_that_differs_from_the_dates_is_kept_as_a_warning(app: Application, start, end, days, warned):
    handler = await app.handler()
    project = await enter_project(handler, plannedStart=start, plannedEnd=end, durationDays=days)
    read = await handler.ask(READ, id=project["id"])
    assert (read["state"], read["durationDays"]) == ("ENTERED", days)
    warnings = [decision for decision in read["decisions"] if decision["path"] == "checks.project.duration"]
    assert bool(warnings) is warned
    for warning in warnings:
        assert "工期 425 天与计划建设日期（2024-09-30 至 2025-11-29，首尾均计）不符，请核对" in warning["sentence"]
        assert warning["because"][0]["citation"] == {"title": MANUAL, "locator": "2.1 新建项目（BX-028）"}
        assert warning["ruleset"] == {"city": "benxi", "version": app.services.rulesets.of("benxi").ref.version}


async def test_a_draft_may_lack_anything_goes_on_later_and_is_its_enterprises_own(app: Application):
    handler, officer, other = await app.handler(), await app.officer(), await app.handler(2, "另一建筑有限公司")
    draft = await save(handler, industryKind="住建", supervisingArea="210500", name="演示", location="路")
    assert draft["state"] == "DRAFT"
    for stranger in (officer, other):
        assert (await stranger.ask("{ projects { totalCount } }"))["totalCount"] == 0
        assert await stranger.ask(READ, id=draft["id"]) is None
        assert (await save(stranger, draft=draft["id"]))["code"] in ("NOT_FOUND", "FORBIDDEN")
    assert (await save(other, draft=draft["id"]))["code"] == "NOT_FOUND"

    again = await save(handler, draft=draft["id"], location=None, kind="building")
    assert (again["id"], again["number"]) == (draft["id"], draft["number"])
    read = await handler.ask(READ, id=draft["id"])
    assert (read["name"], read["location"], read["kind"], read["hrssOffice"]) == ("演示", None, "building", None)

    refused = await submit_quota(handler, draft["id"])
    assert (refused["code"], refused["message"]) == ("CONFLICT", "该工程仍为草稿，不能申请定额。")
    assert (await save(handler, draft=draft["id"], city="xiamen"))["path"] == ["city"]
    missing = broken(await enter(handler, draft=draft["id"], durationDays=426))
    assert set(missing) == {to_camel_case(name) for name in REQUIRED} - {
        *("industryKind", "supervisingArea", "name", "kind", "generalContractor", "generalContractorUscc"),
        "durationDays",
    }
    rest = {name: value for name, value in PROJECT.items() if name not in ("industryKind", "supervisingArea", "kind")}
    entered = await enter(handler, draft=draft["id"], **rest)
    assert (entered["id"], entered["state"]) == (draft["id"], "ENTERED")
    assert (await officer.ask("{ projects { totalCount } }"))["totalCount"] == 1
    closed = await save(handler, draft=draft["id"], name="改名")
    assert (closed["code"], closed["message"]) == ("CONFLICT", "该工程已登记，不能作为草稿修改。")


async def test_only_a_handler_of_an_enterprise_enters_projects(app: Application):
    for person, code in ((await app.officer(), "FORBIDDEN"), (await app.person(), "FORBIDDEN")):
        for act in (save, enter):
            refused = await act(person, **PROJECT)
            assert (refused["__typename"], refused["code"]) == ("NotAllowed", code)
            assert "企业" in refused["message"]
    assert (await enter(app.stranger, **PROJECT))["code"] == "UNAUTHENTICATED"

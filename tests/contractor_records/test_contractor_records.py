"""What officers state of a contractor, and what a city's amount comes to by it (65号 art. 11, 12)."""

from datetime import timedelta
from typing import Any

from core.actor import Role
from tests.helpers.acts import PROJECT, QUOTA, approve
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY
from tests.helpers.people import Person

XIAMEN = "厦门市人力资源和社会保障局"
RECORD = "... on ContractorRecord { id fact factLabel holds years basis asOf enterprise { name } hrssOffice { name } }"
BASIS = "2026年度农民工工资支付检查记录"
CLEAN = {
    "ARREARS_WITHIN_2_YEARS": {"holds": False},
    "ON_SERIOUS_LIST": {"holds": False},
    "CLEAN_YEARS": {"years": 1},
}
DECISIONS = """query ($id: ID!) { node(id: $id) { ... on QuotaApplication { id contractAmount decisions {
  path certainty value sentence because { path sentence citation { title locator } } } } } }"""


async def state(officer: Person, enterprise: str, fact: str, **said: Any) -> dict[str, Any]:
    stated = {"basis": BASIS, "asOf": str(TODAY), "city": "xiamen", **said}
    return await officer.act(
        "stateContractorRecord", "StateContractorRecordInput", RECORD, enterpriseId=enterprise, fact=fact, **stated
    )


async def enter(handler: Person, **fields: Any) -> tuple[str, str]:
    """A project in Xiamen, and its contractor."""
    stated = {**PROJECT, "supervisingArea": "350203", "area": None, "contractAmount": "100000000.00", **fields}
    entered = await handler.act(
        "enterProject",
        "ProjectInput",
        "... on Project { id contractor { id } } ... on RulesViolated { violations { path message } }",
        city="xiamen",
        fields={name: value for name, value in stated.items() if value is not None},
    )
    assert entered["__typename"] == "Project", entered
    return entered["id"], entered["contractor"]["id"]


async def apply(handler: Person, project: str, **quota: Any) -> dict[str, Any]:
    applied = await submit(handler, project, **quota)
    assert applied["__typename"] == "QuotaApplication", applied
    return await handler.ask(DECISIONS, id=applied["id"])


async def submit(handler: Person, project: str, *, correcting: str | None = None, **quota: Any) -> dict[str, Any]:
    stated = {**QUOTA, "contractAmount": None, "entryRatio": "0.015", "securedAmount": None, **quota}
    return await handler.act(
        "submitQuotaApplication",
        "SubmitQuotaApplicationInput",
        "... on QuotaApplication { id } ... on RulesViolated { violations { path code message refuses } }",
        projectId=project,
        quota={name: value for name, value in stated.items() if value is not None},
        materials=await handler.materials("project_documents"),
        **({"correcting": correcting} if correcting else {}),
    )


def decided(application: dict[str, Any], path: str) -> dict[str, Any]:
    """The newest decision on the question."""
    return next(one for one in reversed(application["decisions"]) if one["path"] == path)


REQUIRED, EXEMPTION = "wage_deposit.required_amount", "wage_deposit.exemption"


async def test_xiamens_amount_comes_out_once_an_officer_stated_the_record_and_cites_him(app: Application):
    handler = await app.handler()
    project, firm = await enter(handler)
    officer = await app.officer(XIAMEN)
    undecided = decided(await apply(handler, project), REQUIRED)
    assert (undecided["certainty"], undecided["value"]) == ("UNDECIDED", None)
    for fact, said in CLEAN.items():
        assert (await state(officer, firm, fact, **said))["fact"] == fact
    assert (await approve(officer))["__typename"] == "Review"
    [application] = (await handler.ask("{ quotaApplications { nodes { id } } }"))["nodes"]
    known = decided(await handler.ask(DECISIONS, id=application["id"]), REQUIRED)
    assert (known["certainty"], known["value"]) == ("UNVERIFIED", "1500000.00")
    assert f"“列入拖欠农民工工资失信联合惩戒名单：否”由{XIAMEN}认定《{BASIS}》{TODAY}" in known["sentence"]
    cited = {one["path"]: one["citation"] for one in known["because"]}
    assert cited["contractor.clean_years"] == {"title": BASIS, "locator": str(TODAY)}


async def test_xiamens_raised_and_reduced_ratios_and_both_exemptions_come_out_decided(app: Application):
    handler = await app.handler()
    first, firm = await enter(handler, name="一期", contractAmount="500000000.00")
    officer = await app.officer(XIAMEN)
    for fact, said in CLEAN.items():
        await state(officer, firm, fact, **said)
    short = {"plannedStart": "2026-12-01", "plannedEnd": "2027-02-27", "durationDays": 89}
    projects = {
        "二期": (await enter(handler, name="二期"))[0],
        "小额": (await enter(handler, name="小额", contractAmount="3999999.99"))[0],
        "短期": (await enter(handler, name="短期", **short))[0],
    }
    assert decided(await apply(handler, first), REQUIRED)["value"] == "5000000.00", "the cap"
    assert decided(await apply(handler, projects["二期"]), REQUIRED)["value"] == "1000000.00", (
        "1 % for a second project"
    )
    for name in ("小额", "短期"):
        exempt = await apply(handler, projects[name], applicationType="EXEMPT", paymentMethod=None)
        assert decided(exempt, EXEMPTION)["value"] == "small_contract", name
        assert not [one for one in exempt["decisions"] if one["path"] == "checks.quota_application.exemption"]

    await state(officer, firm, "CLEAN_YEARS", years=2)
    assert decided(await apply(handler, (await enter(handler, name="三期"))[0]), REQUIRED)["value"] == "500000.00"
    for fact, said in {"CLEAN_YEARS": {"years": 3}, "REAL_NAME_SYSTEM": {"holds": True}}.items():
        await state(officer, firm, fact, **said)
    exempt = {"applicationType": "EXEMPT", "paymentMethod": None}
    waiting = decided(await apply(handler, (await enter(handler, name="四期"))[0], **exempt), EXEMPTION)
    assert (waiting["value"], waiting["sentence"]) == (None, "缺少“落实工资专用账户”，无法得出是否免存。")
    await state(officer, firm, "WAGE_ACCOUNT", holds=True)
    clean = decided(await apply(handler, (await enter(handler, name="五期"))[0], **exempt), EXEMPTION)
    assert clean["value"] == "clean_3_years"
    assert f"“落实工资专用账户：是”由{XIAMEN}认定" in clean["sentence"]
    await state(officer, firm, "ARREARS_WITHIN_2_YEARS", holds=True)
    raised = decided(
        await apply(handler, (await enter(handler, name="六期", contractAmount="500000000.00"))[0]), REQUIRED
    )
    assert raised["value"] == "11250000.00", "1.5 % and half of it, past the cap"


async def test_an_amount_at_the_cap_passes_the_floor_of_the_ratio(app: Application):
    handler = await app.handler()
    project, _ = await enter(handler, contractAmount="2000000000.00")
    by_amount = {"entryMode": "AMOUNT", "entryRatio": None}
    low = await submit(handler, project, **by_amount, entryAmount="4999999.99")
    assert [one["code"] for one in low["violations"] if one["refuses"]] == ["RATIO_BELOW_MINIMUM"]
    assert (await submit(handler, project, **by_amount, entryAmount="5000000.00"))["__typename"] == "QuotaApplication"


async def test_a_statement_is_the_citys_officers_alone_and_stays_beside_a_later_one(app: Application):
    handler = await app.handler()
    _, firm = await enter(handler)
    officer, elsewhere = await app.officer(XIAMEN), await app.officer()
    yesterday = str(TODAY - timedelta(days=1))
    listed = {"fact": "ON_SERIOUS_LIST", "holds": True, "asOf": yesterday}
    assert (await state(officer, firm, **listed))["factLabel"] == "列入拖欠农民工工资失信联合惩戒名单"
    await state(officer, firm, "ON_SERIOUS_LIST", holds=False)
    shown = "query ($id: ID!) { node(id: $id) { ... on Enterprise { contractorRecords { holds asOf } } } }"
    history = [{"holds": True, "asOf": yesterday}, {"holds": False, "asOf": str(TODAY)}]
    for person, seen in (
        (handler, history),
        (officer, history),
        (elsewhere, []),
        (await app.handler(seed=2, name="另一建筑有限公司"), []),
    ):
        assert (await person.ask(shown, id=firm))["contractorRecords"] == seen
    listing = "{ contractorRecords { totalCount nodes { enterprise { name } } } }"
    assert (await handler.ask(listing))["totalCount"] == 2

    said: dict[str, Any] = {"fact": "ON_SERIOUS_LIST", "holds": True}
    assert (await state(handler, firm, **said))["code"] == "FORBIDDEN"
    assert (await state(elsewhere, firm, **said))["message"].startswith("您所在的单位不属于该城市")
    mine = await app.in_role_of(handler, Role.HRSS_OFFICER, XIAMEN)
    assert "须由本单位其他人员办理" in (await state(mine, firm, **said))["message"]
    bureau = (await officer.ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
    for wrong, path in (
        ({"fact": "CLEAN_YEARS", "holds": True}, ["years"]),
        ({**said, "years": 3}, ["years"]),
        ({"fact": "CLEAN_YEARS", "years": -1}, ["years"]),
        ({"fact": "CLEAN_YEARS", "years": 1000}, ["years"]),
        ({**said, "basis": " "}, ["basis"]),
        ({**said, "asOf": None}, ["asOf"]),
        ({**said, "asOf": str(TODAY + timedelta(days=1))}, ["asOf"]),
        ({**said, "city": "nowhere"}, []),
    ):
        assert (await state(officer, firm, **wrong)).get("path") == path, wrong
    assert (await state(officer, bureau, **said))["__typename"] != "ContractorRecord"
    assert (await handler.ask(listing))["totalCount"] == 2

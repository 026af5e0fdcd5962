"""What a city's form asks besides: taken with the act, checked by its kind, kept with the case and shown."""

from pathlib import Path
from typing import Any

from core.actor import Role
from tests.core.test_pinning import opened, publish
from tests.helpers.acts import PROJECT, QUOTA, approve, reject, submit_certification
from tests.helpers.app import BENXI_HOUSING
from tests.helpers.people import Person

FACTS = """
facts:
  permit.number: {label: 施工许可证号, kind: text}
  permit.issued_on: {label: 施工许可日, kind: date}
  permit.fee: {label: 规费, kind: money}
  owner.phone: {label: 建设单位电话, kind: text}
  owner.form: {label: 建设单位性质, kind: text}
  staff.insured: {label: 参保人数, kind: integer}
"""
OF_PROJECT = "- {code: project.category, label: 项目种类"
OF_QUOTA = "- {code: application.remarks, label: 申请说明"
OF_FIRM = "- {code: enterprise.qualification, label: 企业资质"
ASKED = {
    "\nvalues:\n": f"{FACTS}\nvalues:\n",
    OF_PROJECT: "- {code: permit.number, label: 施工许可证号, kind: text, need: required}\n"
    "          - {code: permit.issued_on, label: 施工许可日, kind: date, need: optional}\n"
    f"          {OF_PROJECT}",
    OF_QUOTA: "- {code: permit.fee, label: 规费, kind: money, need: optional, unit: 元}\n"
    "          - {code: owner.phone, label: 建设单位电话, kind: phone, need: required}\n"
    "          - {code: owner.form, label: 建设单位性质, kind: choice, need: optional, "
    "options: {state: 国有, private: 民营}}\n"
    f"          {OF_QUOTA}",
    OF_FIRM: f"- {{code: staff.insured, label: 参保人数, kind: integer, need: required}}\n          {OF_FIRM}",
}
"""Fields of three forms that no input has one of its own for."""
SHOWN = """query ($id: ID!) { node(id: $id) {
  ... on Case { cityFields { path label value shown } } ... on Project { cityFields { path label value shown } } } }"""


async def told(person: Person, id: str) -> list[dict[str, Any]]:
    return (await person.ask(SHOWN, id=id))["cityFields"]


def places(answer: dict[str, Any]) -> list[tuple[str, ...]]:
    assert answer["__typename"] == "RulesViolated", answer
    return [(found["code"], *found["path"]) for found in answer["violations"] if found["refuses"]]


def given(**fields: str | None) -> list[dict[str, str | None]]:
    return [{"path": path.replace("__", "."), "value": value} for path, value in fields.items()]


async def test_answers_to_a_city_s_own_questions_are_checked_kept_and_shown(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1", **ASKED)
    async with opened(database_url, tmp_path) as app:
        handler, officer, reviewer = await app.person(), await app.officer(), await app.reviewer()
        firm = await submit_certification(handler, city="fengcheng")
        assert places(firm) == [("FIELD_REQUIRED", "cityFields", "staff.insured")]
        firm = await submit_certification(handler, city="fengcheng", cityFields=given(staff__insured="many"))
        assert places(firm) == [("FIELD_INVALID", "cityFields", "staff.insured")]
        firm = await submit_certification(handler, city="fengcheng", cityFields=given(staff__insured="-3"))
        assert places(firm) == [("FIELD_INVALID", "cityFields", "staff.insured")]
        firm = await submit_certification(handler, city="fengcheng", cityFields=given(staff__insured="45"))
        await approve(reviewer)
        assert await told(handler, firm["id"]) == [
            {"path": "staff.insured", "label": "参保人数", "value": "45", "shown": "45"}
        ]

        fields = {**PROJECT, "supervisingArea": "210682", "area": "210682"}
        stated = {"city": "fengcheng", "fields": fields}
        act = ("ProjectInput", "... on Project { id cityFields { path value } }")
        draft = await handler.act("saveProjectDraft", *act, **stated, cityFields=given(permit__issued_on="2026-03-01"))
        assert draft["cityFields"] == [{"path": "permit.issued_on", "value": "2026-03-01"}]
        stated = {"city": "fengcheng", "draftId": draft["id"], "fields": {}}
        entered = await handler.act("enterProject", *act, **stated)
        assert places(entered) == [("FIELD_REQUIRED", "cityFields", "permit.number")]
        entered = await handler.act(
            "enterProject", *act, **stated, cityFields=given(permit__number="施许〔2026〕1号", permit__height="3")
        )
        assert places(entered) == [("UNKNOWN_FIELD", "cityFields", "permit.height")]
        entered = await handler.act("enterProject", *act, **stated, cityFields=given(project__name="乙"))
        assert places(entered) == [("UNKNOWN_FIELD", "cityFields", "project.name")]
        entered = await handler.act("enterProject", *act, **stated, cityFields=given(permit__number="施许〔2026〕1号"))
        assert [one["path"] for one in entered["cityFields"]] == ["permit.issued_on", "permit.number"]

        assert places(await ask_quota(handler, entered["id"], [])) == [("FIELD_REQUIRED", "cityFields", "owner.phone")]
        twice = [*given(owner__phone="13455554444"), *given(owner__phone="13455554445")]
        refused = await ask_quota(handler, entered["id"], twice)
        assert (refused["code"], refused["path"]) == ("BAD_USER_INPUT", ["cityFields", "owner.phone"])
        wrong = given(owner__phone="12", owner__form="集体", permit__fee="1.005")
        assert places(await ask_quota(handler, entered["id"], wrong)) == [("FIELD_INVALID", "cityFields", "permit.fee")]
        assert places(await ask_quota(handler, entered["id"], wrong[:2])) == [
            ("FIELD_INVALID", "cityFields", "owner.phone"),
            ("FIELD_INVALID", "cityFields", "owner.form"),
        ]
        right = given(owner__phone=" 134 5555 4444 ", owner__form="国有", permit__fee="5")
        quota = await ask_quota(handler, entered["id"], right)
        industry = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)
        for person, phone in ((handler, "13455554444"), (officer, "13455554444"), (industry, "134****4444")):
            assert await told(person, quota["id"]) == [
                {"path": "owner.form", "label": "建设单位性质", "value": "state", "shown": "国有"},
                {"path": "owner.phone", "label": "建设单位电话", "value": phone, "shown": phone},
                {"path": "permit.fee", "label": "规费", "value": "5.00", "shown": "5.00 元"},
            ]
        await reject(officer, "请核对")
        again = await ask_quota(handler, entered["id"], given(owner__phone="024-42850000"), correcting=quota["id"])
        assert [one["value"] for one in await told(officer, again["id"])] == ["024-42850000"]
        assert (await approve(officer))["__typename"] == "Review"


async def ask_quota(handler: Person, project: str, fields: list[dict[str, str | None]], **stated: Any):
    selection = "... on QuotaApplication { id }"
    return await handler.act(
        "submitQuotaApplication",
        "SubmitQuotaApplicationInput",
        selection,
        projectId=project,
        quota=QUOTA,
        cityFields=fields,
        **stated,
    )

"""How far the work is, and when it is completed (BX-115, BX-116)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.actor import CHINA
from core.projects import rules
from core.projects.models import Project
from core.rulesets import loading
from plugins import cities
from tests.helpers.acts import PROJECT, enter_project
from tests.helpers.app import Application
from tests.helpers.people import Person

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"


async def report(person: Person, project: dict[str, Any], **dates: str | None) -> dict[str, Any]:
    selection = "... on Project { state actualStartedOn expectedCompletedOn actualCompletedOn nextSteps { code } }"
    return await person.act("reportProgress", "ReportProgressInput", selection, projectId=project["id"], **dates)


def today(plus: int = 0) -> str:
    return (datetime.now(CHINA).date() + timedelta(days=plus)).isoformat()


@pytest.mark.rows("BX-116")
async def test_the_progress_form_is_data_and_what_it_requires_is_told_at_once(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    form = await app.stranger.ask(
        '{ ruleset(city: "benxi") { form(code: "progress") { label fields { label need } citation { locator } } } }'
    )
    assert form["form"]["fields"] == [
        {"label": "实际开工日期", "need": "required"},
        {"label": "预计竣工日期", "need": "required"},
        {"label": "实际竣工日期", "need": "optional"},
    ]
    refused = await report(handler, project)
    assert [(found["path"], found["message"]) for found in refused["violations"]] == [
        (["actualStartedOn"], "请填写“实际开工日期”。"),
        (["expectedCompletedOn"], "请填写“预计竣工日期”。"),
    ]
    for found in refused["violations"]:
        [reason] = found["decision"]["because"]
        assert reason["citation"] == {"title": MANUAL, "locator": "2.4.1 工程进度（BX-116）"}

    begun = await report(handler, project, actualStartedOn="2024-10-08", expectedCompletedOn="2025-11-29")
    assert (begun["state"], begun["actualStartedOn"], begun["actualCompletedOn"]) == (
        "UNDER_CONSTRUCTION",
        "2024-10-08",
        None,
    )
    assert "progress" in [step["code"] for step in begun["nextSteps"]]


@pytest.mark.rows("BX-115")
async def test_a_future_completion_is_refused_and_todays_completes_the_project(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    dates = {"actualStartedOn": "2024-10-08", "expectedCompletedOn": "2025-11-29"}
    refused = await report(handler, project, **dates, actualCompletedOn=today(plus=1))
    [found] = refused["violations"]
    assert (found["code"], found["path"]) == ("COMPLETION_IN_FUTURE", ["actualCompletedOn"])
    assert found["message"] == f"实际竣工日期 {today(plus=1)} 须早于当前时间。"
    assert found["decision"]["certainty"] == "INTERPRETED"
    assert found["decision"]["because"][0]["citation"] == {"title": MANUAL, "locator": "2.4.1（BX-115）"}
    state = "query ($id: ID!) { node(id: $id) { ... on Project { state actualCompletedOn } } }"
    assert await handler.ask(state, id=project["id"]) == {"state": "ENTERED", "actualCompletedOn": None}

    completed = await report(handler, project, **dates, actualCompletedOn=today())
    assert (completed["state"], completed["actualCompletedOn"]) == ("COMPLETED", today())
    assert "progress" not in [step["code"] for step in completed["nextSteps"]]
    mistaken = await report(handler, project, **dates)
    assert (mistaken["state"], mistaken["actualCompletedOn"]) == ("UNDER_CONSTRUCTION", None)


async def test_everything_wrong_with_a_report_is_told_together(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    refused = await report(handler, project, actualStartedOn=today(plus=9), actualCompletedOn=today(plus=1))
    assert [found["code"] for found in refused["violations"]] == [
        "FIELD_REQUIRED",
        "DATE_IN_FUTURE",
        "PERIOD_REVERSED",
        "COMPLETION_IN_FUTURE",
    ]
    assert refused["violations"][1]["path"] == ["actualStartedOn"]
    assert refused["violations"][1]["message"] == f"“实际开工日期”{today(plus=9)} 还没有到，请核对。"
    assert refused["violations"][2]["message"] == f"“实际竣工日期”{today(plus=1)} 早于开始日期 {today(plus=9)}。"


async def test_days_that_cannot_be_are_refused_with_their_place(app: Application):
    handler = await app.handler()
    stated = {**PROJECT, "contractSignedOn": today(plus=1), "plannedStart": "2029-06-01", "plannedEnd": "2029-05-31"}
    entered = await handler.act("enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields=stated)
    assert {tuple(one["path"]): one["code"] for one in entered["violations"] if one["refuses"]} == {
        ("fields", "contractSignedOn"): "DATE_IN_FUTURE",
        ("fields", "plannedEnd"): "PERIOD_REVERSED",
    }
    project = await enter_project(handler)
    refused = await report(handler, project, actualStartedOn="2024-10-08", expectedCompletedOn="2024-10-07")
    assert [(one["code"], one["path"]) for one in refused["violations"]] == [
        ("PERIOD_REVERSED", ["expectedCompletedOn"])
    ]


async def test_only_the_enterprises_own_handler_reports_progress(app: Application):
    handler, officer, other = await app.handler(), await app.officer(), await app.handler(2, "另一建筑有限公司")
    project = await enter_project(handler)
    dates = {"actualStartedOn": "2024-10-08", "expectedCompletedOn": "2025-11-29"}
    assert (await report(officer, project, **dates))["code"] == "FORBIDDEN"
    assert (await report(other, project, **dates))["code"] == "NOT_FOUND"
    assert (await report(app.stranger, project, **dates))["code"] == "UNAUTHENTICATED"
    draft = await handler.act(
        "saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields={"name": "草稿"}
    )
    refused = await report(handler, draft, **dates)
    assert refused["message"] == "该工程仍为草稿，不能填报工程进度。"


@pytest.mark.parametrize("strict", [False, True])
def test_today_passes_unless_the_ruleset_is_strict(benxi, strict):
    """A-BX-12: the manual's "earlier than the present time", with a field that knows only days."""
    on = date(2026, 11, 20)
    ruleset = _strictly(benxi) if strict else benxi
    project = Project(actual_started_on=date(2024, 10, 8), expected_completed_on=on, actual_completed_on=on)

    def codes(completed: date) -> list[str]:
        project.actual_completed_on = completed
        return [found.code for found in rules.progress_violations(ruleset, project, on)]

    assert codes(on - timedelta(days=1)) == []
    assert codes(on) == (["COMPLETION_IN_FUTURE"] if strict else [])
    assert codes(on + timedelta(days=1)) == ["COMPLETION_IN_FUTURE"]


@pytest.fixture
def benxi():
    return next(ruleset for ruleset in cities.load() if ruleset.city == "benxi")


def _strictly(ruleset):
    """The city with its other reading of "earlier"."""
    own, base = ruleset.contents
    loose = b"project.completion_must_be_before_today:\n    - {from: 2025-01-15, value: false"
    assert loose in own
    layers = [
        loading.read_layer(own.replace(loose, loose.replace(b"false", b"true")), "benxi"),
        loading.read_layer(base, "base"),
    ]
    return loading.join(layers)

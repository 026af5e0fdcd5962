"""A case stays on the rules it began under, whatever is published meanwhile; a new one begins under the new rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from anxin.http.app import create_app
from core.projects.models import Project
from core.settings import Settings
from plugins import cities
from tests.helpers.acts import PROJECT, approve, reject, submit_certification, submit_quota
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import Person

DECISIONS = """query ($id: ID!) { node(id: $id) { ... on QuotaApplication {
  state decisions { path value ruleset { city version digest } } } } }"""


def publish(rules: Path, version: str, **changes: str) -> None:
    """Write the rules of a city of the test's own: Benxi's, under another name, with some words changed."""
    text = (cities.shipped_folder() / "benxi" / "ruleset.yaml").read_text()
    version_line = next(line for line in text.splitlines() if line.startswith("  version:"))
    words = {
        "city: benxi": "city: fengcheng",
        'region: "210500"': 'region: "210682"',
        'area: "210500"': 'area: "210682"',
        version_line: f'  version: "{version}"',
        **changes,
    }
    for old, new in words.items():
        assert old in text, old
        text = text.replace(old, new)
    (rules / "fengcheng").mkdir(parents=True, exist_ok=True)
    (rules / "fengcheng" / "ruleset.yaml").write_text(text)


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[Application]:
    """The application, started with the rules as they are written now."""
    asgi = create_app(Settings(database_url=database_url, var=folder / "var", strangers="open", rules=folder / "rules"))
    async with asgi.router.lifespan_context(asgi):
        transport = httpx2.ASGITransport(asgi)
        async with httpx2.AsyncClient(transport=transport, base_url="http://anxin.test") as http:
            yield Application(asgi.state.services, http)


def moved(person: Person, app: Application) -> Person:
    """The same person, speaking to the application as it runs now."""
    return Person(app.services, app.http, person.mobile, person.token)


async def enter(handler: Person, name: str) -> str:
    fields = {**PROJECT, "supervisingArea": "210682", "area": "210682", "name": name}
    entered = await handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="fengcheng", fields=fields
    )
    assert entered["__typename"] == "Project", entered
    return entered["id"]


def loose(answer: dict[str, Any]) -> bool:
    """Whether an application at 13 % was taken: the first rules only warn of it, the later ones refuse it."""
    refused = [found["code"] for found in answer.get("violations", [])]
    assert refused in ([], ["RATIO_ABOVE_MAXIMUM"]), answer
    return not refused


async def test_a_correcting_round_goes_by_the_old_rules_and_a_new_application_by_the_new(database_url, tmp_path):
    rules, thirteen = tmp_path / "rules", {"entryRatio": "0.13", "securedAmount": "2600000.00"}
    publish(rules, "2026.1")
    async with opened(database_url, tmp_path) as app:
        officer, handler = await app.officer(BENXI_OFFICE), await app.person()
        certified = await submit_certification(handler, city="fengcheng")
        assert certified["__typename"] == "Certification", certified
        await approve(await app.reviewer())
        first, second = await enter(handler, "一期"), await enter(handler, "二期")
        application = await submit_quota(handler, first, **thirteen)
        assert loose(application)
        await reject(officer, "请补充说明")
        before = app.services.rulesets.of("fengcheng").ref

    publish(rules, "2026.2", **{"at: entry_value\n      severity: warn": "at: entry_value\n      severity: refuse"})
    async with opened(database_url, tmp_path) as app:
        officer, handler = moved(officer, app), moved(handler, app)
        after = app.services.rulesets.of("fengcheng").ref
        assert (before.version, after.version, before.digest == after.digest) == ("2026.1", "2026.2", False)

        corrected = await submit_quota(handler, first, **thirteen, correcting=application["id"], remarks="自愿多缴")
        assert loose(corrected)
        assert corrected["state"] == "SUBMITTED"
        assert not loose(await submit_quota(handler, second, **thirteen))
        assert not loose(await submit_quota(handler, await enter(handler, "三期"), **thirteen))
        new = await submit_quota(handler, second)
        assert loose(new)

        kept = await handler.ask(DECISIONS, id=application["id"])
        versions = {(kept["ruleset"]["version"], kept["ruleset"]["digest"]) for kept in kept["decisions"]}
        assert versions == {("2026.1", before.digest)}
        assert len([decision for decision in kept["decisions"] if "ratio_at_most" in decision["path"]]) == 1
        kept = await handler.ask(DECISIONS, id=new["id"])
        assert {kept["ruleset"]["digest"] for kept in kept["decisions"]} == {after.digest}

        await approve(officer)
        assert (await handler.ask(DECISIONS, id=application["id"]))["state"] == "APPROVED"


async def test_a_draft_is_entered_under_the_rules_of_the_day_it_is_entered(database_url, tmp_path):
    publish(tmp_path / "rules", "2026.1")
    draft = "mutation ($input: ProjectInput!) { saveProjectDraft(input: $input) { ... on Project { id } } }"
    fields = {**PROJECT, "supervisingArea": "210682", "area": "210682"}
    async with opened(database_url, tmp_path) as app:
        handler = await app.person()
        await submit_certification(handler, city="fengcheng")
        await approve(await app.reviewer())
        saved = await handler.ask(draft, input={"city": "fengcheng", "fields": fields})
    optional = "label: 工资发放日, kind: integer, need: "
    publish(tmp_path / "rules", "2026.2", **{f"{optional}optional": f"{optional}required"})
    async with opened(database_url, tmp_path) as app:
        handler = moved(handler, app)
        stated = {"city": "fengcheng", "draftId": saved["id"]}
        selection = "... on Project { decisions { path ruleset { version } } }"
        refused = await handler.act("enterProject", "ProjectInput", selection, **stated, fields={})
        assert [found["path"] for found in refused["violations"]] == [["fields", "wagePayDay"]]
        entered = await handler.act("enterProject", "ProjectInput", selection, **stated, fields={"wagePayDay": 7})
        assert [decision["ruleset"]["version"] for decision in entered["decisions"]] == ["2026.2"]
        async with app.services.db.read_everything() as session:
            pinned = await session.scalar(select(Project.ruleset_version_id))
        assert pinned == app.services.rulesets.version_id(app.services.rulesets.of("fengcheng"))

"""One set of rules for all processes, whatever becomes of the files; a broken city stops itself alone."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from anxin.http.app import create_app
from anxin.processes import served_rules
from anxin.processes.startup import CannotStart
from core.db import Database
from core.rulesets.language.diagnostics import RulesetInvalid
from core.rulesets.versions import RulesetVersion
from core.settings import Settings
from plugins import cities
from tests.core.test_pinning import enter, moved, publish
from tests.helpers.acts import approve, submit_certification, submit_quota
from tests.helpers.app import BENXI_OFFICE, Application, within
from tests.helpers.commands import call

STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { name nextSteps { code } } } }"
HOOKS = """from plugins.hookspecs import hookimpl

@hookimpl
def broken_rules(act, facts, on):
    return []
"""


@asynccontextmanager
async def opened(database_url: str, folder: Path, **said: Any) -> AsyncIterator[Application]:
    settings = Settings(
        database_url=database_url, var=folder / "var", rules=folder / "rules", **{"strangers": "open", **said}
    )
    asgi = create_app(settings)
    async with within(asgi) as http:
        yield Application(asgi.state.services, http)


def version(app: Application) -> str:
    return app.services.rulesets.of("fengcheng").ref.version


def ruined(folder: Path) -> Path:
    file = folder / "rules" / "fengcheng" / "ruleset.yaml"
    file.write_text(file.read_text() + "\nnonsense: [1\n")
    return file


async def readiness(app: Application) -> tuple[int, str]:
    ready = await app.http.get("/readyz")
    return ready.status_code, ready.json()["rulesets"]


async def test_a_broken_city_is_served_as_it_was_stored_and_named(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    async with opened(database_url, tmp_path) as app:
        assert (version(app), await readiness(app)) == ("2026.1", (200, "ok"))
    ruined(tmp_path)
    async with opened(database_url, tmp_path) as app:
        assert version(app) == "2026.1"
        assert await readiness(app) == (200, "fengcheng: served as stored (2026.1)")
        assert (await app.http.get("/graphql/examples.json")).status_code == 200
        assert await submit_certification(await app.person(), city="fengcheng", name="新企业")


async def test_a_city_that_never_was_good_is_not_served_and_the_others_are(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    ruined(tmp_path)
    async with opened(database_url, tmp_path) as app:
        assert {"benxi", "fengcheng"} & {one.city for one in app.services.rulesets.cities} == {"benxi"}
        assert await readiness(app) == (200, "fengcheng: not served")


async def test_a_city_whose_examples_fail_is_served_as_it_was(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    async with opened(database_url, tmp_path):
        pass
    publish(tmp_path / "rules", "2026.2")
    (tmp_path / "rules" / "fengcheng" / "tests.yaml").write_text("suite: elsewhere\ncases: []\n")
    async with opened(database_url, tmp_path) as app:
        assert version(app) == "2026.1"


async def test_what_was_in_force_last_is_served_not_what_was_new_last(database_url: str, tmp_path: Path):
    for number in ("2026.1", "2026.2", "2026.1"):
        publish(tmp_path / "rules", number)
        async with opened(database_url, tmp_path):
            pass
    ruined(tmp_path)
    async with opened(database_url, tmp_path) as app:
        assert version(app) == "2026.1"


async def test_without_the_base_nothing_starts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(cities.shipped_folder(), tmp_path / "shipped")
    base = tmp_path / "shipped" / "national" / "ruleset.yaml"
    base.write_text(base.read_text() + "\nnonsense: [1\n")
    monkeypatch.setattr(cities, "shipped_folder", lambda: tmp_path / "shipped")
    (tmp_path / "rules").mkdir()
    with pytest.raises(CannotStart, match=r"national/ruleset\.yaml"):
        async with opened(database_url, tmp_path):
            pass


async def test_with_a_base_whose_examples_fail_nothing_starts(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(cities.shipped_folder(), tmp_path / "shipped")
    examples = tmp_path / "shipped" / "national" / "tests.yaml"
    examples.write_text(
        "suite: national\ncases:\n  - name: 提醒提前\n    on: 2025-01-15\n    source: 第十七条\n    facts: {}\n"
        "    expect: {alerts.guarantee_expiry_ahead: 2 month}\n"
    )
    monkeypatch.setattr(cities, "shipped_folder", lambda: tmp_path / "shipped")
    (tmp_path / "rules").mkdir()
    with pytest.raises(CannotStart, match="提醒提前"):
        async with opened(database_url, tmp_path):
            pass


async def test_processes_that_begin_later_have_the_rules_of_those_before(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    database = Database(database_url)
    served = await served_rules.from_files(database, tmp_path / "rules", strict=True)
    publish(tmp_path / "rules", "2026.2")
    async with opened(database_url, tmp_path, served_rules=served.told()) as app:
        assert version(app) == "2026.1"
    ruined(tmp_path)
    async with opened(database_url, tmp_path, served_rules=served.told()) as app:
        assert version(app) == "2026.1"
    await database.close()


async def test_hooks_of_another_source_are_refused(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    hooks = tmp_path / "rules" / "fengcheng" / "hooks.py"
    hooks.write_text(HOOKS)
    database = Database(database_url)
    served = await served_rules.from_files(database, tmp_path / "rules")
    async with opened(database_url, tmp_path, served_rules=served.told()) as app:
        assert not app.services.rules_notes
    hooks.write_text(HOOKS + "# another\n")
    async with opened(database_url, tmp_path, served_rules=served.told()) as app:
        assert "hooks.py" in app.services.rules_notes["fengcheng"]
        assert type(app.services.rulesets.of("fengcheng").hooks).__name__ == "MissingHooks"
    await database.close()


async def test_a_version_number_with_cases_is_not_given_to_another_content(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    async with opened(database_url, tmp_path) as app:
        digest = app.services.rulesets.of("fengcheng").ref.digest
    other = {"at: entry_value\n      severity: warn": "at: entry_value\n      severity: refuse"}
    publish(tmp_path / "rules", "2026.1", **other)
    database = Database(database_url)
    free = await served_rules.from_files(database, tmp_path / "rules", strict=True)
    assert free.rulesets.of("fengcheng").ref.digest != digest  # nothing was begun under it
    assert not free.notes
    async with opened(database_url, tmp_path) as app:
        handler = await app.person()
        await submit_certification(handler, city="fengcheng")
        begun = app.services.rulesets.of("fengcheng").ref.digest
    publish(tmp_path / "rules", "2026.1")
    refused = await served_rules.from_files(database, tmp_path / "rules", strict=True)
    assert refused.rulesets.of("fengcheng").ref.digest == begun
    assert refused.notes == {"fengcheng": "served as stored (2026.1)"}
    checked = call(
        *("rules", "check", "fengcheng", "--rules", str(tmp_path / "rules"), "--database", database_url), environment={}
    )
    assert checked.returncode == 0  # a warning: the file is sound
    assert "fengcheng/ruleset.yaml：提示：版本号 2026.1 已用于" in checked.stdout
    warned = await served_rules.from_files(database, tmp_path / "rules")
    assert (warned.rulesets.of("fengcheng").ref.digest, warned.notes) == (digest, {})
    await database.close()


async def test_cases_of_a_city_that_was_removed_go_on_and_nothing_else_becomes_null(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    async with opened(database_url, tmp_path) as app:
        officer, handler = await app.officer(BENXI_OFFICE), await app.person()
        await submit_certification(handler, city="fengcheng")
        await approve(await app.reviewer())
        project = await enter(handler, "一期")
    shutil.rmtree(tmp_path / "rules" / "fengcheng")
    async with opened(database_url, tmp_path) as app:
        officer, handler = moved(officer, app), moved(handler, app)
        assert "fengcheng" not in {one.city for one in app.services.rulesets.cities}
        shown = await handler.ask(STEPS, id=project)
        assert shown["name"] == "一期"
        assert shown["nextSteps"]
        assert (await submit_quota(handler, project))["state"] == "SUBMITTED"
        assert (await approve(officer))["outcome"] == "APPROVED"
        refused = await submit_certification(handler, city="fengcheng", name="新企业", materials=[])
        assert refused["code"] == "NOT_FOUND"


async def test_the_worked_examples_are_stored_with_their_version(database_url: str, tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    async with opened(database_url, tmp_path) as app, app.services.db.read_everything() as session:
        stored = {one.city: one.examples for one in await session.scalars(select(RulesetVersion))}
    assert stored["benxi"] == (cities.shipped_folder() / "benxi" / "tests.yaml").read_text("utf-8")
    assert stored["fengcheng"] is None


def test_a_city_whose_rules_are_missing_or_that_no_check_gets_through_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    publish(tmp_path / "rules", "2026.1")
    for city in ("gone", "dangling"):
        (tmp_path / "rules" / city).mkdir()
    (tmp_path / "rules" / "gone" / "tests.yaml").write_text("cases: []\n")
    (tmp_path / "rules" / "dangling" / "ruleset.yaml").symlink_to("nowhere.yaml")
    load = cities.load_folder

    def trip(folder: Path, *arguments: Any, **named: Any) -> Any:
        if folder.name == "fengcheng":
            raise ZeroDivisionError("a linter's own")
        return load(folder, *arguments, **named)

    monkeypatch.setattr(cities, "load_folder", trip)
    found, broken = cities.load_each(cities.find_places(tmp_path / "rules"))
    assert {ruleset.city for ruleset in found} >= {"national", "benxi"}
    assert set(broken) == {"gone", "dangling", "fengcheng"}
    assert broken["gone"][0].code == broken["dangling"][0].code == "UNREADABLE"
    assert "ZeroDivisionError" in broken["fengcheng"][0].message


def test_rules_that_stand_beside_broken_ones_are_all_told_of(tmp_path: Path):
    publish(tmp_path / "rules", "2026.1")
    ruined(tmp_path)
    found, broken = cities.load_each(cities.find_places(tmp_path / "rules"))
    assert "benxi" in {one.city for one in found}
    assert list(broken) == ["fengcheng"]
    with pytest.raises(RulesetInvalid):
        cities.load(tmp_path / "rules")

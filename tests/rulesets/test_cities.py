"""Cities are found: shipped ones, a folder of the settings, installed packages; and never two of one."""

import re
import sys
from datetime import date
from decimal import Decimal

import pytest

from core.rulesets.language.diagnostics import RulesetInvalid
from core.rulesets.lookup import PLACEHOLDER
from plugins import cities

FIFTH = """\
format: 1
ruleset: {city: NAME, name: 第五市, region: "659901", level: city, version: "1"}
sources:
  local: {title: 第五市办法, kind: regulation, in_force: 2022-01-01, evidence: text}
values:
  wage_deposit.ratio.ordinary:
    - {from: 2022-01-01, value: 2%, source: local, locator: 第一条}
"""


def fifth(folder, name, body=FIFTH):
    folder.mkdir(parents=True)
    (folder / "ruleset.yaml").write_text(body.replace("NAME", name))
    return folder


def problems(extra):
    with pytest.raises(RulesetInvalid) as caught:
        cities.load(extra)
    return [(problem.code, problem.file) for problem in caught.value.diagnostics]


def test_the_shipped_cities_load_with_the_base_first():
    loaded = cities.load()
    assert loaded[0].city == "national"
    assert {"guangzhou", "benxi", "xiamen", "hainan"} <= {ruleset.city for ruleset in loaded}


def test_a_folder_dropped_beside_is_a_city(tmp_path):
    fifth(tmp_path / "fifth", "fifth")
    (tmp_path / "notes").mkdir()
    found = {ruleset.city: ruleset for ruleset in cities.load(tmp_path)}
    assert (
        str(found["fifth"].value("wage_deposit.ratio.ordinary", found["fifth"].own.sources["local"].in_force)) == "0.02"
    )
    assert "notes" not in found


def test_a_folder_that_is_not_there_is_told(tmp_path):
    assert problems(tmp_path / "gone") == [("UNREADABLE", str(tmp_path / "gone"))]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(RulesetInvalid, match="UNREADABLE"):
        cities.load_folder(tmp_path)


def test_a_folder_named_otherwise_than_its_city_is_refused(tmp_path):
    fifth(tmp_path / "sixth", "fifth")
    [(code, file)] = problems(tmp_path)
    assert (code, file) == ("WRONG_FOLDER", f"{tmp_path.name}/sixth/ruleset.yaml")


def test_a_second_city_of_the_same_code_or_region_is_refused(tmp_path):
    fifth(tmp_path / "benxi", "benxi")
    fifth(tmp_path / "fifth", "fifth")
    assert [code for code, _ in problems(tmp_path)] == ["CITY_TWICE", "REGION_TWICE"]


def test_every_problem_of_every_city_is_told_at_once(tmp_path):
    fifth(tmp_path / "fifth", "fifth", FIFTH.replace("2%", "5%"))
    fifth(tmp_path / "sixth", "sixth", FIFTH.replace("659901", "659902").replace("ordinary", "ordinry"))
    assert [code for code, _ in problems(tmp_path)] == ["OUT_OF_BOUNDS", "UNKNOWN_NAME"]


HOOKED = (
    FIFTH
    + """\
formulas:
  fifth.amount:
    label: 第五市金额
    kind: money
    versions:
      - from: 2022-01-01
        source: local
        locator: 第二条
        calculate: {kind: hook, name: fifth, facts: [project.contract_amount]}
        round: {to: 0.01, mode: half_up}
"""
)

HOOKS = """\
from decimal import Decimal

from fifth_rules.shares import SHARE
from plugins import hookimpl


@hookimpl
def calculate(name, facts):
    return facts["project.contract_amount"] * SHARE
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a package beside, as an installer leaves it: its files, and its entry point's."""

    def install(package):
        dist = tmp_path / f"{package}-1.dist-info"
        dist.mkdir()
        (dist / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        (dist / "entry_points.txt").write_text(f"[anxin.rulesets]\nfifth = {package}\n")
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path / package

    yield install
    for name in [name for name in sys.modules if name.partition(".")[0].endswith("fifth_rules")]:
        del sys.modules[name]


def test_a_city_of_an_installed_package_is_found_with_its_hooks(install):
    package = fifth(install("fifth_rules"), "fifth", HOOKED)
    (package / "__init__.py").touch()
    (package / "shares.py").write_text('from decimal import Decimal\n\nSHARE = Decimal("0.03")\n')
    (package / "hooks.py").write_text(HOOKS)
    found = {ruleset.city: ruleset for ruleset in cities.load()}
    decision = (
        found["fifth"]
        .decide("fifth.amount", {"project.contract_amount": Decimal("1000.50")}, date(2024, 6, 1))
        .as_json()
    )
    assert (decision["value"], decision["certainty"]) == ("30.02", "confirmed")
    assert decision["ruleset"]["city"] == "fifth"
    assert "《第五市办法》第二条" in decision["sentence"]
    (package / "shares.py").write_text("import os\n\nSHARE = os.cpu_count()\n")
    assert problems(None) == [("HOOKS_INVALID", "fifth_rules/shares.py")]


@pytest.mark.parametrize("broken", ["no such module", "no ruleset"])
def test_a_package_that_cannot_be_used_is_told_by_its_name(install, broken):
    package = install("unusable_fifth_rules")
    if broken == "no ruleset":
        package.mkdir()
        (package / "__init__.py").touch()
    assert problems(None) == [("PACKAGE_INVALID", "unusable_fifth_rules")]


def list_checks():
    for ruleset in cities.load():
        for act, checks in ruleset.own.checks.items():
            yield from ((f"{ruleset.city}.{act}.{check.id}", check) for check in checks)


def test_every_check_that_is_shipped_says_itself_in_english_with_the_same_facts():
    shipped = dict(list_checks())
    assert len(shipped) >= 45
    for name, check in shipped.items():
        english = check.message_en or ""
        assert english.endswith("."), name
        assert not re.search("[\u3000-\u9fff\uff00-\uffef]", english), name
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(check.message)), name


def test_an_english_message_says_values_in_english():
    [benxi] = [ruleset for ruleset in cities.load() if ruleset.city == "benxi"]
    stated = {
        "guarantee.starts_on": date(2026, 1, 1),
        "guarantee.ends_on": date(2026, 6, 1),
        "guarantee.at_least_one_year": False,
        "guarantee.covers_amount_due": False,
        "guarantee.amount": Decimal("5000.00"),
    }
    told = [found.english for found in benxi.check("offline_guarantee", stated, date(2026, 1, 1))]
    assert told == [
        "The guaranteed amount, 5,000.00 yuan, is below the amount due of the deposit, (not stated).",
        "The guarantee is valid from 2026-01-01 to 2026-06-01, less than 1 year.",
        "“planned end” is missing, so this cannot be checked and an officer decides: "
        "The guarantee is valid until 2026-06-01, shorter than the contract period (until (not stated)).",
    ]


def test_what_cannot_be_checked_names_the_fields_to_fill_in_not_the_check():
    [benxi] = [ruleset for ruleset in cities.load() if ruleset.city == "benxi"]
    found = {violation.decision.path: violation for violation in benxi.check("offline_guarantee", {}, date(2026, 1, 1))}
    lacking = found["checks.offline_guarantee.at_least_one_year"]
    assert (lacking.code, lacking.refuses, list(lacking.path)) == ("UNDECIDED", False, ["ends_on"])
    assert lacking.message == (
        "缺少“保函起始日期、保函终止日期”，无法核对，由经办人员认定：保函有效期自（未填写）至（未填写），不满1年。"
    )
    assert lacking.english == (
        "“first day, last day” is missing, so this cannot be checked and an officer decides: "
        "The guarantee is valid from (not stated) to (not stated), less than 1 year."
    )

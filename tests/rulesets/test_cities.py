"""Cities are found: shipped ones, a folder of the settings, installed packages; and never two of one."""

import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from core.deadlines.rules import due_after
from core.decisions import Certainty
from core.errors import NotConfiguredHere
from core.reviews import rules
from core.rulesets.facts import facts_from_text
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
    told = [found.english for found in benxi.check("wage_deposit_letter", stated, date(2026, 1, 1))]
    assert told == [
        "The guaranteed amount, 5,000.00 yuan, is below the amount due of the deposit, (not stated).",
        "The guarantee is valid from 2026-01-01 to 2026-06-01, less than 1 year.",
        "“planned end” is missing, so this cannot be checked and an officer decides.",
    ]


def test_what_cannot_be_checked_names_the_fields_to_fill_in_not_the_check():
    [benxi] = [ruleset for ruleset in cities.load() if ruleset.city == "benxi"]
    found = {
        violation.decision.path: violation for violation in benxi.check("wage_deposit_letter", {}, date(2026, 1, 1))
    }
    lacking = found["checks.wage_deposit_letter.at_least_one_year"]
    assert (lacking.code, lacking.refuses, list(lacking.path)) == ("UNDECIDED", False, ["ends_on"])
    assert lacking.message == "缺少“保函起始日期、保函终止日期”，无法核对，由经办人员认定。"
    assert lacking.english == "“first day, last day” is missing, so this cannot be checked and an officer decides."
    assert lacking.lacking == ["guarantee.starts_on", "guarantee.ends_on"]


def test_of_a_field_that_is_reported_missing_nothing_else_is_said():
    [benxi] = [ruleset for ruleset in cities.load() if ruleset.city == "benxi"]
    found = rules.violations(benxi, "letter_submission", {}, {}, date(2026, 1, 1))
    missing = {one.path[0] for one in found if one.code == "FIELD_REQUIRED"}
    assert {"guarantee.amount", "guarantee.ends_on"} <= missing
    assert [one.lacking for one in found if one.code == "UNDECIDED"] == []


@cache
def shipped():
    return {city.city: city for city in cities.load()}


def test_a_first_day_that_is_only_supposed_is_a_question_of_its_own_and_nothing_that_rests_on_it_is_confirmed():
    asked = [
        (city.city, source.interpretation)
        for city in shipped().values()
        for source in city.own.sources.values()
        if source.in_force is None and source.kind != "platform_decision"
    ]
    assert len(asked) == len(set(asked)) == 8
    assert all(question in shipped()[city].own.interpretations for city, question in asked)
    supposed = shipped()["xiamen"].decide("deadlines.quota_review", {}, date(2024, 8, 1))
    assert supposed.certainty is Certainty.INTERPRETED
    assert "现按“以省办法的见报日2024年7月17日为适用日”" in supposed.sentence
    refused = shipped()["benxi"].check("filing", {"deposit.type": "exempt"}, date(2025, 2, 1))
    assert [each.decision and each.decision.certainty for each in refused] == [Certainty.INTERPRETED]


def test_codes_reach_people_by_their_labels():
    labels = [
        label
        for city in shipped().values()
        for term in city.own.terms.values()
        for label in (term.options or {}).values()
    ]
    assert len(labels) > 150
    assert not [label for label in labels if not re.search(r"[\u4e00-\u9fff]", label)]
    benxi = shipped()["benxi"]
    says = benxi.decide("auth.login.factors", {}, date(2025, 2, 1))
    assert says.sentence.startswith("登录所需：手机号、密码、短信验证码。")
    assert says.value == "mobile,password,sms_code"
    pasted = facts_from_text(
        {"application.type": "免缴", "project.kind": "房屋建筑工程", "project.name": "免缴"}, benxi
    )
    assert pasted == {"application.type": "exempt", "project.kind": "building", "project.name": "免缴"}
    xiamen = shipped()["xiamen"]
    mode = xiamen.decide("filing.mode", {}, date(2024, 8, 1))
    assert "：自动备案。" in mode.sentence
    assert "按“另行申请备案”则为“另行申请”" in mode.sentence


def test_a_last_day_off_moves_on_where_the_rules_say_so_and_not_for_rules_stored_before_they_did():
    benxi = shipped()["benxi"]
    ends = due_after(benxi, "cancellation.public_notice", date(2025, 9, 1))
    assert getattr(ends, "on", None) == date(2025, 10, 9)
    terms = dict(benxi.layers[1].terms)
    del terms["deadlines.roll_forward"]
    before = replace(benxi, layers=[benxi.own, benxi.layers[1].model_copy(update={"terms": terms})])
    ended = due_after(before, "cancellation.public_notice", date(2025, 9, 1))
    assert getattr(ended, "on", None) == date(2025, 10, 1)


def test_a_product_that_a_city_does_not_have_is_refused_whatever_else_its_rules_say():
    benxi = shipped()["benxi"]
    assert rules.procedure(benxi, "filing", date(2025, 2, 1)).reviewer == "hrss_officer"
    header = benxi.own.ruleset.model_copy(update={"product_lines": ["payment_security"]})
    without = replace(benxi, layers=[benxi.own.model_copy(update={"ruleset": header}), benxi.layers[1]])
    with pytest.raises(NotConfiguredHere) as refused:
        rules.procedure(without, "filing", date(2025, 2, 1))
    assert refused.value.what == "product_line"
    assert rules.procedure(without, "certification", date(2025, 2, 1)).form == "certification"


def test_citations_say_what_is_cited():
    on = date(2025, 2, 1)
    benxi, guangzhou, hainan = (shipped()[city] for city in ("benxi", "guangzhou", "hainan"))
    [paid_less] = [check for check in benxi.checks("cash_payment", on) if check.id == "covers_amount_due"]
    assert paid_less.locator == "第八条"
    for city, path in ((guangzhou, "quota.payment_methods"), (benxi, "wage_deposit.guarantee_scope")):
        entry = city.value_entry(path, on)
        assert getattr(entry, "interpretation", None) in city.own.interpretations
    proof = hainan.material_list("fiscal_investment", on)
    assert getattr(proof, "interpretation", None) == "budget-proof-attachment"

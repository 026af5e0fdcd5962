"""A city's hooks on their leash: whatever they do, it costs their own answer and nothing else."""

from datetime import date
from decimal import Decimal
from textwrap import dedent
from threading import enumerate as running

import pytest

from core.decisions import Certainty
from core.rulesets.hooks import HookFailed, Supervisors
from core.rulesets.language.diagnostics import RulesetInvalid
from plugins import cities, hookspecs, leash

DAY = date(2024, 6, 1)

RULESET = """\
format: 1
ruleset: {city: CITY, name: 港口市, region: "REGION", level: city, version: "1"}
sources:
  local: {title: 港口办法, kind: regulation, in_force: 2022-01-01, evidence: text}
formulas:
  harbour.amount:
    label: 港口金额
    kind: money
    versions:
      - from: 2022-01-01
        source: local
        locator: 第一条
        calculate: {kind: hook, name: harbour, facts: [project.contract_amount]}
        round: {to: 0.01, mode: half_up}
"""
FACTS = {"project.contract_amount": Decimal("100.00")}


@pytest.fixture
def harbour(tmp_path):
    """Makes a city with the given ``hooks.py``."""

    def make(source, city="harbour", region="659901"):
        folder = tmp_path / city
        folder.mkdir()
        (folder / "ruleset.yaml").write_text(RULESET.replace("CITY", city).replace("REGION", region))
        (folder / "hooks.py").write_text("from plugins import hookimpl\n" + dedent(source))
        return cities.load_folder(folder)

    return make


def amount(ruleset):
    return ruleset.decide("harbour.amount", FACTS, DAY)


CALCULATE = """
@hookimpl
def calculate(name, facts, on):
    {}
"""


def test_a_hook_answers_what_its_formula_asks(harbour):
    source = """
    from decimal import Decimal

    @hookimpl
    def calculate(name, facts, on):
        return facts["project.contract_amount"] * Decimal("0.02") if name == "harbour" else None
    """
    assert (amount(harbour(source)).value, amount(harbour(source, "other", "659902")).value) == ("2.00", "2.00")


def test_a_hook_may_bring_types_of_its_own(harbour):
    source = """
    from dataclasses import dataclass
    from decimal import Decimal

    @dataclass
    class Share:
        of: "Decimal"

    @hookimpl
    def calculate(facts):
        return Share(facts["project.contract_amount"]).of
    """
    assert amount(harbour(source)).value == "100.00"


MISBEHAVIOUR = {
    "raises": 'raise KeyError("x")',
    "exits": "raise SystemExit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "answers a float": "return 1.5",
    "answers text": 'return "100"',
    "answers True": "return True",
    "answers infinity": 'import decimal; return decimal.Decimal("Infinity")',
    "answers a monster": 'import decimal; return decimal.Decimal("1e999999")',
    "changes the facts": 'facts["project.contract_amount"] = 0',
    "empties the facts": "facts.clear()",
    "asks for what it may not see": 'return facts["enterprise.name"]',
    "has no answer": "return None",
}


@pytest.mark.parametrize("body", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_a_misbehaving_hook_leaves_its_decision_undecided(harbour, body):
    facts = dict(FACTS)
    ruleset = harbour(CALCULATE.format(body))
    decision = ruleset.decide("harbour.amount", facts, DAY)
    assert (decision.value, decision.certainty) == (None, Certainty.UNDECIDED)
    assert facts == FACTS
    assert ruleset.decide("wage_deposit.ratio.max", facts, DAY).value == "0.03"


def test_a_hook_that_hangs_is_left_behind_once_and_not_asked_again(harbour, tmp_path):
    asked = tmp_path / "asked"
    body = f'with open({str(asked)!r}, "a") as file: file.write("x")\n    import time\n    while True: time.sleep(0.05)'
    ruleset = harbour(CALCULATE.format(body))
    reasons = [amount(ruleset).because[-1].sentence for _ in range(3)]
    assert "没有结果" in reasons[0]
    assert all("暂不再问" in reason for reason in reasons[1:])
    assert asked.read_text() == "x"
    assert [thread.daemon for thread in running() if thread.name == "hook-harbour-calculate"] == [True]
    completed = {"project.completed": False}
    assert [found.code for found in ruleset.check("cancellation", completed, DAY)] == ["PROJECT_NOT_COMPLETED"]


def test_a_hook_that_was_merely_slow_is_asked_again_when_it_has_come_back(harbour, tmp_path):
    gate = tmp_path / "gate"
    wait = f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    ruleset = harbour(CALCULATE.format(f"import os, time, decimal\n    {wait}\n    return decimal.Decimal(5)"), "slow")
    assert amount(ruleset).value is None
    [thread] = [thread for thread in running() if thread.name == "hook-slow-calculate"]
    gate.touch()
    thread.join(60)
    assert amount(ruleset).value == "5.00"


BROKEN_RULES = """
from core.rulesets.hooks import BrokenRule

@hookimpl
def broken_rules(act, facts, on):
    {}
"""


def test_broken_rules_of_a_hook_join_the_written_ones(harbour):
    ruleset = harbour(
        BROKEN_RULES.format('return [BrokenRule("TOO_DEEP", "水太深。", "local", "第二条")] if act == "moor" else []')
    )
    assert [found.code for found in ruleset.check("moor", {}, DAY)] == ["TOO_DEEP"]
    assert ruleset.check("sail", {}, DAY) == []
    [alone] = ruleset.check("moor", {}, DAY)
    assert alone.english is None


def test_a_broken_rule_of_a_hook_says_itself_in_english_where_the_city_wrote_that(harbour):
    told = 'BrokenRule("TOO_DEEP", "水太深。", "local", "第二条", message_en="The water is too deep.")'
    [found] = harbour(BROKEN_RULES.format(f"return [{told}]")).check("moor", {}, DAY)
    assert (found.message, found.english) == ("水太深。", "The water is too deep.")


@pytest.mark.parametrize(
    "body",
    [
        'return "TOO_DEEP"',
        "return [1]",
        "return (broken for broken in [])",
        'return [BrokenRule("TOO_DEEP", 5, "local", "第二条")]',
        'return [BrokenRule("TOO_DEEP", "水太深。", None, "第二条")]',
        'return [BrokenRule("TOO_DEEP", "水太深。", "nowhere", "第二条")]',
    ],
)
def test_rubbish_from_a_check_hook_refuses_nothing(harbour, body):
    found = harbour(BROKEN_RULES.format(body)).check("moor", {}, DAY)
    assert [(each.code, each.refuses) for each in found] == [("UNDECIDED", False)]


SUPERVISORS = """
from core.rulesets.hooks import Supervisors

@hookimpl
def supervisors(facts, on):
    {}
"""


@pytest.mark.parametrize("body", ['return "局"', "return Supervisors(1, 2)", "raise ValueError"])
def test_rubbish_about_supervisors_names_nobody(harbour, body):
    ruleset = harbour(SUPERVISORS.format(body))
    with pytest.raises(HookFailed):
        ruleset.hooks.supervisors({}, DAY)
    assert ruleset.supervisors({}, DAY) is None


def test_a_hook_may_name_the_supervisors(harbour):
    ruleset = harbour(SUPERVISORS.format('return Supervisors("海事局", "人社局")'))
    assert ruleset.supervisors({}, DAY) == (Supervisors("海事局", "人社局"), None)


REFUSED = {
    "misspelt hook": (CALCULATE.replace("def calculate", "def calcualte").format("return 1"), "是不是 calculate？", 1),
    "misspelt argument": ("@hookimpl\ndef calculate(nmae): return 1", "nmae", 1),
    "unknown hook": ("@hookimpl\ndef quote(): return 1", "quote", 1),
    "syntax": ("x = 1\ndef broken(:", "SyntaxError", 3),
    "fails on import": ("x = 1\nx.y", "AttributeError", 3),
    "exits on import": ("raise SystemExit(0)", "SystemExit", 2),
    "imports what is not there": ("import no_such_module", "no_such_module", 2),
}


@pytest.mark.parametrize(("source", "said", "line"), REFUSED.values(), ids=REFUSED)
def test_hooks_that_cannot_work_are_refused_at_the_start(harbour, source, said, line):
    with pytest.raises(RulesetInvalid) as caught:
        harbour(source)
    [problem] = caught.value.diagnostics
    assert (problem.code, problem.line) == ("HOOKS_INVALID", line)
    assert problem.file.endswith("/harbour/hooks.py")
    assert said in problem.message


def test_two_cities_with_hooks_do_not_answer_for_each_other(harbour):
    five = harbour(CALCULATE.format("import decimal; return decimal.Decimal(5)"), "five", "659905")
    none = harbour(CALCULATE.format("return None"), "none", "659906")
    hangs = harbour(CALCULATE.format("import time\n    while True: time.sleep(0.05)"), "hangs", "659907")
    assert amount(hangs).certainty is Certainty.UNDECIDED
    assert amount(none).certainty is Certainty.UNDECIDED
    assert amount(five).value == "5.00"


def test_the_hooks_are_part_of_what_a_version_is(harbour, tmp_path):
    one = harbour(CALCULATE.format("return None"))
    (tmp_path / "harbour" / "hooks.py").write_text("# nothing left")
    two = cities.load_folder(tmp_path / "harbour")
    assert two.contents == one.contents
    assert (two.hooks_source, one.hooks_source[:5]) == (b"# nothing left", b"from ")
    assert two.ref.digest != one.ref.digest


def test_every_hook_is_asked_and_documented():
    for name, spec in vars(hookspecs.CityHooks).items():
        if not name.startswith("_"):
            assert callable(getattr(leash.LeashedHooks, name))
            for argument in spec.__annotations__.keys() - {"return"}:
                assert f"``{argument}``" in spec.__doc__ + hookspecs.__doc__


def test_the_budget_is_what_the_manual_says():
    assert f"longer than {leash.BUDGET} seconds" in (hookspecs.__doc__ or "")


def test_a_hook_that_fails_again_and_again_is_disabled_and_named(harbour):
    source = """
    from decimal import Decimal
    asked = []

    @hookimpl
    def calculate(name, facts, on):
        asked.append(name)
        if facts["project.contract_amount"] > 100:
            raise ValueError(len(asked))
        return Decimal(len(asked))
    """
    ruleset = harbour(source)

    def decide(figure):
        return ruleset.decide("harbour.amount", {"project.contract_amount": Decimal(figure)}, DAY)

    for _ in range(leash.DISABLED_AFTER - 1):
        assert decide("101").certainty is Certainty.UNDECIDED
    assert decide("100").certainty is not Certainty.UNDECIDED  # which forgives what was before
    for _ in range(leash.DISABLED_AFTER):
        assert ruleset.hooks.disabled == []
        assert decide("101").certainty is Certainty.UNDECIDED
    assert ruleset.hooks.disabled == ["calculate"]
    disabled = decide("100")
    assert disabled.certainty is Certainty.UNDECIDED
    assert "已停用" in str(disabled)

"""A city's hooks on their leash: whatever they do, it costs their own answer and nothing else."""

import re
import socket
import subprocess
import sys
from datetime import date
from decimal import Decimal
from textwrap import dedent
from threading import Event, Thread
from threading import enumerate as running

import pytest

from core.decisions import Certainty
from core.rulesets import worked_examples
from core.rulesets.hooks import HookFailed, Supervisors
from core.rulesets.language.diagnostics import RulesetInvalid
from plugins import cities, hookspecs, leash
from plugins.city_hooks import guard

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


def hang(ruleset, until):
    """Lets the hook's ``wait()`` wait for the test."""
    asked = list[str]()
    sys.modules[f"anxin_city_{ruleset.city}"].wait = lambda: (asked.append("x"), until.wait(60))
    return asked


WAITS = "wait = None\n" + CALCULATE.format("wait()\n    return Decimal(5)").replace(
    "\n@", "from decimal import Decimal\n@", 1
)


def test_a_hook_that_hangs_is_left_behind_once_and_asked_again_when_it_has_come_back(harbour):
    ruleset, gate = harbour(WAITS), Event()
    asked = hang(ruleset, gate)
    reasons = [amount(ruleset).because[-1].sentence for _ in range(3)]
    assert "没有结果" in reasons[0]
    assert all("暂不再问" in reason for reason in reasons[1:])
    assert asked == ["x"]
    [thread] = [thread for thread in running() if thread.name == "hook-harbour-calculate"]
    assert thread.daemon
    completed = {"project.completed": False}
    assert [found.code for found in ruleset.check("cancellation", completed, DAY)] == ["PROJECT_NOT_COMPLETED"]
    gate.set()
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
    # The source below, what is said of it, and where; line 1 is the import of hookimpl.
    "misspelt hook": (CALCULATE.replace("def calculate", "def calcualte").format("return 1"), "是不是 calculate？", 3),
    "misspelt argument": ("@hookimpl\ndef calculate(nmae): return 1", "没有参数 nmae，是不是 name？", 2),
    "unknown hook": ("@hookimpl\ndef quote(): return 1", "没有名为 quote 的钩子", 2),
    "syntax": ("x = 1\ndef broken(:", "不合 Python 语法", 3),
    "fails on import": ("x = 1\nx.y", "没有 y 这个属性", 3),
    "exits on import": ("raise SystemExit(0)", "程序自己退出了", 2),
    "imports what is not there": ("import no_such_module", "不能导入 no_such_module", 2),
    "imports the system": ("import os", "不能导入 os；只能导入：collections、", 2),
    "imports inside a hook": (CALCULATE.format("from subprocess import run"), "不能导入 subprocess", 5),
    "imports a module's own imports": ("from dataclasses import sys", "不能使用 dataclasses 的 sys", 2),
    "imports all of it": ("from decimal import *", "不能使用 decimal 的 *", 2),
    "imports from beside": ("from . import shares", "不能导入 .", 2),
    "a module's own imports": ("import enum\nenum.sys.exit()", "不能使用 enum 的 sys", 3),
    "a module under another name": ("import enum\nother = enum\nother.sys.exit()", "不能把模块 enum 当作值", 3),
    "opens": (CALCULATE.format('return open("/etc/passwd")'), "不能使用 open（读写文件或终端）", 5),
    "opens by another name": ("read = open", "不能使用 open", 2),
    "evaluates": (CALCULATE.format("return eval(name)"), "不能使用 eval（把文字当程序运行）", 5),
    "imports by name": ('__import__("os")', "不能使用 __import__", 2),
    "reaches by name": (CALCULATE.format('return getattr(on, "to" + "day")()'), "不能使用 getattr", 5),
    "reaches inside": (CALCULATE.format("return ().__class__.__base__"), "开头的属性 __class__", 5),
    "reaches inside by a pattern": (CALCULATE.format("match on:\n     case type(_x=of): return of"), "_x", 6),
    "reaches inside by a template": ('x = "{0.__globals__}".format(hookimpl)', "写成 f 字符串", 2),
    "reaches inside by a made template": ('x = ("{0._" + "_class__}").format(1)', "写成 f 字符串", 2),
    "reaches the caller": (CALCULATE.format("return (x for x in ()).gi_frame.f_back"), "gi_frame", 5),
    "reaches its loader": ("__builtins__", "不能使用名称 __builtins__", 2),
    "reckons in floats": (CALCULATE.format('return float("0.1")'), "改用 Decimal", 5),
    "reads the clock": ("from datetime import date\ndate.today()", "用参数 on：业务发生的日期", 3),
}  # fmt: skip


@pytest.mark.parametrize(("source", "said", "line"), REFUSED.values(), ids=REFUSED)
def test_hooks_that_cannot_work_or_reach_out_are_refused_at_the_start(harbour, source, said, line):
    with pytest.raises(RulesetInvalid) as caught:
        harbour(source)
    found = [problem for problem in caught.value.diagnostics if said in str(problem)]
    assert [(problem.code, problem.line) for problem in found] == [("HOOKS_INVALID", line)]
    assert all(re.search("[\u4e00-\u9fff]", problem.message) and problem.remedy for problem in caught.value.diagnostics)
    assert found[0].file.endswith("/harbour/hooks.py")


def test_a_hook_may_use_what_is_listed(harbour):
    source = """
    from __future__ import annotations
    import decimal
    import re
    from collections.abc import Mapping
    from dataclasses import dataclass, replace
    from datetime import date, timedelta
    from itertools import chain

    from core.money import yuan

    @dataclass(frozen=True)
    class Tier:
        top: decimal.Decimal
        _rate: str = "0.02"

        def __str__(self) -> str:
            return "{:.2f}".format(self.top)

    TIERS = [Tier(decimal.Decimal(10)), Tier(decimal.Decimal(50))]

    @hookimpl
    def calculate(name, facts: Mapping, on):
        input = facts["project.contract_amount"]
        late = on - timedelta(days=1) >= date(2024, 1, 1) and isinstance(on, date) and f"{on:%m}" == "06"
        try:
            top = max(tier.top for tier in chain(TIERS)) if late and re.match("har", name) else input
        except (KeyError, ValueError):
            return None
        return yuan(min(input, replace(TIERS[0], top=top).top))
    """
    assert amount(harbour(source.replace("\n    from __future__ import annotations", ""))).value == "50.00"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return by_test()", "要打开文件 /etc/hostname，已阻止"),
        ("try: by_test()\n    except Exception: pass\n    return Decimal(5)", "要打开文件 /etc/hostname，已阻止"),
        ("return Decimal(1) / 0", "hooks.py 第 7 行除数为 0（DivisionByZero"),
        ('return facts["enterprise.name"]', "hooks.py 第 7 行没有 enterprise.name 这一项（KeyError）"),
    ],
)
def test_what_a_hook_is_kept_from_or_does_wrong_is_said_with_its_line(harbour, tmp_path, body, said):
    ruleset = harbour("from decimal import Decimal\nby_test = None\n" + CALCULATE.format(body))
    sys.modules["anxin_city_harbour"].by_test = lambda: open("/etc/hostname").read()  # noqa: SIM115
    assert said in amount(ruleset).because[-1].sentence
    assert open("/etc/hostname").close() is None


@pytest.mark.parametrize("reach", ["socket", "subprocess", "import", "unlink"])
def test_the_guard_stops_what_reaches_out_in_a_hook_and_nothing_beside_it(reach, tmp_path):
    gate = Event()
    (tmp_path / "file").touch()
    ways = {
        "socket": lambda: socket.socket().connect(("127.0.0.1", 9)),
        "subprocess": lambda: subprocess.run(["true"], check=True),
        "import": lambda: __import__("antigravity_of_nobody"),
        "unlink": (tmp_path / "file").unlink,
    }
    beside = Thread(target=lambda: (gate.wait(60), (tmp_path / "other").write_text("x")))
    beside.start()
    with guard.watch() as stopped:
        with pytest.raises(guard.NotAllowed):
            ways[reach]()
        gate.set()
        beside.join(60)
    assert (len(stopped), (tmp_path / "file").exists()) == (1, True)
    assert (tmp_path / "other").read_text() == "x"


STEADY = """\
suite: harbour
cases:
  - {name: 一例, on: 2024-06-01, source: 办法, facts: {project.contract_amount: 100}, expect: {harbour.amount: 5.00}}
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (CALCULATE.format("return Decimal(5)"), []),
        # By a way that the source does not show.
        (CALCULATE.format("return Decimal(5) if read_clock(date) <= YEAR else None"), ["它读取了当前时间"]),
        ("asked = []" + CALCULATE.format("asked.append(1)\n    return Decimal(3 + len(asked))"), ["记着上一次的情形"]),
        (CALCULATE.format('return facts["nothing"]'), ["hooks.py 第 10 行没有 nothing 这一项"]),
    ],
    ids=["steady", "clock", "counts", "fails"],
)
def test_examples_are_asked_under_two_clocks_and_say_what_went_wrong(harbour, source, told, monkeypatch):
    monkeypatch.setattr("plugins.city_hooks.source._CLOCK", frozenset())
    head = "from datetime import date\nfrom decimal import Decimal\ndef read_clock(of): return of.today()\n"
    ruleset = harbour(head + f"from datetime import timedelta\nYEAR = date({date.today().year}, 12, 31)\n" + source)
    [case] = worked_examples.read(STEADY.encode(), "tests.yaml", ruleset)
    amount(ruleset)  # which whoever counts remembers
    found = worked_examples.find_differences(case, ruleset)
    assert len(found) == len(told)
    assert all(words in sentence for words, sentence in zip(told, found, strict=True))


def test_two_cities_with_hooks_do_not_answer_for_each_other(harbour):
    five = harbour(CALCULATE.format("import decimal; return decimal.Decimal(5)"), "five", "659905")
    none = harbour(CALCULATE.format("return None"), "none", "659906")
    hangs, gate = harbour(WAITS, "hangs", "659907"), Event()
    hang(hangs, gate)
    assert amount(hangs).certainty is Certainty.UNDECIDED
    assert amount(none).certainty is Certainty.UNDECIDED
    assert amount(five).value == "5.00"
    gate.set()


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

"""Every worked example of every city, one item each; and what a wrong ``tests.yaml`` is told."""

import pytest

from core.rulesets import worked_examples
from core.rulesets.coverage import find_unreached
from core.rulesets.language.diagnostics import RulesetInvalid
from plugins import cities
from tests.rulesets.small import city

RULESETS = {place.city: cities.load_folder(place.folder) for place in cities.places_in(cities.shipped_folder())}


EXAMPLES = {
    place.city: worked_examples.read(
        (place.folder / "tests.yaml").read_bytes(), f"rules/{place.city}/tests.yaml", RULESETS[place.city]
    )
    for place in cities.places_in(cities.shipped_folder())
    if (place.folder / "tests.yaml").is_file()
}
UNREACHED = 1
"""What no example of a shipped city proves: how the base rounds its required amount, which no city leaves to the base
with a ratio of its own. May only fall."""


def _cases():
    for name, cases in EXAMPLES.items():
        for case in cases:
            marks = [pytest.mark.rows(*case.rows)] if case.rows else []
            yield pytest.param(RULESETS[name], case, id=f"{name}: {case.name}", marks=marks)


@pytest.mark.parametrize(("ruleset", "case"), list(_cases()))
def test_a_worked_example_holds(ruleset, case):
    assert worked_examples.find_differences(case, ruleset) == []


def test_every_city_has_worked_examples():
    assert EXAMPLES.keys() == RULESETS.keys() - {cities.BASE}


def test_examples_reach_every_row_tier_check_and_threshold_of_the_cities_and_of_their_base():
    unreached = [said for city, cases in EXAMPLES.items() for said in find_unreached(RULESETS[city], cases)]
    of_the_base = [
        set(find_unreached(RULESETS[city], cases, RULESETS[city].layers[-1])) for city, cases in EXAMPLES.items()
    ]
    unreached += set.intersection(*of_the_base)
    assert len(unreached) == UNREACHED, unreached


LADDERS = """\
formulas:
  fee:
    label: 费
    kind: money
    versions:
      - from: 2022-01-01
        source: local
        locator: 第九条
        calculate:
          kind: bracket
          of: {fact: amount}
          rows:
            - up_to: 1_000
              then: {kind: clamp, of: {kind: percent_of, of: {fact: amount}, rate: 10%}, at_most: 80}
            - up_to: null
              then: {kind: marginal_tiers, of: {fact: amount}, tiers: [{up_to: 500, rate: 3%}, {up_to: 5_000, rate: 2%}, {up_to: null, rate: 1%}]}
        round: {to: 0.01, mode: half_up}
checks:
  cancellation:
    - {id: late, from: 2022-01-01, source: local, locator: 第九条, must: {fact: done_on, before: 2024-01-01}, code: LATE, message: 迟。}
"""  # noqa: E501 -- as a city writes it
STEPS = (
    # One example more, and what it reaches.
    ("780", "2023-12-31", []),
    ("860", "2024-01-01", ["rows.0.then 没有算例刚超过上限", "late 没有算例不通过", "办结日没有算例恰为 2024-01-01"]),
    ("1_000", "2024-01-01", ["第 1 档没有算例恰为 1,000"]),
    (
        "1_000.01",
        "2024-01-01",
        ["刚超过 1,000", "（1,000 以上）", "（500 至 5,000）", "四舍五入还是进位"],
    ),
    ("1_000.30", "2024-01-01", ["四舍五入还是舍去", "舍入到 0.01 还是 0.10"]),
    ("5_000", "2024-01-01", ["第 2 档没有算例恰为 5,000"]),
    ("9_000", "2024-01-01", ["第 3 档（5,000 以上）"]),
    ("5_500", "2024-01-01", ["第 2 档没有算例刚超过 5,000"]),
)


def test_both_sides_of_a_threshold_are_one_exactly_at_it_and_one_just_beyond():
    ruleset, cases, left = city(LADDERS), "suite: testville\ncases:\n", set[str]()
    for figure, done_on, reached in STEPS:
        facts = f"{{amount: {figure}, done_on: {done_on}}}"
        cases += (
            f"  - {{name: 例{figure}, on: 2024-06-01, source: 办法, facts: {facts}, certainty: {{fee: confirmed}}, "
        )
        cases += "refuses: {cancellation: []}}\n"
        told = set(find_unreached(ruleset, worked_examples.read(cases.encode(), "tests.yaml", ruleset)))
        gone = left - told
        assert len(gone) == len(reached), (figure, gone)
        assert all(any(words in said for said in gone) for words in reached), (figure, gone)
        left = told
    assert left == set()


SUITE = """\
suite: testville
cases:
  - name: 二千万
    on: 2024-06-01
    source: 办法
    facts: {amount: 20_000_000, kind: services}
"""


def case(extra, suite=SUITE, ruleset=None):
    return worked_examples.read((suite + extra).encode(), "tests.yaml", ruleset or city())[0]


FORM = """\
forms:
  f:
    label: 表
    read_by: quotas
    versions:
      - from: 2022-01-01
        source: local
        locator: 第九条
        fields:
          - {code: name, label: 姓名, kind: text, need: required}
          - {code: days, label: 天数, kind: integer, need: required}
          - {code: agreed, label: 已协商, kind: boolean, need: optional}
"""


WRONG = {
    "fact unknown": ("      # <--", SUITE.replace("amount:", "amuont:"), "UNKNOWN_NAME", "cases[0].facts.amuont"),
    "fact of another kind": ("", SUITE.replace("20_000_000", "much"), "WRONG_KIND", "cases[0].facts.amount"),
    "fact's option": ("", SUITE.replace("services", "hut"), "NOT_AN_OPTION", "cases[0].facts.kind"),
    "path unknown": ("    expect: {due: 5, due_amont: 5}", SUITE, "UNKNOWN_NAME", "cases[0].expect.due_amont"),
    "answer of another kind": ("    expect: {due_amount: much}", SUITE, "WRONG_KIND", "cases[0].expect.due_amount"),
    "unset path unknown": ("    not_configured: [cap, caap]", SUITE, "UNKNOWN_NAME", "cases[0].not_configured[1]"),
    "no such certainty": ("    certainty: {cap: sure}", SUITE, "NOT_AN_OPTION", "cases[0].certainty.cap"),
    "alternative of another kind": (
        "    alternatives: {due_amount: {b: much}}",
        SUITE,
        "WRONG_KIND",
        "cases[0].alternatives.due_amount.b",
    ),
    "act unknown": ("    refuses: {aply: []}", SUITE, "UNKNOWN_NAME", "cases[0].refuses.aply"),
    "form unknown": ("    fills: {aply: []}", SUITE, "UNKNOWN_NAME", "cases[0].fills.aply"),
    "another city": ("", SUITE.replace("testville", "elsewhere"), "WRONG_FOLDER", "suite"),
    "case twice": (SUITE.split("cases:\n")[1], SUITE, "DUPLICATE_ID", "cases[1].name"),
}


@pytest.mark.parametrize(("extra", "suite", "code", "path"), WRONG.values(), ids=WRONG)
def test_a_wrong_example_is_told_with_its_place(extra, suite, code, path):
    with pytest.raises(RulesetInvalid) as caught:
        case(extra, suite)
    problems = [(problem.code, problem.path) for problem in caught.value.diagnostics]
    assert (code, path) in problems
    assert len(problems) == (2 if "due: 5" in extra else 1)  # 5 is no span


HOLDS = """\
    expect: {due_amount: 200_000.00, class: large, fixed: 5}
    not_configured: [cap]
    certainty: {due_amount: confirmed}
    alternatives: {due_amount: {}}
    refuses: {quota_application: []}
    warns: {quota_application: [UNDECIDED]}
    requires: {}
    fills: {}
"""

DIFFERS = {
    "answer": ("200_000.00", "200_000.01", "due_amount：应为 200000.01，得到 200000.00（应存金额为 200,000.00 元"),
    "outcome": ("large", "small", "class：应为 small，得到 large"),
    "unset": ("[cap]", "[rate]", "rate：应为未配置，得到 0.01"),
    "certainty": ("confirmed", "unverified", "due_amount：确定程度应为 unverified，得到 confirmed"),
    "alternatives": ("{due_amount: {}}", "{due_amount: {b: 5}}", "due_amount：其他理解应为"),
    "refusal": (
        "refuses: {quota_application: []}",
        "refuses: {quota_application: [SHARE_TOO_LOW]}",
        "quota_application：应拒绝 ['SHARE_TOO_LOW']，得到 []",
    ),
    "warning": ("[UNDECIDED]", "[]", "quota_application：应提示 []，得到 ['UNDECIDED']"),
    "material": (
        "requires: {}",
        "requires: {quota_application: [licence]}",
        "quota_application：必交材料应为 ['licence']，得到 []",
    ),
    "field": ("fills: {}", "fills: {f: [name]}", "f：必填项应为 ['name']，得到 ['name', 'days']"),
}


def test_an_example_that_holds_has_no_difference():
    assert worked_examples.find_differences(case(HOLDS), city()) == []


@pytest.mark.parametrize(("written", "instead", "told"), DIFFERS.values(), ids=DIFFERS)
def test_a_difference_is_told_with_what_was_expected_and_what_was_got(written, instead, told):
    assert written in HOLDS
    ruleset = city(FORM if "fills" in written else "")
    [difference] = worked_examples.find_differences(case(HOLDS.replace(written, instead), ruleset=ruleset), ruleset)
    assert difference.startswith(told)

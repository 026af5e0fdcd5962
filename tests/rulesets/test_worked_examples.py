"""Every worked example of every city, one item each; and what a wrong ``tests.yaml`` is told."""

import pytest

from core.rulesets import worked_examples
from core.rulesets.language.diagnostics import RulesetInvalid
from plugins import cities
from tests.rulesets.small import city

RULESETS = {place.city: cities.load_folder(place.folder) for place in cities.places_in(cities.shipped_folder())}


def _cases():
    for place in cities.places_in(cities.shipped_folder()):
        path = place.folder / "tests.yaml"
        if path.is_file():
            for case in worked_examples.read(path.read_bytes(), f"rules/{place.city}/tests.yaml", RULESETS[place.city]):
                marks = [pytest.mark.rows(*case.rows)] if case.rows else []
                yield pytest.param(RULESETS[place.city], case, id=f"{place.city}: {case.name}", marks=marks)


@pytest.mark.parametrize(("ruleset", "case"), list(_cases()))
def test_a_worked_example_holds(ruleset, case):
    assert worked_examples.find_differences(case, ruleset) == []


def test_every_city_has_worked_examples():
    suites = {
        place.city for place in cities.places_in(cities.shipped_folder()) if (place.folder / "tests.yaml").is_file()
    }
    assert suites == RULESETS.keys() - {cities.BASE}


SUITE = """\
suite: testville
cases:
  - name: 二千万
    on: 2024-06-01
    source: 办法
    facts: {amount: 20_000_000, kind: services}
"""


def case(extra, suite=SUITE):
    return worked_examples.read((suite + extra).encode(), "tests.yaml", city())[0]


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
}


def test_an_example_that_holds_has_no_difference():
    assert worked_examples.find_differences(case(HOLDS), city()) == []


@pytest.mark.parametrize(("written", "instead", "told"), DIFFERS.values(), ids=DIFFERS)
def test_a_difference_is_told_with_what_was_expected_and_what_was_got(written, instead, told):
    assert written in HOLDS
    [difference] = worked_examples.find_differences(case(HOLDS.replace(written, instead)), city())
    assert difference.startswith(told)

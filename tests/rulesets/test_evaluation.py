"""What a ruleset answers: the day, the city's word before the base's, what is unknown, and every reason for it."""

# ruff: noqa: E501 -- one entry of YAML a line, as the cities write it

import decimal
from datetime import date
from decimal import Decimal

import pytest

from core.decisions import Certainty
from core.rulesets.hooks import BrokenRule, HookFailed, MissingHooks, NoHooks, Supervisors
from core.rulesets.ruleset import NotConfigured, UnknownPath
from tests.rulesets import small
from tests.rulesets.small import BASE, DAY, city

AMOUNT = {"amount": Decimal("20000000.00")}


def values(*entries):
    return "values:\n  rate:\n" + "".join(f"    - {{{entry}}}\n" for entry in entries)


RISING = values(
    "from: 2022-01-01, value: 2%, source: local, locator: 第一条",
    "from: 2024-01-01, value: 3%, source: local, locator: 第二条",
)


# Which entry is in force --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2021, 12, 31), "0.01"),
        (date(2022, 1, 1), "0.02"),
        (date(2023, 12, 31), "0.02"),
        (date(2024, 1, 1), "0.03"),
    ],
)
def test_the_latest_entry_of_the_city_holds_and_the_base_before_it(on, expected):
    assert city(RISING).value("rate", on) == Decimal(expected)
    assert city(RISING).decide("rate", {}, on).value == expected


def test_a_null_of_the_city_does_not_fall_through_to_the_base():
    ruleset = city(values("from: 2022-01-01, value: null, source: local, locator: 第一条"))
    assert ruleset.value_or_none("rate", date(2021, 12, 31)) == Decimal("0.01")
    assert ruleset.value_or_none("rate", DAY) is None
    with pytest.raises(NotConfigured):
        ruleset.value("rate", DAY)


def test_before_any_entry_nothing_is_configured():
    assert city().decide("rate", {}, date(2019, 12, 31)).certainty is Certainty.NOT_CONFIGURED


def test_a_name_that_does_not_exist_is_told():
    with pytest.raises(UnknownPath, match=r"testville.*wage"):
        city().decide("wage", {}, DAY)
    with pytest.raises(UnknownPath):
        city().value("wage", DAY)


# The answer and its reasons -----------------------------------------------------------------------------------------


def test_because_names_path_value_source_locator_and_day():
    decision = city().decide("due_amount", AMOUNT, DAY)
    assert decision.value == "200000.00"
    assert decision.sentence == (
        "应存金额为 200,000.00 元：20,000,000.00 × 1%。依据《基本法》（1号）第三条，自 2020-01-01 起适用。"
    )
    rule, amount, rate = decision.because
    assert (rule.depth, rule.path, rule.value, rule.since) == (0, "due_amount", "200000.00", "2020-01-01")
    assert (amount.depth, amount.path, amount.value, amount.citation) == (1, "amount", "20000000.00", None)
    assert (rate.depth, rate.path, rate.value) == (1, "rate", "0.01")
    assert rate.citation
    assert (rate.citation.source, rate.citation.locator, rate.citation.evidence) == ("law", "第一条", "text")
    assert decision.certainty is Certainty.CONFIRMED
    assert decision.ruleset == city().ref


def test_a_value_says_what_it_is_and_why():
    assert city().decide("fixed", {}, DAY).sentence == "定数为 5次。依据《基本法》（1号）第二条。"


def test_an_amount_is_rounded_as_the_rule_says_and_the_sentence_says_so():
    decision = city().decide("due_amount", {"amount": Decimal("1000000.50")}, DAY)
    assert decision.value == "10000.01"
    assert "四舍五入到 0.01 元" in decision.sentence


@pytest.mark.parametrize(("mode", "expected"), [("half_up", "10000.01"), ("up", "10000.01"), ("down", "10000.00")])
def test_rounding_goes_the_written_way(mode, expected):
    ruleset = city(base=BASE.replace("mode: half_up", f"mode: {mode}"))
    assert ruleset.decide("due_amount", {"amount": Decimal("1000000.50")}, DAY).value == expected


def test_the_thread_s_decimal_context_changes_nothing():
    with decimal.localcontext(prec=2, rounding=decimal.ROUND_UP):
        decision = city().decide("due_amount", {"amount": Decimal("123456789.55")}, DAY)
        assert city(RISING).decide("rate", {}, DAY).value == "0.03"
    assert decision.value == "1234567.90"


def test_an_amount_too_large_to_say_is_left_to_an_officer():
    decision = city().decide("due_amount", {"amount": Decimal("9" * 45)}, DAY)
    assert (decision.certainty, decision.value) == (Certainty.UNDECIDED, None)
    assert "数字过大" in decision.sentence


def test_a_missing_fact_is_named_and_leaves_the_answer_undecided():
    decision = city().decide("due_amount", {"amount": None}, DAY)
    assert (decision.certainty, decision.value) == (Certainty.UNDECIDED, None)
    assert decision.sentence == "缺少“合同金额”，无法得出应存金额。"
    assert [(reason.depth, reason.path, reason.value) for reason in decision.because] == [
        (0, "due_amount", None),
        (1, "amount", None),
    ]


def test_a_figure_not_configured_is_said_and_cited_and_never_guessed():
    ruleset = city(values("from: 2022-01-01, value: null, source: local, locator: 第七条"))
    decision = ruleset.decide("due_amount", AMOUNT, DAY)
    assert (decision.certainty, decision.value) == (Certainty.NOT_CONFIGURED, None)
    assert decision.sentence == "比例未配置，无法得出应存金额，平台不作推测。"
    unset = decision.because[-1]
    assert (unset.depth, unset.path, unset.since) == (1, "rate", "2022-01-01")
    assert unset.citation
    assert unset.citation.locator == "第七条"
    assert ruleset.decide("rate", {}, DAY).sentence == "比例未配置，平台不作推测。"


def test_a_fact_of_the_wrong_python_type_is_a_mistake_of_the_caller():
    for wrong in (2e7, "20000000.00", True):
        with pytest.raises(TypeError, match="amount"):
            city().decide("due_amount", {"amount": wrong}, DAY)
    with pytest.raises(TypeError, match="done_on"):
        city().check("quota_application", {"done_on": "2024-01-01"}, DAY)


def test_facts_of_other_cities_are_no_concern():
    assert city().decide("due_amount", {**AMOUNT, "harbour.depth": 1.5}, DAY).value == "200000.00"


# How firmly it stands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "certainty"),
    [("local", Certainty.CONFIRMED), ("platform", Certainty.INTERPRETED), ("report", Certainty.UNVERIFIED)],
)
def test_the_weakest_text_used_decides_how_firm_an_answer_is(source, certainty):
    ruleset = city(values(f"from: 2022-01-01, value: 2%, source: {source}, locator: 第一条"))
    assert ruleset.decide("due_amount", AMOUNT, DAY).certainty is certainty


def test_a_figure_that_chose_the_row_of_a_table_weighs_too_and_is_a_reason():
    base = BASE.replace("lt: 1_000}", "lt: {value: cap}}")
    ruleset = city("values:\n  cap:\n    - {from: 2022-01-01, value: 500, source: report, locator: 版面}\n", base=base)
    decision = ruleset.decide("class", {"amount": Decimal(400)}, DAY)
    assert (decision.value, decision.certainty) == ("small", Certainty.UNVERIFIED)
    assert [(reason.depth, reason.path, reason.value) for reason in decision.because] == [
        (0, "class#small", "small"),
        (1, "amount", "400.00"),
        (1, "cap", "500.00"),
    ]
    assert decision.sentence == "400.00 元属小额。依据《基本法》（1号）第四条。"


# Tables -------------------------------------------------------------------------------------------------------------


def table(policy, *rows):
    head = "tables:\n  t:\n    label: 表\n    outcomes: {a: 甲, b: 乙}\n    versions:\n"
    entry = "      - from: 2022-01-01\n        source: local\n        locator: 第八条\n"
    return (
        head
        + entry
        + f"        hit_policy: {policy}\n        rows:\n"
        + "".join(f"          - {row}\n" for row in rows)
    )


FIRST = table(
    "first",
    "{id: one, when: {fact: agreed, is: true}, outcome: a, message: 甲。}",
    "{id: two, when: {fact: days, gt: 5}, outcome: b, message: 乙。}",
    "{id: rest, outcome: a, message: 其余。}",
)
UNIQUE = table(
    "unique",
    "{id: one, when: {fact: agreed, is: true}, outcome: a, message: 甲。}",
    "{id: two, when: {all: [{fact: agreed, is: false}, {fact: days, gt: 5}]}, outcome: b, message: 乙。}",
)


@pytest.mark.parametrize(
    ("facts", "value", "certainty"),
    [
        ({"agreed": True}, "a", Certainty.CONFIRMED),  # the row after it need not be known
        ({"agreed": False, "days": 6}, "b", Certainty.CONFIRMED),
        ({"agreed": False, "days": 5}, "a", Certainty.CONFIRMED),
        ({"days": 6}, None, Certainty.UNDECIDED),  # the row before it might hold
        ({"agreed": False}, None, Certainty.UNDECIDED),
    ],
)
def test_first_takes_the_first_row_and_needs_to_know_those_before(facts, value, certainty):
    decision = city(FIRST).decide("t", facts, DAY)
    assert (decision.value, decision.certainty) == (value, certainty)


@pytest.mark.parametrize(
    ("facts", "value", "certainty"),
    [
        ({"agreed": True}, "a", Certainty.CONFIRMED),
        ({"agreed": False, "days": 6}, "b", Certainty.CONFIRMED),
        ({"agreed": False, "days": 5}, None, Certainty.NOT_CONFIGURED),
        ({"agreed": False}, None, Certainty.UNDECIDED),
    ],
)
def test_unique_takes_the_row_that_holds_and_guesses_none(facts, value, certainty):
    decision = city(UNIQUE).decide("t", facts, DAY)
    assert (decision.value, decision.certainty) == (value, certainty)


def test_a_default_row_of_a_unique_table_applies_when_no_other_does():
    ruleset = city(UNIQUE + "          - {id: rest, outcome: b, message: 其余。}\n")
    assert ruleset.decide("t", {"agreed": False, "days": 5}, DAY).value == "b"
    assert ruleset.decide("t", {"agreed": True}, DAY).value == "a"


def test_rows_that_meet_on_a_later_figure_leave_the_case_to_an_officer():
    rows = (
        "{id: low, when: {fact: amount, lt: {value: cap}}, outcome: a, message: 甲。}",
        "{id: high, when: {fact: amount, at_least: 1_000}, outcome: b, message: 乙。}",
    )
    caps = "".join(
        f"    - {{from: {year}-01-01, value: {cap}, source: local, locator: 条}}\n"
        for year, cap in ((2022, 1000), (2024, 2000))
    )
    body = table("unique", *rows) + "values:\n  cap:\n" + caps
    [problem] = small.found(body)
    assert (problem.code, "自 2024-01-01 起" in problem.message) == ("ROWS_OVERLAP", True)
    ruleset = small.kept(body)
    assert ruleset.decide("t", {"amount": Decimal(1500)}, date(2023, 6, 1)).value == "b"
    decision = ruleset.decide("t", {"amount": Decimal(1500)}, DAY)
    assert (decision.value, decision.certainty) == (None, Certainty.UNDECIDED)
    assert decision.sentence == "表：判定表有 2 行同时符合（low、high），转由经办人员认定。"


def test_a_lookup_takes_its_branch_and_shows_the_table_among_the_reasons():
    decision = city().decide("by_class", {"amount": Decimal(999)}, DAY)
    assert decision.value == "100.00"
    assert [(reason.depth, reason.path) for reason in decision.because] == [
        (0, "by_class"),
        (1, "class#small"),
        (2, "amount"),
    ]
    assert city().decide("by_class", {"amount": Decimal(1000)}, DAY).value == "1000.00"


# Open questions -----------------------------------------------------------------------------------------------------

QUESTION = """\
interpretations:
  q:
    question: 按哪个比例？
    status: needs_confirmation
    chosen: two
    readings:
      two: {label: 百分之二}
      three: {label: 百分之三, value: 3%}
      unsaid: {label: 无法计算的理解}
"""
OPEN = values("from: 2022-01-01, value: 2%, source: local, locator: 第一条, interpretation: q") + QUESTION


def test_another_reading_of_a_value_is_carried_through_to_the_amount_asked_for():
    decision = city(OPEN).decide("due_amount", AMOUNT, DAY)
    assert (decision.value, decision.certainty) == ("400000.00", Certainty.INTERPRETED)
    [other] = decision.alternatives
    assert (other.interpretation, other.reading, other.label, other.value) == ("q", "three", "百分之三", "600000.00")
    assert decision.sentence.endswith("此处的理解待确认，现按“百分之二”；按“百分之三”则为 600,000.00 元。")
    assert all(reason.value != "0.03" for reason in decision.because)


def test_a_confirmed_reading_is_no_longer_open():
    ruleset = city(OPEN.replace("needs_confirmation", "confirmed"))
    decision = ruleset.decide("due_amount", AMOUNT, DAY)
    assert (decision.certainty, decision.alternatives) == (Certainty.CONFIRMED, ())
    assert "待确认" not in decision.sentence


FORMULA = """\
formulas:
  f:
    label: 金额
    kind: money
    versions:
      - from: 2022-01-01
        source: local
        locator: 第六条
        interpretation: q
        calculate: {kind: percent_of, of: {fact: amount}, rate: 2%}
        round: {to: 1, mode: up}
  g:
    label: 加倍
    kind: money
    versions:
      - {from: 2022-01-01, source: local, locator: 第六条, calculate: {kind: sum, of: [{formula: f}, {formula: f}]}, round: {to: 1, mode: up}}
interpretations:
  q:
    question: 怎样计算？
    status: needs_confirmation
    chosen: two
    readings:
      two: {label: 百分之二}
      other: {label: 其他, calculate: CALCULATE}
"""


def test_another_reading_of_a_formula_is_rounded_alike_and_carried_upwards():
    body = FORMULA.replace("CALCULATE", "{kind: percent_of, of: {fact: amount}, rate: 2.5%}")
    facts = {"amount": Decimal(101)}
    assert city(body).decide("f", facts, DAY).value == "3.00"
    assert [other.value for other in city(body).decide("f", facts, DAY).alternatives] == ["3.00"]
    assert [other.value for other in city(body).decide("g", facts, DAY).alternatives] == ["6.00"]


@pytest.mark.parametrize(
    "calculate",
    [
        "{fact: days}",  # not stated
        "{value: cap}",  # not configured
        "{kind: hook, name: h, facts: []}",  # fails
        "{kind: percent_of, of: {fact: huge}, rate: 1%}",  # cannot be said
    ],
)
def test_a_reading_that_fails_leaves_the_answer_as_it_is(calculate):
    class Failing(NoHooks):
        def calculate(self, name, facts, on):
            raise HookFailed(name, "坏了")

    body = FORMULA.replace("CALCULATE", calculate) + "facts:\n  huge: {label: 巨额, kind: money}\n"
    facts = {"amount": Decimal(100), "huge": Decimal("9" * 50)}
    decision = city(body, hooks=Failing()).decide("f", facts, DAY)
    assert (decision.value, decision.certainty) == ("2.00", Certainty.INTERPRETED)
    assert [other.value for other in decision.alternatives] == [None]
    assert decision.sentence.endswith("按“其他”则无法得出。")


# Checks -------------------------------------------------------------------------------------------------------------


def codes(ruleset, facts, on=DAY):
    return [(found.code, found.refuses) for found in ruleset.check("quota_application", facts, on)]


def test_every_broken_rule_is_told_at_once_with_the_text_behind_it():
    found = city().check("quota_application", {"share": Decimal("0.005"), "kind": "road", "agreed": False}, DAY)
    assert [(each.code, each.refuses, each.path) for each in found] == [
        ("SHARE_TOO_LOW", True, ("entry.share",)),
        ("NOT_AGREED", False, ()),
    ]
    decision = found[0].decision
    assert found[0].message == "比例 0.5% 低于 1%。"
    assert decision.sentence == "比例 0.5% 低于 1%。依据《基本法》（1号）第五条。"
    assert [(reason.path, reason.value) for reason in decision.because] == [
        ("checks.quota_application.share_enough", None),
        ("share", "0.005"),
        ("rate", "0.01"),
    ]
    assert decision.because[0].since == "2020-01-01"
    assert [each.decision.certainty for each in found] == [Certainty.CONFIRMED, Certainty.INTERPRETED]


def test_a_check_says_itself_in_english_where_its_city_wrote_that_too():
    body = (
        "checks:\n  quota_application:\n    - {id: named, code: NAMED, from: 2022-01-01, source: local, locator: 条, "
        "must: {fact: share, at_least: 1}, message: '比例 {share} 太低。', message_en: 'Share {share} is too low.'}\n"
        "    - {id: known, code: KNOWN, from: 2022-01-01, source: local, locator: 条, "
        "must: {fact: amount, at_least: 1}, message: 须有金额。, message_en: State the amount.}\n"
    )
    found = city(body).check("quota_application", {"share": Decimal("0.02"), "kind": "services"}, DAY)
    assert [(each.message, each.sentence("en")) for each in found] == [
        ("比例 2% 太低。", "Share 2% is too low."),
        (
            "缺少“合同金额”，无法核对，由经办人员认定。",
            "“amount” is missing, so this cannot be checked and an officer decides.",
        ),
    ]
    [alone] = city().check("quota_application", {"share": Decimal("0.005"), "kind": "services"}, DAY)
    assert alone.sentence("en") is None


def test_a_rule_measured_by_an_unverified_figure_is_itself_unverified():
    ruleset = city(values("from: 2022-01-01, value: 2%, source: report, locator: 版面"))
    [found] = ruleset.check("quota_application", {"share": Decimal("0.01"), "kind": "services"}, DAY)
    assert found.decision.certainty is Certainty.UNVERIFIED


@pytest.mark.parametrize(("share", "broken"), [("0.01", []), ("0.0099", [("SHARE_TOO_LOW", True)])])
def test_a_threshold_itself_is_enough(share, broken):
    assert codes(city(), {"share": Decimal(share), "kind": "services"}) == broken


def test_a_rule_that_hangs_on_a_missing_fact_is_left_to_an_officer():
    found = city().check("quota_application", {"share": Decimal("0.01"), "kind": "road"}, DAY)
    assert [(each.code, each.refuses, each.decision.certainty) for each in found] == [
        ("UNDECIDED", False, Certainty.UNDECIDED)
    ]
    assert found[0].message == "缺少“已协商”，无法核对，由经办人员认定。"
    assert codes(city(), {"share": Decimal("0.01")}) == [("UNDECIDED", False)]


def test_nothing_is_held_against_a_figure_that_is_not_configured():
    ruleset = city(values("from: 2022-01-01, value: null, source: local, locator: 第一条"))
    assert codes(ruleset, {"share": Decimal(0), "kind": "services"}) == []


CHECKS = """\
checks:
  quota_application:
    - {id: agreed, from: 2023-01-01, source: local, locator: 条, must: {fact: agreed, is: true}, code: FIRST, message: 一。}
    - {id: agreed, from: 2024-01-01, source: local, locator: 条, must: {fact: agreed, is: true}, code: SECOND, message: 二。}
"""


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2022, 12, 31), "NOT_AGREED"),
        (date(2023, 1, 1), "FIRST"),
        (date(2023, 12, 31), "FIRST"),
        (date(2024, 1, 1), "SECOND"),
    ],
)
def test_a_city_s_check_replaces_the_base_s_and_its_later_one_the_earlier(on, code):
    facts = {"share": Decimal("0.01"), "kind": "road", "agreed": False}
    assert [found for found, _ in codes(city(CHECKS), facts, on)] == [code]


# Lists, forms, people -----------------------------------------------------------------------------------------------

PROCEDURE = """\
materials:
  papers:
    label: 材料
    versions:
      - from: 2022-01-01
        source: local
        locator: 第十条
        rows:
          - {code: licence, name: 执照, need: required, max_files: 2, locator: 第十条（一）}
          - {code: road, name: 道路许可, need: required, when: {fact: kind, is: road}}
          - {code: big, name: 大额说明, need: optional, when: {fact: amount, gt: {value: cap}}}
forms:
  paper:
    label: 申请表
    versions:
      - from: 2022-01-01
        source: local
        locator: 第十一条
        fields:
          - {code: amount, label: 金额, kind: money, need: required}
          - {code: days, label: 天数, kind: integer, need: required, when: {fact: kind, is: road}, locator: 第十一条（二）}
          - {code: name, label: 姓名, kind: text, need: optional}
procedures:
  quota_application:
    label: 申请
    versions:
      - {from: 2022-01-01, source: local, locator: 第十二条, form: paper, materials: [{list: papers}], reviewer: hrss_officer}
authorities:
  - from: 2022-01-01
    source: local
    locator: 附表
    rows: [{industry: 住建, area: "659900", industry_authority: 住建局, hrss_office: 人社局}]
directory:
  - {from: 2022-01-01, source: local, locator: 电话, code: desk, area: 全市, kind: enquiry, phones: [{number: "100"}]}
  - {from: 2024-01-01, source: local, locator: 电话, code: desk, area: 全市, kind: enquiry, phones: [{number: "200"}]}
  - {from: 2022-01-01, source: local, locator: 电话, code: person, area: 全市, kind: report, public: false}
"""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({"kind": "road"}, ["licence", "road"]), ({"kind": "services"}, ["licence"]), ({}, ["licence"])],
)
def test_materials_are_those_whose_condition_is_known_to_hold(facts, expected):
    found = city(PROCEDURE).materials("quota_application", facts, DAY)
    assert [material.code for material in found] == expected
    assert (found[0].max_files, found[0].citation.locator) == (2, "第十条（一）")


def test_a_procedure_the_city_does_not_know_on_that_day_asks_for_nothing():
    assert city(PROCEDURE).materials("quota_application", {}, date(2021, 1, 1)) == []
    assert city().procedure("quota_application", DAY) is None
    assert city(PROCEDURE).procedure_label("quota_application") == "申请"


def test_required_fields_carry_the_text_that_asks_for_them():
    found = city(PROCEDURE).required_fields("paper", {"kind": "road"}, DAY)
    assert [(item.code, citation.locator) for item, citation in found] == [
        ("amount", "第十一条"),
        ("days", "第十一条（二）"),
    ]
    item, citation = found[0]
    refusal = city(PROCEDURE).decide_field_refusal("paper", item, citation, DAY, "请填写金额。")
    assert (refusal.path, refusal.sentence) == ("forms.paper.amount", "请填写金额。依据《本地办法》第十一条。")
    assert city().required_fields("paper", {}, DAY) == []


def test_a_missing_material_is_refused_with_its_source():
    ruleset = city(PROCEDURE)
    [licence] = ruleset.materials("quota_application", {}, DAY)
    refusal = ruleset.decide_material_refusal("quota_application", licence, DAY, "请上传执照。")
    assert (refusal.path, refusal.value) == ("materials.quota_application.licence", "refused")
    assert refusal.sentence == "请上传执照。依据《本地办法》第十条（一）。"


INDUSTRY = "facts:\n  project.industry_kind: {label: 行业, kind: text}\n  project.supervising_area: {label: 地区, kind: text}\n"


def test_supervisors_are_those_of_the_industry_and_area():
    ruleset = city(PROCEDURE + INDUSTRY)
    facts = {"project.industry_kind": "住建", "project.supervising_area": "659900"}
    found = ruleset.supervisors(facts, DAY)
    assert found
    assert (found[0], str(found[1])) == (Supervisors("住建局", "人社局"), "《本地办法》附表")
    assert ruleset.supervisors({**facts, "project.industry_kind": "水利"}, DAY) is None
    assert ruleset.supervisors(facts, date(2021, 1, 1)) is None


def test_a_hook_that_knows_the_supervisors_comes_first_and_one_that_fails_knows_nobody():
    class Knowing(NoHooks):
        def supervisors(self, facts, on):
            return Supervisors("甲", "乙")

    facts = {"project.industry_kind": "住建", "project.supervising_area": "659900"}
    assert city(PROCEDURE, hooks=Knowing()).supervisors(facts, DAY) == (Supervisors("甲", "乙"), None)
    assert city(PROCEDURE, hooks=MissingHooks()).supervisors(facts, DAY) is None


@pytest.mark.parametrize(("on", "number"), [(date(2023, 12, 31), "100"), (date(2024, 1, 1), "200")])
def test_the_directory_shows_the_latest_public_numbers(on, number):
    assert [[phone.number for phone in entry.phones] for entry in city(PROCEDURE).directory(on)] == [[number]]


def test_a_message_says_facts_by_their_labels_and_owns_up_to_what_it_does_not_know():
    text = city().fill_template("{kind}，{amount}，{share}，{cap}，{rate}，{fixed} 次", {"kind": "road", **AMOUNT}, DAY)
    assert text == "道路，20,000,000.00 元，（未填写），（未配置），1%，5 次"
    assert city().fill_template("自 {done_on} 至 {cap} 止", {}, DAY) == "自（未填写）至（未配置）止"
    english = city().fill_template(
        "{kind}, {amount}, {agreed}, {share}, {cap}.", {"kind": "road", "agreed": True}, DAY, "en"
    )
    assert english == "road, (not stated), yes, (not stated), (not set)."


# Hooks, as the answers see them -------------------------------------------------------------------------------------

HOOKED = """\
formulas:
  f:
    label: 港口金额
    kind: money
    versions:
      - from: 2022-01-01
        source: local
        locator: 第十三条
        calculate: {kind: hook, name: harbour, facts: [amount]}
        round: {to: 0.01, mode: half_up}
"""


class Harbour(NoHooks):
    def __init__(self, answer):
        self.answer = answer
        self.seen = None

    def calculate(self, name, facts, on):
        self.seen = (name, dict(facts), on)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_hook_sees_only_the_facts_its_formula_names():
    hooks = Harbour(Decimal("12.345"))
    decision = city(HOOKED, hooks=hooks).decide("f", {**AMOUNT, "days": 3}, DAY)
    assert hooks.seen == ("harbour", AMOUNT, DAY)
    assert (decision.value, decision.certainty) == ("12.35", Certainty.CONFIRMED)
    assert [(reason.path, reason.value) for reason in decision.because][-1] == ("hooks.harbour", "12.345")


@pytest.mark.parametrize("answer", [None, HookFailed("calculate", "KeyError: 'x'")])
def test_a_hook_without_an_answer_leaves_the_decision_to_an_officer(answer):
    decision = city(HOOKED, hooks=Harbour(answer)).decide("f", AMOUNT, DAY)
    assert (decision.value, decision.certainty) == (None, Certainty.UNDECIDED)
    assert decision.sentence.startswith("港口金额：城市规则程序 harbour ")
    assert decision.sentence.endswith("转由经办人员认定。")
    assert "KeyError" not in decision.sentence
    assert decision.because[-1].path == "hooks.harbour"


class Strict(NoHooks):
    def __init__(self, source):
        self.source = source

    def broken_rules(self, act, facts, on):
        return [BrokenRule("TOO_DEEP", "水太深。", self.source, "第十四条", at="site.depth")]


def test_a_rule_that_a_hook_finds_broken_is_cited_like_any_other():
    [found] = city(hooks=Strict("local")).check("moor", {}, DAY)
    assert (found.code, found.refuses, found.path) == ("TOO_DEEP", True, ("site.depth",))
    assert found.decision.sentence == "水太深。依据《本地办法》第十四条。"


@pytest.mark.parametrize("hooks", [Strict("nowhere"), MissingHooks()], ids=["cites nothing", "is gone"])
def test_a_hook_that_fails_refuses_nothing_and_says_so(hooks):
    [found] = city(hooks=hooks).check("moor", {}, DAY)
    assert (found.code, found.refuses, found.decision.certainty) == ("UNDECIDED", False, Certainty.UNDECIDED)
    assert "未能给出结果" in found.message

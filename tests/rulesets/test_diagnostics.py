"""Every diagnostic, provoked: the marked line is the one it names."""

# ruff: noqa: E501 -- one case a line reads as the table it is

import re
from pathlib import Path

import pytest

from core.rulesets import loading
from core.rulesets.language.diagnostics import RulesetInvalid
from core.rulesets.lint import trial
from tests.rulesets import small

V = "from: 2022-01-01, source: local, locator: 第九条"

FORMULA = f"""\
formulas:
  f:
    label: 公式
    kind: money
    versions:
      - {V.replace(", ", chr(10) + "        ")}
        round: {{to: 0.01, mode: half_up}}
        calculate: """

TABLE = f"""\
tables:
  t:
    label: 表
    outcomes: {{yes_: 是, no_: 否}}
    versions:
      - {V.replace(", ", chr(10) + "        ")}
        hit_policy: POLICY
        rows:
"""

CHECK = f"""\
checks:
  quota_application:
    - {V.replace(", ", chr(10) + "      ")}
      id: c
      code: BROKEN
"""


def table(rows: str, policy: str = "first") -> str:
    return TABLE.replace("POLICY", policy) + "".join(f"          - {row}\n" for row in rows.splitlines())


def check(must: str, message: str = "不行。") -> str:
    return CHECK + f"      must: {must}\n      message: {message}\n"


def value(path: str, written: str) -> str:
    return f"values:\n  {path}:\n    - {{{V}, value: {written}}} # <--\n"


BOTH = "{id: y, when: {fact: agreed, is: true}, outcome: yes_, message: 是。}\n"

# body of the city's file -> code, path, a word of the cause, a word of the remedy; "# <--" marks the line
BROKEN = {
    # shape
    "key missing": ("values:\n  rate:\n    - {from: 2022-01-01, value: 1%, source: local} # <--", "MISSING", "values.rate[0]", "locator", "补上"),
    "key missing in a formula": (FORMULA + "{kind: percent_of, of: 5} # <--", "MISSING", "formulas.f.versions[0].calculate", "rate", "补上"),
    "misspelt key": (f"values:\n  rate:\n    - {{{V}, valeu: 1%, value: 1%}} # <--", "UNKNOWN_KEY", "values.rate[0].valeu", "valeu", "是不是 value？"),
    "unknown section": ("colours: {} # <--", "UNKNOWN_KEY", "colours", "colours", "拼写"),
    "no such formula": (FORMULA + "{kind: average, of: [1, 2]} # <--", "UNKNOWN_KIND", "formulas.f.versions[0].calculate", "没有这种公式", "marginal_tiers"),
    "no kind of formula": (FORMULA + "{of: 5} # <--", "UNKNOWN_KIND", "formulas.f.versions[0].calculate", "没有这种公式", "fact"),
    "number quoted": (FORMULA + '{kind: percent_of, of: "5", rate: 1%} # <--', "NOT_A_NUMBER", "formulas.f.versions[0].calculate.of", "“5”", "5%"),
    "option misspelt": ("terms:\n  mine: {label: 我的, kind: monney} # <--", "NOT_AN_OPTION", "terms.mine.kind", "monney", "money、rate"),
    "number for text": ("terms:\n  mine: {label: 5, kind: money} # <--", "NOT_TEXT", "terms.mine.label", "“5”", "引号"),
    "empty text": ('terms:\n  mine: {label: "", kind: money} # <--', "EMPTY_TEXT", "terms.mine.label", "空", "写明"),
    "yes for true": (check("{fact: agreed, is: true}") + "      overridable: yes # <--", "NOT_BOOLEAN", "checks.quota_application[0].overridable", "yes", "on、off"),
    "text for a count": (f"materials:\n  m:\n    label: 材料\n    versions:\n      - {V.replace(', ', chr(10) + '        ')}\n        rows: [{{code: a, name: 甲, need: required, max_mb: many}}] # <--", "NOT_INTEGER", "materials.m.versions[0].rows[0].max_mb", "many", "数字"),
    "nothing fits": (f"materials:\n  m:\n    label: 材料\n    versions:\n      - {V.replace(', ', chr(10) + '        ')}\n        rows: [{{code: a, name: 甲, need: required, max_mb: 0}}] # <--", "OUT_OF_RANGE", "materials.m.versions[0].rows[0].max_mb", "过小", "不小于 1"),
    "rounding to nothing": (FORMULA.replace("0.01", "0") .replace("half_up}", "half_up} # <--") + "5", "OUT_OF_RANGE", "formulas.f.versions[0].round.to", "过小", "大于 0"),
    "date without zeros": ("values:\n  rate:\n    - {from: 2022-1-1, value: 1%, source: local, locator: 条} # <--", "NOT_A_DATE", "values.rate[0].from", "2022-1-1", "2024-07-01"),
    "name with capitals": ("terms:\n  Mine: {label: 我的, kind: money} # <--", "BAD_NAME", "terms.Mine", "Mine", "小写"),
    "one for a list": ("values:\n  rate: {from: 2022-01-01} # <--", "NOT_A_LIST", "values.rate", "列表", "- "),
    "list for a mapping": ("values: [1] # <--", "NOT_A_MAPPING", "values", "键: 值", "缩进"),
    "text for a condition": (check("agreed # <--").replace("# <--\n", "# <--\n"), "NOT_A_MAPPING", "checks.quota_application[0].must", "键: 值", "缩进"),
    "nothing in a list": (FORMULA + "{kind: sum, of: []} # <--", "TOO_SHORT", "formulas.f.versions[0].calculate.of", "太少", "1 项"),
    "list to compare with": (check("{fact: kind, is: [services, road]} # <--"), "NOT_PLAIN", "checks.quota_application[0].must.is", "一个值", "in:"),
    # names
    "term unknown": (value("rat", "1%").replace(" # <--", "").replace("rat:", "rat: # <--"), "UNKNOWN_NAME", "values.rat", "rat", "是不是 rate？"),
    "source unknown": (value("rate", "1%").replace("local", "locla"), "UNKNOWN_NAME", "values.rate[0].source", "locla", "是不是 local？"),
    "question unknown": (value("rate", "1%").replace(" value:", " interpretation: q, value:"), "UNKNOWN_NAME", "values.rate[0].interpretation", "待确认问题", "interpretations"),
    "fact unknown": (check("{all: [{fact: agreed, is: true}, {fact: agred, is: true}]} # <--"), "UNKNOWN_NAME", "checks.quota_application[0].must.all[1].fact", "agred", "是不是 agreed？"),
    "fact unknown in a formula": (FORMULA + "{kind: sum, of: [1, {fact: amuont}]} # <--", "UNKNOWN_NAME", "formulas.f.versions[0].calculate.of[1].fact", "amuont", "是不是 amount？"),
    "formula unknown": (FORMULA + "{formula: g} # <--", "UNKNOWN_NAME", "formulas.f.versions[0].calculate.formula", "g", "formulas"),
    "table unknown": (FORMULA + "{kind: lookup, table: clas, cases: {small: 1}} # <--", "UNKNOWN_NAME", "formulas.f.versions[0].calculate.table", "clas", "是不是 class？"),
    "hook's fact unknown": (FORMULA + "{kind: hook, name: h, facts: [amuont]} # <--", "UNKNOWN_NAME", "formulas.f.versions[0].calculate.facts[0]", "amuont", "是不是 amount？"),
    "notice unknown": (f"procedures:\n  p:\n    label: 办理\n    versions:\n      - {{{V}, reviewer: null, notices: {{approved: gone}}}} # <--", "UNKNOWN_NAME", "procedures.p.versions[0].notices.approved", "gone", "notices"),
    "form unknown": (f"procedures:\n  p:\n    label: 办理\n    versions:\n      - {{{V}, reviewer: null, form: gone}} # <--", "UNKNOWN_NAME", "procedures.p.versions[0].form", "gone", "forms"),
    "materials unknown": (f"procedures:\n  p:\n    label: 办理\n    versions:\n      - {{{V}, reviewer: null, materials: [{{list: gone}}]}} # <--", "UNKNOWN_NAME", "procedures.p.versions[0].materials[0].list", "gone", "materials"),
    "source of a derived fact unknown": ("facts:\n  mine: {label: 我的, kind: boolean, derived_from: [amuont]} # <--", "UNKNOWN_NAME", "facts.mine.derived_from[0]", "amuont", "是不是 amount？"),
    "bounds' source unknown": ("terms:\n  mine: {label: 我的, kind: money, bounds: {max: 5, source: gone, locator: 条}} # <--", "UNKNOWN_NAME", "terms.mine.bounds.source", "gone", "sources"),
    "placeholder unknown": (check("{fact: agreed, is: true}", '"金额 {amuont}" # <--'), "UNKNOWN_PLACEHOLDER", "checks.quota_application[0].message", "amuont", "{amount}"),
    "placeholder unknown in English": (check("{fact: agreed, is: true}", '"金额"\n      message_en: "Sum {amuont}" # <--'), "UNKNOWN_PLACEHOLDER", "checks.quota_application[0].message_en", "amuont", "{amount}"),
    "placeholder unknown in a notice": (f"notices:\n  n:\n    label: 通知\n    versions:\n      - {{{V}, channels: [sms], subject: 题, body: \"{{amuont}}\"}} # <--", "UNKNOWN_PLACEHOLDER", "notices.n.versions[0].body", "amuont", "{amount}"),
    "term declared again": ("terms:\n  rate: {label: 比例, kind: rate} # <--", "DECLARED_TWICE", "terms.rate", "全国", "直接使用"),
    "fact declared again": ("facts:\n  amount: {label: 金额, kind: money} # <--", "DECLARED_TWICE", "facts.amount", "全国", "直接使用"),
    "formula named as a term": (FORMULA.replace("  f:", "  cap: # <--") + "5", "AMBIGUOUS", "formulas.cap", "参数", "换一个名称"),
    # values
    "kind of a value": (value("cap", "many"), "WRONG_KIND", "values.cap[0].value", "金额", "声明的类型"),
    "third decimal": (value("cap", "1.005"), "WRONG_KIND", "values.cap[0].value", "1.005", "声明的类型"),
    "five for five percent": (value("rate", "5"), "WRONG_KIND", "values.rate[0].value", "“5”", "声明的类型"),
    "span in English plural": (value("due", "5 days"), "WRONG_KIND", "values.due[0].value", "5 days", "声明的类型"),
    "option of a value": (value("mode", "fsat"), "NOT_AN_OPTION", "values.mode[0].value", "fsat", "是不是 fast？"),
    "option in a list": (value("modes", "[slow, gone]"), "NOT_AN_OPTION", "values.modes[0].value", "gone", "slow、fast"),
    "above the bounds": (value("rate", "3.01%"), "OUT_OF_BOUNDS", "values.rate[0].value", "不高于 3%", "《基本法》第一条"),
    "below the bounds": (value("rate", "0.99%"), "OUT_OF_BOUNDS", "values.rate[0].value", "不低于 1%", "《基本法》第一条"),
    "not for a city to set": (value("fixed", "6").replace(" # <--", "").replace("fixed:", "fixed: # <--"), "NOT_DELEGATED", "values.fixed", "本级", "删去"),
    "days not ascending": (f"values:\n  cap:\n    - {{{V}, value: 5}}\n    - {{{V}, value: 6}} # <--", "DATES_NOT_ASCENDING", "values.cap[1].from", "不晚于", "另加新日期"),
    "before its source": (value("cap", "5").replace("2022-01-01", "2021-12-31"), "BEFORE_SOURCE", "values.cap[0].from", "本地办法", "2022-01-01"),
    "bounds on a span": ("terms:\n  mine: {label: 我的, kind: span, bounds: {max: 5, source: law, locator: 条}} # <--", "BAD_BOUNDS", "terms.mine.bounds", "不了作用", "min 或 max"),
    "bounds without an end": ("terms:\n  mine: {label: 我的, kind: money, bounds: {source: law, locator: 条}} # <--", "BAD_BOUNDS", "terms.mine.bounds", "不了作用", "min 或 max"),
    # conditions
    "two comparisons": (check("{fact: amount, lt: 5, gt: 3} # <--"), "ONE_COMPARISON", "checks.quota_application[0].must", "2 个", "只写一个"),
    "no comparison": (check("{fact: amount} # <--"), "ONE_COMPARISON", "checks.quota_application[0].must", "0 个", "只写一个"),
    "order where there is none": (check("{fact: kind, lt: services} # <--"), "NO_ORDER", "checks.quota_application[0].must.lt", "类型", "before"),
    "a date compared as a number": (check("{fact: done_on, lt: 2024-01-01} # <--"), "NO_ORDER", "checks.quota_application[0].must.lt", "日期", "before"),
    "kinds that differ": (check("{not: {fact: amount, lt: {value: rate}}} # <--"), "KINDS_DIFFER", "checks.quota_application[0].must.not.lt", "金额", "同类"),
    "literal of another kind": (check("{fact: amount, lt: many} # <--"), "WRONG_KIND", "checks.quota_application[0].must.lt", "金额", "声明的类型"),
    "option of a fact": (check("{fact: kind, in: [services, raod]} # <--"), "NOT_AN_OPTION", "checks.quota_application[0].must.in", "raod", "是不是 road？"),
    # formulas
    "text in a sum": (FORMULA + "{fact: name} # <--", "NOT_A_NUMBER", "formulas.f.versions[0].calculate.fact", "文字", "换用"),
    "a date as a rate": (FORMULA + "{kind: percent_of, of: 5, rate: {value: cutoff}} # <--", "NOT_A_NUMBER", "formulas.f.versions[0].calculate.rate.value", "日期", "换用"),
    "rate above one": (FORMULA + "{kind: percent_of, of: 5, rate: 5} # <--", "NOT_A_FRACTION", "formulas.f.versions[0].calculate.rate", "5 不在 0 与 1 之间", "0.05 或 5%"),
    "tier's rate above one": (FORMULA + "{kind: marginal_tiers, of: 5, tiers: [{up_to: null, rate: 2.5}]} # <--", "NOT_A_FRACTION", "formulas.f.versions[0].calculate.tiers[0].rate", "2.5", "5%"),
    "ladder without an end": (FORMULA + "{kind: bracket, of: 5, rows: [{up_to: 5, then: 1}]} # <--", "LADDER_OPEN", "formulas.f.versions[0].calculate.rows", "最后一档", "补上"),
    "open tier in the middle": (FORMULA + "{kind: marginal_tiers, of: 5, tiers: [{up_to: null, rate: 1%}, {up_to: null, rate: 1%}]} # <--", "LADDER_OPEN", "formulas.f.versions[0].calculate.tiers", "最后一档", "补上"),
    "ladder out of order": (FORMULA + "{kind: marginal_tiers, of: 5, tiers: [{up_to: 9, rate: 1%}, {up_to: 8, rate: 1%}, {up_to: null, rate: 1%}]} # <--", "LADDER_ORDER", "formulas.f.versions[0].calculate.tiers", "从小到大", "排列"),
    "ladder from below zero": (FORMULA + "{kind: bracket, of: 5, rows: [{up_to: 0, then: 1}, {up_to: null, then: 2}]} # <--", "LADDER_ORDER", "formulas.f.versions[0].calculate.rows", "从小到大", "大于 0"),
    "clamp without limits": (FORMULA + "{kind: clamp, of: 5} # <--", "CLAMP_OPEN", "formulas.f.versions[0].calculate", "上下限", "at_least"),
    "branches that differ": (FORMULA + "{kind: lookup, table: class, cases: {small: 1, big: 2}} # <--", "CASES_DIFFER", "formulas.f.versions[0].calculate.cases", "缺：large；分支多：big", "一个分支"),
    "no rounding": (FORMULA.replace("        round: {to: 0.01, mode: half_up}\n", "").replace("- from: 2022-01-01", "- from: 2022-01-01 # <--") + "5", "NO_ROUNDING", "formulas.f.versions[0]", "金额公式", "round:"),
    "rounding to a quarter": (FORMULA.replace("0.01, mode: half_up}", "0.25, mode: half_up} # <--") + "5", "BAD_ROUNDING", "formulas.f.versions[0].round.to", "0.25", "10 的幂"),
    "formula of itself": (FORMULA.replace("- from: 2022-01-01", "- from: 2022-01-01 # <--") + "{kind: sum, of: [1, {formula: f}]}", "CYCLE", "formulas.f.versions[0]", "用到自己", "去掉"),
    "no hooks beside": (FORMULA + "{kind: hook, name: h, facts: []} # <--", "NO_HOOKS", "formulas.f.versions[0].calculate", "hooks.py", "写 hooks.py"),
    # tables
    "no default": (table(BOTH + "{id: n, when: {fact: agreed, is: false}, outcome: no_, message: 否。}").replace("        rows:", "        rows:").replace("          - {id: y", "          - {id: y", 1).replace("message: 是。}", "message: 是。} # <--"), "NO_DEFAULT", "tables.t.versions[0].rows", "默认行", "不写 when"),
    "row after the default": (table("{id: n, outcome: no_, message: 否。} # <--\n" + BOTH.strip()), "UNREACHABLE", "tables.t.versions[0].rows[0]", "默认行", "移到最后"),
    "row never reached": (table(BOTH + "{id: z, when: {all: [{fact: agreed, is: true}, {fact: amount, gt: 5}]}, outcome: no_, message: 否。} # <--\n{id: n, outcome: no_, message: 否。}"), "UNREACHABLE", "tables.t.versions[0].rows[1]", "“z”", "检查条件"),
    "rows that contradict themselves": (table("{id: z, when: {all: [{fact: amount, lt: 5}, {fact: amount, gt: 5}]}, outcome: yes_, message: 是。} # <--\n{id: n, outcome: no_, message: 否。}"), "UNREACHABLE", "tables.t.versions[0].rows[0]", "“z”", "检查条件"),
    "rows that meet": (table("{id: low, when: {fact: amount, at_most: 1_000}, outcome: no_, message: 否。}\n{id: high, when: {fact: amount, at_least: 1_000}, outcome: yes_, message: 是。} # <--", "unique"), "ROWS_OVERLAP", "tables.t.versions[0].rows[1].when", "合同金额为 1,000.00 元", "互不重叠"),
    "outcome no row gives": (table("{id: n, outcome: no_, message: 否。} # <--"), "OUTCOME_UNUSED", "tables.t.versions[0].rows", "yes_", "补上"),
    "outcome not declared": (table(BOTH + "{id: n, outcome: nein, message: 否。} # <--"), "NOT_AN_OPTION", "tables.t.versions[0].rows[1].outcome", "nein", "yes_、no_"),
    "row twice": (table(BOTH + "{id: y, outcome: no_, message: 否。} # <--"), "DUPLICATE_ID", "tables.t.versions[0].rows[1].id", "“y”", "换一个 id"),
    "table rewritten with other outcomes": (table("{id: y, outcome: small, message: 小。}").replace("  t:", "  class:").replace("{yes_: 是, no_: 否}", "{small: 小} # <--"), "CASES_DIFFER", "tables.class.outcomes", "分支多：large", "一个分支"),
    # checks and the rest
    "check not to be touched": (check("{fact: agreed, is: true}").replace("id: c", "id: share_enough # <--"), "NOT_OVERRIDABLE", "checks.quota_application[0].id", "share_enough", "《基本法》第五条"),
    "check twice": (check("{fact: agreed, is: true}") + check("{fact: agreed, is: true}").split("quota_application:\n")[1].replace("id: c", "id: c # <--"), "DUPLICATE_ID", "checks.quota_application[1].id", "“c”", "更晚的 from"),
    "material twice": (f"materials:\n  m:\n    label: 材料\n    versions:\n      - {V.replace(', ', chr(10) + '        ')}\n        rows: [{{code: a, name: 甲, need: required}}, {{code: a, name: 乙, need: optional}}] # <--", "DUPLICATE_ID", "materials.m.versions[0].rows[1].code", "材料“a”", "删去"),
    "telephone twice": (f"directory:\n  - {{{V}, code: desk, area: 全市, kind: enquiry}}\n  - {{{V}, code: desk, area: 全市, kind: enquiry}} # <--", "DUPLICATE_ID", "directory[1].code", "desk", "更晚的 from"),
    "choice without options": (f"forms:\n  m:\n    label: 表\n    versions:\n      - {{{V}, fields: [{{code: name, label: 姓名, kind: choice, need: required}}]}} # <--", "NO_OPTIONS", "forms.m.versions[0].fields[0]", "姓名", "options_complete"),
    "field of another kind": (f"forms:\n  m:\n    label: 表\n    versions:\n      - {{{V}, fields: [{{code: amount, label: 金额, kind: text, need: required}}]}} # <--", "KINDS_DIFFER", "forms.m.versions[0].fields[0].kind", "金额", "同一类"),
    "option the fact lacks": (f"forms:\n  m:\n    label: 表\n    versions:\n      - {{{V}, fields: [{{code: kind, label: 类型, kind: choice, need: required, options: {{hut: 棚}}}}]}} # <--", "NOT_AN_OPTION", "forms.m.versions[0].fields[0].options.hut", "hut", "services、road"),
    "review time that is no span": (f"procedures:\n  p:\n    label: 办理\n    versions:\n      - {{{V}, reviewer: null, review_within: cap}} # <--", "KINDS_DIFFER", "procedures.p.versions[0].review_within", "不是期限", "span"),
    "reading not there": ("interpretations:\n  q:\n    question: 怎么算？\n    status: needs_confirmation\n    chosen: c # <--\n    readings: {a: {label: 甲}, b: {label: 乙}}", "NOT_AN_OPTION", "interpretations.q.chosen", "“c”", "a、b"),
    "reading of another kind": (value("cap", "5").replace("value:", "interpretation: q, value:").replace(" # <--", "") + "interpretations:\n  q:\n    question: 怎么算？\n    status: needs_confirmation\n    chosen: a\n    readings: {a: {label: 甲}, b: {label: 乙, value: many}} # <--", "WRONG_KIND", "interpretations.q.readings.b.value", "many", "声明的类型"),
    "reading's formula": ("interpretations:\n  q:\n    question: 怎么算？\n    status: needs_confirmation\n    chosen: a\n    readings: {a: {label: 甲}, b: {label: 乙, calculate: {fact: amuont}}} # <--", "UNKNOWN_NAME", "interpretations.q.readings.b.calculate.fact", "amuont", "是不是 amount？"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code", "path", "cause", "remedy"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_told_with_line_path_cause_and_remedy(body, code, path, cause, remedy):
    every = small.found(body)
    matching = [problem for problem in every if problem.code == code]
    assert matching, every
    [problem] = matching
    marked = next(number for number, line in enumerate((small.HEAD + body).splitlines(), 1) if "# <--" in line)
    assert (problem.line, problem.path) == (marked, path)
    assert cause in problem.message
    assert remedy in problem.remedy


def test_the_small_base_and_the_empty_city_are_in_order():
    assert small.city().city == "testville"


def test_a_source_of_the_base_cannot_be_declared_again():
    head = small.HEAD.replace("  local:", "  law: {title: 假的, kind: law, evidence: text}\n  local:")
    layers = [loading.read_layer(head.encode(), "x"), loading.read_layer(small.BASE.encode(), "y")]
    with pytest.raises(RulesetInvalid) as caught:
        loading.lint(layers)
    assert [(problem.code, problem.path) for problem in caught.value.diagnostics] == [("DECLARED_TWICE", "sources.law")]


def test_a_cycle_through_another_reading_is_found():
    body = FORMULA.replace("calculate: ", "interpretation: q\n        calculate: 5\n") + (
        "interpretations:\n  q: {question: 问, status: needs_confirmation, chosen: a, "
        "readings: {a: {label: 甲}, b: {label: 乙, calculate: {formula: f}}}}\n"
    )
    assert [problem.code for problem in small.found(body)] == ["CYCLE"]


def test_a_later_version_of_a_check_is_no_duplicate():
    later = check("{fact: agreed, is: true}").split("quota_application:\n")[1].replace("2022", "2023")
    assert small.found(check("{fact: agreed, is: true}") + later) == []


def test_a_percent_sign_allows_a_rate_above_one():
    assert small.found(FORMULA + "{kind: percent_of, of: 5, rate: 150%}") == []


def test_unique_rows_on_both_sides_of_a_threshold_do_not_meet():
    rows = "{id: low, when: {fact: amount, lt: 1_000}, outcome: no_, message: 否。}\n"
    rows += "{id: high, when: {fact: amount, at_least: 1_000}, outcome: yes_, message: 是。}"
    assert small.found(table(rows, "unique")) == []


def test_a_row_for_a_missing_fact_is_reached():
    rows = "{id: n, when: {fact: agreed, missing: true}, outcome: no_, message: 否。}\n"
    rows += "{id: y, outcome: yes_, message: 是。}"
    assert small.found(table(rows)) == []


def test_a_table_against_a_figure_that_is_not_configured_is_left_to_the_day():
    rows = "{id: n, when: {fact: amount, lt: {value: cap}}, outcome: no_, message: 否。}\n"
    rows += "{id: y, outcome: yes_, message: 是。}"
    assert small.found(table(rows)) == []


def test_a_table_too_wide_to_try_is_accepted(monkeypatch):
    monkeypatch.setattr(trial, "MOST_CASES", 2_000)
    many = "{any: [" + ", ".join(f"{{fact: amount, is: {n}}}" for n in range(0, 300, 3)) + "]}"
    days = "{any: [" + ", ".join(f"{{fact: days, is: {n}}}" for n in range(0, 300, 3)) + "]}"
    rows = f"{{id: n, when: {{all: [{many}, {days}]}}, outcome: no_, message: 否。}}\n"
    rows += "{id: y, outcome: yes_, message: 是。}"
    assert small.found(table(rows)) == []


def test_a_source_checked_long_ago_is_no_error():
    head = small.HEAD.replace("evidence: text}", "evidence: text, checked: 2001-01-01}")
    layers = [loading.read_layer(head.encode(), "x"), loading.read_layer(small.BASE.encode(), "y")]
    loading.lint(layers)


def test_every_problem_of_a_file_is_told_at_once_in_the_order_of_its_lines():
    body = value("rat", "1%") + value("rate", "5%").split("values:\n")[1] + check("{fact: agred, is: true}")
    assert [problem.code for problem in small.found(body)] == ["UNKNOWN_NAME", "OUT_OF_BOUNDS", "UNKNOWN_NAME"]


def test_every_diagnostic_code_is_provoked_by_a_test():
    root = Path(__file__).parents[2]
    ours = root / "core" / "rulesets"
    modules = [path for folder in (ours, ours / "language", ours / "lint") for path in folder.glob("*.py")]
    sources = [*modules, root / "plugins" / "cities.py"]
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    codes = {code for path in sources for code in re.findall(r'"([A-Z][A-Z0-9_]{3,})"', path.read_text())}
    # INVALID stands for messages that a later pydantic may bring (today's are all named), NOT_SERVED for what examples
    # or a reused version number say (tests/processes/test_served_rules.py); the others are no diagnostics.
    codes -= {"INVALID", "NOT_SERVED", "UNDECIDED", "NFKC"}
    assert len(codes) > 50
    assert codes - set(re.findall(r'"([A-Z0-9_]+)"', tests)) == set()


def test_a_value_that_cannot_be_read_does_not_hide_what_else_is_wrong(tmp_path):
    content = b'format: 1\nruleset: {city: x, name: 0100, region: "210500", level: app, version: "1"}\nsources: {}\n'
    with pytest.raises(RulesetInvalid) as caught:
        loading.read_layer(content, "x/ruleset.yaml")
    assert [(found.path, found.code) for found in caught.value.diagnostics] == [
        ("ruleset.name", "LEADING_ZERO"),
        ("ruleset.level", "NOT_AN_OPTION"),
    ]

"""Rulesets broken as a clerk or a merge would: none passes that changes what somebody pays, hands in or waits for."""

# ruff: noqa: E501 -- one case a line reads as the table it is

import pytest

from core.rulesets.lint import trial
from plugins import cities
from tests.rulesets.broken import break_city, check, find_said, section, value
from tests.rulesets.small import BASE, said, version

UNDONE = {
    # What national law sets is not a city's to undo; what is said names the text.
    "public notice of three days": ("xiamen", [value("cancellation.public_notice", "3 day")], "OUT_OF_BOUNDS", "values.cancellation.public_notice[0].value", "《工程建设领域农民工工资保证金规定》第二十二条"),
    "public notice in months, which February shortens": ("xiamen", [value("cancellation.public_notice", "1 month")], "OUT_OF_BOUNDS", "values.cancellation.public_notice[0].value", "用同一单位书写"),
    "validity of one month": ("xiamen", [value("guarantee.min_validity", "1 month")], "OUT_OF_BOUNDS", "values.guarantee.min_validity[0].value", "第十七条"),
    "two hundred working days for the deposit": ("benxi", [value("deadlines.deposit", "200 working_day")], "OUT_OF_BOUNDS", "values.deadlines.deposit[0].value", "第八条"),
    "a month for the deposit": ("benxi", [value("deadlines.deposit", "1 month")], "OUT_OF_BOUNDS", "values.deadlines.deposit[0].value", "不高于 20个工作日"),
    "fifty working days to pay a claim": ("xiamen", [("deadlines.claim_payout:\n    - {from: 2024-07-17, value: 5 working_day", "deadlines.claim_payout:\n    - {from: 2024-07-17, value: 50 working_day")], "OUT_OF_BOUNDS", "values.deadlines.claim_payout[0].value", "第十九条"),
    "no upper ratio": ("xiamen", [value("wage_deposit.ratio.max", "null")], "ENDS_SUPERIOR", "values.wage_deposit.ratio.max[0].value", "第十一条"),
    "no national deadline": ("benxi", [value("deadlines.cancellation_review", "null")], "ENDS_SUPERIOR", "values.deadlines.cancellation_review[0].value", "第二十二条"),
    "no term before the city's own day either": ("benxi", [value("deadlines.replenishment", "null", since="2020-06-01")], "ENDS_SUPERIOR", "values.deadlines.replenishment[0].value", "第二十条"),
    "no tries before a lock-out": ("xiamen", [value("auth.lockout.max_failures", "null")], "ENDS_SUPERIOR", "values.auth.lockout.max_failures[0].value", "登录"),
    "refusal overridden by what is always true": ("guangzhou", [section("checks", "quota_application:\n  - {id: ratio_at_least, from: 2023-04-25, source: anxin, locator: 条, must: {fact: application.requested_ratio, at_least: 0%}, code: RATIO_BELOW_MINIMUM, message: 比例过低。}")], "UNDOES_SUPERIOR", "checks.quota_application[0].must", "第十一条"),
    "refusal overridden by one that never applies": ("guangzhou", [section("checks", "quota_application:\n  - {id: ratio_at_least, from: 2023-04-25, source: anxin, locator: 条, when: {fact: application.type, is: deferred}, must: {fact: application.requested_ratio, at_least: 0.5%}, code: RATIO_BELOW_MINIMUM, message: 比例过低。}")], "UNDOES_SUPERIOR", "checks.quota_application[0].must", "第十一条"),
    "formula that answers 1": ("xiamen", [("      - from: 2024-07-17\n        source: fujian-2024-4\n        locator: 存储比例、上限\n        calculate:\n          kind: lookup\n", "      - from: 2024-07-17\n        source: fujian-2024-4\n        locator: 存储比例、上限\n        calculate: 1\n        round: {to: 0.01, mode: half_up}\n      - from: 2025-07-17\n        source: fujian-2024-4\n        locator: 存储比例、上限\n        calculate:\n          kind: lookup\n")], "RESULT_OUT_OF_BOUNDS", "formulas.wage_deposit.required_amount.versions[0].calculate", "第十一条"),
    "formula of three per mille": ("benxi", [section("formulas", "wage_deposit.required_amount:\n  label: 应存金额\n  kind: money\n  versions:\n    - from: 2025-01-15\n      source: anxin\n      locator: 条\n      calculate: {kind: percent_of, of: {fact: application.contract_amount}, rate: 0.3%}\n      round: {to: 0.01, mode: half_up}")], "RESULT_OUT_OF_BOUNDS", "formulas.wage_deposit.required_amount.versions[0].calculate", "低于施工合同金额的 0.5%"),
    "formula of thirty per cent": ("benxi", [section("formulas", "wage_deposit.required_amount:\n  label: 应存金额\n  kind: money\n  versions:\n    - from: 2025-01-15\n      source: anxin\n      locator: 条\n      calculate: {kind: percent_of, of: {fact: application.contract_amount}, rate: 30%}\n      round: {to: 0.01, mode: half_up}")], "RESULT_OUT_OF_BOUNDS", "formulas.wage_deposit.required_amount.versions[0].calculate", "高于施工合同金额的 3%"),
    "amount applied for is always one": ("benxi", [("            ratio: {kind: percent_of, of: {fact: application.contract_amount}, rate: {fact: application.entry_ratio}}\n            amount: {fact: application.entry_amount}", "            ratio: 1\n            amount: 1")], "RESULT_CONSTANT", "formulas.wage_deposit.requested_amount.versions[0].calculate", "删去这一项即沿用"),
}  # fmt: skip

AMOUNTS = {
    "a factor of minus fifty per cent": ("xiamen", [("wage_deposit.increase.arrears:\n    - {from: 2024-07-17, value: 50%", "wage_deposit.increase.arrears:\n    - {from: 2024-07-17, value: -50%")], "NEGATIVE", "values.wage_deposit.increase.arrears[0].value", "写正数"),
    "money times money": ("xiamen", [("            arrears: {kind: percent_of, of: {fact: application.contract_amount}, rate: {formula: wage_deposit.required_ratio}}", "            arrears: {kind: percent_of, of: {fact: application.contract_amount}, rate: {value: wage_deposit.cap}}")], "KINDS_DIFFER", "formulas.wage_deposit.required_amount.versions[0].calculate.cases.arrears.rate", "kind 为 rate"),
    "money and months": ("xiamen", [("            arrears: {kind: percent_of, of: {fact: application.contract_amount}, rate: {formula: wage_deposit.required_ratio}}", "            arrears: {kind: sum, of: [{fact: application.contract_amount}, {fact: contract.months}]}")], "KINDS_DIFFER", "formulas.wage_deposit.required_amount.versions[0].calculate.cases.arrears.of[1]", "整数不能与金额"),
    "a share for a sum": ("xiamen", [("            arrears: {kind: percent_of, of: {fact: application.contract_amount}, rate: {formula: wage_deposit.required_ratio}}", "            arrears: {formula: wage_deposit.required_ratio}")], "KINDS_DIFFER", "formulas.wage_deposit.required_amount.versions[0].calculate.cases.arrears", "比例不能与金额"),
    "rounded to a million": ("benxi", [("round: {to: 0.01, mode: half_up}", "round: {to: 1_000_000, mode: half_up}")], "BAD_ROUNDING", "formulas.wage_deposit.requested_amount.versions[0].round.to", "最多舍入到"),
}  # fmt: skip

IDLE = {
    "a check that is always true": ("xiamen", [check("quota_application", "id: own, from: 2024-07-17, source: anxin, locator: 条, must: {any: [{fact: enterprise.certified, is: true}, {fact: enterprise.certified, is: false}]}, code: OWN, message: 请先认证。")], "ALWAYS_TRUE", "checks.quota_application[0].must", "改正条件"),
    "a check that never applies": ("xiamen", [check("quota_application", "id: own, from: 2024-07-17, source: anxin, locator: 条, when: {all: [{fact: application.type, is: exempt}, {fact: application.type, is: ordinary}]}, must: {fact: enterprise.certified, is: true}, code: OWN, message: 请先认证。")], "NEVER_APPLIES", "checks.quota_application[0].when", "改正条件"),
    "a row that cannot be reached beside a limit that is null": ("benxi", [section("tables", "own:\n  label: 自定\n  outcomes: {a: 甲, b: 乙}\n  versions:\n    - from: 2025-01-15\n      source: anxin\n      locator: 条\n      hit_policy: first\n      rows:\n        - {id: x, when: {all: [{fact: contractor.clean_years, gt: 5}, {fact: contractor.clean_years, lt: 3}]}, outcome: a, message: 甲。}\n        - {id: y, when: {fact: application.contract_amount, gt: {value: wage_deposit.cap}}, outcome: a, message: 甲。}\n        - {id: z, outcome: b, message: 乙。}")], "UNREACHABLE", "tables.own.versions[0].rows[0]", "检查条件"),
}  # fmt: skip

UNREAD = {
    "a misspelt act": ("xiamen", [("\nchecks:\n  quota_application:\n", "\nchecks:\n  quota_aplication:\n")], "NEVER_READ", "checks.quota_aplication", "是不是 quota_application？"),
    "a misspelt procedure": ("xiamen", [("  cash_payment:\n    label: 现金存储\n    versions:\n      - from: 2024-07-17\n        source: xm-guide", "  cash_paymnt:\n    label: 现金存储\n    versions:\n      - from: 2024-07-17\n        source: xm-guide")], "NEVER_READ", "procedures.cash_paymnt", "是不是 cash_payment？"),
    "a misspelt field": ("xiamen", [("      at: entry_value\n      severity: warn\n", "      at: entry_valeu\n      severity: warn\n")], "NEVER_READ", "checks.quota_application[3].at", "是不是 entry_value？"),
    "a misspelt form": ("benxi", [("  progress:\n    label: 工程进度\n", "  progres:\n    label: 工程进度\n")], "NEVER_READ", "forms.progres", "是不是 progress？"),
    "no project form, so that empty projects are taken": ("xiamen", [("  project:\n    label: 项目信息\n", "  projects:\n    read_by: portal\n    label: 项目信息\n")], "SECTION_MISSING", "ruleset.product_lines", "forms.project"),
    "no certification at all": ("xiamen", [("  certification:\n    label: 企业认证\n", "  certifications:\n    read_by: portal\n    label: 企业认证\n")], "SECTION_MISSING", "ruleset.product_lines", "procedures.certification"),
    "a procedure without its form": ("xiamen", [("        form: cash_payment\n", "")], "SECTION_MISSING", "procedures.cash_payment.versions[0]", "form: cash_payment"),
    "papers that no procedure asks for any more": ("xiamen", [("        materials: [{list: cash_deposit}]\n", "")], "NEVER_READ", "materials.cash_deposit", "材料清单"),
    "a notice nobody sends": ("xiamen", [("\nprocedures:\n", "\nnotices:\n  quota_approvd:\n    label: 通过\n    versions:\n      - {from: 2024-07-17, source: anxin, locator: 条, channels: [sms], subject: 通过, body: 通过。}\nprocedures:\n")], "NEVER_READ", "notices.quota_approvd", "通知"),
    "a term of its own that nobody reads": ("xiamen", [section("terms", "wage_deposit.cap_of_its_own: {label: 另一上限, kind: money}")], "NEVER_READ", "terms.wage_deposit.cap_of_its_own", "read_by"),
    "a check on what nobody says": ("xiamen", [check("quota_application", "id: grade, from: 2024-07-17, source: anxin, locator: 条, must: {fact: enterprise.qualification, is: special}, code: GRADE, message: 资质。")], "NOBODY_SUPPLIES", "checks.quota_application[0].must", "没有人提供“企业资质”"),
    "a field of what an officer states": ("xiamen", [("- {code: application.handler, label: 经办人, kind: text", "- {code: contractor.clean_years, label: 连续未拖欠年数, kind: integer, need: required}\n          - {code: application.handler, label: 经办人, kind: text")], "CONTRADICTS", "forms.quota_application.versions[0].fields[8].need", "由经办人员认定"),
    "an amount that is filled in as so many ten thousands": ("benxi", [("- {code: payment.amount, label: 缴存金额, kind: money, need: required, unit: 元}", "- {code: payment.amount, label: 缴存金额, kind: money, need: required, unit: 万元}")], "WRONG_UNIT", "forms.cash_payment.versions[0].fields[0].unit", "shown_in: 万元"),
    "a term that waits for nobody": ("xiamen", [section("terms", "wage_deposit.cap_of_its_own: {label: 另一上限, kind: money, read_by: insurance_markt}")], "NOT_AN_OPTION", "terms.wage_deposit.cap_of_its_own.read_by", "是不是 insurance_market？"),
}  # fmt: skip

PLACES = {
    "a region that is not there": ("xiamen", [('region: "350200"', 'region: "999999"')], "NO_SUCH_REGION", "ruleset.region", "GB/T 2260"),
    "a city that calls itself the nation": ("xiamen", [("level: city", "level: national")], "WRONG_LEVEL", "ruleset.level", "市写 city"),
    "a city that calls itself a province": ("xiamen", [("level: city", "level: province")], "WRONG_LEVEL", "ruleset.level", "0000"),
    "another city's district": ("xiamen", [('area: "350203"', 'area: "440103"')], "OTHER_REGION", "authorities[0].rows[1].area", "3502"),
    "full-width braces": ("xiamen", [('message: "申请金额 {application.requested_amount} 低于', 'message: "申请金额 ｛application.requested_amount｝ 低于')], "BAD_PLACEHOLDER", "checks.quota_application[3].message", "半角花括号"),
    "a placeholder that stays as it is": ("xiamen", [('message: "申请金额 {application.requested_amount} 低于', 'message: "申请金额 {申请金额} 低于')], "BAD_PLACEHOLDER", "checks.quota_application[3].message", "原样显示"),
    "a placeholder with blanks": ("xiamen", [('message: "申请金额 {application.requested_amount} 低于', 'message: "申请金额 { application.requested_amount } 低于')], "BAD_PLACEHOLDER", "checks.quota_application[3].message", "没有空格"),
    "another reading chosen, the formula left": ("hainan", [("    chosen: before_cutoff", "    chosen: from_cutoff")], "CHOSEN_DIFFERS", "values.payment_security.backfill.operator[0].value", "一起改"),
}  # fmt: skip

AMOUNTS |= {
    "rounded to a tenth of a fen": ("benxi", [("round: {to: 0.01, mode: half_up}", "round: {to: 0.001, mode: half_up}")], "BAD_ROUNDING", "formulas.wage_deposit.requested_amount.versions[0].round.to", "最细舍入到"),
    "a figure of another kind, by which a row and a check are told apart": ("xiamen", [("months_below:\n    - {from: 2024-07-17, value: 3,", "months_below:\n    - {from: 2024-07-17, value: 1.5,")], "WRONG_KIND", "values.wage_deposit.small_contract.months_below[0].value", "应为整数"),
}  # fmt: skip

UNDONE |= {
    "no period for the review that the nation sets one for": ("benxi", [("        review_within: deadlines.cancellation_review\n", "")], "PERIOD_MISSING", "procedures.cancellation.versions[0]", "《工程建设领域农民工工资保证金规定》第二十二条"),
}  # fmt: skip

REFUSED = UNDONE | AMOUNTS | IDLE | UNREAD | PLACES

WARNED = {
    "no period for the review that the city sets one for": ("xiamen", [("        review_within: deadlines.quota_review\n", "")], "PERIOD_MISSING", "procedures.quota_application.versions[0]", "review_within: deadlines.quota_review"),
    "nobody told what became of the application": ("xiamen", [("        notices: {submitted: quota_submitted, approved: quota_approved, rejected: quota_rejected}\n", "")], "NOBODY_TOLD", "procedures.quota_application.versions[0]", "申请人不知道"),
    "one megabyte for a whole project": ("xiamen", [("name: 项目资料, need: required}", "name: 项目资料, need: required, max_mb: 1}")], "TEN_TIMES", "materials.quota_application.versions[0].rows[0].max_mb", "相差十倍"),
    "fewer classes of characters in a password": ("xiamen", [value("auth.login.factors", "[mobile]")], "LOOSENS_SUPERIOR", "values.auth.login.factors[0].value", "password、sms_code"),
    "two hundred yuan for two million": ("xiamen", [("value: 5_000_000.00, source: fujian-2024-4, locator: 上限", "value: 200.00, source: fujian-2024-4, locator: 上限")], "UNUSUAL", "values.wage_deposit.cap[0].value", "元还是万元"),
    "a cap of six hundred": ("xiamen", [("value: 5_000_000.00, source: fujian-2024-4, locator: 上限", "value: 600, source: fujian-2024-4, locator: 上限")], "UNUSUAL", "values.wage_deposit.cap[0].value", "元还是万元"),
    "an increase of 160 per cent": ("xiamen", [("wage_deposit.increase.arrears:\n    - {from: 2024-07-17, value: 50%", "wage_deposit.increase.arrears:\n    - {from: 2024-07-17, value: 160%")], "UNUSUAL", "values.wage_deposit.increase.arrears[0].value", "不高于 100%"),
    "a zero too many beside the nation's figure": ("xiamen", [("value: 4_000_000.00, source: fujian-2024-4, locator: 免存", "value: 40_000_000.00, source: fujian-2024-4, locator: 免存")], "TEN_TIMES", "values.wage_deposit.small_contract.below[0].value", "上级的"),
    "a zero too many beside the year before": ("xiamen", [("    - {from: 2024-07-17, value: 10 working_day, source: xm-guide, locator: 附件2 服务承诺书 第2条（XM-43）, note: 自机构收到总承包单位的申请资料起。}\n", "    - {from: 2024-07-17, value: 10 working_day, source: xm-guide, locator: 第2条}\n    - {from: 2026-07-17, value: 100 working_day, source: xm-guide, locator: 第2条}\n")], "TEN_TIMES", "values.deadlines.issuance[1].value", "上一条"),
    "a tier ten times its neighbour": ("hainan", [("                      - {up_to: 10_000_000, rate: {value: payment_security.min_amount.tier_1_rate}}\n                      - {up_to: null, rate: {value: payment_security.min_amount.tier_2_rate}}\n                - up_to: null\n                  then:\n                    kind: max_of\n                    of:\n                      - kind: sum\n", "                      - {up_to: 10_000_000, rate: 50%}\n                      - {up_to: null, rate: 5%}\n                - up_to: null\n                  then:\n                    kind: max_of\n                    of:\n                      - kind: sum\n")], "TEN_TIMES", "formulas.payment_security.minimum.versions[0].calculate.cases.progressive.rows[0].then.tiers[1].rate", "上一档"),
    "a refusal softened to a word": ("guangzhou", [section("checks", "quota_application:\n  - {id: ratio_at_least, from: 2023-04-25, source: anxin, locator: 条, when: {fact: application.type, is: ordinary}, must: {fact: application.requested_ratio, at_least: {value: wage_deposit.ratio.reduced_floor}}, code: RATIO_BELOW_MINIMUM, severity: warn, message: 比例过低。}")], "LOOSENS_SUPERIOR", "checks.quota_application[0].severity", "interpretation"),
    "a refusal from a lower figure on": ("guangzhou", [section("checks", "quota_application:\n  - {id: ratio_at_least, from: 2023-04-25, source: anxin, locator: 条, when: {fact: application.type, is: ordinary}, must: {fact: application.requested_ratio, at_least: 0.3%}, code: RATIO_BELOW_MINIMUM, message: 比例过低。}")], "LOOSENS_SUPERIOR", "checks.quota_application[0].must", "interpretation"),
    "a platform's custom ended": ("xiamen", [value("lists.page_size", "null")], "ENDS_SUPERIOR", "values.lists.page_size[0].value", "删去这一项"),
    "a check that nobody can meet": ("xiamen", [check("quota_application", "id: own, from: 2024-07-17, source: anxin, locator: 条, must: {all: [{fact: enterprise.certified, is: true}, {fact: enterprise.certified, is: false}]}, code: OWN, message: 请先认证。")], "ALWAYS_FALSE", "checks.quota_application[0].must", "谁也办不成"),
    "a row that a later figure makes idle": ("xiamen", [value("wage_deposit.small_contract.clean_years_2", "1"), section("terms", "wage_deposit.small_contract.clean_years_2: {label: 年数, kind: integer}"), section("tables", "own:\n  label: 自定\n  outcomes: {a: 甲, b: 乙}\n  versions:\n    - from: 2025-01-15\n      source: anxin\n      locator: 条\n      hit_policy: first\n      rows:\n        - {id: x, when: {all: [{fact: contractor.clean_years, lt: 3}, {fact: contractor.clean_years, at_least: {value: wage_deposit.small_contract.clean_years_2}}]}, outcome: a, message: 甲。}\n        - {id: z, outcome: b, message: 乙。}"), ("value: 1, source: anxin, locator: 第九条}\n", "value: 1, source: anxin, locator: 第九条}\n    - {from: 2026-01-01, value: 3, source: anxin, locator: 第九条}\n")], "UNREACHABLE", "tables.own.versions[0].rows[0]", "自 2026-01-01 起"),
    "what the template asked to change": ("xiamen", [("title: 厦门市农民工工资保证金管理服务平台接入指南", "title: 本市规定的名称（请改）")], "TO_BE_CHANGED", "sources.xm-guide.title", "请改"),
    "a source never cited": ("xiamen", [section("sources", "xm-other: {title: 另一文件, kind: notice, evidence: none}")], "NEVER_CITED", "sources.xm-other", "删去"),
    "a paper no longer required": ("xiamen", [("          - {code: deposit_agreement, name: 《福建省农民工工资保证金存款协议书》复印件, need: required}\n", "          - {code: deposit_agreement, name: 协议书, need: required}\n          - {code: proof, name: 回单, need: required}\n      - from: 2026-07-17\n        source: xm-guide\n        locator: 附件1\n        rows:\n          - {code: deposit_agreement, name: 协议书, need: required}\n          - {code: proof, name: 回单, need: optional}\n")], "MATERIAL_DROPPED", "materials.cash_deposit.versions[1].rows", "回单"),
    "a list emptied": ("xiamen", [("        rows:\n          - {code: deposit_agreement, name: 《福建省农民工工资保证金存款协议书》复印件, need: required}\n", "        rows: []\n")], "NOTHING_REQUIRED", "materials.cash_deposit.versions[0].rows", "补上材料"),
}  # fmt: skip


SLIPS = {
    # One mistake, one finding, at its own line.
    "full-width colon": (("  city: xiamen\n", "  city：xiamen\n"), "FULL_WIDTH_SIGN", "全角冒号"),
    "full-width colon in braces": (("{from: 2024-07-17, value: 1.5%,", "{from: 2024-07-17, value：1.5%,"), "FULL_WIDTH_SIGN", "全角冒号"),
    "full-width comma": (("value: 1.5%, source: fujian-2024-4", "value: 1.5%， source: fujian-2024-4"), "FULL_WIDTH_SIGN", "全角逗号"),
    "missing blank": (("  city: xiamen\n", "  city:xiamen\n"), "MISSING_BLANK", "少了空格"),
    "missing blank in braces": (("value: 1.5%, source: fujian-2024-4", "value:1.5%, source: fujian-2024-4"), "MISSING_BLANK", "少了空格"),
    "a blank of a web page": (("value: 1.5%, source: fujian-2024-4", "value:\u00a01.5%, source: fujian-2024-4"), "ODD_BLANK", "不间断空格"),
    "a full-width blank before a key": (("  name: 厦门市\n", "\u3000 name: 厦门市\n"), "ODD_BLANK", "全角空格"),
    "commas in a number": (("value: 5_000_000.00, source", "value: 5,000,000.00, source"), "THOUSANDS", "去掉逗号"),
    "full-width commas in a number": (("value: 5_000_000.00, source", "value: 5，000，000.00, source"), "THOUSANDS", "去掉逗号"),
    "a merge left open": (("  name: 厦门市\n", "<<<<<<< HEAD\n  name: 厦门市\n=======\n  name: 厦门\n>>>>>>> theirs\n"), "GIT_CONFLICT", "冲突标记"),
}  # fmt: skip


def block(since: str = "2022-01-01", indent: int = 8) -> str:
    """The head of a version that goes on below."""
    return f"from: {since}\n{' ' * indent}source: local\n{' ' * indent}locator: 第九条"


def form(fields: str, more: str = "") -> str:
    """A city with the form of cancellations."""
    return f"forms:\n  cancellation:\n    label: 注销\n    versions:\n      - {block()}\n        fields: [{fields}]\n{more}"


def lists(rows: str, later: str | None = None) -> str:
    """A city with the papers of cancellations, and what a later version asks for."""
    after = f"      - {block('2024-01-01')}\n        rows: [{later}]\n" if later is not None else ""
    use = f"      - {{{version()}, reviewer: hrss_officer, materials: [{{list: papers}}]}}"
    return f"materials:\n  papers:\n    label: 材料\n    versions:\n      - {block()}\n        rows: [{rows}]\n{after}procedures:\n  cancellation:\n    label: 注销\n    versions:\n{use}\n"


def procedure(*versions: str, name: str = "cancellation") -> str:
    return f"procedures:\n  {name}:\n    label: 办理\n    versions:\n" + "".join(
        f"      - {{{each}}}\n" for each in versions
    )


def own_check(must: str, *, when: str = "", more: str = "") -> str:
    return f"checks:\n  cancellation:\n    - {{id: own, {version()}, {f'when: {when}, ' if when else ''}must: {must}, code: OWN, message: 不行。}}\n{more}"


NAME = "{code: name, label: 姓名, kind: text, need: required}"
KIND = "{code: kind, label: 类型, kind: choice, need: required, options: {services: 房屋}}"
PAPER = "{code: proof, name: 回单, need: required}"
REVIEW = "reviewer: hrss_officer, review_within: deadlines.cancellation_review"
OWN_PERIOD = "terms:\n  deadlines.cancellation_review: {label: 注销审核期限, kind: span}\n"
OTHER_PERIOD = "terms:\n  deadlines.filing_review: {label: 备案审核期限, kind: span}\n"
WIDE = ", ".join(f"{{fact: f{number}, at_least: {number}}}" for number in range(1, 12))
MANY = "facts:\n" + "".join(
    f"  f{number}: {{label: 数{number}, kind: integer, supplied_by: platform}}\n" for number in range(1, 12)
)

CONTRADICT = {
    # The body of the city, what is said, where, in which words.
    "required and never shown": (form("{code: name, label: 姓名, kind: text, need: required, when: {all: [{fact: agreed, is: true}, {fact: agreed, is: false}]}}"), "NEVER_APPLIES", "forms.cancellation.versions[0].fields[0].when", "从不要求"),
    "required where a required one is missing": (form(f"{NAME}, {{code: days, label: 天数, kind: integer, need: required, when: {{fact: name, missing: true}}}}"), "NEVER_APPLIES", "forms.cancellation.versions[0].fields[1].when", "从不要求"),
    "required for a kind that the form does not offer": (form(f"{KIND}, {{code: days, label: 天数, kind: integer, need: required, when: {{fact: kind, is: road}}}}"), "NEVER_APPLIES", "forms.cancellation.versions[0].fields[1].when", "从不要求"),
    "a field between limits that cross": (form("{code: name, label: 姓名, kind: text, need: required, when: {all: [{fact: days, at_least: 30}, {fact: days, at_most: 3}]}}"), "NEVER_APPLIES", "forms.cancellation.versions[0].fields[0].when", "从不要求"),
    "two fields of one name": (form(f"{NAME}, {NAME}"), "DUPLICATE_ID", "forms.cancellation.versions[0].fields[1].code", "重复"),
    "an option that there is not": (form("{code: kind, label: 类型, kind: choice, need: required, options: {services: 房屋, rail: 铁路}}"), "NOT_AN_OPTION", "forms.cancellation.versions[0].fields[0].options.rail", "rail"),
    "options of what is no choice": (form("{code: name, label: 姓名, kind: text, need: required, options: {a: 甲}}"), "CONTRADICTS", "forms.cancellation.versions[0].fields[0].options", "选择项"),
    "a length of a number": (form("{code: days, label: 天数, kind: integer, need: required, longest: 3}"), "CONTRADICTS", "forms.cancellation.versions[0].fields[0].longest", "文字"),
    "nothing allowed of a text": (form("{code: name, label: 姓名, kind: text, need: required, zero: true}"), "CONTRADICTS", "forms.cancellation.versions[0].fields[0].zero", "金额"),
    "required of people what the platform computes": (form("{code: late, label: 逾期, kind: boolean, need: required}", "facts:\n  late: {label: 逾期, kind: boolean, derived_from: [days]}\n"), "CONTRADICTS", "forms.cancellation.versions[0].fields[0].need", "derived"),
    "a paper that nobody has to hand in": (lists("{code: proof, name: 回单, need: required, when: {all: [{fact: kind, is: road}, {fact: kind, is: services}]}}"), "NEVER_APPLIES", "materials.papers.versions[0].rows[0].when", "从不要求"),
    "a list twice": (procedure(f"{version()}, reviewer: hrss_officer, materials: [{{list: papers}}, {{list: papers}}]").replace("procedures:", f"materials:\n  papers:\n    label: 材料\n    versions:\n      - {block()}\n        rows: [{PAPER}]\nprocedures:"), "DUPLICATE_ID", "procedures.cancellation.versions[0].materials[1].list", "重复"),
    "bounds upside down": ("terms:\n  own: {label: 自定, kind: money, read_by: quotas, bounds: {min: 500, max: 100, source: local, locator: 第九条}}\n", "BAD_BOUNDS", "terms.own.bounds", "min 大于 max"),
    "what is usual upside down": ("terms:\n  own: {label: 自定, kind: money, read_by: quotas, usual: {min: 500, max: 100}}\n", "BAD_BOUNDS", "terms.own.usual", "min 大于 max"),
    "a lower limit above the upper one": (f"formulas:\n  own:\n    label: 费\n    kind: money\n    versions:\n      - {block()}\n        calculate: {{kind: clamp, of: {{fact: amount}}, at_least: 500, at_most: 100}}\n        round: {{to: 0.01, mode: half_up}}\n", "LADDER_ORDER", "formulas.own.versions[0].calculate.at_least", "大于上限"),
    "an authority twice": (f"authorities:\n  - {block(indent=4)}\n    rows:\n      - {{industry: housing, area: \"659901\", industry_authority: 住建局, hrss_office: 人社局}}\n      - {{industry: housing, area: \"659901\", industry_authority: 水务局, hrss_office: 人社局}}\n", "DUPLICATE_ID", "authorities[0].rows[1]", "用不上"),
    "a submission nobody may review": (procedure(f"{version()}, reviewer: null"), "WRONG_REVIEWER", "procedures.cancellation.versions[0].reviewer", "一直等下去"),
    "a submission for another's desk": (procedure(f"{version()}, reviewer: institution_staff"), "WRONG_REVIEWER", "procedures.cancellation.versions[0].reviewer", "hrss_officer"),
    "two options that read alike": (form("{code: kind, label: 类型, kind: choice, need: required, options: {services: 房屋, road: 房屋}}"), "DUPLICATE_ID", "forms.cancellation.versions[0].fields[0].options.road", "写了两次"),
    "another act's form": (form(NAME, f"  filing:\n    label: 备案\n    versions:\n      - {block()}\n        fields: [{NAME}]\n") + procedure(f"{version()}, reviewer: hrss_officer, form: filing"), "OTHER_FORM", "procedures.cancellation.versions[0].form", "写 form: cancellation"),
    "every factor of the log-in gone": ("values:\n  modes:\n    - {" + version() + ", value: []}\n", "ENDS_SUPERIOR", "values.modes[0].value", "slow、fast"),
    "a row that no case reaches from the first day": (f"tables:\n  own:\n    label: 自定\n    outcomes: {{a: 甲, b: 乙}}\n    versions:\n      - {block()}\n        hit_policy: first\n        rows:\n          - {{id: x, when: {{all: [{{fact: done_on, before: 2020-01-01}}, {{fact: done_on, not_before: 2021-01-01}}]}}, outcome: a, message: 甲。}}\n          - {{id: y, outcome: b, message: 乙。}}\n          - {{id: z, when: {{fact: agreed, is: true}}, outcome: a, message: 甲。}}\n", "UNREACHABLE", "tables.own.versions[0].rows[1]", "默认行"),
}  # fmt: skip

TOLD = {
    "a check without its figure": (own_check("{fact: amount, at_most: {value: cap}}", more="values:\n  cap:\n    - {" + version() + ", value: null}\n"), "LIMIT_NOT_SET", "checks.cancellation[0].must", "什么也不会拒绝"),
    "a check that a later figure makes idle": (own_check("{fact: days, at_least: {value: count}}", when="{fact: days, at_least: 5}", more=f"values:\n  count:\n    - {{{version()}, value: 9}}\n    - {{{version(since='2025-01-01')}, value: 5}}\n"), "ALWAYS_TRUE", "checks.cancellation[0].must", "自 2025-01-01 起"),
    "a check that a later figure lets nobody meet": (own_check("{fact: days, lt: {value: count}}", when="{fact: days, at_least: 5}", more=f"values:\n  count:\n    - {{{version()}, value: 9}}\n    - {{{version(since='2025-01-01')}, value: 5}}\n"), "ALWAYS_FALSE", "checks.cancellation[0].must", "自 2025-01-01 起"),
    "always true among more cases than are tried": (own_check(f"{{any: [{{fact: agreed, is: true}}, {{fact: agreed, is: false}}, {WIDE}]}}", more=MANY), "ALWAYS_TRUE", "checks.cancellation[0].must", "永远通过"),
    "a row among more cases than are tried": (f"{MANY}tables:\n  own:\n    label: 自定\n    outcomes: {{a: 甲, b: 乙}}\n    versions:\n      - {block()}\n        hit_policy: first\n        rows:\n          - {{id: x, when: {{all: [{{fact: f1, at_least: 9}}, {{fact: f1, at_most: 3}}, {WIDE}]}}, outcome: a, message: 甲。}}\n          - {{id: y, when: {{fact: agreed, is: true}}, outcome: a, message: 甲。}}\n          - {{id: z, outcome: b, message: 乙。}}\n", "UNREACHABLE", "tables.own.versions[0].rows[0]", "永远不会用到"),
    "a paper made optional": (lists(PAPER, "{code: proof, name: 回单, need: optional}"), "MATERIAL_DROPPED", "materials.papers.versions[1].rows", "改成了选填"),
    "a paper for some only": (lists(PAPER, "{code: proof, name: 回单, need: required, when: {fact: agreed, is: true}}"), "MATERIAL_DROPPED", "materials.papers.versions[1].rows", "加了条件"),
    "a paper gone": (lists(PAPER + ", {code: other, name: 其他, need: required}", PAPER), "MATERIAL_DROPPED", "materials.papers.versions[1].rows", "“其他”原来要求"),
    "a question made optional": (form(NAME, f"      - {block('2024-01-01')}\n        fields: [{NAME.replace('required', 'optional')}]\n"), "FIELD_DROPPED", "forms.cancellation.versions[1].fields", "改成了选填"),
    "a list no longer asked for": (lists(PAPER) + f"      - {{{version(since='2024-01-01')}, reviewer: hrss_officer}}\n", "MATERIAL_DROPPED", "procedures.cancellation.versions[1]", "不再要求"),
    "the second pair of eyes gone": (procedure(f"{version()}, reviewer: hrss_officer, four_eyes: true", f"{version(since='2024-01-01')}, reviewer: hrss_officer"), "REVIEW_DROPPED", "procedures.cancellation.versions[1]", "两人审核"),
    "no period for the review any more": (OWN_PERIOD + procedure(f"{version()}, {REVIEW}", f"{version(since='2024-01-01')}, reviewer: hrss_officer"), "REVIEW_DROPPED", "procedures.cancellation.versions[1]", "审核期限"),
    "another act's period": (OTHER_PERIOD + procedure(f"{version()}, reviewer: hrss_officer, review_within: deadlines.filing_review"), "OTHER_PERIOD", "procedures.cancellation.versions[0].review_within", "deadlines.cancellation_review"),
    "a figure that no rule asks for here": ("values:\n  due:\n    - {" + version() + ", value: 5 working_day}\n", "NEVER_READ", "values.due", "写了也不起作用"),
    "nothing for something": ("values:\n  count:\n    - {" + version() + ", value: 9}\n    - {" + version(since="2024-01-01") + ", value: 0}\n" + own_check("{fact: days, at_least: {value: count}}", when="{fact: agreed, is: true}"), "ZERO", "values.count[1].value", "写的是 0"),
    "a cap ten times the version's before": ("formulas:\n  own:\n    label: 费\n    kind: money\n    versions:\n" + "".join(f"      - {block(since)}\n        calculate: {{kind: clamp, of: {{fact: amount}}, at_most: {cap}}}\n        round: {{to: 0.01, mode: half_up}}\n" for since, cap in (("2022-01-01", 5_000), ("2024-01-01", 50_000))), "TEN_TIMES", "formulas.own.versions[1].calculate.at_most", "上一版的 5000"),
    "a row's limit without its 万": ("tables:\n  own:\n    label: 自定\n    outcomes: {a: 甲, b: 乙, c: 丙}\n    versions:\n" + "".join(f"      - {block(since)}\n        hit_policy: first\n        rows:\n{row}          - {{id: x, when: {{fact: amount, at_least: {limit}}}, outcome: a, message: 甲。}}\n          - {{id: y, outcome: b, message: 乙。}}\n" for since, limit, row in (("2022-01-01", 4_000_000, "          - {id: w, when: {fact: days, at_least: 9}, outcome: c, message: 丙。}\n"), ("2024-01-01", 400, "          - {id: v, when: {fact: days, at_least: 999}, outcome: c, message: 丙。}\n          - {id: w, when: {fact: days, at_least: 9}, outcome: c, message: 丙。}\n"))), "TEN_TIMES", "tables.own.versions[1].rows[2].when.at_least", "上一版的 4000000"),
    "a check's limit with a zero more": ("checks:\n  cancellation:\n" + "".join(f"    - {{id: own, {version(since=since)}, must: {{fact: days, at_least: {days}}}, code: OWN, message: 不行。}}\n" for since, days in (("2022-01-01", 30), ("2024-01-01", 300))), "TEN_TIMES", "checks.cancellation[1].must.at_least", "上一版的 30"),
    "a text of one character": (form("{code: name, label: 姓名, kind: text, need: required, longest: 1}"), "UNUSUAL", "forms.cancellation.versions[0].fields[0].longest", "少写了一位"),
    "notices crossed": (procedure(f"{version()}, reviewer: hrss_officer, notices: {{approved: case_rejected, rejected: case_done}}") + "notices:\n" + "".join(f"  {name}:\n    label: 结果\n    versions:\n      - {{{version()}, channels: [sms], subject: 结果, body: 结果。}}\n" for name in ("case_rejected", "case_done")), "OTHER_EVENT", "procedures.cancellation.versions[0].notices.approved", "写串"),
    "a refusal nobody is told of": (procedure(f"{version()}, reviewer: hrss_officer, notices: {{approved: case_done}}") + f"notices:\n  case_done:\n    label: 结果\n    versions:\n      - {{{version()}, channels: [sms], subject: 结果, body: 结果。}}\n", "OTHER_EVENT", "procedures.cancellation.versions[0].notices", "不知道要更正"),
    "a notice that goes nowhere": (procedure(f"{version()}, reviewer: hrss_officer, notices: {{approved: done}}") + f"notices:\n  done:\n    label: 通过\n    versions:\n      - {{{version()}, channels: [], subject: 通过, body: 通过。}}\n", "NOBODY_TOLD", "notices.done.versions[0].channels", "谁也收不到"),
    "no business at all": ("", "NOTHING_OFFERED", "ruleset", "没有开通任何业务"),
}  # fmt: skip

WITH_MODES = BASE.replace(
    "values:\n  rate:",
    "values:\n  modes:\n    - {from: 2020-01-01, value: [slow, fast], source: law, locator: 第一条}\n  rate:",
)


@pytest.mark.parametrize(("body", "code", "path", "words"), CONTRADICT.values(), ids=CONTRADICT)
def test_what_contradicts_itself_or_could_never_be_is_refused(body, code, path, words):
    [found] = [each for each in said(body, base=WITH_MODES) if each.code == code]
    assert (found.path, found.warns) == (path, False)
    assert words in str(found)


@pytest.mark.parametrize(("body", "code", "path", "words"), TOLD.values(), ids=TOLD)
def test_what_asks_for_less_than_before_or_changes_nothing_is_told(body, code, path, words, monkeypatch):
    monkeypatch.setattr(trial, "MOST_CASES", 2_000)
    [found] = [each for each in said(body) if each.code == code]
    assert (found.path, found.warns) == (path, True)
    assert words in str(found)


@pytest.mark.parametrize(("edit", "code", "words"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_the_hand_is_named_once_at_its_own_line(tmp_path, edit, code, words):
    folder = break_city(tmp_path, "xiamen", edit)
    [found] = find_said(folder)
    assert (found.code, found.warns) == (code, False)
    assert words in str(found)
    lines = (folder / "ruleset.yaml").read_text("utf-8").split("\n")
    assert lines[found.line - 1].strip() in edit[1] or edit[1] in lines[found.line - 1]


def test_everything_wrong_is_told_in_one_wave_beside_a_line_that_is_no_yaml(tmp_path):
    told = find_said(
        break_city(
            tmp_path,
            "xiamen",
            (
                "locator: 同一管理地区第二个及以后项目}\n  wage_deposit.ratio.clean",
                "locator: 同一管理地区第二个及以后项目}}\n  wage_deposit.ratio.clean",
            ),
            ("value: 5_000_000.00, source", "value: 5,000,000.00, source"),
            (
                "quota.review_office:\n    - {from: 2024-07-17, value: city",
                "quota.review_office:\n    - {from: 2024-07-17, value: town",
            ),
            ('      severity: warn\n      message: "申请金额', '      severity: wran\n      message: "申请金额'),
            value("cancellation.public_notice", "3 day"),
        )
    )
    assert [found.code for found in told] == ["OUT_OF_BOUNDS", "NOT_AN_OPTION", "SYNTAX", "THOUSANDS", "NOT_AN_OPTION"]


@pytest.mark.parametrize(("city", "edits", "code", "path", "words"), REFUSED.values(), ids=REFUSED)
def test_a_city_broken_so_that_somebody_pays_or_waits_otherwise_is_refused(tmp_path, city, edits, code, path, words):
    told = find_said(break_city(tmp_path, city, *edits))
    [found] = [each for each in told if each.code == code]
    assert (found.path, found.warns) == (path, False)
    assert words in str(found)


@pytest.mark.parametrize(("city", "edits", "code", "path", "words"), WARNED.values(), ids=WARNED)
def test_what_can_be_meant_is_told_and_taken(tmp_path, city, edits, code, path, words):
    told = find_said(break_city(tmp_path, city, *edits))
    assert [each for each in told if not each.warns] == []
    [found] = [each for each in told if each.code == code]
    assert found.path == path
    assert words in str(found)
    assert f":{found.column}: 提示：" in str(found)


def test_the_shipped_cities_give_no_warning():
    assert [warning for place in cities.find_places() for warning in cities.find_warnings(place.folder)] == []

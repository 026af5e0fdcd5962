"""What a clerk changes on an ordinary day is taken in silence: a warning that cries at everything is not read."""

# ruff: noqa: E501 -- one edit a line reads as the table it is

from itertools import zip_longest

from core.rulesets.language.diagnostics import Diagnostic
from tests.rulesets.broken import Edit, break_city, check, find_said, section, value

VALUES = {
    "auth.code.tries": ["3", "4", "5"],
    "wage_deposit.ratio.max": ["2%", "2.5%", "3%"],
    "guarantee.min_validity": ["1 year", "18 month", "2 year", "400 day"],
    "deadlines.deposit": ["20 working_day", "15 working_day", "10 working_day", "20 day", "2 day"],
    "deadlines.cancellation_review": ["5 working_day", "3 working_day", "5 day"],
    "deadlines.cancellation_confirmation": ["3 working_day", "1 working_day", "2 day"],
    "deadlines.replenishment": ["10 working_day", "7 day", "5 working_day"],
    "cancellation.public_notice": ["30 day", "45 day", "60 day", "30 working_day", "2 month"],
    "alerts.guarantee_expiry_ahead": ["1 month", "2 month", "45 day"],
    "auth.code.minutes": ["3", "10"],
    "auth.password.min_length": ["8", "10", "12"],
    "documents.max_mb": ["50", "20"],
    "lists.page_size": ["20", "50"],
    "deadlines.filing_review": ["5 working_day", "10 working_day"],
    "auth.lockout.minutes": ["30", "60"],
}
"""Of Xiamen, which states none of these today."""

SOURCED = "xm-guide"
OTHERS: list[Edit] = [
    ("value: 1.5%, source: fujian-2024-4", "value: 2%, source: fujian-2024-4"),
    ("value: 5_000_000.00, source: fujian-2024-4", "value: 8_000_000.00, source: fujian-2024-4"),
    ("value: 4_000_000.00, source: fujian-2024-4", "value: 3_000_000.00, source: fujian-2024-4"),
    ("clean_years:\n    - {from: 2024-07-17, value: 1,", "clean_years:\n    - {from: 2024-07-17, value: 2,"),
    ("increase.arrears:\n    - {from: 2024-07-17, value: 50%", "increase.arrears:\n    - {from: 2024-07-17, value: 80%"),
    ("increase.listed:\n    - {from: 2024-07-17, value: 100%", "increase.listed:\n    - {from: 2024-07-17, value: 150%"),
    ("months_below:\n    - {from: 2024-07-17, value: 3,", "months_below:\n    - {from: 2024-07-17, value: 6,"),
    ("{code: project.kind, label: 工程类型, kind: text, need: optional}", "{code: project.kind, label: 工程类型, kind: text, need: required}"),
    ("name: 项目资料, need: required}", "name: 项目资料（立项批文、施工许可证）, need: required, max_files: 10}"),
    ("name: 企业证件, need: required}\n", "name: 企业证件, need: required}\n          - {code: agent_id, name: 经办人身份证, need: optional}\n"),
    check("quota_application", f"id: own, from: 2025-01-15, source: {SOURCED}, locator: 条, when: {{fact: application.type, is: ordinary}}, must: {{fact: application.contract_amount, at_least: 10_000.00}}, code: TOO_SMALL, at: contract_amount, message: \"合同额 {{application.contract_amount}} 过小。\""),
    section("sources", "xm-2025: {title: 厦门市补充通知, kind: notice, evidence: text}") ,
]  # fmt: skip


def test_about_fifty_ordinary_edits_bring_two_warnings_at_most(tmp_path):
    """Several in one file, as edits of different places do not meddle with each other; never two of one place."""
    rounds = list(zip_longest(*([value(path, each) for each in written] for path, written in VALUES.items())))
    told = list[Diagnostic]()
    for number, edits in enumerate([*rounds, OTHERS]):
        told += find_said(break_city(tmp_path / str(number), "xiamen", *(edit for edit in edits if edit)))
    assert sum(map(len, VALUES.values())) + len(OTHERS) >= 50
    assert [str(each) for each in told if not each.warns] == []
    assert len(told) <= 2

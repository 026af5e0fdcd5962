"""Facts from outside: typed by their declaration, or every problem at once."""

from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decisions import Kind
from core.rulesets.facts import FactsInvalid, facts_from_text
from core.rulesets.language import values
from tests.rulesets.small import city

READ = {
    Kind.MONEY: {"2600000": Decimal("2600000.00"), "0.5": Decimal("0.50"), "-1.05": Decimal("-1.05")},
    Kind.RATE: {"0.015": Decimal("0.015"), "1.5%": Decimal("0.015"), "150%": Decimal("1.5"), "1": Decimal(1)},
    Kind.INTEGER: {"5": 5, "-5": -5},
    Kind.BOOLEAN: {"true": True, "false": False},
    Kind.DATE: {"2024-07-01": date(2024, 7, 1)},
    Kind.SPAN: {"5 working_day": "5 working_day"},
    Kind.CODE: {"services": "services"},
    Kind.TEXT: {"本溪": "本溪"},
    Kind.CODES: {"a, b": ("a", "b"), "": ()},
    Kind.TEXTS: {"甲,乙": ("甲", "乙")},
}
REFUSED = {
    Kind.MONEY: ["1.005", "1e9", "NaN", "１", "1,000", " 1", "", "9" * 31, "+1"],
    Kind.RATE: ["1.5", "5", "NaN", "1e-2", "５%", "%", "Infinity"],
    Kind.INTEGER: ["5.0", "５", " 5", "1_000", "", "9" * 31],
    Kind.BOOLEAN: ["yes", "True", "1", ""],
    Kind.DATE: ["20240701", "2024-W01-1", "2024-02-30", "2024-7-1", "2024-07-01T00:00"],
    Kind.SPAN: ["5 days", "5"],
}


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(kind, text, value) for kind, texts in READ.items() for text, value in texts.items()]
)
def test_canonical_text_is_read_by_its_kind(kind, text, value):
    read = values.from_text(text, kind)
    assert read == value
    assert values.has_kind(read, kind)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts])
def test_text_that_is_not_plain_is_refused_with_what_was_expected(kind, text):
    with pytest.raises(values.WrongKind, match=values.EXPECTED[kind][:2]):
        values.from_text(text, kind)


def test_all_problems_are_told_at_once_each_with_path_cause_and_remedy():
    stated = {"amount": "much", "kind": "hut", "amuont": "5", "agreed": "true", "days": None}
    with pytest.raises(FactsInvalid) as caught:
        facts_from_text(stated, city())
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [
        ("amount", "WRONG_KIND"),
        ("kind", "NOT_AN_OPTION"),
        ("amuont", "UNKNOWN_NAME"),
    ]
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("amount：“合同金额”应为金额")
    assert lines[1] == "kind：“类型”不能是“hut”；改为下列之一：services（房屋）、road（道路）"
    assert lines[2] == "amuont：没有名为“amuont”的事实；是不是 amount？"


def test_good_facts_are_typed_and_the_unknown_stays_unknown():
    stated = {"amount": "20000000", "kind": "road", "agreed": "false", "days": None, "done_on": "2024-06-30"}
    assert facts_from_text(stated, city()) == {
        "amount": Decimal("20000000.00"),
        "kind": "road",
        "agreed": False,
        "days": None,
        "done_on": date(2024, 6, 30),
    }


@given(st.decimals(-(10**25), 10**25, places=2), st.integers(1, 50))
def test_an_amount_goes_through_text_and_back_in_any_decimal_context(amount, precision):
    with localcontext(prec=precision):
        assert values.from_text(values.canonical_text(amount, Kind.MONEY), Kind.MONEY) == amount


@given(st.decimals(-1, 1, places=20), st.integers(1, 50))
def test_a_rate_goes_through_text_and_back_in_any_decimal_context(rate, precision):
    with localcontext(prec=precision):
        assert values.from_text(values.canonical_text(rate, Kind.RATE), Kind.RATE) == rate


@pytest.mark.parametrize("wrong", [1.5, True, "1.5", Decimal("NaN"), None])
def test_only_an_exact_number_is_an_amount(wrong):
    assert not values.has_kind(wrong, Kind.MONEY)


def test_an_amount_or_a_count_below_nothing_and_a_share_above_the_whole_are_refused_as_forms_refuse_them():
    stated = {"amount": "-100", "days": "-1", "share": "101%", "kind": "road"}
    with pytest.raises(FactsInvalid) as caught:
        facts_from_text(stated, city())
    assert str(caught.value).splitlines() == [
        "amount：“合同金额”不能为负数：-100.00；改到范围之内",
        "days：“天数”不能为负数：-1；改到范围之内",
        "share：“所填比例”应在 0% 到 100% 之间：101%；改到范围之内",
    ]
    assert {problem.code for problem in caught.value.problems} == {"OUT_OF_BOUNDS"}
    assert facts_from_text({"amount": "0", "days": "0", "share": "100%"}, city())

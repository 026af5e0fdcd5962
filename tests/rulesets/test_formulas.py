"""Amounts: exact, whatever the thread's decimal context; each shape against the sum a clerk would do by hand."""

import decimal
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.decisions import Kind
from core.rulesets.language import formulas
from core.rulesets.language.formulas import Formula, compute

READ = TypeAdapter[Formula](Formula)


@dataclass
class Base:
    """Answers every operand with one amount."""

    amount: Decimal

    def fact_number(self, path):
        return self.amount

    term_number = formula_number = fact_number

    def table_outcome(self, table):
        return "large" if self.amount > 1000 else "small"

    def hook_number(self, name, facts):
        return Decimal(7)

    def kind_of(self, operand):
        return Kind.MONEY


def result(shape, amount=Decimal(0)):
    return compute(READ.validate_python(shape), Base(amount))


money = st.decimals(0, 10**13, places=2)
rates = st.decimals(0, 1, places=5)
BASE = {"fact": "amount"}


@st.composite
def ladders(draw):
    """Tops in order and a rate for each slice, the last one open."""
    tops = sorted(draw(st.sets(st.decimals("0.01", 10**12, places=2), max_size=5)))
    return [(top, draw(rates)) for top in [*tops, None]]


def marginal(ladder):
    return {"kind": "marginal_tiers", "of": BASE, "tiers": [{"up_to": top, "rate": rate} for top, rate in ladder]}


@given(ladders(), money)
def test_marginal_tiers_equal_the_sum_of_their_slices(ladder, amount):
    naive, below = Fraction(0), Fraction(0)
    for top, rate in ladder:
        upper = Fraction(amount) if top is None else min(Fraction(amount), Fraction(top))
        naive += max(upper - below, Fraction(0)) * Fraction(rate)
        below = max(below, upper)
    assert Fraction(result(marginal(ladder), amount).amount) == naive


@given(ladders(), money, money)
def test_marginal_tiers_never_fall_as_the_amount_rises(ladder, one, other):
    low, high = sorted([one, other])
    assert result(marginal(ladder), low).amount <= result(marginal(ladder), high).amount


@given(st.lists(money, min_size=1, max_size=5))
def test_min_max_and_sum_are_those_of_the_parts(parts):
    assert result({"kind": "min_of", "of": parts}).amount == min(parts)
    assert result({"kind": "max_of", "of": parts}).amount == max(parts)
    assert Fraction(result({"kind": "sum", "of": parts}).amount) == sum(map(Fraction, parts))


@given(money, money, money)
def test_a_clamp_keeps_between_its_limits(amount, one, other):
    low, high = sorted([one, other])
    shape = {"kind": "clamp", "of": BASE, "at_least": low, "at_most": high}
    assert result(shape, amount).amount == min(max(amount, low), high)


@given(ladders(), money)
def test_a_bracket_takes_the_one_row_the_whole_amount_falls_in(ladder, amount):
    shape = {"kind": "bracket", "of": BASE, "rows": [{"up_to": top, "then": rate} for top, rate in ladder]}
    expected = next(rate for top, rate in ladder if top is None or amount <= top)
    assert result(shape, amount).amount == expected


@given(st.decimals(0, 10**27, places=2), st.decimals(0, 1, places=28), st.integers(1, 60))
def test_a_product_is_exact_whatever_the_thread_s_context(amount, rate, precision):
    shape = {"kind": "percent_of", "of": BASE, "rate": rate}
    with decimal.localcontext(prec=precision, rounding=decimal.ROUND_UP):
        exact = result(shape, amount).amount
    assert Fraction(exact) == Fraction(amount) * Fraction(rate)


def test_a_sum_too_long_to_be_exact_raises_instead_of_rounding():
    shape = {"kind": "sum", "of": [Decimal("1e600"), Decimal("1e-600")]}
    with pytest.raises(ArithmeticError):
        result(shape)


@pytest.mark.parametrize(("amount", "expected"), [("1000", "100"), ("1000.01", "1000.01")])
def test_a_lookup_takes_the_branch_of_the_outcome(amount, expected):
    shape = {"kind": "lookup", "table": "class", "cases": {"small": 100, "large": BASE}}
    assert result(shape, Decimal(amount)).amount == Decimal(expected)


def test_a_hook_s_amount_is_taken_as_it_is():
    assert result({"kind": "hook", "name": "h", "facts": []}).amount == 7


PERCENT = {"kind": "percent_of", "of": 20_000_000, "rate": Decimal("0.13")}
TIERS = marginal([(Decimal(100), Decimal("0.1")), (None, Decimal("0.05"))])

WORDS = {
    "percent of": (PERCENT, "20,000,000 × 13%"),
    "percent of a fact": ({"kind": "percent_of", "of": BASE, "rate": Decimal("0.015")}, "300.00 × 1.5%"),
    "tiers": (TIERS, "100.00 × 10% + 200.00 × 5%"),
    "rate on tiers": (
        {"kind": "percent_of", "of": TIERS, "rate": Decimal("0.5")},
        "（100.00 × 10% + 200.00 × 5%） × 50%",
    ),
    "smaller of two": ({"kind": "min_of", "of": [PERCENT, 5]}, "20,000,000 × 13% 与 5 取较小者"),
    "larger of three": ({"kind": "max_of", "of": [1, 2, 3]}, "1、2 与 3 取较大者"),
    "larger of one": ({"kind": "max_of", "of": [1]}, "1"),
    "sum": (
        {"kind": "sum", "of": [PERCENT, {"kind": "min_of", "of": [1, 2]}]},
        "20,000,000 × 13% + （1 与 2 取较小者）",
    ),
    "within limits": ({"kind": "clamp", "of": PERCENT, "at_most": 5_000_000}, "20,000,000 × 13%"),
    "over the cap": ({"kind": "clamp", "of": PERCENT, "at_most": 5}, "20,000,000 × 13%，超过上限，按 5 计"),
    "under the floor": ({"kind": "clamp", "of": 1, "at_least": 5}, "1，低于下限，按 5 计"),
}


@pytest.mark.parametrize(("shape", "words"), WORDS.values(), ids=WORDS)
def test_every_shape_says_its_sum(shape, words):
    assert result(shape, Decimal(300)).words == words


def test_every_operand_is_found_with_its_place():
    shape = READ.validate_python(
        {
            "kind": "sum",
            "of": [
                {"kind": "clamp", "of": {"fact": "a"}, "at_least": {"value": "b"}},
                {"kind": "lookup", "table": "t", "cases": {"x": {"formula": "c"}}},
                {"kind": "bracket", "of": 1, "rows": [{"up_to": None, "then": {"fact": "d"}}]},
                {"kind": "marginal_tiers", "of": 1, "tiers": [{"up_to": None, "rate": {"fact": "e"}}]},
            ],
        }
    )
    named = {
        place: next(iter(node.model_dump().values()))
        for place, node in formulas.walk_formula(shape)
        if isinstance(node, (formulas.FactOperand, formulas.ValueOperand, formulas.FormulaOperand))
    }
    assert named == {
        ("of", 0, "of"): "a",
        ("of", 0, "at_least"): "b",
        ("of", 1, "cases", "x"): "c",
        ("of", 2, "rows", 0, "then"): "d",
        ("of", 3, "tiers", 0, "rate"): "e",
    }

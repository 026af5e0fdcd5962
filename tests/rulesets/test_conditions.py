"""Conditions on facts: each comparison on both sides, and what is unknown."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from core.rulesets.language.conditions import Condition, FactMissing, NotConfigured, holds, walk_comparisons

READ = TypeAdapter[Condition](Condition)


class ConditionInputs:
    def __init__(self, facts):
        self.facts = facts

    def fact_value(self, fact):
        return self.facts.get(fact)

    def term_value(self, term):
        if term == "unset":
            raise NotConfigured(term, "未设")
        return Decimal(100)


def holding(written, **facts):
    return holds(READ.validate_python(written), ConditionInputs(facts))


DAY = date(2024, 7, 1)

SIDES = [
    ({"lt": 100}, Decimal("99.99"), Decimal(100)),
    ({"at_most": 100}, Decimal(100), Decimal("100.01")),
    ({"at_least": 100}, Decimal(100), Decimal("99.99")),
    ({"gt": 100}, Decimal("100.01"), Decimal(100)),
    ({"at_least": {"value": "limit"}}, Decimal(100), Decimal("99.99")),
    ({"before": DAY}, date(2024, 6, 30), DAY),
    ({"not_before": DAY}, DAY, date(2024, 6, 30)),
    ({"is": "services"}, "services", "road"),
    ({"is": True}, True, False),
    ({"is": False}, False, True),
    ({"in": ["a", "b"]}, "b", "c"),
]


@pytest.mark.parametrize(("written", "inside", "outside"), SIDES)
def test_a_comparison_holds_on_its_side_and_not_on_the_other(written, inside, outside):
    assert holding({"fact": "x", **written}, x=inside)
    assert not holding({"fact": "x", **written}, x=outside)
    assert holding({"not": {"fact": "x", **written}}, x=outside)
    with pytest.raises(FactMissing):
        holding({"fact": "x", **written})


def test_missing_asks_whether_a_fact_is_stated():
    assert holding({"fact": "x", "missing": True})
    assert not holding({"fact": "x", "missing": True}, x=False)


YES, NO = {"fact": "yes", "is": True}, {"fact": "no", "is": True}
UNSTATED, UNSET = {"fact": "gone", "is": True}, {"fact": "amount", "lt": {"value": "unset"}}
FACTS = {"yes": True, "no": False, "amount": Decimal(5)}


@pytest.mark.parametrize("unknown", [UNSTATED, UNSET])
def test_the_known_parts_decide_where_they_can(unknown):
    assert holding({"any": [unknown, YES]}, **FACTS)
    assert not holding({"all": [unknown, NO]}, **FACTS)
    assert not holding({"not": {"any": [unknown, YES]}}, **FACTS)


@pytest.mark.parametrize(("unknown", "error"), [(UNSTATED, FactMissing), (UNSET, NotConfigured)])
def test_where_the_answer_hangs_on_the_unknown_it_is_named(unknown, error):
    for written in (
        {"any": [unknown, NO]},
        {"all": [YES, unknown]},
        {"not": unknown},
        {"all": [{"any": [unknown]}, YES]},
    ):
        with pytest.raises(error) as caught:
            holding(written, **FACTS)
        assert caught.value.path in ("gone", "unset")


def test_every_comparison_is_found_with_its_place():
    written = READ.validate_python({"all": [YES, {"not": {"any": [NO, UNSTATED]}}]})
    assert [(place, found.fact) for place, found in walk_comparisons(written, ("when",))] == [
        (("when", "all", 0), "yes"),
        (("when", "all", 1, "not", "any", 0), "no"),
        (("when", "all", 1, "not", "any", 1), "gone"),
    ]

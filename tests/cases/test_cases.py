"""Inputs that went wrong somewhere: each is answered rightly here, by a demo that runs as its users run it."""

from collections import Counter
from typing import Any

import pytest

from tests.cases.player import CASES, COMPARISONS, Case, differences, unmet
from tests.helpers.demo import Demo

MARKS = {"today", "structure", "trust", "flows"}
"""After which piece of work a case was to hold (`holds_after`); all of them do."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_an_input_that_went_wrong_is_answered_rightly(case: Case, demo_server: Demo):
    assert differences(case, demo_server) == [], case["kind"]


def test_every_case_has_a_name_of_its_own_and_a_mark_that_is_known():
    assert [name for name, times in Counter(case["name"] for case in CASES).items() if times > 1] == []
    assert {case["holds_after"] for case in CASES} == MARKS


def test_every_case_expects_something_in_comparisons_that_are_known():
    steps = {case["name"]: case.get("steps", [case]) for case in CASES}
    idle = [
        name
        for name, played in steps.items()
        if not any(step.get("expect") or step.get("same_on_both_paths") for step in played)
    ]
    expectations = [one for played in steps.values() for step in played for one in step.get("expect", [])]
    assert idle == []
    assert {name for one in expectations for name in one if name != "path"} <= COMPARISONS.keys()
    assert [one for one in expectations if len(one) < 2] == []


@pytest.mark.parametrize(
    ("expectation", "holds"),
    [
        ({"path": "data.a.0.b", "equals": 1}, True),
        ({"path": "data.a.0.b", "equals": 2}, False),
        ({"path": "data.a.0.b", "not": 1}, False),
        ({"path": "data.a.0.b", "one_of": [2, 3]}, False),
        ({"path": "data.a", "contains": "楼"}, True),
        ({"path": "data.a", "contains": "桥"}, False),
        ({"path": "data.a.1", "exists": True}, False),
        ({"path": "data.a.0", "absent": True}, False),
        ({"path": "errors", "absent": True}, True),
    ],
)
def test_an_expectation_that_is_not_met_is_told(expectation: dict[str, Any], holds: bool):
    answer = {"data": {"a": [{"b": 1, "c": "教学楼"}]}}
    assert (list(unmet([expectation], answer)) == []) == holds

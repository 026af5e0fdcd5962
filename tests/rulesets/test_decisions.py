"""A decision is kept with the act that rested on it, and read back years later."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.decisions import Alternative, Certainty, Citation, Decision, Kind, Reason, RulesetRef
from tests.rulesets.small import DAY, city

words = st.text(max_size=8)
maybe = st.none() | words
citations = st.builds(Citation, words, words, maybe, words, words, maybe)
decisions = st.builds(
    Decision,
    words,
    words,
    words,
    st.sampled_from(Kind),
    st.sampled_from(Certainty),
    maybe,
    words,
    st.lists(st.builds(Reason, st.integers(0, 9), words, words, maybe, maybe, st.none() | citations)).map(tuple),
    st.builds(RulesetRef, words, words, words),
    st.lists(st.builds(Alternative, words, words, words, words, maybe)).map(tuple),
)


@given(decisions)
def test_a_decision_goes_through_json_unchanged(decision):
    assert Decision.from_json(json.loads(json.dumps(decision.as_json()))) == decision


def test_a_real_decision_goes_through_json_unchanged():
    decision = city().decide("due_amount", {"amount": Decimal(100)}, DAY)
    assert Decision.from_json(json.loads(json.dumps(decision.as_json()))) == decision


def test_a_decision_kept_before_alternatives_were_known_is_still_read():
    kept = city().decide("due_amount", {"amount": Decimal(100)}, DAY).as_json()
    del kept["alternatives"]
    assert Decision.from_json(kept).alternatives == ()


def test_what_is_no_decision_is_not_read_as_one():
    with pytest.raises(ValidationError):
        Decision.from_json({"path": "x"})


def test_a_citation_reads_as_a_jurist_writes_it():
    assert str(Citation("a", "办法", "1号", "第一条", "text")) == "《办法》（1号）第一条"
    assert str(Citation("a", "办法", None, "第一条", "text")) == "《办法》第一条"

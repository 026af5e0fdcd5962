"""What code asks a ruleset for, compared with the code; and what waits, counted."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from core.deadlines.rules import due_after
from core.rulesets import readers
from core.rulesets.lint import names
from plugins import cities
from tests.helpers import questions

ROOT = Path(__file__).parents[2]
WAITING = 174
"""Terms, procedures, forms, lists and notices that wait for an area to come. May only fall: lower it with them."""


def literals() -> Iterator[str]:
    """Every text in code that answers cases: what it asks a ruleset for is among them."""
    for folder in ("core", "resolvers", "anxin", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.parent.name == "lint" or path.name == "readers.py":
                continue
            yield from (
                node.value
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )


WRITTEN = frozenset(literals())


def test_code_reads_the_terms_it_declares_and_no_others():
    declared = {path for ruleset in cities.load() for path in ruleset.own.terms}
    assert declared & WRITTEN == readers.TERMS


def test_every_term_of_the_base_is_read_by_code_by_a_city_or_by_an_area_to_come():
    loaded = cities.load()
    asked = {path for ruleset in loaded for path in names.list_read(ruleset.own)}
    waiting = {path for path, term in loaded[0].own.terms.items() if term.read_by}
    assert loaded[0].own.terms.keys() - readers.TERMS - asked - waiting == set()
    assert waiting & (readers.TERMS | asked) == set()


def test_code_knows_the_acts_forms_and_notices_it_declares():
    assert readers.ACTS <= WRITTEN
    assert readers.FORMS <= WRITTEN
    assert readers.NOTICES <= WRITTEN
    sections = [ruleset.own for ruleset in cities.load()]
    to_come = {name for own in sections for name, each in own.procedures.items() if each.read_by}
    assert {name for own in sections for name in own.procedures} & WRITTEN <= readers.ACTS
    assert not (to_come - readers.ACTS) & WRITTEN
    assert not readers.ACTS_TO_COME.keys() & WRITTEN


def test_what_waits_names_an_area_that_has_not_come_and_may_only_fall():
    waiting = [
        entry.read_by
        for ruleset in cities.load()
        for section in ("terms", "procedures", "forms", "materials", "notices")
        for entry in getattr(ruleset.own, section).values()
        if entry.read_by
    ]
    assert set(waiting) | set(readers.ACTS_TO_COME.values()) == set(readers.AREAS)
    assert not [area for area in readers.AREAS if (ROOT / "core" / area).exists()]
    assert len(waiting) == WAITING


def test_a_question_of_code_counts_and_one_of_a_test_or_of_a_rule_does_not(monkeypatch):
    """What is compared at the end of the whole suite (``tests/helpers/questions.py``)."""
    monkeypatch.setattr(questions, "seen", seen := set[tuple[str, str]]())
    national, day = cities.load()[0], date(2026, 6, 1)
    national.value("auth.code.minutes", day)
    national.decide("auth.code.minutes", {}, day)
    national.check("cancellation", {}, day)
    national.fill_template("{auth.code.minutes}", {}, day)
    assert seen == set()
    due_after(national, "deadlines.deposit", day)
    assert ("terms", "deadlines.deposit") in seen
    told = questions.find_unasked(seen)
    assert "terms: auth.code.minutes" in told
    assert "acts: cancellation" in told
    assert "terms: deadlines.deposit" not in told

"""The periods a city sets, and the days they end on."""

from datetime import date

from core.rulesets.ruleset import Ruleset
from core.workdays import DueDate, Span, due, national


def review_due(ruleset: Ruleset, procedure: str, submitted_on: date) -> DueDate | None:
    """The last day for reviewing what was submitted; None where the city names no period."""
    version = ruleset.procedure(procedure, submitted_on)
    if version is None or version.review_within is None:
        return None
    return due_after(ruleset, version.review_within, submitted_on)


def due_after(ruleset: Ruleset, path: str, start: date) -> DueDate | None:
    """The last day of the period under ``path`` counted from ``start`` (not counted itself); None: not configured."""
    span: str | None = ruleset.value_or_none(path, start)
    return None if span is None else due(start, Span.parse(span), calendar=national())

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
    """The last day of the period under ``path`` counted from ``start`` (not counted itself); None: not configured.
    A last day off moves to the next working day where the rules say so (Civil Code art. 203)."""
    span: str | None = ruleset.value_or_none(path, start)
    if span is None:
        return None
    declared = ruleset.has("terms", "deadlines.roll_forward")  # not by what was stored before there was such a term
    rolls: bool = declared and bool(ruleset.value_or_none("deadlines.roll_forward", start))
    return due(start, Span.parse(span), calendar=national(), roll_forward=rolls)

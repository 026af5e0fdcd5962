"""What comes next: what somebody can do, or whom a thing waits for, by when, and under which rule.

A registry: each area registers what can be done next with a project or by an account. A step is offered only where the
city has its procedure and its conditions hold as far as they are known, so that nothing is offered that would be
refused. What is particular comes first: of two areas the one that knows the other.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Actor, Role
from core.deadlines.rules import due_after
from core.decisions import Citation
from core.messages import Language, Message
from core.reviews.models import Case, CaseState, Review
from core.reviews.rules import offers
from core.rulesets.language.conditions import Facts
from core.rulesets.readers import PRODUCT_LINES
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets

Due = tuple[date | None, bool, Citation | None]
"""The last day, whether it is provisional, and the rule that sets it."""
NO_DUE: Due = (None, False, None)


@dataclass(frozen=True)
class Step:
    """Something to do, or (``code`` "wait") something waited for. ``actor`` does it.

    ``citation`` is the rule that provides for it, ``due_citation`` the one that sets the day; None where no period is
    set or the day it counts from is not known.
    """

    code: str
    label: str
    sentence: str
    actor: Role
    citation: Citation | None = None
    due_on: date | None = None
    provisional: bool = False
    due_citation: Citation | None = None


@dataclass(frozen=True)
class Asked:
    """Who asks for steps, on which day and in which language, and what answers read with."""

    session: AsyncSession
    rulesets: Rulesets
    actor: Actor
    on: date
    language: Language


Answer = Callable[[Asked, Sequence[Any]], Awaitable[Sequence[Sequence[Step]]]]
"""From some rows to the steps of each, in their order."""
_ANSWERS: dict[str, list[tuple[int, Answer]]] = {}


def register(subject: str, *, above: int = 0) -> Callable[[Answer], Answer]:
    """A decorator for what an area says comes next for rows of a type. ``above`` is how many others that answer for
    them it stands above: the particular is said first, whichever was imported first."""

    def add(answer: Answer) -> Answer:
        _ANSWERS.setdefault(subject, []).append((-above, answer))
        return answer

    return add


async def of(asked: Asked, subject: str, rows: Sequence[Any]) -> list[list[Step]]:
    """The next steps of each row, in the order given; a handful of queries however many rows."""
    answers = [await answer(asked, rows) for _, answer in sorted(_ANSWERS[subject], key=itemgetter(0))]
    return [[step for steps in of_row for step in steps] for of_row in zip(*answers, strict=True)]


def to_do(
    asked: Asked,
    rules: Ruleset,
    kind: type[Case],
    sentence: str,
    facts: Facts | None = None,
    due: Due = NO_DUE,
    said: Mapping[str, Any] = {},
) -> Step | None:
    """To hand a case in; None where the city has no such procedure, or it would be refused on these facts. ``said`` is
    what the sentence tells besides."""
    version = rules.procedure(kind.procedure, asked.on)
    if version is None or not _is_open(rules, kind.procedure, facts or {}, asked.on):
        return None
    label, told = rules.procedure_label(kind.procedure), Message(sentence, **said).text(asked.language)
    return Step(kind.procedure, label, told, Role.HANDLER, rules.citation(version), *due)


def under_way(
    asked: Asked, rules: Ruleset, case: Case | None, review: Review | None, facts: Facts | None = None
) -> Step | None:
    """To wait for the reviewer, or to correct what was sent back; None for a case that is neither."""
    version = rules.procedure(case.procedure, asked.on) if case else None
    if case is None or version is None:
        return None
    label, citation = rules.procedure_label(case.procedure), rules.citation(version)
    if case.state == CaseState.REJECTED:
        if not version.resubmission or not _is_open(rules, case.procedure, facts or {}, asked.on):
            return None
        back = Message("step.rejected", label=label, procedure=case.procedure, reason=case.reason)
        return Step(case.procedure, label, back.text(asked.language), Role.HANDLER, citation)
    if case.state != CaseState.SUBMITTED:
        return None
    reviewer = Role(version.reviewer) if version.reviewer else Role.HRSS_OFFICER
    period = cited(rules, version.review_within, asked.on) if version.review_within else None
    days = (review.due_on, review.due_provisional, period) if review and review.due_on else NO_DUE
    waiting = Message("step.waiting", label=label, procedure=case.procedure, role=reviewer)
    return Step("wait", label, waiting.text(asked.language), reviewer, citation, *days)


def fill_in(asked: Asked, rules: Ruleset, form: str, sentence: str) -> Step:
    """To fill a form in that nobody reviews."""
    version = rules.form(form, asked.on)
    label, said = (Message(key).text(asked.language) for key in (f"{sentence}.label", sentence))
    return Step(form, label, said, Role.HANDLER, rules.citation(version) if version else None)


def due(rules: Ruleset, period: str, begins: date | None) -> Due:
    """The last day of a period, whether it is provisional, and the rule that sets it."""
    last = due_after(rules, period, begins) if begins else None
    return (last.on, last.provisional, cited(rules, period, begins)) if last and begins else NO_DUE


def cited(rules: Ruleset, path: str, on: date) -> Citation | None:
    entry = rules.value_entry(path, on)
    return rules.citation(entry) if entry else None


def _is_open(rules: Ruleset, procedure: str, facts: Facts, on: date) -> bool:
    """Whether the city has the product, and no condition of the procedure is broken by what is known."""
    line = PRODUCT_LINES.get(procedure)
    if rules.is_to_come(procedure):
        return False
    if line and not offers(rules, line):
        return False
    return not any(found.refuses for found in rules.check(procedure, facts, on) if facts)

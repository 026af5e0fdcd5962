"""Submitting a case, and deciding on it."""

from collections.abc import Sequence
from functools import cache, singledispatch
from typing import Protocol, cast

from sqlalchemy import Table, Text, bindparam, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from core.access import Concerning
from core.act import Act
from core.actor import Role
from core.audit import trail
from core.db import deferred_writes, next_id
from core.db.deferred_writes import DeferredWrite
from core.db.prepared import PreparedStatement
from core.deadlines.rules import review_due
from core.decisions import Decision, Violation
from core.documents import actions as documents
from core.documents.actions import Materials
from core.errors import InvalidInput, NotAllowed, NotApplicable, RulesViolated, WrongState
from core.identity import recipients
from core.notifications import outbox
from core.notifications.outbox import Recipient
from core.reviews import queries, rules
from core.reviews.models import Case, CaseState, KeptDecision, Outcome, Review
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset


async def submit(
    act: Act,
    case: Case,
    *,
    title: str,
    ruleset: Ruleset,
    facts: Facts,
    files: Materials,
    decisions: Sequence[Decision] = (),
) -> Review:
    """Hand a draft or rejected case in. Raises RulesViolated with everything it lacks or breaks; warnings are kept.

    ``title`` is what the reviewer's queue shows. ``decisions`` are those the case rests on (its amount).
    """
    if case.state not in (CaseState.DRAFT, CaseState.REJECTED):
        raise WrongState(type(case).__name__, str(case.id or ""), case.state, "submit_again")
    version = rules.procedure(ruleset, case.procedure, act.on)
    if case.state == CaseState.REJECTED and not version.resubmission:
        raise NotApplicable(type(case).__name__, str(case.id), "not_resubmittable")
    documents.must_be_free(files, type(case).__name__, case.id)
    found = rules.violations(ruleset, case.procedure, facts, files, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    with act.session.no_autoflush:  # the case is written once, with what follows
        to, rounds, review_id, subject_id = await recipients.fetch(
            act.session, _submission(type(case)), account_id=case.created_by_id, subject_id=case.id
        )

    before = case.state
    case.state, case.submitted_at, case.decided_at, case.reason = CaseState.SUBMITTED, act.at, None, None
    if case.id is None:  # pyright: ignore[reportUnnecessaryComparison] -- not yet handed in
        case.id = subject_id
        act.insert(case)
    documents.hand_over(files, case, case.id, office_id=case.office_id)
    review = _open(act, review_id, case, title, ruleset, rounds + 1)
    act.insert(review)
    keep_decisions(act, case, "submit", [*decisions, *warnings(found)])
    _notify(act, version.notices.submitted, ruleset, facts, to)
    trail.record(
        act,
        f"{case.procedure}.submit",
        case,
        before={"state": before},
        after={
            "state": case.state,
            "round": review.round,
            "facts": {k: str(v) for k, v in facts.items() if v is not None},
        },
        ruleset_digest=ruleset.ref.digest,
    )
    return review


async def approve(act: Act, review_id: int) -> Review:
    """Approve an open round; what follows is the case's own affair (``on_approved``)."""
    review = await act.find(Review, review_id, lock=True)
    return await decide(act, review, None, Outcome.APPROVED)


async def reject(act: Act, review_id: int, reason: str) -> Review:
    """Send an open round back. A refusal always carries its reason (GZ-23, BX-014)."""
    if not reason:
        raise InvalidInput(("reason",), "reason_missing")
    review = await act.find(Review, review_id, lock=True)
    return await decide(act, review, None, Outcome.REJECTED, reason)


async def decide(act: Act, review: Review, case: Case | None, outcome: Outcome, reason: str | None = None) -> Review:
    """Close the round, which is locked, under the rules the case began with. Of two reviewers the second finds it
    closed. ``case`` is read unless it was."""
    ruleset = await act.rules(review.ruleset_version_id)
    version = rules.procedure(ruleset, review.procedure, act.on)
    if version.reviewer is None or act.actor.role != version.reviewer or act.actor.organization_id != review.office_id:
        raise NotAllowed("review", Role(version.reviewer) if version.reviewer else None)
    if review.outcome is not None:
        raise WrongState("Review", str(review.id), "decided", "decide_again")
    case = case or await queries.case_of(act.session, review)
    facts = {**await facts_of_case(case, act, ruleset), "review.reason": reason}
    to = await recipients.find(act.session, case.created_by_id)

    await (on_approved if outcome is Outcome.APPROVED else on_rejected)(case, act)
    review.outcome, review.decided_at, review.reason = outcome, act.at, reason
    review.decided_by_id = act.actor.account_id
    case.state, case.decided_at, case.reason = CaseState(outcome), act.at, reason
    notice = version.notices.approved if outcome is Outcome.APPROVED else version.notices.rejected
    _notify(act, notice, ruleset, facts, to)
    trail.record(
        act,
        f"{case.procedure}.{'approve' if outcome is Outcome.APPROVED else 'reject'}",
        case,
        before={"state": CaseState.SUBMITTED.value},
        after={"state": case.state, "review": review.id},
        reason=reason,
        ruleset_digest=ruleset.ref.digest,
    )
    return review


@singledispatch
async def facts_of_case(case: Case, act: Act, ruleset: Ruleset) -> Facts:
    """The facts of a case, for messages. Each area registers its own kinds of case."""
    raise NotImplementedError(type(case).__name__)


@singledispatch
async def on_approved(case: Case, act: Act) -> None:
    """What follows when a case is approved: first what is read, then what is written. Areas register their own kinds of
    case; by default nothing does."""


@singledispatch
async def on_rejected(case: Case, act: Act) -> None:
    """What follows when a case is sent back; by default nothing does."""


class DecisionOwner(Protocol):
    """What decisions are kept for: a case, a project, the use of a deposit."""

    id: Mapped[int]
    region_code: Mapped[str]
    office_id: Mapped[int | None]
    authority_id: Mapped[int | None]


def keep_decisions(act: Act, row: DecisionOwner, name: str, decisions: Sequence[Decision]) -> None:
    """Keep the decisions an act rested on, to be read back years later."""
    if not decisions:
        return
    deferred_writes.defer(
        act.session,
        _KEEP,
        **{f"kept_{column}": value for column, value in Concerning.like(row).items()},
        kept_submitter_id=Concerning.submitter_of(row),
        kept_subject_type=type(row).__name__,
        kept_subject_id=row.id,
        kept_act=name,
        kept_decisions=[{"path": decision.path, "body": decision.as_json()} for decision in decisions],
        kept_kept_at=act.at,
    )


def _keeping() -> DeferredWrite:
    table = cast("Table", KeptDecision.__table__)
    each = func.jsonb_to_recordset(bindparam("kept_decisions", type_=JSONB))
    decision = each.table_valued(column("path", Text), column("body", JSONB), name="decision")
    decision = decision.render_derived(with_types=True)
    same = [key for key, _ in table.columns.items() if key not in ("id", "path", "body")]
    row = select(decision.c.path, decision.c.body, *(bindparam(f"kept_{key}", type_=table.c[key].type) for key in same))
    return DeferredWrite(table.insert().inline().from_select(["path", "body", *same], row))


_KEEP = _keeping()


@cache
def _submission(kind: type[Case]) -> PreparedStatement:
    """Who is told, how often the case was handed in before, an id for the round, and one for the case if it is new."""
    mine = (Review.subject_type == literal_column(f"'{kind.__name__}'"), Review.subject_id == bindparam("subject_id"))
    rounds = select(func.count()).select_from(Review).where(*mine).scalar_subquery()
    return recipients.query(bindparam("account_id"), rounds, next_id(Review), next_id(kind))


def _open(act: Act, id: int, case: Case, title: str, ruleset: Ruleset, round: int) -> Review:
    due = review_due(ruleset, case.procedure, act.on)
    return Review(
        **Concerning.like(case),
        id=id,
        procedure=case.procedure,
        subject_type=type(case).__name__,
        subject_id=case.id,
        title=title,
        round=round,
        submitted_at=act.at,
        submitted_by_id=act.actor.account_id or 0,
        due_on=due.on if due else None,
        due_provisional=bool(due and due.provisional),
        ruleset_version_id=case.ruleset_version_id,
    )


def _notify(act: Act, notice: str | None, ruleset: Ruleset, facts: Facts, to: Recipient) -> None:
    if notice:
        outbox.notify(act, ruleset, notice, facts, to)


def warnings(found: Sequence[Violation]) -> list[Decision]:
    """The decisions behind what should only be looked at again."""
    return [violation.decision for violation in found if violation.decision and not violation.refuses]

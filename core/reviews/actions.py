"""Submitting a case, and deciding on it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import singledispatch
from typing import Protocol, cast

from sqlalchemy import Table, Text, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from core import access
from core.actor import Act, Role
from core.audit import trail
from core.db import deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.deadlines.rules import review_due
from core.decisions import Decision, Violation
from core.documents.actions import not_handed_in_elsewhere
from core.documents.models import Document
from core.errors import InvalidInput, NotAllowed, NotApplicable, RulesViolated, WrongState
from core.identity import recipients
from core.notifications import outbox
from core.reviews import queries, rules
from core.reviews.models import Case, CaseState, KeptDecision, Outcome, Review
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets


async def submit(
    session: AsyncSession,
    act: Act,
    case: Case,
    *,
    title: str,
    ruleset: Ruleset,
    facts: Facts,
    files: Mapping[str, Sequence[Document]],
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
    for documents in files.values():
        not_handed_in_elsewhere(documents, type(case).__name__, case.id)
    found = rules.violations(ruleset, case.procedure, facts, files, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)

    before = case.state
    case.state, case.submitted_at, case.decided_at, case.reason = CaseState.SUBMITTED, act.at, None, None
    session.add(case)
    await session.flush()
    for material, documents in files.items():
        for document in documents:
            document.material, document.case_type, document.case_id = material, type(case).__name__, case.id
            document.applicant_id = case.applicant_id
            document.office_id, document.authority_id = case.office_id, case.authority_id
    review = await _open(session, act, case, title, ruleset)
    keep(session, act, case, "submit", [*decisions, *warnings(found)])
    await _tell(session, act, case, version.notices.submitted, ruleset, facts)
    trail.record(
        session,
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


async def approve(session: AsyncSession, act: Act, rulesets: Rulesets, review_id: int) -> Review:
    """Approve an open round; what follows is the case's own affair (``approved``)."""
    return await _decide(session, act, rulesets, review_id, Outcome.APPROVED, None)


async def reject(session: AsyncSession, act: Act, rulesets: Rulesets, review_id: int, reason: str) -> Review:
    """Send an open round back. A refusal always carries its reason (GZ-23, BX-014)."""
    if not reason.strip():
        raise InvalidInput(("reason",), "reason_missing")
    return await _decide(session, act, rulesets, review_id, Outcome.REJECTED, reason.strip())


class Kept(Protocol):
    """What decisions are kept for: a case, or a project."""

    id: Mapped[int]
    region_code: Mapped[str]
    applicant_id: Mapped[int]
    office_id: Mapped[int | None]
    authority_id: Mapped[int | None]


@singledispatch
async def about(case: Case, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    """The facts of a case, for messages. Each area registers its own kinds of case."""
    raise NotImplementedError(type(case).__name__)


@singledispatch
async def approved(case: Case, session: AsyncSession, act: Act) -> None:
    """What follows when a case is approved. Areas register their own kinds of case; by default nothing does."""


@singledispatch
async def rejected(case: Case, session: AsyncSession, act: Act) -> None:
    """What follows when a case is sent back; by default nothing does."""


def keep(session: AsyncSession, act: Act, row: Kept, name: str, decisions: Sequence[Decision]) -> None:
    """Keep the decisions an act rested on, to be read back years later."""
    if not decisions:
        return
    deferred_writes.defer(
        session,
        _KEEP,
        kept_region_code=row.region_code,
        kept_applicant_id=row.applicant_id,
        kept_office_id=row.office_id,
        kept_authority_id=row.authority_id,
        kept_case_type=type(row).__name__,
        kept_case_id=row.id,
        kept_act=name,
        kept_decisions=[{"path": decision.path, "body": decision.as_json()} for decision in decisions],
        kept_kept_at=act.at,
    )


def _kept() -> DeferredWrite:
    table = cast("Table", KeptDecision.__table__)
    each = func.jsonb_to_recordset(bindparam("kept_decisions", type_=JSONB))
    decision = each.table_valued(column("path", Text), column("body", JSONB), name="decision")
    decision = decision.render_derived(with_types=True)
    same = [key for key, _ in table.columns.items() if key not in ("id", "path", "body")]
    row = select(decision.c.path, decision.c.body, *(bindparam(f"kept_{key}", type_=table.c[key].type) for key in same))
    return DeferredWrite(table.insert().inline().from_select(["path", "body", *same], row))


_KEEP = _kept()


async def _open(session: AsyncSession, act: Act, case: Case, title: str, ruleset: Ruleset) -> Review:
    kind = type(case).__name__
    rounds = await session.scalar(
        select(func.count()).select_from(Review).where(Review.case_type == kind, Review.case_id == case.id)
    )
    due = review_due(ruleset, case.procedure, act.on)
    review = Review(
        region_code=case.region_code,
        applicant_id=case.applicant_id,
        office_id=case.office_id,
        authority_id=case.authority_id,
        procedure=case.procedure,
        case_type=kind,
        case_id=case.id,
        title=title,
        round=(rounds or 0) + 1,
        submitted_at=act.at,
        submitted_by_id=act.actor.account_id or 0,
        due_on=due.on if due else None,
        due_provisional=bool(due and due.provisional),
        ruleset_version_id=case.ruleset_version_id,
    )
    session.add(review)
    await session.flush()
    return review


async def _decide(
    session: AsyncSession, act: Act, rulesets: Rulesets, review_id: int, outcome: Outcome, reason: str | None
) -> Review:
    """Close the round under the rules the case began with. Of two reviewers the second finds it closed."""
    review = await access.find(session, Review, review_id, act.actor, lock=True)
    ruleset = await rulesets.get_pinned(session, review.ruleset_version_id)
    version = rules.procedure(ruleset, review.procedure, act.on)
    if version.reviewer is None or act.actor.role != version.reviewer or act.actor.organization_id != review.office_id:
        raise NotAllowed("review", Role(version.reviewer) if version.reviewer else None)
    if review.outcome is not None:
        raise WrongState("Review", str(review.id), "decided", "decide_again")
    case = await queries.case_of(session, review)
    review.outcome, review.decided_at, review.reason = outcome, act.at, reason
    review.decided_by_id = act.actor.account_id
    case.state, case.decided_at, case.reason = CaseState(outcome), act.at, reason
    await (approved if outcome is Outcome.APPROVED else rejected)(case, session, act)
    await session.flush()
    facts = {**await about(case, session, ruleset, act.on), "review.reason": reason}
    notice = version.notices.approved if outcome is Outcome.APPROVED else version.notices.rejected
    await _tell(session, act, case, notice, ruleset, facts)
    trail.record(
        session,
        act,
        f"{case.procedure}.{'approve' if outcome is Outcome.APPROVED else 'reject'}",
        case,
        before={"state": CaseState.SUBMITTED.value},
        after={"state": case.state, "review": review.id},
        reason=reason,
        ruleset_digest=ruleset.ref.digest,
    )
    return review


async def _tell(
    session: AsyncSession, act: Act, case: Case, notice: str | None, ruleset: Ruleset, facts: Facts
) -> None:
    if notice:
        to = await recipients.of(session, case.created_by_id)
        outbox.notify(session, act, ruleset, notice, facts, to)


def warnings(found: Sequence[Violation]) -> list[Decision]:
    """The decisions behind what should only be looked at again."""
    return [violation.decision for violation in found if violation.decision and not violation.refuses]

"""Submitting a case, and deciding on it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, singledispatch
from typing import Any, Protocol, cast

from sqlalchemy import Table, Text, bindparam, column, exists, func, literal_column, or_, select
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
from core.identity.models import Membership
from core.notifications import outbox
from core.notifications.outbox import Recipient
from core.reviews import city_fields, queries, rules
from core.reviews.models import Case, CaseState, KeptDecision, Outcome, Review
from core.rulesets.language.conditions import Facts
from core.rulesets.readers import FACTS_OF, input_name
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
    also: Sequence[Violation] = (),
    needed: Sequence[str] = (),
    above_zero: Sequence[str] = (),
    at_input: Callable[[Violation], Violation] = lambda violation: violation,
) -> Review:
    """Hand a draft or rejected case in. Raises RulesViolated with everything it lacks or breaks; warnings are kept.

    ``title`` is what the reviewer's queue shows. ``decisions`` are those the case rests on (its amount). ``also`` is
    what it breaks besides, of rules that are not its procedure's own. Without the facts ``needed`` it cannot be kept,
    besides those of its columns, nor with amounts ``above_zero`` that are not. ``at_input`` says where in the act's
    input a violation is, where the rules call the field by another name.
    """
    if case.state not in (CaseState.DRAFT, CaseState.REJECTED):
        raise WrongState(type(case).__name__, str(case.id or ""), case.state, "submit_again")
    version = rules.procedure(ruleset, case.procedure, act.on)
    if case.state == CaseState.REJECTED and not version.resubmission:
        raise NotApplicable(type(case).__name__, str(case.id), "not_resubmittable")
    documents.must_be_free(files, type(case).__name__, case.id)
    facts = city_fields.take(act, case, ruleset, case.procedure, facts)
    found = [*rules.violations(ruleset, case.procedure, facts, files, act.on), *also]
    paths = [*needed, *_needed_by(case, ruleset, facts, found)]
    found += rules.required_anyway(ruleset, facts, paths, found, above_zero=above_zero)
    found = [at_input(violation) for violation in found]
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    with act.session.no_autoflush:  # the case is written once, with what follows
        to, rounds, review_id, subject_id = await recipients.fetch(
            act.session, _submission(type(case)), account_id=case.created_by_id, subject_id=case.id
        )

    before = case.state
    case.state, case.submitted_at, case.decided_at, case.reason = CaseState.SUBMITTED, act.at, None, None
    case.round, case.revision = rounds + 1, (case.revision or 0) + 1
    if case.id is None:  # pyright: ignore[reportUnnecessaryComparison] -- not yet handed in
        case.id = subject_id
        act.insert(case)
    documents.hand_over(files, case, case.id, round=case.round, office_id=case.office_id)
    review = _open(act, review_id, case, title, ruleset)
    act.insert(review)
    keep_decisions(act, case, "submit", [*decisions, *warnings(found)])
    _notify(act, version.notices.submitted, ruleset, facts, to, case)
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


def _needed_by(case: Case, ruleset: Ruleset, facts: Facts, found: Sequence[Violation]) -> Sequence[str]:
    """The facts without which the case cannot be kept, whatever its city asks for: columns that are never null. What is
    computed of others is not missed beside them."""
    table, begins = cast("Table", type(case).__table__), FACTS_OF.get(case.procedure)
    mine = [path for path in facts if path.rpartition(".")[0] == begins and input_name(path) in table.c]
    refused = any(violation.refuses for violation in found)
    return [
        path
        for path in mine
        if not table.c[input_name(path)].nullable and not (refused and ruleset.fact(path).derived_from)
    ]


async def approve(act: Act, review_id: int) -> Review:
    """Approve an open round; what follows is the case's own affair (``on_approved``). Where the city's rules say
    ``four_eyes``, a first approval is followed by a second review only."""
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
    closed. ``case`` is read unless it was. Raises NotAllowed for whose own the case is, and RulesViolated where it is
    to be approved and its conditions hold no longer, on the facts of today."""
    ruleset = await act.rules(review.ruleset_version_id)
    version = rules.procedure(ruleset, review.procedure, act.on)
    if version.reviewer is None or act.actor.role != version.reviewer or act.actor.organization_id != review.office_id:
        raise NotAllowed("review", Role(version.reviewer) if version.reviewer else None)
    if review.outcome is not None:
        raise WrongState("Review", str(review.id), "decided", "decide_again")
    case = case or await queries.case_of(act.session, review)
    stated = await facts_of_case(case, act, ruleset)
    facts = {**stated, **city_fields.answers(case, ruleset), "review.reason": reason}
    to, involved, first_by_id, second_id = await recipients.fetch(
        act.session, _DECISION, account_id=case.created_by_id, on=act.on, **_by(act, review)
    )
    if involved or act.actor.account_id in await authors_of_case(case, act):
        raise NotAllowed("review", Role(version.reviewer), "own")
    if act.actor.account_id == first_by_id:
        raise NotAllowed("review", Role(version.reviewer), "approved_first")
    if outcome is Outcome.APPROVED:
        checked = [*ruleset.check(review.procedure, facts, act.on), *await broken_since(case, act)]
        broken = [found for found in checked if found.refuses]
        if broken:
            raise RulesViolated(broken)
    if version.four_eyes and outcome is Outcome.APPROVED and review.confirms_id is None:
        await _have_confirmed(act, review, case, second_id, ruleset)
        return review

    await (on_approved if outcome is Outcome.APPROVED else on_rejected)(case, act)
    review.outcome, review.decided_at, review.reason = outcome, act.at, reason
    review.decided_by_id, review.reviewer = act.actor.account_id, act.actor.name
    case.state, case.decided_at, case.reason = CaseState(outcome), act.at, reason
    case.revision += 1
    notice = version.notices.approved if outcome is Outcome.APPROVED else version.notices.rejected
    _notify(act, notice, ruleset, facts, to, case)
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


async def withdraw(act: Act, kind: type[Case], case_id: int, reason: str | None) -> Review:
    """Take back what nobody has decided: the round ends, the case with it, and what it was about looks as before
    (``on_withdrawn``), so that one applies anew or in another way. Theirs who handed it in: his who applies for nobody
    yet, else any handler's of the applicant. A first approval of two has decided nothing yet.

    Of a withdrawal and a decision at once the second finds the round closed. Raises NotAllowed for who reviews it.
    """
    case = await act.find(kind, case_id)
    alone = Concerning.submitter_of(case)
    if alone is None:
        act.must_be(Role.HANDLER, "withdraw")
        act.must_be_of(case.applicant_id, "withdraw")
    elif act.actor.account_id != alone:
        raise NotAllowed("withdraw", Role.HANDLER)
    review = await queries.lock_open_round(act.session, case)
    case = await act.find(kind, case_id, lock=True)
    act.expect(case, kind)
    if review is None or case.state != CaseState.SUBMITTED:
        raise WrongState(kind.__name__, str(case.id), case.state, "withdraw")
    await on_withdrawn(case, act)
    review.outcome, review.decided_at, review.reason = Outcome.WITHDRAWN, act.at, reason
    case.state, case.revision = CaseState.WITHDRAWN, case.revision + 1
    ruleset = await act.rules(case.ruleset_version_id)
    trail.record(
        act,
        f"{case.procedure}.withdraw",
        case,
        before={"state": CaseState.SUBMITTED.value},
        after={"state": case.state, "review": review.id},
        reason=reason,
        ruleset_digest=ruleset.ref.digest,
    )
    return review


async def _have_confirmed(act: Act, review: Review, case: Case, id: int, ruleset: Ruleset) -> None:
    """Close the round with the first of two approvals, and open the second: the same round in the same office, within
    the same period, for another officer. Nothing follows of the first alone, and the applicant is not told of it."""
    review.outcome, review.decided_at = Outcome.APPROVED, act.at
    review.decided_by_id, review.reviewer = act.actor.account_id, act.actor.name
    await act.session.flush()  # a case has one open review
    same = ("procedure", "subject_type", "subject_id", "title", "round", "submitted_at", "submitted_by_id", "due_on")
    again = {name: getattr(review, name) for name in (*same, "due_provisional", "ruleset_version_id")}
    act.insert(Review(**Concerning.like(review), **again, id=id, confirms_id=review.id))
    trail.record(
        act,
        f"{case.procedure}.approve_first",
        case,
        before={"state": case.state},
        after={"state": case.state, "review": review.id, "second_review": id},
        ruleset_digest=ruleset.ref.digest,
    )


@singledispatch
async def authors_of_case(case: Case, act: Act) -> Collection[int]:
    """The accounts that made the case and what it is about: none of them decides on it. Who submitted a round of it is
    known besides, and who acts for its applicant."""
    return {case.created_by_id}


@singledispatch
async def facts_of_case(case: Case, act: Act, ruleset: Ruleset) -> Facts:
    """The facts of a case, for messages. Each area registers its own kinds of case."""
    raise NotImplementedError(type(case).__name__)


@singledispatch
async def broken_since(case: Case, act: Act) -> Sequence[Violation]:
    """What no longer holds of a case that is to be approved and no ruleset says; by default nothing."""
    return ()


@singledispatch
async def on_approved(case: Case, act: Act) -> None:
    """What follows when a case is approved: first what is read, then what is written. Areas register their own kinds of
    case; by default nothing does."""


@singledispatch
async def on_rejected(case: Case, act: Act) -> None:
    """What follows when a case is sent back; by default nothing does."""


@singledispatch
async def on_withdrawn(case: Case, act: Act) -> None:
    """What follows when a case is taken back: what it changed on being handed in is as before; by default nothing."""


class DecisionOwner(Protocol):
    """What decisions are kept for: a case, a project, the use of a deposit."""

    id: Mapped[int]
    region_code: Mapped[str]
    office_id: Mapped[int | None]
    authority_id: Mapped[int | None]


def keep_decisions(act: Act, row: DecisionOwner, name: str, decisions: Sequence[Decision | Violation]) -> None:
    """Keep the decisions an act rested on, and what it was warned of, to be read back years later."""
    if not decisions:
        return
    deferred_writes.defer(
        act.session,
        _KEEP,
        **{f"kept_{column}": value for column, value in Concerning.like(row).items()},
        kept_submitter_id=Concerning.submitter_of(row),
        kept_subject_type=type(row).__name__,
        kept_subject_id=row.id,
        kept_round=row.round if isinstance(row, Case) else getattr(row, "revision", None),
        kept_act=name,
        kept_decisions=[_as_kept(one) for one in decisions],
        kept_kept_at=act.at,
    )


def _as_kept(one: Decision | Violation) -> Mapping[str, Any]:
    """What a row holds of it; what a warning rests on is a decision like others."""
    if isinstance(one, Decision):
        return {"path": one.path, "body": one.as_json()}
    warning = {"code": one.code, "path": list(one.path), "message": one.message, "english": one.english}
    decision = one.decision
    return {
        "path": decision.path if decision else one.code,
        "body": decision.as_json() if decision else None,
        "warning": warning,
    }


def _keeping() -> DeferredWrite:
    table = cast("Table", KeptDecision.__table__)
    each = func.jsonb_to_recordset(bindparam("kept_decisions", type_=JSONB))
    decision = each.table_valued(column("path", Text), column("body", JSONB), column("warning", JSONB), name="decision")
    decision = decision.render_derived(with_types=True)
    same = [key for key, _ in table.columns.items() if key not in ("id", "path", "body", "warning")]
    row = select(
        decision.c.path,
        decision.c.body,
        decision.c.warning,
        *(bindparam(f"kept_{key}", type_=table.c[key].type) for key in same),
    )
    return DeferredWrite(table.insert().inline().from_select(["path", "body", "warning", *same], row))


_KEEP = _keeping()


@cache
def _submission(kind: type[Case]) -> PreparedStatement:
    """Who is told, how often the case was handed in before, an id for the round, and one for the case if it is new."""
    mine = (Review.subject_type == literal_column(f"'{kind.__name__}'"), Review.subject_id == bindparam("subject_id"))
    rounds = select(func.count()).select_from(Review).where(*mine, Review.confirms_id.is_(None)).scalar_subquery()
    return recipients.query(bindparam("account_id"), rounds, next_id(Review), next_id(kind))


def _by(act: Act, review: Review) -> Mapping[str, Any]:
    return {
        "decider_id": act.actor.account_id,
        "subject_type": review.subject_type,
        "subject_id": review.subject_id,
        "applicant_id": review.applicant_id,
        "confirms_id": review.confirms_id,
    }


def _decision() -> PreparedStatement:
    """Who is told; whether the decider submitted a round of the case or acts for its applicant, by any membership; who
    gave the first approval; and an id for a second review."""
    rounds, firsts = cast("Table", Review.__table__), cast("Table", Review.__table__).alias("first")
    submitted = exists(rounds.c.id).where(
        rounds.c.subject_type == bindparam("subject_type"),
        rounds.c.subject_id == bindparam("subject_id"),
        rounds.c.submitted_by_id == bindparam("decider_id"),
    )
    first = select(firsts.c.decided_by_id).where(firsts.c.id == bindparam("confirms_id")).scalar_subquery()
    acts_for = Membership.acts_for(bindparam("decider_id"), bindparam("applicant_id"))
    return recipients.query(bindparam("account_id"), or_(submitted, acts_for), first, next_id(Review))


_DECISION = _decision()


def _open(act: Act, id: int, case: Case, title: str, ruleset: Ruleset) -> Review:
    due = review_due(ruleset, case.procedure, act.on)
    return Review(
        **Concerning.like(case),
        id=id,
        procedure=case.procedure,
        subject_type=type(case).__name__,
        subject_id=case.id,
        title=title,
        round=case.round,
        submitted_at=act.at,
        submitted_by_id=act.actor.account_id or 0,
        due_on=due.on if due else None,
        due_provisional=bool(due and due.provisional),
        ruleset_version_id=case.ruleset_version_id,
    )


def _notify(act: Act, notice: str | None, ruleset: Ruleset, facts: Facts, to: Recipient, case: Case) -> None:
    if notice:
        outbox.notify(act, ruleset, notice, facts, to, about=(type(case).__name__, case.id))


def warnings(found: Sequence[Violation]) -> list[Violation]:
    """What should only be looked at again."""
    return [violation for violation in found if not violation.refuses]

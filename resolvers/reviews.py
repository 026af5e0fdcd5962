"""Answers about reviews, and an officer's decisions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, any_, or_, select

from core.access import visible
from core.decisions import Decision
from core.documents.models import Document
from core.errors import NotFound
from core.paging import OneOf, Order
from core.reviews import actions, queries
from core.reviews.models import Review, cases_by_name
from resolvers import ids
from resolvers.context import Context, Info
from resolvers.fields import Listing, Narrowing, batched, by_id, contains, lists, matching, pointing
from resolvers.fields.marks import MARK, mark
from resolvers.ranges import DayRange, day_in
from resolvers.transactions import RequestedAct, act

QUEUE = Listing(Review, [Order(Review.due_on), Order(Review.id)])
HISTORY = Listing(Review, [Order(Review.id, descending=True)])


@strawberry.input(description="Which reviews; given conditions all hold (筛选条件).")
class ReviewFilter:
    procedure: str | None = None
    title: str | None = None
    due_on: DayRange | None = None
    overdue: bool | None = None


@strawberry.input(description="Which open round to approve (审核通过).")
class ApproveReviewInput:
    review_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.input(description="Which open round to send back, and why (审核驳回).")
class RejectReviewInput:
    review_id: strawberry.ID
    reason: str
    idempotency_key: str | None = None


@lists(QUEUE)
def queue(info: Info, filter: ReviewFilter | None = None) -> Narrowing:
    return [Review.outcome.is_(None), *_conditions(filter, info)]


@lists(HISTORY)
def page(info: Info, filter: ReviewFilter | None = None) -> Narrowing:
    return _conditions(filter, info)


@act
async def approve(act: RequestedAct, input: ApproveReviewInput) -> Review:
    return await actions.approve(act, ids.decode_as(input.review_id, "Review"))


@act
async def reject(act: RequestedAct, input: RejectReviewInput) -> Review:
    id = ids.decode_as(input.review_id, "Review")
    return await actions.reject(act, id, input.reason)


@pointing("subject_type", "subject_id")
async def case(root: strawberry.Parent[Review], info: Info) -> Any:
    """What the round is about."""
    return await by_id(info.context, root.case_class).load(root.subject_id)


async def _decisions(context: Context, model: type[Any], rows: Sequence[Any]) -> list[list[Decision]]:
    async with context.db.read(context.actor) as session:
        return await queries.decisions_of(session, context.actor, [(model.__name__, row.id, None) for row in rows])


async def _decisions_of_newest(context: Context, model: type[Any], rows: Sequence[Any]) -> list[list[Decision]]:
    wanted = [(model.__name__, row.id, row.round) for row in rows]
    async with context.db.read(context.actor) as session:
        return await queries.decisions_of(session, context.actor, wanted)


async def _decisions_of_round(context: Context, _: type[Any], rows: Sequence[Any]) -> list[list[Decision]]:
    wanted = [(row.subject_type, row.subject_id, row.round) for row in rows]
    async with context.db.read(context.actor) as session:
        return await queries.decisions_of(session, context.actor, wanted)


decisions = batched(_decisions, "id")
"""What the acts on a project or on the use of a deposit rested on."""

decisions_of_newest = batched(_decisions_of_newest, "id", "round")
"""What the newest round of a case rested on, warnings among it."""

decisions_of_round = batched(_decisions_of_round, "subject_type", "subject_id", "round")


def _papers(type: Any, id: Any, round: Any) -> ColumnElement[bool]:
    return and_(Document.subject_type == type, Document.subject_id == id, any_(Document.rounds) == round)


documents_of_newest = matching(Document, lambda case, kind: _papers(kind, case.id, case.round))
"""The files handed in for the newest round of a case, or for the one that is asked for."""


async def documents(root: strawberry.Parent[Any], info: Info, round: int | None = None) -> Any:
    case = root
    if round is None:
        return await documents_of_newest(case, info)
    mine = select(Document).where(_papers(type(case).__name__, case.id, round), visible(Document, info.context.actor))
    async with info.context.db.read(info.context.actor) as session:
        return (await session.scalars(mine.order_by(Document.id))).all()


mark(documents, vars(documents_of_newest)[MARK])

documents_of_round = matching(Document, lambda one, _: _papers(one.subject_type, one.subject_id, one.round))

rounds = matching(Review, lambda case, kind: and_(Review.subject_type == kind, Review.subject_id == case.id))
"""The rounds of a case that the caller may see, oldest first."""


@strawberry.input(description="Which application to take back while nobody has decided on it, and why (撤回).")
class WithdrawInput:
    case_id: strawberry.ID
    reason: str | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@act
async def withdraw(act: RequestedAct, input: WithdrawInput) -> Review:
    name, id = ids.decode(input.case_id)
    kind = cases_by_name().get(name)
    if kind is None:
        raise NotFound("Case", str(id))
    return await actions.withdraw(act, kind, id, input.reason)


def _conditions(filter: ReviewFilter | None, info: Info) -> Narrowing:
    if filter is None:
        return []
    found = [*day_in(Review.due_on, filter.due_on)]
    if filter.procedure:
        found.append(Review.procedure == filter.procedure)
    if filter.title:
        found.append(contains(Review.title_key, filter.title))
    return found if filter.overdue is None else [*found, _overdue(info.context.on, holds=filter.overdue)]


def _overdue(on: date, *, holds: bool) -> ColumnElement[bool] | OneOf:
    """Whether a round that waits should have been decided before that day; what is decided or has no day is not."""
    if holds:
        return and_(Review.outcome.is_(None), Review.due_on < on)
    due = Review.due_on
    return OneOf([Review.outcome.is_not(None), and_(Review.outcome.is_(None), or_(due >= on, due.is_(None)))])

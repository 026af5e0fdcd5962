"""Answers about reviews, and an officer's decisions."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import and_

from core.decisions import Decision
from core.documents.models import Document
from core.paging import Order
from core.reviews import actions, queries
from core.reviews.models import Review
from resolvers import ids
from resolvers.context import Context, Info
from resolvers.fields import Listing, PageRequest, batched, by_id, contains, matching, pointing, returns_request
from resolvers.transactions import RequestedAct, act

QUEUE = Listing(Review, [Order(Review.due_on), Order(Review.id)])
HISTORY = Listing(Review, [Order(Review.id, descending=True)])


@strawberry.input(description="Which reviews; given conditions all hold (筛选条件).")
class ReviewFilter:
    procedure: str | None = None
    title: str | None = None


@strawberry.input(description="Which open round to approve (审核通过).")
class ApproveReviewInput:
    review_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.input(description="Which open round to send back, and why (审核驳回).")
class RejectReviewInput:
    review_id: strawberry.ID
    reason: str
    idempotency_key: str | None = None


@returns_request
def queue(
    info: Info, first: int = 10, after: str | None = None, filter: ReviewFilter | None = None
) -> PageRequest[Review]:
    where = [Review.outcome.is_(None), *_conditions(filter)]
    return QUEUE.page(info, first=first, after=after, where=where)


@returns_request
def page(
    info: Info, first: int = 10, after: str | None = None, filter: ReviewFilter | None = None
) -> PageRequest[Review]:
    return HISTORY.page(info, first=first, after=after, where=_conditions(filter))


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
    ids = [row.id for row in rows]
    async with context.db.read(context.actor) as session:
        found = await queries.decisions_of(session, context.actor, model.__name__, ids)
    return [found[id] for id in ids]


decisions = batched(_decisions, "id")
"""What the acts on a case or project rested on."""

documents = matching(Document, lambda case, kind: and_(Document.subject_type == kind, Document.subject_id == case.id))
"""The files handed in for a case."""


def _conditions(filter: ReviewFilter | None) -> list[Any]:
    if filter is None:
        return []
    by_procedure = [Review.procedure == filter.procedure] if filter.procedure else []
    return [*by_procedure, contains(Review.title, filter.title)] if filter.title else by_procedure

"""Reviews: an officer's queue and decisions."""

from datetime import date, datetime
from typing import Optional

from core.reviews import models
from core.reviews.models import OUTCOME_NAMES, Outcome
from resolvers import reviews, warnings
from resolvers.labels import named
from resolvers.scalars import RegionCode
from schema.decisions import Decision, Violation
from schema.documents import Document
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field
from schema.identity import Organization


@represents(models.Review, "One round of review: waits in its office's queue until it is decided (审核).")
class Review(Node):
    procedure: str
    region_code: RegionCode
    title: str
    round: int
    submitted_at: datetime | None
    due_on: date | None
    due_provisional: bool
    outcome: Outcome | None
    outcome_label: str | None = answered_by(named("outcome", OUTCOME_NAMES))
    decided_at: datetime | None
    reason: str | None
    confirms: Optional["Review"]
    office: Organization | None
    reviewer: str | None
    decisions: list[Decision] = answered_by(reviews.decisions_of_round)
    warnings: list[Violation] = answered_by(warnings.of_round)
    documents: list[Document] = answered_by(reviews.documents_of_round)


class Queries:
    review_queue: Connection[Review] = root_field(
        reviews.queue, "What waits for the caller's office, most urgent first (待审核)."
    )
    reviews: Connection[Review] = root_field(reviews.page, "Rounds of review, newest first (审核记录).")


class Mutations:
    approve_review = mutation(reviews.approve, "Approve what waits (审核通过).")
    withdraw = mutation(
        reviews.withdraw, "Take back an application that nobody has decided on; another can be made at once (撤回申请)."
    )
    reject_review = mutation(reviews.reject, "Send it back, with the reason (审核驳回).")

"""What all cases show: where they stand, since when, and what they rested on."""

from datetime import datetime

import strawberry

from core.reviews.models import CaseState
from resolvers import reviews
from schema.decisions import Decision
from schema.documents import Document
from schema.fields import Node, answered_by


@strawberry.interface(description="Something applied for: submitted, reviewed, approved or sent back.")
class Case(Node):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None = strawberry.field(description="驳回原因 of the last refusal.")
    decisions: list[Decision] = answered_by(reviews.decisions, "What the acts on this case rested on, as it was then.")
    documents: list[Document] = answered_by(reviews.documents, "The files handed in.")

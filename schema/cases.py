"""What all cases show: where they stand, since when, and what they rested on."""

from datetime import datetime

import strawberry

from core.reviews.models import STATE_NAMES, CaseState
from resolvers import city_fields, reviews, warnings
from resolvers.labels import named
from schema.city_fields import CityField
from schema.decisions import Decision, Violation
from schema.documents import Document
from schema.fields import Node, answered_by, extends
from schema.reviews import Review


@strawberry.interface(description="Something applied for: submitted, reviewed, approved or sent back (申请事项).")
class Case(Node):
    state: CaseState
    state_label: str = answered_by(named("state", STATE_NAMES))
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    revision: int
    round: int
    city_fields: list[CityField] = answered_by(city_fields.city_fields)
    decisions: list[Decision] = answered_by(reviews.decisions_of_newest)
    warnings: list[Violation] = answered_by(warnings.of_case)
    documents: list[Document] = answered_by(reviews.documents)
    reviews: list[Review] = answered_by(reviews.rounds)


@extends(Review, after="documents")
class ReviewCase:
    case: Case | None = answered_by(reviews.case)

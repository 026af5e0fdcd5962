"""Reviews: an officer's queue and decisions."""

from datetime import date, datetime

import strawberry

from core.reviews import models
from core.reviews.models import Outcome
from resolvers import reviews
from resolvers.scalars import RegionCode
from schema.cases import Case
from schema.fields import Node, answered_by, represents, root_field
from schema.mutations import mutation
from schema.paging import Connection


@strawberry.type(description="One round of review: waits in its office's queue until it is decided.")
@represents(models.Review)
class Review(Node):
    procedure: str = strawberry.field(description="Such as `quota_application`.")
    region_code: RegionCode
    title: str = strawberry.field(description="The project's or enterprise's name.")
    round: int = strawberry.field(description="1 for the first submission, more after refusals.")
    submitted_at: datetime
    due_on: date | None = strawberry.field(description="By when to decide; null where the city sets no period.")
    due_provisional: bool = strawberry.field(description="Rests on a year whose calendar is not published yet.")
    outcome: Outcome | None = strawberry.field(description="Null while it waits.")
    decided_at: datetime | None
    reason: str | None = strawberry.field(description="驳回原因.")
    case: Case | None = answered_by(reviews.case, "What is under review.")


@strawberry.type
class ReviewQueries:
    review_queue: Connection[Review] = root_field(
        reviews.queue, "What waits for the caller's office, most urgent first."
    )
    reviews: Connection[Review] = root_field(reviews.page, "Rounds of review, newest first.")


@strawberry.type
class ReviewMutations:
    approve_review = mutation(reviews.approve, "Approve what waits.")
    reject_review = mutation(reviews.reject, "Send it back, with the reason.")

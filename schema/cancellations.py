"""Ending a deposit (注销)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.reviews.models import CaseState
from core.wage_deposits import models
from resolvers import cancellations
from schema.cases import Case
from schema.fields import represents, root_field
from schema.problems import AnyProblem

if TYPE_CHECKING:
    from schema.wage_deposits import WageDeposit


@strawberry.type(description="保证金注销申请.")
@represents(models.Cancellation)
class Cancellation(Case):
    state: CaseState
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    actual_started_on: date
    actual_completed_on: date
    public_notice_from: date = strawberry.field(description="公示起始日期.")
    handler: str
    handler_phone: str
    remarks: str | None
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")]


SubmitCancellationResult = Annotated[Cancellation | AnyProblem, strawberry.union("SubmitCancellationResult")]


@strawberry.type
class CancellationMutations:
    submit_cancellation: SubmitCancellationResult = root_field(
        cancellations.submit, "保证金注销申请, after the project's completion; or the correction of a rejected one."
    )

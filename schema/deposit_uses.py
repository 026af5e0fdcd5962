"""The use of deposits (保证金动用)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.wage_deposits import models
from resolvers import deposit_uses, reviews
from resolvers.scalars import Yuan
from schema.decisions import Decision
from schema.fields import Node, answered_by, represents, root_field
from schema.problems import AnyProblem

if TYPE_CHECKING:
    from schema.wage_deposits import WageDeposit


@strawberry.type(description="Wages paid out of a deposit on a payment notice (BX-074).")
@represents(models.DepositUse)
class DepositUse(Node):
    notice_number: str = strawberry.field(description="支付通知书编号.")
    amount: Yuan
    used_on: date
    reason: str = strawberry.field(description="动用事由.")
    replenish_by: date | None = strawberry.field(description="By when to make it up; null where no period is set.")
    replenish_provisional: bool = strawberry.field(
        description="The day rests on a year whose calendar is not published yet."
    )
    recorded_at: datetime
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")]
    decisions: list[Decision] = answered_by(reviews.decisions, "The period for making it up, as it was then.")


RecordDepositUseResult = Annotated[DepositUse | AnyProblem, strawberry.union("RecordDepositUseResult")]


@strawberry.type
class DepositUseMutations:
    record_deposit_use: RecordDepositUseResult = root_field(
        deposit_uses.record, "An officer records that the deposit was used (保证金动用)."
    )

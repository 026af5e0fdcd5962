"""Answers about deferrals (缓缴) and exemptions (免缴)."""

from datetime import date

import strawberry
from sqlalchemy import and_

from core.deadlines.models import Alert
from core.statements import stated
from core.wage_deposits.actions import deferral
from core.wage_deposits.models import DepositState, WageDeposit
from resolvers import ids
from resolvers.fields import matching
from resolvers.transactions import RequestedAct, act


@strawberry.input(description="Until when a deposit is deferred, as the office decided (缓缴期限).")
class StateDeferralEndInput:
    wage_deposit_id: strawberry.ID
    ends_on: date | None = None
    basis: str | None = None
    idempotency_key: str | None = None


@act
async def state_end(act: RequestedAct, input: StateDeferralEndInput) -> Alert:
    deposit_id = ids.decode_as(input.wage_deposit_id, "WageDeposit")
    return await deferral.state_end(act, deposit_id, stated(input, deferral.DeferralEnd))


exempt_of_contractor = matching(
    WageDeposit,
    lambda record, _: and_(
        WageDeposit.applicant_id == record.applicant_id,
        WageDeposit.region_code == record.region_code,
        WageDeposit.state == DepositState.WAIVED,
    ),
)
"""No ruleset revokes an exemption: new arrears change new projects, and the officer sees what was waived before."""

"""Answers about putting deposits on record (备案)."""

import strawberry

from core.paging import Order
from core.reviews.models import CaseState
from core.wage_deposits.actions import filing
from core.wage_deposits.models import Filing, WageDeposit
from resolvers import ids
from resolvers.fields import Listing, Narrowing, computed, lists, one_of
from resolvers.transactions import RequestedAct, act
from resolvers.wage_deposits import CaseFilter, in_project

LISTING = Listing(Filing, [Order(Filing.id, descending=True)])


@strawberry.input(description="Ask the office to put the deposit on record, or ask again after a refusal (备案申请).")
class SubmitFilingInput:
    wage_deposit_id: strawberry.ID
    expected_revision: int | None = None
    idempotency_key: str | None = None


@lists(LISTING)
def page(filter: CaseFilter | None = None) -> Narrowing:
    if filter is None:
        return []
    found = one_of(Filing.state, filter.states)
    if filter.project is None:
        return found
    return [*found, Filing.wage_deposit.has(WageDeposit.project.has(in_project(filter.project)))]


@act
async def submit(act: RequestedAct, input: SubmitFilingInput) -> Filing:
    return await filing.submit(act, ids.decode_as(input.wage_deposit_id, "WageDeposit"))


@computed("kind")
def kind_label(root: strawberry.Parent[Filing]) -> str:
    return filing.KIND_NAMES[root.kind]


@computed("state")
def state_label(root: strawberry.Parent[Filing]) -> str:
    return filing.CASE_STATE_NAMES[CaseState(root.state)]

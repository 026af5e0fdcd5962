"""Answers about putting deposits on record (备案)."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import ColumnElement

from core.paging import Order
from core.reviews.models import CaseState
from core.wage_deposits.actions import filing
from core.wage_deposits.models import Filing, WageDeposit
from resolvers import ids
from resolvers.fields import Listing, computed, lists
from resolvers.transactions import RequestedAct, act
from resolvers.wage_deposits import CaseFilter, in_project

LISTING = Listing(Filing, [Order(Filing.id, descending=True)])


@strawberry.input(description="Ask the office to put the deposit on record, or ask again after a refusal (备案申请).")
class SubmitFilingInput:
    wage_deposit_id: strawberry.ID
    expected_revision: int | None = None
    idempotency_key: str | None = None


@lists(LISTING)
def page(filter: CaseFilter | None = None) -> Sequence[ColumnElement[bool]]:
    where: list[Any] = [Filing.state == filter.state.value] if filter and filter.state else []
    if filter and filter.project:
        where.append(Filing.wage_deposit.has(WageDeposit.project.has(in_project(filter.project))))
    return where


@act
async def submit(act: RequestedAct, input: SubmitFilingInput) -> Filing:
    return await filing.submit(act, ids.decode_as(input.wage_deposit_id, "WageDeposit"))


@computed("kind")
def kind_label(root: strawberry.Parent[Filing]) -> str:
    return filing.KIND_NAMES[root.kind]


@computed("state")
def state_label(root: strawberry.Parent[Filing]) -> str:
    return filing.CASE_STATE_NAMES[CaseState(root.state)]

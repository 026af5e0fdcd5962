"""Answers about quotas and the deposits they bring."""

from datetime import date
from enum import Enum

import strawberry
from sqlalchemy import ColumnElement, and_, true

from core.decisions import Decision
from core.errors import InvalidInput
from core.paging import Order
from core.reviews.models import CaseState
from core.reviews.rules import must_offer
from core.rulesets.facts import find_out_of_bounds
from core.statements import stated
from core.wage_deposits import rules
from core.wage_deposits.actions import quota
from core.wage_deposits.models import (
    FILING_STATUS_NAMES,
    STATE_NAMES,
    ApplicationType,
    DepositState,
    EntryMode,
    FilingStatus,
    PaymentMethod,
    QuotaApplication,
    WageDeposit,
)
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.context import Info
from resolvers.fields import Listing, Narrowing, computed, lists, one_of
from resolvers.materials import MaterialInput, document_ids
from resolvers.projects import ProjectFilter, conditions
from resolvers.ranges import AmountRange, amount_in
from resolvers.rulesets import FactInput, facts_stated
from resolvers.scalars import Rate, Yuan
from resolvers.transactions import RequestedAct, act

APPLICATIONS = Listing(QuotaApplication, [Order(QuotaApplication.id, descending=True)])


@strawberry.enum(description="In which order deposits are listed (排序).")
class WageDepositOrder(Enum):
    NEWEST_FIRST = "newest_first"
    LARGEST_FIRST = "largest_first"
    SMALLEST_FIRST = "smallest_first"


_NEWEST_FIRST = [Order(WageDeposit.id, descending=True)]
DEPOSITS = Listing(
    WageDeposit,
    _NEWEST_FIRST,
    {
        WageDepositOrder.NEWEST_FIRST: _NEWEST_FIRST,
        WageDepositOrder.LARGEST_FIRST: [Order(WageDeposit.amount_due_fen, descending=True), *_NEWEST_FIRST],
        WageDepositOrder.SMALLEST_FIRST: [Order(WageDeposit.amount_due_fen), Order(WageDeposit.id)],
    },
)


@strawberry.input(description="Which cases: by the state of the case and by the project, BX-051, BX-112 (筛选条件).")
class CaseFilter:
    states: list[CaseState] | None = None
    project: ProjectFilter | None = None


@strawberry.input(description="Which quota applications; given conditions all hold, BX-051 (筛选条件).")
class QuotaApplicationFilter:
    states: list[CaseState] | None = None
    application_types: list[ApplicationType] | None = None
    payment_methods: list[PaymentMethod] | None = None
    project: ProjectFilter | None = None


@strawberry.input(description="Which deposits; given conditions all hold (筛选条件).")
class WageDepositFilter:
    states: list[DepositState] | None = None
    filing_statuses: list[FilingStatus] | None = None
    amount_due: AmountRange | None = None
    project: ProjectFilter | None = None


@strawberry.input(description="A quota as an enterprise states it, BX-040 to BX-048 (定额信息).")
class QuotaFields:
    application_type: ApplicationType | None = None
    payment_method: PaymentMethod | None = None
    entry_mode: EntryMode | None = None
    entry_ratio: Rate | None = None
    entry_amount: Yuan | None = None
    contract_amount: Yuan | None = None
    secured_amount: Yuan | None = None
    handler: str | None = None
    handler_phone: str | None = None
    remarks: str | None = None


@strawberry.input(description="A quota application for a project (定额申请).")
class SubmitQuotaApplicationInput:
    project_id: strawberry.ID
    quota: QuotaFields
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(description="A question about an amount; nothing is kept (试算).")
class QuoteDepositInput:
    city: str
    quota: QuotaFields
    facts: list[FactInput] | None = None
    on: date | None = None


@lists(APPLICATIONS)
def applications(filter: QuotaApplicationFilter | None = None) -> Narrowing:
    if filter is None:
        return []
    return [
        *one_of(QuotaApplication.state, filter.states),
        *one_of(QuotaApplication.application_type, filter.application_types),
        *one_of(QuotaApplication.payment_method, filter.payment_methods),
        *([QuotaApplication.project.has(in_project(filter.project))] if filter.project else []),
    ]


@lists(DEPOSITS)
def deposits(filter: WageDepositFilter | None = None) -> Narrowing:
    if filter is None:
        return []
    return [
        *one_of(WageDeposit.state, filter.states),
        *one_of(WageDeposit.filing_status, filter.filing_statuses),
        *amount_in(WageDeposit.amount_due_fen, filter.amount_due),
        *([WageDeposit.project.has(in_project(filter.project))] if filter.project else []),
    ]


@act
async def submit_quota(act: RequestedAct, input: SubmitQuotaApplicationInput) -> QuotaApplication:
    return await quota.submit(
        act,
        ids.decode_as(input.project_id, "Project"),
        stated(input.quota, rules.Quota),
        document_ids(input.materials),
        correcting=ids.decode_optional(input.correcting, "QuotaApplication"),
    )


def requested_amount(info: Info, input: QuoteDepositInput) -> list[Decision]:
    """What would be applied for, and what the city asks for; neither is kept."""
    ruleset, quota = info.context.rulesets.of(input.city), stated(input.quota, rules.Quota)
    on = input.on or info.context.on
    must_offer(ruleset, "wage_deposit", QuotaApplication.procedure)
    if wrong := find_out_of_bounds(rules.stated_facts(quota), ruleset):
        fields = [problem.path.rpartition(".")[2] for problem in wrong]
        raise InvalidInput(
            ("quota", *fields[:1]), "facts", problems=[problem.said for problem in wrong if problem.said]
        )
    requested = rules.requested_amount(ruleset, quota, on)
    of_quota = {path: value for path, value in rules.stated_facts(quota).items() if value is not None}
    facts = {**facts_stated(ruleset, input.facts or ()), **of_quota}
    return [requested, rules.required_amount(ruleset, facts, on)]


@computed("application_type")
def amount_label(root: strawberry.Parent[QuotaApplication]) -> str:
    return rules.amount_label(root.application_type)


@computed("state")
def state_label(root: strawberry.Parent[WageDeposit]) -> str:
    return STATE_NAMES[DepositState(root.state)]


@computed("amount_due")
def amount_required(root: strawberry.Parent[WageDeposit]) -> Yuan:
    return Yuan(root.amount_due)


@computed("filing_status")
def filing_status_label(root: strawberry.Parent[WageDeposit]) -> str:
    return FILING_STATUS_NAMES[FilingStatus(root.filing_status)]


def in_project(filter: ProjectFilter) -> ColumnElement[bool]:
    """The project's conditions as one."""
    return and_(true(), *conditions(filter))

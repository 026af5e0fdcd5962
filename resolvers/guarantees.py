"""Answers about guarantees: ordering them, issuing them, handing letters in."""

from datetime import date
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import and_

from core.errors import NotFound
from core.guarantees import secured
from core.guarantees.actions import extensions, orders, submissions
from core.guarantees.letters import Letter
from core.guarantees.models import (
    ORDER_STATE_NAMES,
    ORIGIN_NAMES,
    STATE_NAMES,
    Guarantee,
    GuaranteeOrder,
    GuaranteeState,
    LetterSubmission,
    OrderState,
)
from core.paging import Order
from core.reviews.models import CaseState
from core.statements import stated
from resolvers import ids
from resolvers.city_fields import CityFieldInput
from resolvers.context import Info
from resolvers.fields import Listing, Narrowing, begins, by_id, computed, lists, matching, one_of, pointing
from resolvers.labels import named
from resolvers.materials import MaterialInput, document_ids
from resolvers.ranges import DayRange, day_in
from resolvers.scalars import Yuan
from resolvers.transactions import RequestedAct, act


@strawberry.enum(description="In which order guarantees are listed (排序).")
class GuaranteeListOrder(Enum):
    NEWEST_FIRST = "newest_first"
    ENDING_FIRST = "ending_first"
    NUMBER = "number"


_NEWEST_FIRST = [Order(Guarantee.id, descending=True)]
GUARANTEES = Listing(
    Guarantee,
    _NEWEST_FIRST,
    {
        GuaranteeListOrder.NEWEST_FIRST: _NEWEST_FIRST,
        GuaranteeListOrder.ENDING_FIRST: [Order(Guarantee.ends_on), Order(Guarantee.id)],
        GuaranteeListOrder.NUMBER: [Order(Guarantee.guarantee_number), Order(Guarantee.id)],
    },
)
ORDERS = Listing(GuaranteeOrder, [Order(GuaranteeOrder.id, descending=True)])
_STATES = {
    CaseState.REJECTED: OrderState.REFUSED,
    CaseState.APPROVED: OrderState.ISSUED,
    CaseState.WITHDRAWN: OrderState.WITHDRAWN,
}


@strawberry.input(description="Which guarantees; given conditions all hold (筛选条件).")
class GuaranteeFilter:
    states: list[GuaranteeState] | None = None
    guarantee_number: str | None = None
    number_prefix: str | None = None
    ends_on: DayRange | None = None


@strawberry.input(description="Which orders; given conditions all hold (筛选条件).")
class GuaranteeOrderFilter:
    states: list[CaseState] | None = None


@strawberry.input(description="An order for a guarantee, BX-061 (保函申请).")
class OrderGuaranteesInput:
    subject_id: strawberry.ID
    institution_ids: list[strawberry.ID] | None = None
    contact: str | None = None
    mobile: str | None = None
    amount: Yuan | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    remarks: str | None = None
    city_fields: list[CityFieldInput] | None = None
    idempotency_key: str | None = None


@strawberry.input(description="The institution takes an order on, or refuses it with a reason (受理).")
class DecideOrderInput:
    order_id: strawberry.ID
    accepted: bool
    reason: str | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(
    description="The guarantee as the institution issues it; the file goes in as `guarantee_letter` (出函)."
)
class IssueGuaranteeInput:
    order_id: strawberry.ID
    guarantee_number: str | None = None
    amount: Yuan | None = None
    fee: Yuan | None = None
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(
    description="An endorsement that extends a guarantee; amount and fee stay where they are left out (批单、延长)."
)
class ExtendGuaranteeInput:
    guarantee_id: strawberry.ID
    endorsement_number: str
    issued_on: date
    ends_on: date
    amount: Yuan | None = None
    fee: Yuan | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@strawberry.input(description="A letter of guarantee obtained elsewhere, BX-064 to BX-070 (保单保函上传).")
class SubmitLetterInput:
    subject_id: strawberry.ID
    kind: str | None = None
    contact: str | None = None
    mobile: str | None = None
    bank_brand: str | None = None
    institution_id: strawberry.ID | None = None
    issuer: str | None = None
    extends: strawberry.ID | None = None
    endorsement_number: str | None = None
    product_name: str | None = None
    guarantee_number: str | None = None
    amount: Yuan | None = None
    fee: Yuan | None = None
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    expected_revision: int | None = None
    idempotency_key: str | None = None


@act
async def order(act: RequestedAct, input: OrderGuaranteesInput) -> GuaranteeOrder:
    kind, id = _subject(input.subject_id)
    chosen = [ids.decode_as(id, "Institution", ("institutionIds",)) for id in input.institution_ids or ()]
    return await orders.order(act, kind, id, chosen, stated(input, orders.Application))


@act
async def decide_order(act: RequestedAct, input: DecideOrderInput) -> GuaranteeOrder:
    order_id = ids.decode_as(input.order_id, "GuaranteeOrder")
    return await orders.decide(act, order_id, accepted=input.accepted, reason=input.reason)


@act
async def issue(act: RequestedAct, input: IssueGuaranteeInput) -> Guarantee:
    order_id, files = ids.decode_as(input.order_id, "GuaranteeOrder"), document_ids(input.materials)
    return await orders.issue(act, order_id, stated(input, orders.Issued), files)


@act
async def extend(act: RequestedAct, input: ExtendGuaranteeInput) -> Guarantee:
    return await extensions.extend(
        act, ids.decode_as(input.guarantee_id, "Guarantee"), stated(input, extensions.Extension)
    )


@act
async def submit_letter(act: RequestedAct, input: SubmitLetterInput) -> LetterSubmission:
    return await submissions.submit(
        act,
        *_subject(input.subject_id),
        stated(input, Letter),
        document_ids(input.materials),
        institution_id=ids.decode_optional(input.institution_id, "Institution"),
        correcting=ids.decode_optional(input.correcting, "LetterSubmission"),
        extends=ids.decode_optional(input.extends, "Guarantee", ("extends",)),
        endorsement_number=input.endorsement_number,
    )


@lists(GUARANTEES)
def guarantees(filter: GuaranteeFilter | None = None) -> Narrowing:
    if filter is None:
        return []
    number = filter.guarantee_number
    return [
        *one_of(Guarantee.state, filter.states),
        *([] if number is None else [Guarantee.guarantee_number == number]),
        *begins(Guarantee.guarantee_number, filter.number_prefix),
        *day_in(Guarantee.ends_on, filter.ends_on),
    ]


@lists(ORDERS)
def orders_page(filter: GuaranteeOrderFilter | None = None) -> Narrowing:
    return one_of(GuaranteeOrder.state, filter.states) if filter else []


def _subject(id: str) -> tuple[str, int]:
    """What is to be secured; raises NotFound for what never is."""
    kind, row_id = ids.decode(id, ("subjectId",))
    if kind not in secured.kinds():
        raise NotFound("WageDeposit", id)
    return kind, row_id


@pointing("subject_type", "subject_id")
async def subject(root: strawberry.Parent[Any], info: Info) -> Any:
    model = secured.model_of(root.subject_type)
    return await by_id(info.context, model).load(root.subject_id)


def _of_subject(model: Any) -> Any:
    return matching(model, lambda owner, kind: and_(model.subject_type == kind, model.subject_id == owner.id))


guarantees_of = _of_subject(Guarantee)
orders_of = _of_subject(GuaranteeOrder)
submissions_of = _of_subject(LetterSubmission)
guarantee_state_label = named("state", STATE_NAMES)
origin_label = named("origin", ORIGIN_NAMES)


@computed("state")
def guarantee_state(root: strawberry.Parent[Guarantee]) -> GuaranteeState:
    return GuaranteeState(root.state)


@computed("beneficiary_id", "office_id")
def beneficiary_differs(root: strawberry.Parent[Guarantee]) -> bool:
    return root.beneficiary_id != root.office_id


@computed("state", "accepted_at")
def order_state(root: strawberry.Parent[GuaranteeOrder]) -> OrderState:
    return _order_state(root)


@computed("state", "accepted_at")
def order_state_label(root: strawberry.Parent[GuaranteeOrder]) -> str:
    return ORDER_STATE_NAMES[_order_state(root)]


def _order_state(order: GuaranteeOrder) -> OrderState:
    waiting = OrderState.UNDER_REVIEW if order.accepted_at is None else OrderState.ACCEPTED
    return _STATES.get(CaseState(order.state), waiting)

"""Guarantees, by which way they come, and what they secure."""

from datetime import date, datetime

import strawberry

from core.guarantees import models
from core.guarantees.models import GuaranteeOrigin, GuaranteeState, OrderState
from resolvers import guarantees as answers
from resolvers import warnings
from resolvers.labels import label_of
from resolvers.scalars import Yuan
from schema.cases import Case
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field
from schema.identity import Authority, Enterprise, Institution


@strawberry.interface(description="Something owed that guarantees secure (被担保的义务).")
class Secured(Node):
    amount_required: Yuan
    guarantees: list["Guarantee"] = answered_by(answers.guarantees_of)
    orders: list["GuaranteeOrder"] = answered_by(answers.orders_of)
    letter_submissions: list["LetterSubmission"] = answered_by(answers.submissions_of)


@represents(models.GuaranteeVersion, "What a guarantee says, or said before an endorsement (保函版本).")
class GuaranteeVersion(Node):
    number: int = strawberry.field(name="versionNumber")
    endorsement_number: str | None
    amount: Yuan
    fee: Yuan
    issued_on: date
    starts_on: date
    ends_on: date
    recorded_at: datetime


@represents(
    models.Guarantee, "A letter of guarantee with one id for life, as it stands now; its versions tell the rest (保函)."
)
class Guarantee(Node):
    guarantee_state: GuaranteeState = answered_by(answers.guarantee_state)
    state_label: str = answered_by(answers.guarantee_state_label)
    kind: str
    kind_label: str = answered_by(label_of("guarantee.kind", "kind"))
    product_name: str | None
    origin: GuaranteeOrigin
    origin_label: str = answered_by(answers.origin_label)
    issuer: str
    institution: Institution | None
    guarantee_number: str
    contractor: Enterprise | None
    beneficiary: Authority | None
    beneficiary_differs: bool = answered_by(answers.beneficiary_differs)
    amount: Yuan
    fee: Yuan
    issued_on: date
    starts_on: date
    ends_on: date
    created_at: datetime
    ended_at: datetime | None
    revision: int
    subject: Secured | None = answered_by(answers.subject)
    replaces: "Guarantee | None"
    order: "GuaranteeOrder | None"
    letter_submission: "LetterSubmission | None"
    versions: list[GuaranteeVersion]
    warnings: list[Violation] = answered_by(warnings.of_revised)


@represents(models.GuaranteeOrder, "A guarantee asked for at an institution, BX-061 (保函订单).")
class GuaranteeOrder(Case):
    order_state: OrderState = answered_by(answers.order_state)
    state_label: str = answered_by(answers.order_state_label)
    institution: Institution | None
    contractor: Enterprise | None
    hrss_office: Authority | None
    project_name: str
    amount_due: Yuan
    contact: str | None
    mobile: str
    remarks: str | None
    amount: Yuan
    starts_on: date
    ends_on: date
    accepted_at: datetime | None
    subject: Secured | None = answered_by(answers.subject)
    guarantee: Guarantee | None


@represents(
    models.LetterSubmission, "A letter of guarantee obtained elsewhere and handed in, BX-062 to BX-070 (保单保函上传)."
)
class LetterSubmission(Case):
    kind: str
    kind_label: str = answered_by(label_of("guarantee.kind", "kind"))
    contact: str | None
    mobile: str
    bank_brand: str
    issuer: str
    institution: Institution | None
    product_name: str | None
    guarantee_number: str
    amount: Yuan
    fee: Yuan
    issued_on: date
    starts_on: date
    ends_on: date
    extends: Guarantee | None
    endorsement_number: str | None
    subject: Secured | None = answered_by(answers.subject)
    guarantee: Guarantee | None
    corrected_letter: "LetterSubmission | None"


class Queries:
    guarantees: Connection[Guarantee] = root_field(answers.guarantees, "Guarantees (保函), newest first.")
    guarantee_orders: Connection[GuaranteeOrder] = root_field(
        answers.orders_page, "Orders for guarantees (保函订单), newest first."
    )


class Mutations:
    order_guarantees = mutation(answers.order, "Choose an institution and ask it for a guarantee (保函办理).")
    decide_order = mutation(answers.decide_order, "As the institution: take an order on, or refuse it (受理).")
    issue_guarantee = mutation(
        answers.issue, "As the institution: issue the guarantee, which secures what it is for (出函)."
    )
    extend_guarantee = mutation(
        answers.extend, "As the institution that issued it: extend a guarantee by an endorsement (批单、延长保函)."
    )
    submit_letter = mutation(answers.submit_letter, "Hand in a letter of guarantee obtained elsewhere (保单保函上传).")

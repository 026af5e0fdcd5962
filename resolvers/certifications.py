"""Answers about enterprise certification."""

import strawberry
from sqlalchemy import and_, or_

from core.certifications import actions
from core.certifications.models import STATE_LABELS, Certification
from core.reviews.models import CaseState
from core.statements import stated
from resolvers.city_fields import CityFieldInput
from resolvers.fields import computed, matching, newest_first
from resolvers.materials import MaterialInput, document_ids
from resolvers.transactions import RequestedAct, act

page = newest_first(Certification)


@strawberry.input(
    description="What an enterprise states of itself, BX-013; what must be filled in the city's form says (企业认证)."
)
class SubmitCertificationInput:
    city: str
    name: str | None = None
    uscc: str | None = None
    organization_kind: str | None = None
    qualification: str | None = None
    registered_area: str | None = None
    contact: str | None = None
    city_fields: list[CityFieldInput] | None = None
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    expected_revision: int | None = None
    idempotency_key: str | None = None


@act
async def submit(act: RequestedAct, input: SubmitCertificationInput) -> Certification:
    statement = stated(input, actions.EnterpriseStatement)
    ruleset, files = act.rulesets.of(input.city), document_ids(input.materials)
    return await actions.submit(act, ruleset, statement, files)


@computed("state")
def state_label(root: strawberry.Parent[Certification]) -> str:
    return STATE_LABELS[CaseState(root.state)]


rivals = matching(
    Certification,
    lambda case, _: and_(
        Certification.uscc == case.uscc,
        Certification.created_by_id != case.created_by_id,
        or_(Certification.state == CaseState.SUBMITTED, Certification.state == CaseState.APPROVED),
    ),
)
"""What others submitted with the same credit code: the reviewers see it, a submitter only his own."""

"""Answers about enterprise certification."""

from dataclasses import replace

import strawberry

from core.actor import Role
from core.certifications import actions
from core.certifications.models import STATE_LABELS, Certification
from core.reviews.models import CaseState
from core.statements import stated
from resolvers.fields import computed, newest_first
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
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@act
async def submit(act: RequestedAct, input: SubmitCertificationInput) -> Certification:
    statement = stated(input, actions.EnterpriseStatement)
    ruleset, files = act.rulesets.of(input.city), document_ids(input.materials)
    case = await actions.submit(act, ruleset, statement, files)
    if act.actor.organization_id is None:  # the applicant acts for the enterprise from now on
        act.go_on_as(replace(act.actor, organization_id=case.enterprise_id, role=Role.HANDLER))
    return case


@computed("state")
def state_label(root: strawberry.Parent[Certification]) -> str:
    return STATE_LABELS[CaseState(root.state)]

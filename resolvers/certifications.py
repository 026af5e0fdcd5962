"""Answers about enterprise certification."""

from dataclasses import replace

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Act, Role
from core.certifications import actions
from core.certifications.models import STATE_LABELS, Certification
from core.paging import Order
from core.reviews.models import CaseState
from resolvers.context import Info
from resolvers.fields.connections import Listing, PageRequest
from resolvers.fields.marks import computed, returns_request
from resolvers.materials import MaterialInput, handed_in
from resolvers.transactions import once

LISTING = Listing(Certification, [Order(Certification.id, descending=True)])


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


async def submit(info: Info, input: SubmitCertificationInput) -> Certification:
    rulesets = info.context.rulesets
    ruleset = rulesets.of(input.city)

    async def action(session: AsyncSession, act: Act) -> Certification:
        fields = (
            input.name,
            input.uscc,
            input.organization_kind,
            input.qualification,
            input.registered_area,
            input.contact,
        )
        stated = actions.Statement(*((field or "").strip() or None for field in fields))
        files = await handed_in(session, act, input.materials)
        return await actions.submit(session, act, rulesets, ruleset, stated, files)

    case = await once(info, input, Certification, action)
    if info.context.actor.organization_id is None:  # the applicant acts for the enterprise from now on
        info.context.actor = replace(info.context.actor, organization_id=case.enterprise_id, role=Role.HANDLER)
    return case


@returns_request
def page(info: Info, first: int = 10, after: str | None = None) -> PageRequest[Certification]:
    return LISTING.page(info, first=first, after=after)


@computed("state")
def state_label(root: strawberry.Parent[Certification]) -> str:
    return STATE_LABELS[CaseState(root.state)]

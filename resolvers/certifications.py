"""Answers about enterprise certification."""

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.acting import Act
from core.certifications import actions
from core.certifications.models import Certification
from core.paging import Order, Page
from resolvers.acting import once
from resolvers.context import Info
from resolvers.materials import MaterialInput, handed_in
from resolvers.reading.lists import Listing
from resolvers.scalars import Uscc

LISTING = Listing(Certification, [Order(Certification.id, descending=True)])


@strawberry.input(description="What an enterprise states of itself to be certified (BX-013).")
class SubmitCertificationInput:
    city: str = strawberry.field(description="The city whose portal is used: `benxi` or `210500`.")
    name: str = strawberry.field(description="企业名称")
    uscc: Uscc = strawberry.field(description="统一社会信用代码")
    organization_kind: str = strawberry.field(description="认证类型, such as 施工单位")
    qualification: str = strawberry.field(description="企业资质, one of the city's `qualifications`")
    registered_area: str = strawberry.field(description="企业注册地")
    contact: str = strawberry.field(description="联系人")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


async def submit(info: Info, input: SubmitCertificationInput) -> Certification:
    rulesets = info.context.rulesets
    ruleset = rulesets.of(input.city)

    async def action(session: AsyncSession, act: Act) -> Certification:
        stated = actions.Statement(
            input.name,
            input.uscc,
            input.organization_kind,
            input.qualification,
            input.registered_area,
            input.contact,
        )
        files = await handed_in(session, act, input.materials)
        return await actions.submit(session, act, ruleset, rulesets.version_id(ruleset), stated, files)

    return await once(info, input, Certification, action)


async def page(info: Info, first: int = 10, after: str | None = None) -> Page[Certification]:
    return await LISTING.page(info, first=first, after=after)

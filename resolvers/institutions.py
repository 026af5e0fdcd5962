"""Answers about banks, insurers and guarantee companies."""

from core.identity.models import Institution, InstitutionKind
from core.paging import Order, Page
from resolvers.context import Info
from resolvers.reading.lists import Listing

LISTING = Listing(Institution, [Order(Institution.id)])


async def page(
    info: Info, first: int = 10, after: str | None = None, kind: InstitutionKind | None = None
) -> Page[Institution]:
    where = [Institution.institution_kind == kind.value] if kind else []
    return await LISTING.page(info, first=first, after=after, where=where)

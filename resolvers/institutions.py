"""Answers about banks, insurers and guarantee companies."""

from core.identity.models import Institution, InstitutionKind
from core.institutions.queries import serves
from core.paging import Order
from resolvers.context import Info
from resolvers.fields import Listing, PageRequest, returns_request

LISTING = Listing(Institution, [Order(Institution.id)])


@returns_request
def page(
    info: Info,
    first: int = 10,
    after: str | None = None,
    kind: InstitutionKind | None = None,
    city: str | None = None,
) -> PageRequest[Institution]:
    where = [Institution.institution_kind == kind.value] if kind else []
    if city is not None:
        where = [serves(info.context.rulesets.of(city).own.ruleset.region, kind)]
    return LISTING.page(info, first=first, after=after, where=where)

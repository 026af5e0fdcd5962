"""Answers about banks, insurers and guarantee companies."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from core.identity.models import Institution, InstitutionKind
from core.institutions.queries import serves
from core.paging import Order
from resolvers.context import Info
from resolvers.fields import Listing, lists

LISTING = Listing(Institution, [Order(Institution.id)])


@lists(LISTING)
def page(info: Info, kind: InstitutionKind | None = None, city: str | None = None) -> Sequence[ColumnElement[bool]]:
    if city is not None:
        return [serves(info.context.rulesets.of(city).own.ruleset.region, kind)]
    return [Institution.institution_kind == kind.value] if kind else []

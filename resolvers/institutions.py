"""Answers about banks, insurers and guarantee companies."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from core.identity.models import Institution, InstitutionKind
from core.paging import Order
from resolvers.fields import Listing, lists

LISTING = Listing(Institution, [Order(Institution.id)])


@lists(LISTING)
def page(kind: InstitutionKind | None = None) -> Sequence[ColumnElement[bool]]:
    return [Institution.institution_kind == kind.value] if kind else []

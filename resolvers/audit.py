"""Answers about the audit trail."""

from typing import Any

import strawberry

from core.audit.models import AuditEntry
from core.paging import Order
from resolvers import ids
from resolvers.context import Info
from resolvers.fields import Listing, PageRequest, returns_request

LISTING = Listing(AuditEntry, [Order(AuditEntry.id, descending=True)])


@returns_request
def page(
    info: Info, first: int = 10, after: str | None = None, subject: strawberry.ID | None = None
) -> PageRequest[AuditEntry]:
    """Entries the caller may see; ``subject`` narrows them to one thing."""
    where: list[Any] = []
    if subject is not None:
        type_name, id = ids.decode(subject, ("subject",))
        where = [AuditEntry.subject_id == id, ids.names(AuditEntry.subject_type, type_name)]
    return LISTING.page(info, first=first, after=after, where=where)

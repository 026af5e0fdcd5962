"""Answers about the audit trail."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import ColumnElement

from core.audit.models import AuditEntry
from core.paging import Order
from resolvers import ids
from resolvers.fields import Listing, lists

LISTING = Listing(AuditEntry, [Order(AuditEntry.id, descending=True)])


@lists(LISTING)
def page(subject: strawberry.ID | None = None) -> Sequence[ColumnElement[bool]]:
    """Entries the caller may see; ``subject`` narrows them to one thing."""
    if subject is None:
        return []
    type_name, id = ids.decode(subject, ("subject",))
    return [AuditEntry.subject_id == id, ids.names(AuditEntry.subject_type, type_name)]

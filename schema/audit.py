"""The record of what was done."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.audit import models
from resolvers import audit
from schema.fields import Node, represents, root_field
from schema.paging import Connection


@strawberry.type(description="Who did what to which case, for whom, under which rules. Never changed, never deleted.")
@represents(models.AuditEntry)
class AuditEntry(Node):
    chain: str
    number: int = strawberry.field(description="Its place in the chain, from 1.")
    at: datetime
    actor_name: str
    role: str | None
    act: str
    subject_type: str
    before: JSON = strawberry.field(description="What the act changed, as it was; by name, in canonical text.")
    after: JSON = strawberry.field(description="What the act changed or stated, as it is since.")
    reason: str | None
    ruleset_digest: str | None


@strawberry.type
class AuditQueries:
    audit_trail: Connection[AuditEntry] = root_field(audit.page, "Audit entries the caller may see, newest first.")

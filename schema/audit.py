"""The record of what was done."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.actor import Role
from core.audit import models
from resolvers import audit
from resolvers.labels import ROLE_NAMES, named
from resolvers.nodes import pointed
from schema.fields import Connection, Node, answered_by, represents, root_field


@represents(
    models.AuditEntry,
    "Who did what to which case, for whom, under which rules; never changed, never deleted (审计记录).",
)
class AuditEntry(Node):
    chain: str
    number: int = strawberry.field(name="entryNumber")
    at: datetime
    actor_name: str
    role: Role | None = strawberry.field(name="actorRole")
    actor_role_label: str | None = answered_by(named("role", ROLE_NAMES))
    act: str
    subject_type: str
    about: Node | None = answered_by(pointed("subject_type", "subject_id"))
    before: JSON
    after: JSON
    reason: str | None
    ruleset_digest: str | None


class Queries:
    audit_trail: Connection[AuditEntry] = root_field(
        audit.page, "Audit entries the caller may see, newest first (审计记录)."
    )

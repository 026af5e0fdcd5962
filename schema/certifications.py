"""Enterprise certification."""

from datetime import datetime

from core.certifications import models
from resolvers import certifications, next_steps
from resolvers.labels import label_of
from resolvers.scalars import Uscc
from schema.cases import Case
from schema.fields import Connection, answered_by, extends, mutation, represents, root_field
from schema.identity import Account, Enterprise
from schema.next_steps import Step


@represents(models.Certification, "An enterprise's application to be certified (企业认证, BX-012 to BX-015).")
class Certification(Case):
    number: str
    state_label: str = answered_by(certifications.state_label)
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    name: str
    uscc: Uscc | None
    organization_kind: str | None
    organization_kind_label: str | None = answered_by(label_of("enterprise.kind", "organization_kind"))
    qualification: str | None
    qualification_label: str | None = answered_by(label_of("enterprise.qualification", "qualification"))
    registered_area: str | None
    contact: str | None
    enterprise: Enterprise | None
    rivals: list["Certification"] = answered_by(certifications.rivals)


@extends(Account, after="acting_as")
class _StepsOfAccount:
    next_steps: list[Step] = answered_by(next_steps.of_account)


class Queries:
    certifications: Connection[Certification] = root_field(
        certifications.page, "Certifications, newest first (企业认证列表)."
    )


class Mutations:
    submit_certification = mutation(
        certifications.submit, "Apply for certification, or apply again after a refusal (企业认证申请)."
    )

"""Enterprise certification."""

from datetime import datetime

import strawberry

from core.certifications import models
from resolvers import certifications
from resolvers.scalars import Uscc
from schema.cases import Case
from schema.fields import answered_by, represents, root_field
from schema.identity import Enterprise
from schema.mutations import mutation
from schema.paging import Connection


@strawberry.type(description="An enterprise's application to be certified (企业认证, BX-012 to BX-015).")
@represents(models.Certification)
class Certification(Case):
    number: str
    state_label: str = answered_by(certifications.state_label)
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    name: str
    uscc: Uscc
    organization_kind: str
    qualification: str
    registered_area: str
    contact: str
    enterprise: Enterprise


@strawberry.type
class CertificationQueries:
    certifications: Connection[Certification] = root_field(
        certifications.page, "Certifications, newest first (企业认证列表)."
    )


@strawberry.type
class CertificationMutations:
    submit_certification = mutation(
        certifications.submit, "Apply for certification, or apply again after a refusal (企业认证申请)."
    )

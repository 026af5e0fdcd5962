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
    number: str = strawberry.field(description="业务编码.")
    state_label: str = answered_by(certifications.state_label, "认证完成, 审核未通过.")
    submitted_at: datetime | None = strawberry.field(description="申请时间, of the latest attempt.")
    decided_at: datetime | None = strawberry.field(description="操作时间.")
    reason: str | None = strawberry.field(description="Why it was not approved.")
    name: str
    uscc: Uscc
    organization_kind: str
    qualification: str
    registered_area: str
    contact: str
    enterprise: Enterprise


@strawberry.type
class CertificationQueries:
    certifications: Connection[Certification] = root_field(certifications.page, "Certifications, newest first.")


@strawberry.type
class CertificationMutations:
    submit_certification = mutation(certifications.submit, "Apply for certification, or apply again after a refusal.")

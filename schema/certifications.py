"""Enterprise certification."""

from datetime import datetime
from typing import Annotated

import strawberry

from core.certifications import models
from core.reviews.models import CaseState
from resolvers import certifications
from resolvers.scalars import Uscc
from schema.cases import Case
from schema.fields import represents, root_field
from schema.identity import Enterprise
from schema.paging import Connection
from schema.problems import AnyProblem


@strawberry.type(description="An enterprise's application to be certified (企业认证, BX-012 to BX-015).")
@represents(models.Certification)
class Certification(Case):
    number: str = strawberry.field(description="业务编码.")
    state: CaseState
    created_at: datetime
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


SubmitCertificationResult = Annotated[Certification | AnyProblem, strawberry.union("SubmitCertificationResult")]


@strawberry.type
class CertificationQueries:
    certifications: Connection[Certification] = root_field(certifications.page, "Certifications, newest first.")


@strawberry.type
class CertificationMutations:
    submit_certification: SubmitCertificationResult = root_field(
        certifications.submit, "Apply for certification, or apply again after a refusal."
    )

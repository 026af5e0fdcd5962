"""All tables: importing this module fills ``core.db.Base.metadata`` with every area's."""

from core import idempotency
from core.audit import models as audit
from core.certifications import models as certifications
from core.db import Base
from core.deadlines import models as deadlines
from core.documents import models as documents
from core.identity import models as identity
from core.notifications import models as notifications
from core.projects import models as projects
from core.reviews import models as reviews
from core.rulesets import versions as rulesets
from core.wage_deposits import models as wage_deposits

AREAS = (
    audit,
    certifications,
    deadlines,
    documents,
    idempotency,
    identity,
    notifications,
    projects,
    reviews,
    rulesets,
    wage_deposits,
)
METADATA = Base.metadata

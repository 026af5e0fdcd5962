"""The whole API in one place."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from resolvers import nodes
from schema.audit import AuditQueries
from schema.cancellations import Cancellation, CancellationMutations
from schema.certifications import Certification, CertificationMutations, CertificationQueries
from schema.deadlines import DeadlineQueries
from schema.deposit_uses import DepositUse, DepositUseMutations
from schema.documents import Document, DocumentMutations
from schema.error_codes import CodedErrors
from schema.fields import Node, root_field
from schema.filings import Filing, FilingMutations, FilingQueries
from schema.identity import Authority, Enterprise, IdentityMutations, IdentityQueries, Institution, Operator
from schema.institutions import InstitutionQueries
from schema.limits import OperationLimits
from schema.notifications import NotificationQueries
from schema.payments import BankGuarantee, CashPayment, OfflineGuarantee, PaymentMutations
from schema.problems import HANDLERS
from schema.projects import ProjectMutations, ProjectQueries
from schema.reviews import ReviewMutations, ReviewQueries
from schema.rulesets import RulesetQueries
from schema.scalars import SCALARS
from schema.texts import CleanTexts
from schema.wage_deposits import QuotaApplication, WageDepositMutations, WageDepositQueries


@strawberry.type(description="Questions. Lists are connections: `first` up to 100, `after` a cursor.")
class Query(
    IdentityQueries,
    CertificationQueries,
    ProjectQueries,
    WageDepositQueries,
    FilingQueries,
    InstitutionQueries,
    ReviewQueries,
    DeadlineQueries,
    NotificationQueries,
    AuditQueries,
    RulesetQueries,
):
    node: Node | None = root_field(nodes.node, "Anything with a global id; null when there is none for the caller.")
    nodes: list[Node | None] = root_field(nodes.nodes, "Several at once, in the order given; at most 100.")


@strawberry.type(
    description="Business acts. Each answers with the thing or a `Problem`; an `idempotencyKey` makes repeats harmless."
)
class Mutation(
    IdentityMutations,
    CertificationMutations,
    ProjectMutations,
    WageDepositMutations,
    PaymentMutations,
    FilingMutations,
    CancellationMutations,
    DepositUseMutations,
    ReviewMutations,
    DocumentMutations,
):
    pass


class Schema(CodedErrors, strawberry.Schema):
    """Strawberry's schema with coded errors."""


EXTENSIONS: Sequence[type[SchemaExtension]] = [OperationLimits, CleanTexts]
TYPES: list[Any] = [
    Enterprise,
    Institution,
    Authority,
    Operator,
    Certification,
    QuotaApplication,
    CashPayment,
    BankGuarantee,
    OfflineGuarantee,
    DepositUse,
    Filing,
    Cancellation,
    Document,
]

schema = Schema(
    query=Query,
    mutation=Mutation,
    types=TYPES,
    exception_handlers=HANDLERS,
    extensions=EXTENSIONS,
    config=StrawberryConfig(scalar_map=SCALARS),
)

"""Putting deposits on record (备案)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.reviews.models import CaseState
from core.wage_deposits import models
from resolvers import filings
from schema.cases import Case
from schema.fields import answered_by, represents, root_field
from schema.paging import Connection
from schema.problems import AnyProblem

if TYPE_CHECKING:
    from schema.wage_deposits import WageDeposit


@strawberry.type(description="定额保证金备案: the deposit is put on record with the office.")
@represents(models.Filing)
class Filing(Case):
    state: CaseState
    state_label: str = answered_by(filings.state_label, "申请状态: 申请中, 已驳回, 已完成 (BX-110).")
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str | None
    kind: str
    kind_label: str = answered_by(filings.kind_label, "备案类型.")
    wage_deposit: Annotated["WageDeposit", strawberry.lazy("schema.wage_deposits")]


SubmitFilingResult = Annotated[Filing | AnyProblem, strawberry.union("SubmitFilingResult")]


@strawberry.type
class FilingQueries:
    filings: Connection[Filing] = root_field(filings.page, "Filing applications (备案申请), newest first.")


@strawberry.type
class FilingMutations:
    submit_filing: SubmitFilingResult = root_field(filings.submit, "发起备案.")

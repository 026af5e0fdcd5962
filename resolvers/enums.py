"""The domain's enumerations as clients see them, and those of inputs that the domain keeps as text.

Here and not in ``schema``, because inputs live beside their resolvers: an enumeration is described before the first
input names it, so ``resolvers`` imports this module first.
"""

from enum import Enum

import strawberry

from core.actor import Role
from core.deadlines.models import AlertState
from core.decisions import Certainty, Kind
from core.identity.models import InstitutionKind
from core.projects.models import ProjectState
from core.reviews.models import CaseState, Outcome
from core.wage_deposits.channels import Channel
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod

strawberry.enum(Role, description="What a member does for an organisation.")
strawberry.enum(Certainty, description="How firmly a decision stands.")
strawberry.enum(Kind, name="ValueKind", description="What sort of value a decision, a term or a fact holds.")
strawberry.enum(ProjectState, description="草稿 → 已登记 → 在建 → 竣工.")
strawberry.enum(CaseState, description="Where a case stands: 草稿, 审核中 (申请中), 已完成, 已驳回.")
strawberry.enum(Outcome, name="ReviewOutcome", description="How a round of review ended.")
strawberry.enum(AlertState, description="An alert is open until what it warns of is no longer so.")
strawberry.enum(ApplicationType, description="申请类型: 免缴, 缓缴, 一般缴纳 (BX-035).")
strawberry.enum(PaymentMethod, description="缴纳方式: 现金, 保函 (BX-036).")
strawberry.enum(EntryMode, description="预缴方式: by amount or by ratio (BX-038).")
strawberry.enum(DepositState, description="Where a deposit stands: 无需缴纳, 缓缴中, 待缴纳, 已缴纳, 已注销.")
strawberry.enum(FilingStatus, description="备案状态 of a deposit (BX-109).")
strawberry.enum(Channel, name="GuaranteeChannel", description="办理方式 of a guarantee (BX-076).")
strawberry.enum(InstitutionKind, description="机构类型: 银行, 担保公司, 保险公司.")


@strawberry.enum(description="What a one-time code is for.")
class CodePurpose(Enum):
    REGISTER = "register"
    LOG_IN = "log_in"


@strawberry.enum(description="How a message reaches a person.")
class MessageChannel(Enum):
    SMS = "sms"
    EMAIL = "email"

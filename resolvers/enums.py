"""The domain's enumerations as clients see them, and those of inputs that the domain keeps as text.

Here and not in ``schema``, because inputs live beside their resolvers: an enumeration is described before the first
input names it, so ``resolvers`` imports this module first.
"""

from enum import Enum

import strawberry

from core.actor import Role
from core.contractor_records.models import ContractorFact
from core.deadlines.models import AlertState
from core.decisions import Certainty, Kind
from core.guarantees.models import GuaranteeOrigin, GuaranteeState, OrderState
from core.identity.models import CodePurpose, InstitutionKind
from core.projects.models import ProjectState
from core.reviews.models import CaseState, Outcome
from core.wage_deposits.channels import Channel
from core.wage_deposits.models import ApplicationType, DepositState, EntryMode, FilingStatus, PaymentMethod

strawberry.enum(Role, description="What a member does for an organisation (角色).")
strawberry.enum(Certainty, description="How firmly a decision stands (确定程度).")
strawberry.enum(Kind, name="ValueKind", description="What sort of value a decision, a term or a fact holds (值类型).")
strawberry.enum(ProjectState, description="How far the project is (项目状态).")
strawberry.enum(CaseState, description="Where a case stands: 草稿, 审核中 (申请中), 已完成, 已驳回.")
strawberry.enum(Outcome, name="ReviewOutcome", description="How a round of review ended (审核结果).")
strawberry.enum(AlertState, description="Whether what the alert warns of is still so (预警状态).")
strawberry.enum(ApplicationType, description="Ordinary, exempt or deferred, BX-035 (申请类型).")
strawberry.enum(PaymentMethod, description="Cash or guarantee, BX-036 (缴纳方式).")
strawberry.enum(EntryMode, description="By amount or by ratio, BX-038 (预缴方式).")
strawberry.enum(DepositState, description="Where a deposit stands (保证金状态).")
strawberry.enum(FilingStatus, description="Whether a deposit is on record, BX-109 (备案状态).")
strawberry.enum(GuaranteeState, description="Where a guarantee stands (保函状态).")
strawberry.enum(GuaranteeOrigin, description="How a guarantee came to the platform (保函来源).")
strawberry.enum(OrderState, description="Where an order stands at its institution (订单状态).")
strawberry.enum(Channel, name="GuaranteeChannel", description="A way to a guarantee, BX-076 (办理方式).")
strawberry.enum(CodePurpose, description="What a one-time code is for (验证码用途).")
strawberry.enum(ContractorFact, description="What can be stated of a contractor, 65号 art. 11 and 12 (认定事项).")
strawberry.enum(InstitutionKind, description="Bank, guarantee company or insurer (机构类型).")


@strawberry.enum(description="How a message reaches a person (发送方式).")
class MessageChannel(Enum):
    SMS = "sms"
    EMAIL = "email"

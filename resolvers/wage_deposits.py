"""Answers about wage deposits, from quota to cancellation."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.acting import ROLE_NAMES, Act, Role
from core.decisions import Decision
from core.errors import NotAllowed
from core.paging import Order, Page
from core.projects.models import Project
from core.reviews.models import CaseState
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules
from core.wage_deposits.actions import cancellation, cases, filing, payment, quota
from core.wage_deposits.models import (
    ApplicationType,
    Cancellation,
    CashPayment,
    DepositState,
    EntryMode,
    Filing,
    OfflineGuarantee,
    PaymentMethod,
    QuotaApplication,
    WageDeposit,
)
from resolvers import ids
from resolvers.acting import once
from resolvers.context import Info
from resolvers.materials import MaterialInput, handed_in
from resolvers.projects import ProjectFilter, conditions
from resolvers.reading.lists import Listing
from resolvers.scalars import Rate, Yuan

APPLICATIONS = Listing(QuotaApplication, [Order(QuotaApplication.id, descending=True)])
DEPOSITS = Listing(WageDeposit, [Order(WageDeposit.id, descending=True)])
FILINGS = Listing(Filing, [Order(Filing.id, descending=True)])


@strawberry.input(description="Which cases: by the state of the case and by the project (BX-051, BX-112).")
class CaseFilter:
    state: CaseState | None = None
    project: ProjectFilter | None = None


@strawberry.input(description="Which deposits.")
class WageDepositFilter:
    state: DepositState | None = None
    project: ProjectFilter | None = None


@strawberry.input(description="A quota as an enterprise states it (BX-040 to BX-048).")
class QuotaFields:
    application_type: ApplicationType | None = strawberry.field(default=None, description="申请类型")
    payment_method: PaymentMethod | None = strawberry.field(
        default=None, description="缴纳方式, of an ordinary payment"
    )
    entry_mode: EntryMode | None = strawberry.field(default=None, description="预缴方式")
    entry_ratio: Rate | None = strawberry.field(default=None, description="预缴值 by ratio, a fraction: 0.13 is 13 %")
    entry_amount: Yuan | None = strawberry.field(default=None, description="预缴值 by amount, in yuan")
    contract_amount: Yuan | None = strawberry.field(default=None, description="施工合同金额, in yuan")
    secured_amount: Yuan | None = strawberry.field(default=None, description="保函金额 or 现金金额, in yuan")
    handler: str | None = strawberry.field(default=None, description="经办人")
    handler_phone: str | None = strawberry.field(default=None, description="经办人电话")
    remarks: str | None = strawberry.field(default=None, description="申请说明")


@strawberry.input(description="A quota application for a project.")
class SubmitQuotaApplicationInput:
    project_id: strawberry.ID
    quota: QuotaFields
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = strawberry.field(default=None, description="A rejected application to resubmit.")
    idempotency_key: str | None = None


@strawberry.input(description="A question about an amount; nothing is kept.")
class QuoteDepositInput:
    city: str = strawberry.field(description="`benxi` or `210500`.")
    quota: QuotaFields
    on: date | None = strawberry.field(default=None, description="The day whose rules apply; today unless stated.")


@strawberry.input(description="Cash paid into the special account.")
class ReportCashPaymentInput:
    wage_deposit_id: strawberry.ID
    amount: Yuan
    paid_on: date
    bank: str = strawberry.field(description="开户银行")
    account_number: str = strawberry.field(description="专户账号")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    idempotency_key: str | None = None


@strawberry.input(description="A letter of guarantee obtained offline (BX-064 to BX-070).")
class UploadOfflineGuaranteeInput:
    wage_deposit_id: strawberry.ID
    kind: str | None = strawberry.field(default=None, description="保险类型, such as 银行保函")
    contact: str | None = strawberry.field(default=None, description="经办联系人")
    mobile: str | None = strawberry.field(default=None, description="经办人手机")
    bank_brand: str | None = strawberry.field(default=None, description="银行品牌")
    issuer: str | None = strawberry.field(default=None, description="承保出单机构")
    product_name: str | None = strawberry.field(default=None, description="产品名称; the city's preset unless stated")
    guarantee_number: str | None = strawberry.field(default=None, description="保函号")
    amount: Yuan | None = strawberry.field(default=None, description="保额, in yuan")
    fee: Yuan | None = strawberry.field(default=None, description="保函手续费, in yuan")
    issued_on: date | None = strawberry.field(default=None, description="出函日期")
    starts_on: date | None = strawberry.field(default=None, description="保函期限, first day")
    ends_on: date | None = strawberry.field(default=None, description="保函期限, last day")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    correcting: strawberry.ID | None = None
    idempotency_key: str | None = None


@strawberry.input
class SubmitFilingInput:
    wage_deposit_id: strawberry.ID
    idempotency_key: str | None = None


@strawberry.input(description="An application for cancellation (BX-120 to BX-124).")
class SubmitCancellationInput:
    wage_deposit_id: strawberry.ID
    actual_started_on: date | None = strawberry.field(default=None, description="实际开工日期")
    actual_completed_on: date | None = strawberry.field(default=None, description="实际竣工日期")
    public_notice_from: date | None = strawberry.field(default=None, description="公示起始日期")
    handler: str | None = strawberry.field(default=None, description="经办人")
    handler_phone: str | None = strawberry.field(default=None, description="经办人电话")
    remarks: str | None = strawberry.field(default=None, description="申请说明")
    materials: list[MaterialInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


async def applications(
    info: Info, first: int = 10, after: str | None = None, filter: CaseFilter | None = None
) -> Page[QuotaApplication]:
    where = _of_cases(filter, QuotaApplication, QuotaApplication.project)
    return await APPLICATIONS.page(info, first=first, after=after, where=where)


async def deposits(
    info: Info, first: int = 10, after: str | None = None, filter: WageDepositFilter | None = None
) -> Page[WageDeposit]:
    where: list[Any] = [WageDeposit.state == filter.state.value] if filter and filter.state else []
    if filter and filter.project:
        where.append(WageDeposit.project.has(*_all(conditions(filter.project))))
    return await DEPOSITS.page(info, first=first, after=after, where=where)


async def filings(
    info: Info, first: int = 10, after: str | None = None, filter: CaseFilter | None = None
) -> Page[Filing]:
    where: list[Any] = [Filing.state == filter.state.value] if filter and filter.state else []
    if filter and filter.project:
        of_project = WageDeposit.project.has(*_all(conditions(filter.project)))
        where.append(Filing.wage_deposit.has(of_project))
    return await FILINGS.page(info, first=first, after=after, where=where)


async def submit_quota(info: Info, input: SubmitQuotaApplicationInput) -> QuotaApplication:
    rulesets = info.context.rulesets

    async def action(session: AsyncSession, act: Act) -> QuotaApplication:
        if act.actor.role is not Role.HANDLER:
            raise NotAllowed("申请定额", ROLE_NAMES[Role.HANDLER])
        id = ids.of(input.project_id, "Project", "项目")
        project = await access.find(session, Project, id, act.actor, what="项目")
        correcting = ids.of(input.correcting, "QuotaApplication", "定额申请") if input.correcting else None
        ruleset, version_id = rulesets.of(project.region_code), None
        if correcting is not None:
            application = await access.find(session, QuotaApplication, correcting, act.actor, what="定额申请")
            version_id = application.ruleset_version_id
            ruleset = await rulesets.pinned(session, version_id)
        files = await handed_in(session, act, input.materials)
        return await quota.submit(
            session,
            act,
            ruleset,
            version_id or rulesets.version_id(ruleset),
            project,
            _quota(input.quota),
            files,
            correcting=correcting,
        )

    return await once(info, input, QuotaApplication, action)


async def report_cash(info: Info, input: ReportCashPaymentInput) -> CashPayment:
    async def action(session: AsyncSession, act: Act) -> CashPayment:
        deposit, ruleset = await _deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        cash = payment.Cash(input.amount, input.paid_on, input.bank, input.account_number)
        correcting = ids.of(input.correcting, "CashPayment", "现金缴纳") if input.correcting else None
        return await payment.report_cash(session, act, ruleset, deposit, cash, files, correcting=correcting)

    return await once(info, input, CashPayment, action)


async def upload_guarantee(info: Info, input: UploadOfflineGuaranteeInput) -> OfflineGuarantee:
    async def action(session: AsyncSession, act: Act) -> OfflineGuarantee:
        deposit, ruleset = await _deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        letter = payment.Letter(**{name: getattr(input, name) for name in payment.Letter.__dataclass_fields__})
        correcting = ids.of(input.correcting, "OfflineGuarantee", "线下保函") if input.correcting else None
        return await payment.hand_in_letter(session, act, ruleset, deposit, letter, files, correcting=correcting)

    return await once(info, input, OfflineGuarantee, action)


async def submit_filing(info: Info, input: SubmitFilingInput) -> Filing:
    async def action(session: AsyncSession, act: Act) -> Filing:
        deposit, ruleset = await _deposit(info, session, act, input.wage_deposit_id)
        return await filing.submit(session, act, ruleset, deposit)

    return await once(info, input, Filing, action)


async def submit_cancellation(info: Info, input: SubmitCancellationInput) -> Cancellation:
    async def action(session: AsyncSession, act: Act) -> Cancellation:
        deposit, ruleset = await _deposit(info, session, act, input.wage_deposit_id)
        files = await handed_in(session, act, input.materials)
        names = cancellation.Statement.__dataclass_fields__
        stated = cancellation.Statement(**{name: getattr(input, name) for name in names})
        return await cancellation.submit(session, act, ruleset, deposit, stated, files)

    return await once(info, input, Cancellation, action)


def requested_amount(info: Info, input: QuoteDepositInput) -> list[Decision]:
    """What would be applied for, and what the city asks for; neither is kept."""
    ruleset, stated = info.context.rulesets.of(input.city), _quota(input.quota)
    on = input.on or info.context.on
    requested = rules.requested_amount(ruleset, stated, on)
    facts = rules.stated_facts(stated)
    return [requested, rules.required_amount(ruleset, facts, on)]


def filing_kind_label(root: strawberry.Parent[Filing]) -> str:
    return filing.KIND_NAMES[root.kind]


def _quota(stated: QuotaFields) -> rules.Quota:
    return rules.Quota(
        stated.application_type.value if stated.application_type else None,
        stated.payment_method.value if stated.payment_method else None,
        stated.entry_mode.value if stated.entry_mode else None,
        stated.entry_ratio,
        stated.entry_amount,
        stated.contract_amount,
        stated.secured_amount,
        stated.handler,
        stated.handler_phone,
        stated.remarks,
    )


async def _deposit(info: Info, session: AsyncSession, act: Act, global_id: str) -> tuple[WageDeposit, Ruleset]:
    """The handler's own deposit, locked, and the rules it goes on under."""
    deposit = await cases.deposit_of_handler(session, act, ids.of(global_id, "WageDeposit", "保证金"))
    return deposit, await info.context.rulesets.pinned(session, deposit.ruleset_version_id)


def _of_cases(filter: CaseFilter | None, model: Any, project: Any) -> list[Any]:
    if filter is None:
        return []
    by_state = [model.state == filter.state.value] if filter.state else []
    return [*by_state, project.has(*_all(conditions(filter.project)))] if filter.project else by_state


def _all(parts: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [and_(true(), *parts)]

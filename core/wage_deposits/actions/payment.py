"""Securing a deposit: cash paid in, or a letter of guarantee obtained offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.acting import Act
from core.audit import trail
from core.documents.models import Document
from core.errors import Duplicate, InvalidInput, WrongState
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules
from core.wage_deposits.actions import cases
from core.wage_deposits.models import (
    STATE_NAMES,
    CashPayment,
    DepositState,
    OfflineGuarantee,
    PaymentMethod,
    WageDeposit,
)

Kind = TypeVar("Kind", CashPayment, OfflineGuarantee)
_METHODS: dict[str | None, str] = {PaymentMethod.CASH: "现金", PaymentMethod.GUARANTEE: "保函"}


@dataclass(frozen=True)
class Cash:
    """A cash deposit as the enterprise reports it. Yuan."""

    amount: Decimal
    paid_on: date
    bank: str
    account_number: str


@dataclass(frozen=True)
class Letter:
    """A letter of guarantee as the upload form states it (BX-064 to BX-069). Yuan; anything may be missing here."""

    kind: str | None
    contact: str | None
    mobile: str | None
    bank_brand: str | None
    issuer: str | None
    product_name: str | None
    guarantee_number: str | None
    amount: Decimal | None
    fee: Decimal | None
    issued_on: date | None
    starts_on: date | None
    ends_on: date | None


async def report_cash(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    deposit: WageDeposit,
    cash: Cash,
    files: Mapping[str, Sequence[Document]],
    *,
    correcting: int | None = None,
) -> CashPayment:
    """Report that the cash was paid in; the office checks that it arrived."""
    if cash.paid_on > act.on:
        raise InvalidInput(("paidOn",), "缴存日期不能晚于今天。", "Paid in the future.")
    payment = await _payment(session, act, CashPayment, PaymentMethod.CASH, deposit, correcting)
    for name, value in vars(cash).items():
        setattr(payment, name, value)
    await _submit(session, act, ruleset, payment, deposit, files)
    return payment


async def hand_in_letter(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    deposit: WageDeposit,
    letter: Letter,
    files: Mapping[str, Sequence[Document]],
    *,
    correcting: int | None = None,
) -> OfflineGuarantee:
    """Hand in a letter of guarantee obtained offline (BX-062). The product's name is preset by the city (BX-067)."""
    guarantee = await _payment(session, act, OfflineGuarantee, PaymentMethod.GUARANTEE, deposit, correcting)
    for name, value in vars(letter).items():
        setattr(guarantee, name, value)
    guarantee.product_name = letter.product_name or ruleset.optional("guarantee.offline_product", act.on)
    if letter.starts_on and letter.ends_on and letter.ends_on < letter.starts_on:
        raise InvalidInput(("endsOn",), "保函期限的结束日期早于开始日期。", "Ends before it starts.")
    await _submit(session, act, ruleset, guarantee, deposit, files)
    return guarantee


@reviews.about.register
async def _about_cash(payment: CashPayment, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await session.get_one(WageDeposit, payment.wage_deposit_id)
    return rules.payment_facts(payment, deposit, await session.get_one(Project, deposit.project_id), on)


@reviews.about.register
async def _about_letter(guarantee: OfflineGuarantee, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await session.get_one(WageDeposit, guarantee.wage_deposit_id)
    project = await session.get_one(Project, deposit.project_id)
    return rules.guarantee_facts(ruleset, guarantee, deposit, project, on)


@reviews.approved.register
async def _cash_approved(payment: CashPayment, session: AsyncSession, act: Act) -> None:
    await _secured(session, act, payment.wage_deposit_id, payment.amount)


@reviews.approved.register
async def _letter_approved(guarantee: OfflineGuarantee, session: AsyncSession, act: Act) -> None:
    await _secured(session, act, guarantee.wage_deposit_id, guarantee.amount)


async def _secured(session: AsyncSession, act: Act, deposit_id: int, amount: Decimal) -> None:
    deposit = await session.get_one(WageDeposit, deposit_id, with_for_update=True)
    if deposit.state != DepositState.AWAITING_PAYMENT:
        raise WrongState("保证金", str(deposit.id), STATE_NAMES[DepositState(deposit.state)], "认定为已缴纳")
    before = {"state": deposit.state, "secured_amount": deposit.secured_amount}
    deposit.state, deposit.secured_at, deposit.secured_amount = DepositState.SECURED, act.at, amount
    await session.flush()
    after = {"state": deposit.state, "secured_amount": amount}
    await trail.record(session, act, "wage_deposit.secure", deposit, before=before, after=after)


async def _submit(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    payment: CashPayment | OfflineGuarantee,
    deposit: WageDeposit,
    files: Mapping[str, Sequence[Document]],
) -> None:
    project = await session.get_one(Project, deposit.project_id)
    facts = await reviews.about(payment, session, ruleset, act.on)
    title = project.name or project.number
    await reviews.submit(session, act, payment, title=title, ruleset=ruleset, facts=facts, files=files)


async def _payment(
    session: AsyncSession,
    act: Act,
    kind: type[Kind],
    method: PaymentMethod,
    deposit: WageDeposit,
    correcting: int | None,
) -> Kind:
    """The payment to correct, or a new one; one at a time is under way for a deposit."""
    if deposit.payment_method != method:
        raise WrongState(
            "保证金", str(deposit.id), f"缴纳方式为{_METHODS.get(deposit.payment_method, '无')}", f"办理{kind.label}"
        )
    if deposit.state != DepositState.AWAITING_PAYMENT:
        raise WrongState("保证金", str(deposit.id), STATE_NAMES[DepositState(deposit.state)], f"办理{kind.label}")
    if correcting is not None:
        payment = await access.find(session, kind, correcting, act.actor, what=kind.label, lock=True)
        if payment.wage_deposit_id != deposit.id:
            raise WrongState(kind.label, str(payment.id), "属于另一保证金", "用于本保证金")
        return payment
    under_way = select(kind.id).where(
        kind.wage_deposit_id == deposit.id, kind.state.in_((CaseState.SUBMITTED, CaseState.REJECTED))
    )
    if await session.scalar(under_way):
        raise Duplicate(f"该保证金的{kind.label}", "审核中的请等待结果，已驳回的请更正后重新提交。")
    payment = kind(**cases.opened(act, deposit))
    payment.wage_deposit_id = deposit.id
    return payment

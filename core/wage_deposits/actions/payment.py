"""Securing a deposit: what every way of paying has in common, and cash paid in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.act import Act
from core.audit import trail
from core.documents.models import Document
from core.errors import Duplicate, InvalidInput, NotApplicable, WrongState
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits import rules
from core.wage_deposits.actions import cases
from core.wage_deposits.models import (
    BankGuarantee,
    CashPayment,
    DepositState,
    OfflineGuarantee,
    PaymentMethod,
    WageDeposit,
)

Payment = TypeVar("Payment", CashPayment, OfflineGuarantee)
_METHODS = {
    CashPayment: PaymentMethod.CASH,
    BankGuarantee: PaymentMethod.GUARANTEE,
    OfflineGuarantee: PaymentMethod.GUARANTEE,
}
_ACTS = {
    CashPayment: "report_cash_payment",
    BankGuarantee: "apply_for_bank_guarantee",
    OfflineGuarantee: "upload_offline_guarantee",
}


@dataclass(frozen=True)
class Cash:
    """A cash deposit as the enterprise reports it. Yuan; anything may be missing here."""

    amount: Decimal | None
    paid_on: date | None
    bank: str | None
    account_number: str | None


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
    if cash.paid_on and cash.paid_on > act.on:
        raise InvalidInput(("paidOn",), "paid_in_future")
    payment = await begun(session, act, CashPayment, deposit, correcting)
    project = await session.get_one(Project, deposit.project_id)
    for name, value in vars(cash).items():
        setattr(payment, name, value)
    facts = rules.payment_facts(payment, deposit, project, act.on)
    title = project.name or project.number
    await reviews.submit(session, act, payment, title=title, ruleset=ruleset, facts=facts, files=files)
    return payment


async def must_be_payable(
    session: AsyncSession, deposit: WageDeposit, kind: type[CashPayment | BankGuarantee | OfflineGuarantee]
) -> None:
    """Raises NotApplicable where the deposit is not paid this way, WrongState where it is not paid any more or not yet,
    and Duplicate while one payment of it is under way, in whichever channel."""
    if deposit.payment_method != _METHODS[kind]:
        if deposit.payment_method is None:
            raise NotApplicable("WageDeposit", str(deposit.id), "nothing_to_pay", act=_ACTS[kind])
        method = deposit.payment_method
        raise NotApplicable("WageDeposit", str(deposit.id), "paid_otherwise", method=method, act=_ACTS[kind])
    if deposit.state != DepositState.AWAITING_PAYMENT:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, _ACTS[kind])
    for other in _METHODS:
        under_way = select(other.id).where(other.wage_deposit_id == deposit.id, other.state == CaseState.SUBMITTED)
        if await session.scalar(under_way):
            raise Duplicate("payment", kind=other.__name__)


async def begun(
    session: AsyncSession, act: Act, kind: type[Payment], deposit: WageDeposit, correcting: int | None
) -> Payment:
    """The rejected payment to correct, or a new one."""
    await must_be_payable(session, deposit, kind)
    if correcting is None:
        payment = kind(**cases.opened(act, deposit))
        payment.wage_deposit_id = deposit.id
        return payment
    payment = await access.find(session, kind, correcting, act.actor, lock=True)
    if payment.wage_deposit_id != deposit.id:
        raise NotApplicable(kind.__name__, str(payment.id), "of_another_deposit")
    return payment


async def secure(session: AsyncSession, act: Act, deposit_id: int, amount: Decimal) -> None:
    """The deposit is paid: the money arrived, or a letter stands for it."""
    deposit = await session.get_one(WageDeposit, deposit_id, with_for_update=True)
    if deposit.state != DepositState.AWAITING_PAYMENT:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "secure")
    before = {"state": deposit.state, "secured_amount": deposit.secured_amount}
    deposit.state, deposit.secured_at, deposit.secured_amount = DepositState.SECURED, act.at, amount
    await session.flush()
    after = {"state": deposit.state, "secured_amount": amount}
    trail.record(session, act, "wage_deposit.secure", deposit, before=before, after=after)


@reviews.about.register
async def _about(payment: CashPayment, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    deposit = await session.get_one(WageDeposit, payment.wage_deposit_id)
    return rules.payment_facts(payment, deposit, await session.get_one(Project, deposit.project_id), on)


@reviews.approved.register
async def _approved(payment: CashPayment, session: AsyncSession, act: Act) -> None:
    await secure(session, act, payment.wage_deposit_id, payment.amount)

"""Securing a deposit: what every way of paying has in common, and cash paid in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, select, text

from core.act import Act
from core.audit import trail
from core.db.prepared import PreparedStatement
from core.documents import actions as documents
from core.errors import Duplicate, InvalidInput, NotApplicable, WrongState
from core.guarantees.models import GuaranteeOrder, LetterSubmission
from core.reviews import actions as reviews
from core.reviews import queries
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill
from core.wage_deposits import rules
from core.wage_deposits.actions import automatic_filing, cases, replenishment
from core.wage_deposits.models import CashPayment, DepositState, Filing, PaymentMethod, WageDeposit

Payment = CashPayment | GuaranteeOrder | LetterSubmission
_METHODS: Mapping[type[Payment], PaymentMethod] = {
    CashPayment: PaymentMethod.CASH,
    GuaranteeOrder: PaymentMethod.GUARANTEE,
    LetterSubmission: PaymentMethod.GUARANTEE,
}
_ACTS: Mapping[type[Payment], str] = {
    CashPayment: "report_cash_payment",
    GuaranteeOrder: "order_guarantees",
    LetterSubmission: "submit_letter",
}


_PAYABLE = (DepositState.AWAITING_PAYMENT, DepositState.TO_REPLENISH)
_RENEWABLE = (*_PAYABLE, DepositState.SECURED, DepositState.UNSECURED)
"""A letter can be renewed while it secures, and after it ended."""


def _of_deposit(kind: Any) -> ColumnElement[bool]:
    if kind is CashPayment:
        return CashPayment.wage_deposit_id == bindparam("deposit_id")
    return and_(kind.subject_type == text(f"'{WageDeposit.__name__}'"), kind.subject_id == bindparam("deposit_id"))


_UNDER_WAY = PreparedStatement(
    select(
        *(
            select(func.max(kind.id))
            .where(_of_deposit(kind), kind.state == text(f"'{CaseState.SUBMITTED}'"))
            .scalar_subquery()
            for kind in _METHODS
        )
    )
)
"""The payment of each kind that waits for its office."""


@dataclass(frozen=True)
class Cash:
    """A cash deposit as the enterprise reports it. Yuan; anything may be missing here."""

    amount: Decimal | None
    paid_on: date | None
    bank: str | None
    account_number: str | None


async def report_cash(
    act: Act, deposit_id: int, cash: Cash, materials: Mapping[str, Sequence[int]], *, correcting: int | None = None
) -> CashPayment:
    """Report that the cash was paid in; the office checks that it arrived."""
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    files = await documents.find(act, materials)
    if cash.paid_on and cash.paid_on > act.on:
        raise InvalidInput(("paidOn",), "paid_in_future")
    payment = await _begin(act, deposit, correcting)
    fill(payment, vars(cash))
    facts = rules.payment_facts(payment, deposit, deposit.project, act.on)
    title = deposit.project.title
    await reviews.submit(act, payment, title=title, ruleset=ruleset, facts=facts, files=files)
    return payment


async def must_be_payable(act: Act, deposit: WageDeposit, kind: type[Payment]) -> None:
    """Raises NotApplicable where the deposit is not paid this way, WrongState where it is not paid any more or not yet,
    and Duplicate while one payment of it is under way, in whichever channel.

    What was used is made up in any way: whether cash makes up a letter, or a letter cash, no text says (65号 art. 20).
    The city's rules warn of it, and its office decides.
    """
    if deposit.payment_method != _METHODS[kind] and deposit.state != DepositState.TO_REPLENISH:
        if deposit.payment_method is None:
            raise NotApplicable("WageDeposit", str(deposit.id), "nothing_to_pay", act=_ACTS[kind])
        method = deposit.payment_method
        raise NotApplicable("WageDeposit", str(deposit.id), "paid_otherwise", method=method, act=_ACTS[kind])
    if deposit.state not in (_PAYABLE if kind is CashPayment else _RENEWABLE):
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, _ACTS[kind])
    await must_not_be_under_way(act, deposit)


async def must_be_correctable(act: Act, deposit: WageDeposit, kind: type[Payment]) -> None:
    """Raises NotApplicable unless the newest filing of the deposit was refused: what the office found good before is
    put right only where it found it wrong since. The deposit stays secured meanwhile."""
    if deposit.state != DepositState.SECURED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "correct_payment")
    newest = select(Filing.state).where(Filing.wage_deposit_id == deposit.id).order_by(Filing.id.desc()).limit(1)
    if await act.session.scalar(newest) != CaseState.REJECTED:
        raise NotApplicable("WageDeposit", str(deposit.id), "nothing_to_correct", paid_by=kind.__name__)
    await must_not_be_under_way(act, deposit)


async def must_not_be_under_way(act: Act, deposit: WageDeposit) -> None:
    """Raises Duplicate while a payment, or what corrects one, waits for its reviewer, in whichever channel."""
    if under_way := await find_under_way(act, deposit):
        raise Duplicate("payment", kind=under_way[0].__name__)


async def find_under_way(act: Act, deposit: WageDeposit) -> tuple[type[Payment], int] | None:
    """The payment of the deposit that waits for its office, by kind and id."""
    [found] = await _UNDER_WAY.fetch(act.session, deposit_id=deposit.id)
    return next(((kind, id) for kind, id in zip(_METHODS, found, strict=True) if id), None)


async def _begin(act: Act, deposit: WageDeposit, correcting: int | None) -> CashPayment:
    """The rejected payment to correct; a new one, or one that puts the approved one right."""
    earlier, corrects = await queries.find_earlier(act, CashPayment, correcting)
    await (must_be_correctable if corrects else must_be_payable)(act, deposit, CashPayment)
    act.expect(earlier, CashPayment)
    if earlier is not None and earlier.wage_deposit_id != deposit.id:
        raise NotApplicable(CashPayment.__name__, str(earlier.id), "of_another_deposit")
    if earlier is None or earlier.state == CaseState.APPROVED:
        return CashPayment(**cases.begin(act, deposit), corrects_id=earlier.id if earlier else None)
    return earlier


def secure(act: Act, deposit: WageDeposit, amount: Decimal, provided_on: date) -> None:
    """The deposit, which is locked, is paid: the money arrived, or a letter stands for it."""
    if deposit.state != DepositState.AWAITING_PAYMENT:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "secure")
    before = {"state": deposit.state, "secured_amount": deposit.secured_amount}
    deposit.state, deposit.secured_at, deposit.secured_amount = DepositState.SECURED, act.at, amount
    deposit.provided_on = provided_on
    after = {"state": deposit.state, "secured_amount": amount}
    trail.record(act, "wage_deposit.secure", deposit, before=before, after=after)


def correct(act: Act, deposit: WageDeposit, amount: Decimal, provided_on: date | None) -> None:
    """What the deposit, which is locked, was paid with says something else than before; it was secured all the time,
    since that day if it was paid so from the beginning."""
    if deposit.state != DepositState.SECURED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "correct_payment")
    before = {"secured_amount": deposit.secured_amount}
    deposit.secured_amount, deposit.provided_on = amount, provided_on or deposit.provided_on
    trail.record(act, "wage_deposit.correct", deposit, before=before, after={"secured_amount": amount})


@reviews.facts_of_case.register
async def _facts(payment: CashPayment, act: Act, ruleset: Ruleset) -> Facts:
    deposit = await cases.deposit_of(act, payment)
    return rules.payment_facts(payment, deposit, deposit.project, act.on)


@reviews.on_approved.register
async def _secure(payment: CashPayment, act: Act) -> None:
    deposit = await cases.deposit_of(act, payment)
    if payment.corrects_id is not None:
        correct(act, deposit, payment.amount, payment.paid_on)
    elif deposit.state == DepositState.TO_REPLENISH:
        await replenishment.make_up(act, deposit, payment.amount)
    else:
        secure(act, deposit, payment.amount, payment.paid_on)
        await automatic_filing.file(act, deposit)

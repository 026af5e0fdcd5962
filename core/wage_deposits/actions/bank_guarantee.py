"""Applying to a bank for a letter of guarantee, and the bank's answer (银行保函)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm.attributes import set_committed_value

from core.act import Act
from core.actor import Role
from core.documents import actions as documents
from core.documents.actions import Materials
from core.errors import InvalidInput, NotApplicable, NotFound, RulesViolated, WrongState
from core.identity.models import Institution, InstitutionKind
from core.reviews import actions as reviews
from core.reviews import city_fields, queries
from core.reviews.models import Outcome, Review
from core.reviews.rules import required_anyway, violations
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill
from core.wage_deposits import letters
from core.wage_deposits.actions import cases, payment
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import BankGuarantee, OfflineGuarantee, WageDeposit

KIND = "bank_guarantee"
"""The option of a letter's kind that a bank's own letter is."""
RESULT = "bank_guarantee_result"
"""The procedure whose form the bank fills in."""
_ASKED = [f"guarantee.{name}" for name in ("contact", "mobile", "amount", "starts_on", "ends_on")]
_REQUIRED = {
    BankGuarantee.procedure: ["guarantee.bank", *_ASKED],
    RESULT: ["guarantee.amount", *(f"guarantee.{name}" for name in ("number", "fee", "issued_on"))],
}
"""What no letter is kept without."""


@dataclass(frozen=True)
class Application:
    """What the enterprise asks a bank for; anything may be missing here. Yuan."""

    contact: str | None
    mobile: str | None
    amount: Decimal | None
    starts_on: date | None
    ends_on: date | None
    remarks: str | None


@dataclass(frozen=True)
class Returned:
    """The letter as the bank returns it; anything may be missing here. Yuan."""

    guarantee_number: str | None
    amount: Decimal | None
    fee: Decimal | None
    issued_on: date | None
    starts_on: date | None
    ends_on: date | None


async def apply(act: Act, deposit_id: int, bank_id: int | None, application: Application) -> BankGuarantee:
    """Choose a bank and ask it for the letter (BX-060, BX-061). After a refusal one applies anew, at any bank."""
    deposit, ruleset = await cases.find_deposit(act, deposit_id)
    await payment.must_be_payable(act, deposit, BankGuarantee)
    bank = await _find_bank(act, bank_id) if bank_id else None
    guarantee = BankGuarantee(
        **{**cases.begin(act, deposit), "office_id": bank_id},
        **vars(application),
        supervising_office_id=deposit.office_id,
        project_name=deposit.project.title,
        amount_due=deposit.amount_due,
    )
    facts = _facts(ruleset, guarantee, bank, deposit, act.on)
    facts = city_fields.take(act, guarantee, ruleset, BankGuarantee.procedure, facts)
    _check(ruleset, BankGuarantee.procedure, facts, {}, act.on)
    title = guarantee.project_name
    await reviews.submit(act, guarantee, title=title, ruleset=ruleset, facts=facts, files={})
    return guarantee


async def give_back(
    act: Act, review_id: int, returned: Returned, materials: Mapping[str, Sequence[int]]
) -> BankGuarantee:
    """The bank returns the letter, and the deposit is secured by it (BX-061). What the law asks of a letter handed in
    it asks of this one: raises RulesViolated with everything the letter lacks."""
    act.must_be(Role.INSTITUTION_STAFF, "return_bank_guarantee")
    review = await act.find(Review, review_id, lock=True)
    files = await documents.find(act, materials)
    if review.outcome is not None:
        raise WrongState("Review", str(review.id), "decided", "decide_again")
    guarantee = await queries.case_of(act.session, review)
    if not isinstance(guarantee, BankGuarantee):
        raise NotApplicable("Review", str(review.id), "no_bank_guarantee", about=type(guarantee).__name__)
    act.expect(guarantee, BankGuarantee)
    ruleset = await act.rules(guarantee.ruleset_version_id)
    with act.session.no_autoflush:  # until it is known to be complete; then it is written once
        fill(guarantee, vars(returned))
        facts = await _facts_of_case(guarantee, act, ruleset)
        facts = city_fields.take(act, guarantee, ruleset, RESULT, facts)
        documents.must_be_free(files, BankGuarantee.__name__, guarantee.id)
        _check(ruleset, RESULT, facts, files, act.on)
        await reviews.decide(act, review, guarantee, Outcome.APPROVED)
    # What the bank uploaded belongs to the enterprise from now on, and its office sees it.
    round = guarantee.round
    documents.hand_over(files, guarantee, guarantee.id, round=round, office_id=guarantee.supervising_office_id)
    return guarantee


@reviews.facts_of_case.register
async def _facts_of_case(guarantee: BankGuarantee, act: Act, ruleset: Ruleset) -> Facts:
    if "bank" not in vars(guarantee):
        set_committed_value(guarantee, "bank", await act.session.get_one(Institution, guarantee.office_id))
    return _facts(ruleset, guarantee, guarantee.bank.name, await cases.deposit_of(act, guarantee), act.on)


@reviews.on_approved.register
async def _secure(guarantee: BankGuarantee, act: Act) -> None:
    if None in (guarantee.guarantee_number, guarantee.fee, guarantee.issued_on):
        raise NotApplicable("BankGuarantee", str(guarantee.id), "letter_not_returned")
    payment.secure(act, await cases.deposit_of(act, guarantee), guarantee.amount)


async def _find_bank(act: Act, id: int) -> str:
    """Its name. Raises NotFound or InvalidInput for what is no bank."""
    bank = await act.session.get(Institution, id)
    if bank is None:
        raise NotFound("Institution", str(id))
    if bank.institution_kind != InstitutionKind.BANK:
        raise InvalidInput(("bankId",), "not_a_bank", name=bank.name)
    return bank.name


def _facts(ruleset: Ruleset, guarantee: BankGuarantee, bank: str | None, deposit: WageDeposit, on: date) -> Facts:
    """The letter as asked for or as returned; raises InvalidInput for days that no letter can have."""
    letter = Letter(
        kind=KIND,
        contact=guarantee.contact,
        mobile=guarantee.mobile,
        bank_brand=bank,
        issuer=bank,
        guarantee_number=guarantee.guarantee_number,
        amount=guarantee.amount,
        fee=guarantee.fee,
        issued_on=guarantee.issued_on,
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
    )
    letters.must_be_possible(letter, on)
    return {**letters.facts(ruleset, letter, deposit, deposit.project, on), "guarantee.bank": bank}


def _check(ruleset: Ruleset, procedure: str, facts: Facts, files: Materials, on: date) -> None:
    """What the procedure asks for, and what the law asks of every letter, at once."""
    law = ruleset.check(OfflineGuarantee.procedure, facts, on)
    found = [*violations(ruleset, procedure, facts, files, on), *law]
    found += required_anyway(ruleset, facts, _REQUIRED[procedure], found, above_zero=["guarantee.amount"])
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)

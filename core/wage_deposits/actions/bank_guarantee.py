"""Applying to a bank for a letter of guarantee, and the bank's answer (银行保函)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.act import Act
from core.actor import Role
from core.documents.actions import not_handed_in_elsewhere
from core.documents.models import Document
from core.errors import InvalidInput, NotApplicable, NotFound, RulesViolated, WrongState
from core.identity.models import Institution, InstitutionKind
from core.projects.models import Project
from core.reviews import actions as reviews
from core.reviews import queries
from core.reviews.models import Review
from core.reviews.rules import violations
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.wage_deposits import letters
from core.wage_deposits.actions import cases, payment
from core.wage_deposits.letters import Letter
from core.wage_deposits.models import BankGuarantee, OfflineGuarantee, WageDeposit

KIND = "银行保函"
RESULT = "bank_guarantee_result"
"""The procedure whose form the bank fills in."""


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


async def apply(
    session: AsyncSession, act: Act, ruleset: Ruleset, deposit: WageDeposit, bank_id: int | None, stated: Application
) -> BankGuarantee:
    """Choose a bank and ask it for the letter (BX-060, BX-061). After a refusal one applies anew, at any bank."""
    await payment.must_be_payable(session, deposit, BankGuarantee)
    bank = await _bank(session, bank_id) if bank_id else None
    project = await session.get_one(Project, deposit.project_id)
    guarantee = BankGuarantee(
        **{**cases.opened(act, deposit), "office_id": bank.id if bank else None},
        **vars(stated),
        wage_deposit_id=deposit.id,
        supervising_office_id=deposit.office_id,
        project_name=project.name or project.number,
        amount_due=deposit.amount_due,
    )
    facts = _facts(ruleset, guarantee, bank, deposit, project, act.on)
    _check(ruleset, BankGuarantee.procedure, facts, {}, act.on)
    assert bank is not None  # the form asks for it
    title = guarantee.project_name
    await reviews.submit(session, act, guarantee, title=title, ruleset=ruleset, facts=facts, files={})
    return guarantee


async def give_back(
    session: AsyncSession,
    act: Act,
    rulesets: Rulesets,
    review_id: int,
    returned: Returned,
    files: Mapping[str, Sequence[Document]],
) -> BankGuarantee:
    """The bank returns the letter, and the deposit is secured by it (BX-061). What the law asks of a letter handed in
    it asks of this one: raises RulesViolated with everything the letter lacks."""
    act.must_be(Role.INSTITUTION_STAFF, "return_bank_guarantee")
    review = await access.find(session, Review, review_id, act.actor, lock=True)
    if review.outcome is not None:
        raise WrongState("Review", str(review.id), "decided", "decide_again")
    guarantee = await queries.case_of(session, review)
    if not isinstance(guarantee, BankGuarantee):
        raise NotApplicable("Review", str(review.id), "no_bank_guarantee", about=type(guarantee).__name__)
    ruleset = await rulesets.pinned(session, guarantee.ruleset_version_id)
    bank, deposit, project = await _around(session, guarantee)
    with session.no_autoflush:  # until it is known to be whole
        for name, value in vars(returned).items():
            setattr(guarantee, name, value)
        facts = _facts(ruleset, guarantee, bank, deposit, project, act.on)
        for documents in files.values():
            not_handed_in_elsewhere(documents, BankGuarantee.__name__, guarantee.id)
        _check(ruleset, RESULT, facts, files, act.on)
    _hand_over(guarantee, files)
    await reviews.approve(session, act, rulesets, review.id)
    return guarantee


@reviews.about.register
async def _about(guarantee: BankGuarantee, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    return _facts(ruleset, guarantee, *await _around(session, guarantee), on)


@reviews.approved.register
async def _approved(guarantee: BankGuarantee, session: AsyncSession, act: Act) -> None:
    if guarantee.guarantee_number is None:
        raise NotApplicable("BankGuarantee", str(guarantee.id), "letter_not_returned")
    await payment.secure(session, act, guarantee.wage_deposit_id, guarantee.amount)


async def _bank(session: AsyncSession, id: int) -> Institution:
    bank = await session.get(Institution, id)
    if bank is None:
        raise NotFound("Institution", str(id))
    if bank.institution_kind != InstitutionKind.BANK:
        raise InvalidInput(("bankId",), "not_a_bank", name=bank.name)
    return bank


async def _around(session: AsyncSession, guarantee: BankGuarantee) -> tuple[Institution, WageDeposit, Project]:
    """The bank, the deposit and the project of an application."""
    bank = await session.get_one(Institution, guarantee.office_id)
    deposit = await session.get_one(WageDeposit, guarantee.wage_deposit_id)
    return bank, deposit, await session.get_one(Project, deposit.project_id)


def _facts(
    ruleset: Ruleset,
    guarantee: BankGuarantee,
    bank: Institution | None,
    deposit: WageDeposit,
    project: Project,
    on: date,
) -> Facts:
    """The letter as asked for or as returned; raises InvalidInput for days that no letter can have."""
    name = bank.name if bank else None
    letter = Letter(
        kind=KIND,
        contact=guarantee.contact,
        mobile=guarantee.mobile,
        bank_brand=name,
        issuer=name,
        guarantee_number=guarantee.guarantee_number,
        amount=guarantee.amount,
        fee=guarantee.fee,
        issued_on=guarantee.issued_on,
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
    )
    letters.must_be_possible(letter, on)
    return {**letters.facts(ruleset, letter, deposit, project, on), "guarantee.bank": name}


def _check(ruleset: Ruleset, procedure: str, facts: Facts, files: Mapping[str, Sequence[Document]], on: date) -> None:
    """What the procedure asks for, and what the law asks of every letter, at once."""
    law = ruleset.check(OfflineGuarantee.procedure, facts, on)
    found = [*violations(ruleset, procedure, facts, files, on), *law]
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)


def _hand_over(guarantee: BankGuarantee, files: Mapping[str, Sequence[Document]]) -> None:
    """What the bank uploaded belongs to the enterprise from now on, and its office sees it."""
    for material, documents in files.items():
        for document in documents:
            document.material, document.case_type, document.case_id = material, type(guarantee).__name__, guarantee.id
            document.applicant_id, document.authority_id = guarantee.applicant_id, guarantee.authority_id
            document.office_id = guarantee.supervising_office_id

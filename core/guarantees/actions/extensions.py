"""Extending a guarantee by an endorsement (批单): the same number, a later last day, a version more.

A letter that was ordered on the platform its issuer's staff extend. Of one that was handed in nobody else vouches for
the endorsement: it is handed in like the letter, and the office reviews it (``submissions``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from core import texts
from core.act import Act
from core.actor import Role
from core.errors import InvalidInput, NotApplicable, RulesViolated, WrongState
from core.guarantees import letters, secured
from core.guarantees.actions import instruments
from core.guarantees.actions.instruments import Endorsement
from core.guarantees.letters import Letter
from core.guarantees.models import Guarantee, GuaranteeOrigin, GuaranteeState, LetterSubmission
from core.guarantees.secured import Requirement, Subject
from core.reviews import actions as reviews
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset

_KEPT = ("kind", "issuer", "product_name", "guarantee_number", "starts_on")
"""What an endorsement leaves as it is."""
_TOLD: Mapping[str, str] = {"issuer": "issuer", "guarantee_number": "guaranteeNumber", "starts_on": "startsOn"}
"""By what a letter is told from another, with the names of the input's fields: stated otherwise, it is another."""


@dataclass(frozen=True)
class Extension:
    """An endorsement as the issuer states it; amount and fee stay where they are None. Yuan."""

    endorsement_number: str
    amount: Decimal | None
    fee: Decimal | None
    issued_on: date
    ends_on: date


async def extend(act: Act, guarantee_id: int, stated: Extension) -> Guarantee:
    """The issuer's staff extend a letter that was ordered on the platform. Raises RulesViolated with everything that
    the law asks of a letter and this one would lack."""
    act.must_be(Role.INSTITUTION_STAFF, "extend_guarantee")
    subject = await secured.subject_of(act, await act.find(Guarantee, guarantee_id))
    guarantee = await act.find(Guarantee, guarantee_id, lock=True)
    act.expect(guarantee, Guarantee)
    if guarantee.origin != GuaranteeOrigin.ORDER:
        raise NotApplicable("Guarantee", str(guarantee.id), "extended_by_submission")
    letter = Letter(
        kind=guarantee.kind,
        issuer=guarantee.issuer,
        product_name=guarantee.product_name,
        guarantee_number=guarantee.guarantee_number,
        amount=guarantee.amount if stated.amount is None else stated.amount,
        fee=guarantee.fee if stated.fee is None else stated.fee,
        issued_on=stated.issued_on,
        starts_on=guarantee.starts_on,
        ends_on=stated.ends_on,
    )
    must_be_possible(guarantee, letter, stated.endorsement_number, act.on)
    ruleset = await act.rules(guarantee.ruleset_version_id)
    extended = facts(ruleset, guarantee, letter, await secured.required(subject, act), subject, act.on)
    found = ruleset.check(letters.LAW, extended, act.on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    await instruments.extend(act, subject, guarantee, endorsement_of(letter, stated.endorsement_number))
    reviews.keep_decisions(act, guarantee, "guarantee.extend", reviews.warnings(found))
    return guarantee


async def complete(act: Act, subject: Subject, guarantee: Guarantee, letter: Letter) -> Letter:
    """An endorsement as it is handed in, with what the guarantee and the letter it came by say already. Raises
    NotApplicable for a guarantee of another subject, or whose issuer extends it itself, and InvalidInput for what an
    endorsement leaves as it is."""
    if (guarantee.subject_type, guarantee.subject_id) != (type(subject).__name__, subject.id):
        raise NotApplicable("Guarantee", str(guarantee.id), "of_another_deposit")
    if guarantee.letter_submission_id is None:
        raise NotApplicable("Guarantee", str(guarantee.id), "extended_by_issuer")
    for name, field in _TOLD.items():
        said, stands = getattr(letter, name), getattr(guarantee, name)
        if said is not None and _folded(said) != _folded(stands):
            raise InvalidInput((field,), "extension_keeps", value=stands)
    first = await act.find(LetterSubmission, guarantee.letter_submission_id)
    return replace(
        letter,
        **{name: getattr(guarantee, name) for name in _KEPT},
        contact=letter.contact or first.contact,
        mobile=letter.mobile or first.mobile,
        bank_brand=letter.bank_brand or first.bank_brand,
        amount=guarantee.amount if letter.amount is None else letter.amount,
        fee=guarantee.fee if letter.fee is None else letter.fee,
    )


def must_be_possible(guarantee: Guarantee, letter: Letter, endorsement_number: str | None, on: date) -> None:
    """Raises InvalidInput for an endorsement without its number or day, or that makes nothing longer, and WrongState
    for a guarantee that did not stand when it was issued."""
    if not endorsement_number:
        raise InvalidInput(("endorsementNumber",), "endorsement_number_missing")
    letters.must_be_possible(letter, on)
    if letter.fee is not None and letter.fee < 0:
        raise InvalidInput(("fee",), "fee_negative")
    if letter.ends_on and letter.ends_on <= guarantee.ends_on:
        raise InvalidInput(("endsOn",), "not_extended", ends_on=guarantee.ends_on)
    must_stand(guarantee, letter.issued_on)


def must_stand(guarantee: Guarantee, issued_on: date | None) -> None:
    """Raises WrongState for a guarantee that did not stand when the endorsement was issued: that one stood no longer,
    and takes a new letter. What stood then and ended since, before anybody looked at it, can be extended."""
    in_time = guarantee.state == GuaranteeState.EXPIRED and issued_on is not None and issued_on <= guarantee.ends_on
    if guarantee.state != GuaranteeState.IN_FORCE and not in_time:
        raise WrongState("Guarantee", str(guarantee.id), guarantee.state, "extend_guarantee")


def facts(
    ruleset: Ruleset, guarantee: Guarantee, letter: Letter, required: Requirement, subject: Subject, on: date
) -> Facts:
    """An extended letter as rules see it: its beneficiary stays whom it names. It makes up nothing that was used, and
    covers what it covered: all that is due, unless it stands beside another letter."""
    required = replace(required, amount=min(required.amount, guarantee.amount), shortfall=None)
    return letters.facts(ruleset, letter, required, on, names_office=guarantee.beneficiary_id == subject.office_id)


def endorsement_of(letter: Letter, number: str | None) -> Endorsement:
    """What the letter, which is complete, changes."""
    stated: Any = letter
    return Endorsement(number or "", stated.amount, stated.fee, stated.issued_on, stated.ends_on)


def _folded(value: object) -> object:
    return texts.fold(value) if isinstance(value, str) else value

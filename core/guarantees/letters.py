"""A letter of guarantee, handed in or issued: what it states, and how rules see it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core import texts
from core.errors import InvalidInput
from core.guarantees.secured import Requirement
from core.rulesets.facts import not_less
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.workdays import Span, due, national

LAW = "wage_deposit_letter"
"""The checks of what the law asks of every letter that secures a wage deposit, however it came."""


@dataclass(frozen=True)
class Letter:
    """What a letter states (BX-064 to BX-069). Yuan; anything may be missing: the city's form says what must be."""

    kind: str | None = None
    contact: str | None = None
    mobile: str | None = None
    bank_brand: str | None = None
    issuer: str | None = None
    product_name: str | None = None
    guarantee_number: str | None = None
    amount: Decimal | None = None
    fee: Decimal | None = None
    issued_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None


def must_be_possible(letter: Letter, on: date) -> None:
    """Raises InvalidInput for days that no letter can have, or none that still stands for something."""
    if letter.starts_on and letter.ends_on and letter.ends_on < letter.starts_on:
        raise InvalidInput(("endsOn",), "ends_before_start")
    if letter.ends_on and letter.ends_on < on:
        raise InvalidInput(("endsOn",), "letter_expired", ends_on=letter.ends_on)
    if letter.issued_on and letter.issued_on > on:
        raise InvalidInput(("issuedOn",), "issued_in_future")


def number_key(issuer: str, number: str) -> str:
    """By what a guarantee is told from every other: its number with its issuer, however both are written."""
    return f"{texts.fold(issuer)} {texts.fold(number)}"


def facts(
    ruleset: Ruleset,
    letter: Letter,
    required: Requirement,
    on: date,
    *,
    earlier_ends_on: date | None = None,
    names_office: bool | None = None,
) -> Facts:
    """A letter as rules see it: enough money, long enough, at least as long as the works (65号 art. 15 and 17).
    ``earlier_ends_on`` is the last day of what it follows, ``names_office`` whether its beneficiary is the office that
    supervises now; None where there is nothing, or it is not known."""
    next_day = earlier_ends_on + timedelta(days=1) if earlier_ends_on else None
    return {
        **required.facts,
        "guarantee.kind": letter.kind,
        "guarantee.contact": letter.contact,
        "guarantee.mobile": letter.mobile,
        "guarantee.bank_brand": letter.bank_brand,
        "guarantee.issuer": letter.issuer,
        "guarantee.product_name": letter.product_name,
        "guarantee.number": letter.guarantee_number,
        "guarantee.amount": letter.amount,
        "guarantee.fee": letter.fee,
        "guarantee.issued_on": letter.issued_on,
        "guarantee.starts_on": letter.starts_on,
        "guarantee.ends_on": letter.ends_on,
        "guarantee.covers_amount_due": not_less(letter.amount, required.amount),
        "guarantee.covers_shortfall": not_less(letter.amount, required.shortfall),
        "guarantee.at_least_one_year": not_less(letter.ends_on, _shortest_end(ruleset, letter, on)),
        "guarantee.in_force": not_less(letter.ends_on, on),
        "guarantee.covers_contract_period": not_less(letter.ends_on, required.last_until),
        "guarantee.covers_expected_completion": not_less(letter.ends_on, required.expected_until),
        "guarantee.follows_without_gap": not_less(next_day, letter.starts_on),
        "guarantee.names_office": names_office,
    }


def _shortest_end(ruleset: Ruleset, letter: Letter, on: date) -> date | None:
    """The earliest day a letter may end; first and last day count, so a year from 1 January ends on 31 December."""
    shortest: str | None = ruleset.value_or_none("guarantee.min_validity", on)
    if shortest is None or letter.starts_on is None:
        return None
    return due(letter.starts_on, Span.parse(shortest), calendar=national()).on - timedelta(days=1)

"""Asking an institution for a guarantee, and the institution's answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from core.act import Act
from core.actor import Role
from core.audit import trail
from core.decisions import Violation
from core.documents import actions as documents
from core.documents.actions import Materials
from core.errors import InvalidInput, NotApplicable, RulesViolated, WrongState
from core.guarantees import letters, secured
from core.guarantees.actions import cases, instruments
from core.guarantees.letters import Letter
from core.guarantees.models import Guarantee, GuaranteeOrder
from core.guarantees.secured import Requirement
from core.identity.models import Institution, InstitutionKind
from core.institutions import queries as institutions
from core.reviews import actions as reviews
from core.reviews import city_fields, queries
from core.reviews.models import Outcome, Review
from core.reviews.rules import required_anyway, violations
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset

KIND = "bank_guarantee"
"""The option of a letter's kind that a bank's own letter is."""
ISSUE = "guarantee_issue"
"""The procedure whose form the institution fills in."""
_REQUIRED = [f"guarantee.{name}" for name in ("amount", "number", "fee", "issued_on", "starts_on", "ends_on")]
"""What no guarantee is kept without."""
_ABOVE_ZERO = ["guarantee.amount"]


@dataclass(frozen=True)
class Application:
    """What the enterprise asks for; anything may be missing here. Yuan."""

    contact: str | None
    mobile: str | None
    amount: Decimal | None
    starts_on: date | None
    ends_on: date | None
    remarks: str | None


@dataclass(frozen=True)
class Issued:
    """The letter as the institution issued it; anything may be missing here. Yuan."""

    guarantee_number: str | None
    amount: Decimal | None
    fee: Decimal | None
    issued_on: date | None
    starts_on: date | None
    ends_on: date | None


async def order(
    act: Act, subject_type: str, subject_id: int, institution_ids: Sequence[int], application: Application
) -> GuaranteeOrder:
    """Choose an institution and ask it for the guarantee (BX-060, BX-061). After a refusal one orders anew, of any."""
    subject, ruleset = await secured.find(act, subject_type, subject_id)
    await secured.must_be_open(subject, act, GuaranteeOrder)
    if len(institution_ids) > 1:
        raise InvalidInput(("institutionIds",), "one_institution")
    bank, region_code, at = InstitutionKind.BANK, subject.region_code, "institutionIds"
    chosen = [await institutions.find(act.session, id, region_code, bank, at) for id in institution_ids]
    required = await secured.required(subject, act)
    asked = GuaranteeOrder(
        **{**cases.begin(act, subject, subject_type), "office_id": chosen[0].id if chosen else None},
        **vars(application),
        supervising_office_id=subject.office_id,
        project_name=required.title,
        amount_due=required.amount,
    )
    letter = _asked_for(asked, chosen[0].name if chosen else None)
    facts = _facts(ruleset, letter, required, act.on)
    await reviews.submit(
        act,
        asked,
        title=required.title,
        ruleset=ruleset,
        facts=facts,
        files={},
        also=ruleset.check(letters.LAW, facts, act.on),
        needed=["guarantee.bank"],
        above_zero=_ABOVE_ZERO,
    )
    return asked


async def decide(act: Act, order_id: int, *, accepted: bool, reason: str | None) -> GuaranteeOrder:
    """The institution takes the order on, or refuses it with a reason. What it takes on it may still refuse, until it
    issues; what it issues at once it need not take on first."""
    if not accepted and not reason:
        raise InvalidInput(("reason",), "reason_missing")
    order, review = await _find_open(act, order_id, "decide_order")
    if not accepted:
        await reviews.decide(act, review, order, Outcome.REJECTED, reason)
        return order
    if order.accepted_at is not None:
        raise WrongState("GuaranteeOrder", str(order.id), "accepted", "decide_again")
    order.accepted_at = act.at
    order.revision += 1
    trail.record(act, "guarantee_order.accept", order, after={"accepted": True}, reason=reason)
    return order


async def issue(act: Act, order_id: int, issued: Issued, materials: Mapping[str, Sequence[int]]) -> Guarantee:
    """The institution issues the guarantee, and what was to be secured is (BX-061). What the law asks of a letter
    handed in it asks of this one: raises RulesViolated with everything the letter lacks."""
    order, review = await _find_open(act, order_id, "issue_guarantee")
    files = await documents.find(act, materials)
    ruleset = await act.rules(order.ruleset_version_id)
    subject = await secured.subject_of(act, order)
    institution = await _institution_of(act, order)
    letter = Letter(
        kind=KIND,
        contact=order.contact,
        mobile=order.mobile,
        bank_brand=institution.name,
        issuer=institution.name,
        **vars(issued),
    )
    documents.must_be_free(files, GuaranteeOrder.__name__, order.id)
    place = await instruments.must_be_new(act, subject, letter)
    facts = _facts(ruleset, letter, await secured.required(subject, act), act.on, place.earlier_ends_on)
    facts = city_fields.take(act, order, ruleset, ISSUE, facts)
    law = _check(ruleset, facts, files, act.on)
    guarantee = await instruments.make(act, subject, order, letter, place, issuer_id=institution.id)
    reviews.keep_decisions(act, guarantee, "guarantee.issue", reviews.warnings(law))
    set_committed_value(order, "guarantee", guarantee)
    await reviews.decide(act, review, order, Outcome.APPROVED)
    # What the institution uploaded belongs to the enterprise from now on, and its office sees it.
    documents.hand_over(files, order, order.id, round=order.round, office_id=order.supervising_office_id)
    return guarantee


@reviews.facts_of_case.register
async def _facts_of_case(order: GuaranteeOrder, act: Act, ruleset: Ruleset) -> Facts:
    institution = await _institution_of(act, order)
    required = await secured.required(await secured.subject_of(act, order), act)
    guarantee = vars(order).get("guarantee")
    letter = _asked_for(order, institution.name) if guarantee is None else _letter_of(order, guarantee)
    return _facts(ruleset, letter, required, act.on)


@reviews.on_approved.register
async def _secure(order: GuaranteeOrder, act: Act) -> None:
    guarantee = vars(order).get("guarantee")
    if guarantee is None:
        raise NotApplicable("GuaranteeOrder", str(order.id), "letter_not_issued")
    await instruments.enter(act, await secured.subject_of(act, order), guarantee)


async def _find_open(act: Act, order_id: int, what: str) -> tuple[GuaranteeOrder, Review]:
    """An order that the actor's own institution has not answered yet, and its round; both locked, in the order in which
    whoever answers by the review locks them."""
    act.must_be(Role.INSTITUTION_STAFF, what)
    review = await queries.lock_open_round(act.session, await act.find(GuaranteeOrder, order_id))
    if review is None:
        raise WrongState("Review", str(order_id), "decided", "decide_again")
    order: Any = await queries.case_of(act.session, review)
    act.expect(order, GuaranteeOrder)
    return order, review


async def _institution_of(act: Act, order: GuaranteeOrder) -> Institution:
    if "institution" not in vars(order):
        set_committed_value(order, "institution", await act.session.get_one(Institution, order.office_id))
    return order.institution


def _asked_for(order: GuaranteeOrder, institution: str | None) -> Letter:
    return Letter(
        kind=KIND,
        contact=order.contact,
        mobile=order.mobile,
        bank_brand=institution,
        issuer=institution,
        amount=order.amount,
        starts_on=order.starts_on,
        ends_on=order.ends_on,
    )


def _letter_of(order: GuaranteeOrder, guarantee: Guarantee) -> Letter:
    return Letter(
        kind=guarantee.kind,
        contact=order.contact,
        mobile=order.mobile,
        bank_brand=guarantee.issuer,
        issuer=guarantee.issuer,
        guarantee_number=guarantee.guarantee_number,
        amount=guarantee.amount,
        fee=guarantee.fee,
        issued_on=guarantee.issued_on,
        starts_on=guarantee.starts_on,
        ends_on=guarantee.ends_on,
    )


def _facts(
    ruleset: Ruleset, letter: Letter, required: Requirement, on: date, earlier_ends_on: date | None = None
) -> Facts:
    """The letter as asked for or as issued; raises InvalidInput for days that no letter can have."""
    letters.must_be_possible(letter, on)
    stated = letters.facts(ruleset, letter, required, on, earlier_ends_on=earlier_ends_on)
    return {**stated, "guarantee.bank": letter.issuer}


def _check(ruleset: Ruleset, facts: Facts, files: Materials, on: date) -> list[Violation]:
    """What issuing asks for, and what the law asks of every letter, at once; what of the latter only warns."""
    law = ruleset.check(letters.LAW, facts, on)
    found = [*violations(ruleset, ISSUE, facts, files, on), *law]
    found += required_anyway(ruleset, facts, _REQUIRED, found, above_zero=_ABOVE_ZERO)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)
    return list(law)

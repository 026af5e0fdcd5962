"""What wage deposits ask of a city."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import cast

from core.contractor_records import rules as records
from core.contractor_records.queries import Statement
from core.decisions import Decision
from core.money import round_to
from core.projects import rules as projects
from core.projects.models import Project
from core.rulesets.facts import not_less
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits.models import (
    ApplicationType,
    Cancellation,
    CashPayment,
    DepositState,
    EntryMode,
    FilingStatus,
    WageDeposit,
)
from core.workdays import Span, due, national

REQUESTED_AMOUNT = "wage_deposit.requested_amount"
REQUIRED_AMOUNT = "wage_deposit.required_amount"
EXEMPTION = "wage_deposit.exemption"
CAP = "wage_deposit.cap"


@dataclass(frozen=True)
class Quota:
    """What an enterprise states when applying (BX-040 to BX-048). Yuan; ``entry_ratio`` a fraction. Anything may be
    missing here: the city's form says what must be there."""

    application_type: str | None
    payment_method: str | None
    entry_mode: str | None
    entry_ratio: Decimal | None
    entry_amount: Decimal | None
    contract_amount: Decimal | None
    secured_amount: Decimal | None
    handler: str | None
    handler_phone: str | None
    remarks: str | None


@dataclass(frozen=True)
class Parties:
    """The contractor of a project, whether it is certified, and the office, None before there is one; what officers of
    the region stated of the contractor, whether it has another project under way there, and whether the same works are
    entered there by another, by whomever."""

    enterprise: str
    certified: bool
    office: str | None
    record: Sequence[Statement]
    other_projects: bool
    same_works: bool


def required_amount(ruleset: Ruleset, facts: Facts, on: date) -> Decision:
    """The amount the city asks for; not configured where it names no ratio (65号 art. 11)."""
    return ruleset.decide(REQUIRED_AMOUNT, facts, on)


def basis(ruleset: Ruleset, facts: Facts, record: Sequence[Statement], on: date) -> list[Decision]:
    """What an application rests on besides its own amount: what the city asks for, and for an exemption whether it is
    one; each with the officers' statements that it hangs on."""
    asked = [EXEMPTION] if facts.get("application.type") == ApplicationType.EXEMPT else []
    decided = [required_amount(ruleset, facts, on), *(ruleset.decide(path, facts, on) for path in asked)]
    return [records.cite(decision, record) for decision in decided]


def requested_amount(ruleset: Ruleset, quota: Quota, on: date) -> Decision:
    """The amount applied for: as stated, or the ratio of the contract amount (BX-043, BX-049)."""
    return ruleset.decide(REQUESTED_AMOUNT, stated_facts(quota), on)


def amount_of(decision: Decision) -> Decimal | None:
    """The amount a decision came to, None where it came to none."""
    return None if decision.value is None else Decimal(decision.value)


def amount_label(application_type: str) -> str:
    """How lists name the amount: an exempt one is informative only (BX-053, A-BX-7)."""
    return "保证金估算金额" if application_type == ApplicationType.EXEMPT else "保证金应缴金额"


def reaches(requested: Decimal | None, required: Decision) -> bool | None:
    """Whether the amount applied for is enough; None where either is not known."""
    return not_less(requested, amount_of(required))


def on_contract_of(project: Project, quota: Quota) -> Quota:
    """The quota on the one contract amount there is, the project's; what the application states of it is only compared.
    An amount of nothing stays, for the form to refuse, and so does what is stated where the project states none."""
    if project.contract_amount is None or quota.contract_amount == 0:
        return quota
    return replace(quota, contract_amount=project.contract_amount)


def quota_facts(
    ruleset: Ruleset,
    project: Project,
    parties: Parties,
    quota: Quota,
    requested: Decimal | None,
    on: date,
    *,
    contract_stated: Decimal | None,
) -> Facts:
    """A quota application as rules see it; ``requested`` is the amount it comes to, ``contract_stated`` what it states
    as the contract amount, which may differ from the project's.

    Of the contractor's record (``contractor.…``) only that is known which an officer stated: a city whose amount hangs
    on more answers "undecided". Other projects under way are the platform's own, unless an officer stated otherwise.
    """
    agrees = None if None in (contract_stated, project.contract_amount) else contract_stated == project.contract_amount
    cap: Decimal | None = ruleset.value_or_none(CAP, on)
    return {
        **projects.facts(project, on),
        "project.same_works_entered": parties.same_works,
        "contractor.other_projects_in_area": parties.other_projects,
        **records.facts(parties.record),
        "project.hrss_office": parties.office,
        "enterprise.certified": parties.certified,
        "enterprise.name": parties.enterprise,
        **stated_facts(quota),
        "application.stated_contract_amount": contract_stated,
        "application.contract_amount_agrees": agrees,
        "application.requested_amount": requested,
        "application.reaches_cap": None if requested is None else cap is not None and requested >= cap,
        "application.requested_ratio": _requested_ratio(quota, requested),
        "application.secured_amount": quota.secured_amount,
        "application.secured_amount_covers": not_less(quota.secured_amount, requested),
        "application.handler": quota.handler,
        "application.handler_phone": quota.handler_phone,
        "application.remarks": quota.remarks,
    }


def stands(deposit: WageDeposit) -> bool:
    """Whether cash or a letter stands for the deposit, be it no longer for all of it."""
    return deposit.state in (DepositState.SECURED, DepositState.TO_REPLENISH)


def left_of(deposit: WageDeposit) -> Decimal:
    """What is left of what was provided."""
    return (deposit.secured_amount or Decimal(0)) - deposit.used_amount


def shortfall_of(deposit: WageDeposit) -> Decimal | None:
    """What is missing until the deposit is made up; None where nothing was used."""
    if deposit.state != DepositState.TO_REPLENISH:
        return None
    return max(deposit.amount_due - left_of(deposit), Decimal(0))


def deposit_facts(deposit: WageDeposit, project: Project, on: date) -> Facts:
    """A deposit and its project as rules see them."""
    return {
        **projects.facts(project, on),
        "deposit.type": deposit.application_type,
        "deposit.payment_method": deposit.payment_method,
        "deposit.amount_due": deposit.amount_due,
        "deposit.secured": stands(deposit),
        "deposit.shortfall": shortfall_of(deposit),
        "deposit.filed": deposit.filing_status == FilingStatus.FILED,
    }


def payment_facts(payment: CashPayment, deposit: WageDeposit, project: Project, on: date) -> Facts:
    """A cash payment as rules see it."""
    return {
        **deposit_facts(deposit, project, on),
        "payment.amount": payment.amount,
        "payment.paid_on": payment.paid_on,
        "payment.bank": payment.bank,
        "payment.account_number": payment.account_number,
        "payment.covers_amount_due": not_less(payment.amount, deposit.amount_due),
        "payment.covers_shortfall": not_less(payment.amount, shortfall_of(deposit)),
    }


def cancellation_facts(
    ruleset: Ruleset, cancellation: Cancellation, deposit: WageDeposit, project: Project, on: date
) -> Facts:
    """An application for cancellation as rules see it; the public notice is over on the last day of its period."""
    period: str | None = ruleset.value_or_none("cancellation.public_notice", on)
    begun = cast(date | None, cancellation.public_notice_from)  # not yet filled in
    over_on = due(begun, Span.parse(period), calendar=national()).on if period and begun else None
    return {
        **deposit_facts(deposit, project, on),
        "deposit.made_up": not_less(left_of(deposit), deposit.amount_due),
        "cancellation.actual_started_on": cancellation.actual_started_on,
        "cancellation.actual_completed_on": cancellation.actual_completed_on,
        "cancellation.public_notice_from": cancellation.public_notice_from,
        "cancellation.public_notice_over": not_less(on, over_on),
        "cancellation.handler": cancellation.handler,
        "cancellation.handler_phone": cancellation.handler_phone,
        "cancellation.remarks": cancellation.remarks,
    }


def _requested_ratio(quota: Quota, requested: Decimal | None) -> Decimal | None:
    """The ratio stated; by amount the one it comes to, to six places, so that rounding to the fen breaks no limit."""
    if quota.entry_mode == EntryMode.RATIO:
        return quota.entry_ratio
    if requested is None or not quota.contract_amount:
        return None
    return round_to(requested / quota.contract_amount, Decimal("0.000001"), "half_up")


def stated_facts(quota: Quota) -> Facts:
    """What the quota itself states, as rules see it."""
    return {
        "application.type": quota.application_type,
        "application.payment_method": quota.payment_method,
        "application.entry_mode": quota.entry_mode,
        "application.entry_ratio": quota.entry_ratio,
        "application.entry_amount": quota.entry_amount,
        "application.contract_amount": quota.contract_amount,
    }

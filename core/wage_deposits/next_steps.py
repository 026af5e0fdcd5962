"""What comes next for a project's deposit: from the first quota to the cancellation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import CHINA
from core.guarantees import expiry
from core.guarantees.models import Guarantee, GuaranteeOrder, GuaranteeOrigin, GuaranteeState, LetterSubmission
from core.projects.models import Project, ProjectState
from core.reviews import next_steps
from core.reviews.models import Case, CaseState, Review
from core.reviews.next_steps import Asked, Due, Step
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.wage_deposits.actions.uses import PERIOD
from core.wage_deposits.models import (
    Cancellation,
    CashPayment,
    DepositState,
    DepositUse,
    Filing,
    FilingStatus,
    PaymentMethod,
    QuotaApplication,
    WageDeposit,
)
from core.wage_deposits.rules import left_of

_LETTERS: Mapping[type[Case], str] = {GuaranteeOrder: "step.choose_bank", LetterSubmission: "step.hand_in_letter"}
_REPLENISHMENT: Mapping[PaymentMethod, Mapping[type[Case], str]] = {
    PaymentMethod.CASH: {CashPayment: "step.replenish_in_cash"},
    PaymentMethod.GUARANTEE: {
        GuaranteeOrder: "step.replenish_by_order",
        LetterSubmission: "step.replenish_by_letter",
    },
}
"""By what is made up what was paid so, and what is said of it."""


@dataclass(frozen=True)
class _Standing:
    """All that decides a project's next steps. The latest of each case, None where there is none.

    Each step goes by the rules of what it goes on with; ``current`` are those that something new would begin under.
    """

    asked: Asked
    project: Project
    current: Ruleset
    begun: Mapping[int, Ruleset]
    quota: QuotaApplication | None
    deposit: WageDeposit | None
    replenish_due: Due
    guarantees: Sequence[Guarantee]
    """Those that secure the deposit or will."""
    cases: Mapping[type[Case], Any]
    reviews: Mapping[tuple[str, int], Review]

    def under_way(self, kind: type[Case]) -> Case | None:
        """The newest case of a kind, if it waits for its reviewer."""
        case: Case | None = self.cases[kind]
        return case if case and case.state == CaseState.SUBMITTED else None

    @property
    def is_paying(self) -> bool:
        """Whether something that pays the deposit, renews it or makes it up waits for its reviewer."""
        return any(self.under_way(kind) for kind in (CashPayment, *_LETTERS))

    def review_of(self, case: Case) -> Review | None:
        return self.reviews.get((type(case).__name__, case.id))


@next_steps.register(Project.__name__, above=1)
async def of_projects(asked: Asked, projects: Sequence[Project]) -> list[list[Step]]:
    """What comes next for their deposits; a handful of queries however many projects."""
    session, ids = asked.session, [project.id for project in projects]
    quotas = await _latest(session, QuotaApplication, QuotaApplication.project_id, ids)
    deposits = await _latest(session, WageDeposit, WageDeposit.project_id, ids)
    deposit_ids = [deposit.id for deposit in deposits.values()]
    kinds: list[Any] = [CashPayment, GuaranteeOrder, LetterSubmission, Filing, Cancellation]
    cases = {kind: await _latest(session, kind, _deposit_of(kind), deposit_ids) for kind in kinds}
    open_cases: list[Case] = [case for found in (quotas, *cases.values()) for case in found.values()]
    reviews = await open_reviews(session, open_cases)
    standing_for = await _guarantees(session, [one for one in deposits.values() if one.state == DepositState.SECURED])
    uses = await _open_uses(session, [one.id for one in deposits.values() if one.state == DepositState.TO_REPLENISH])
    begun_with = [*deposits.values(), *open_cases]
    begun = {
        row.ruleset_version_id: await asked.rulesets.get_pinned(session, row.ruleset_version_id) for row in begun_with
    }
    steps: list[list[Step]] = []
    for project in projects:
        deposit = deposits.get(project.id)
        standing = _Standing(
            asked,
            project,
            asked.rulesets.of_case(project.region_code),
            begun,
            quotas.get(project.id),
            deposit,
            _replenish_due(begun, deposit, uses.get(deposit.id)) if deposit else next_steps.NO_DUE,
            [guarantee for guarantee in standing_for if deposit and guarantee.subject_id == deposit.id],
            {kind: found.get(deposit.id) if deposit else None for kind, found in cases.items()},
            reviews,
        )
        steps.append([step for step in _steps(standing) if step])
    return steps


def _steps(standing: _Standing) -> Iterator[Step | None]:
    project, deposit = standing.project, standing.deposit
    if project.state == ProjectState.DRAFT:
        return
    if deposit is None:
        yield _quota_step(standing, "step.apply_for_quota", "deadlines.deposit", _begins(project))
    else:
        yield from _deposit_steps(standing, deposit)


def _begins(project: Project) -> date | None:
    """The day from which a deposit is due: that of the construction permit where there is one, else of the contract
    (65号 art. 8)."""
    return project.construction_permit_on or project.contract_signed_on


def _deposit_steps(standing: _Standing, deposit: WageDeposit) -> Iterator[Step | None]:
    rules = standing.begun[deposit.ruleset_version_id]
    match DepositState(deposit.state):
        case DepositState.DEFERRED:
            deferred_on = deposit.created_at.astimezone(CHINA).date()
            yield _quota_step(standing, "step.end_deferral", "quota.deferral_max", deferred_on)
        case DepositState.AWAITING_PAYMENT if deposit.payment_method == PaymentMethod.CASH:
            yield _case_step(standing, rules, CashPayment, "step.pay_in_cash")
        case DepositState.AWAITING_PAYMENT | DepositState.UNSECURED:
            yield from _letter_steps(standing, rules)
        case DepositState.TO_REPLENISH:
            yield from _replenish_steps(standing, rules, deposit)
            if not standing.is_paying:
                yield from _secured_steps(standing, rules, deposit)
        case DepositState.SECURED:
            yield from _secured_steps(standing, rules, deposit)
        case DepositState.CANCELLED:
            yield _quota_step(standing, "step.apply_for_quota", "deadlines.deposit", None)  # if it was re-opened since
        case DepositState.WAIVED:
            return


def _secured_steps(standing: _Standing, rules: Ruleset, deposit: WageDeposit) -> Iterator[Step | None]:
    """Filing and cancellation, one at a time; the deposit does not end while something is under way for it."""
    cancellation = standing.cases[Cancellation]
    cancelling = bool(cancellation and cancellation.state == CaseState.SUBMITTED)
    facts = {
        "deposit.type": deposit.application_type,
        "deposit.secured": True,
        "deposit.made_up": left_of(deposit) >= deposit.amount_due,
        "project.completed": standing.project.state == ProjectState.COMPLETED,
    }
    correction = _correction_under_way(standing)
    if correction:
        yield next_steps.under_way(standing.asked, rules, correction, standing.review_of(correction))
        return
    if deposit.filing_status in (FilingStatus.UNFILED, FilingStatus.APPLYING) and not cancelling:
        yield from _filing_steps(standing, rules, facts)
    completed = standing.project.state == ProjectState.COMPLETED
    if completed and deposit.filing_status != FilingStatus.APPLYING and not standing.is_paying:
        yield _case_step(standing, rules, Cancellation, "step.cancel", facts)
    if not cancelling:
        yield from _renewal_steps(standing, rules)


def _renewal_steps(standing: _Standing, rules: Ruleset) -> Iterator[Step | None]:
    """What the alert asks for (请续保), from the day on that it is raised, and of a letter in favour of an office that
    supervises no longer; nothing once another letter waits for its first day."""
    if len(standing.guarantees) != 1:
        return
    [guarantee] = standing.guarantees
    if expiry.is_near(rules, guarantee, standing.asked.on):
        ordered = guarantee.origin == GuaranteeOrigin.ORDER
        yield _renewal(standing, rules, LetterSubmission, "step.renew_ordered" if ordered else "step.renew_letter")
        yield _renewal(standing, rules, GuaranteeOrder, "step.order_renewal")
    elif guarantee.beneficiary_id != guarantee.office_id:
        yield _renewal(standing, rules, LetterSubmission, "step.amend_beneficiary")


def _renewal(standing: _Standing, rules: Ruleset, kind: type[Case], sentence: str) -> Step | None:
    """A case about the next letter: that of the present one is over."""
    [guarantee] = standing.guarantees
    case: Case | None = standing.cases[kind]
    if case and case.state == CaseState.REJECTED and case.created_at > guarantee.created_at:
        return next_steps.under_way(standing.asked, rules, case, None)
    return next_steps.to_do(standing.asked, rules, kind, sentence, said={"ends_on": guarantee.ends_on})


_CORRECTIONS: Mapping[type[Case], str] = {
    CashPayment: "step.correct_cash_payment",
    LetterSubmission: "step.correct_letter_submission",
}


def _filing_steps(standing: _Standing, rules: Ruleset, facts: Facts) -> Iterator[Step | None]:
    """To file, or to put right what was refused and file again: what was found wrong may be the payment or the letter,
    or nothing that the applicant must change."""
    filing: Filing | None = standing.cases[Filing]
    if filing is None or filing.state != CaseState.REJECTED:
        yield _case_step(standing, rules, Filing, "step.file", facts)
        return
    payment: Case | None = _newest_payment(standing)
    corrected = payment is not None and payment.state == CaseState.APPROVED and _later(payment, filing)
    sentence = "step.file_corrected" if corrected else "step.file_again"
    yield next_steps.to_do(standing.asked, rules, Filing, sentence, facts, said={"reason": filing.reason})
    used = standing.deposit is not None and standing.deposit.state == DepositState.TO_REPLENISH
    if payment is None or corrected or used or isinstance(payment, GuaranteeOrder):
        return
    if payment.state == CaseState.REJECTED:
        yield next_steps.under_way(standing.asked, rules, payment, None)
    else:
        kind = type(payment)
        yield next_steps.to_do(standing.asked, rules, kind, _CORRECTIONS[kind], said={"reason": filing.reason})


def _newest_payment(standing: _Standing) -> Case | None:
    """The newest of what the deposit was paid with, or is to be paid with instead. What was taken back is none, unless
    it was to correct another, which stands."""
    found = [standing.cases[kind] for kind in (CashPayment, GuaranteeOrder, LetterSubmission)]
    stands = [case for case in found if case and (case.state != CaseState.WITHDRAWN or _corrects(case))]
    return max(stands, key=lambda case: case.created_at, default=None)


def _correction_under_way(standing: _Standing) -> Case | None:
    payment = _newest_payment(standing)
    return payment if payment and payment.state == CaseState.SUBMITTED else None


def _corrects(case: Case) -> bool:
    return isinstance(case, CashPayment | LetterSubmission) and case.corrects_id is not None


def _later(payment: Case, filing: Filing) -> bool:
    return bool(payment.decided_at and filing.decided_at and payment.decided_at > filing.decided_at)


def _letter_steps(standing: _Standing, rules: Ruleset) -> Iterator[Step | None]:
    """Every channel that the city has; none but the one under way, where one is (BX-060, BX-062)."""
    for kind in _LETTERS:
        if case := standing.under_way(kind):
            yield next_steps.under_way(standing.asked, rules, case, standing.review_of(case))
            return
    for kind, sentence in _LETTERS.items():
        yield _case_step(standing, rules, kind, sentence)


def _replenish_steps(standing: _Standing, rules: Ruleset, deposit: WageDeposit) -> Iterator[Step | None]:
    """What was used is made up as it was paid; who made it up otherwise waits for the office, too."""
    for kind in (CashPayment, *_LETTERS):
        if case := standing.under_way(kind):
            yield next_steps.under_way(standing.asked, rules, case, standing.review_of(case))
            return
    for kind, sentence in _REPLENISHMENT[PaymentMethod(deposit.payment_method or PaymentMethod.CASH)].items():
        case = standing.cases[kind]
        if case and case.state == CaseState.REJECTED and _is_since(case, deposit):
            yield _case_step(standing, rules, kind, sentence)
        else:
            yield next_steps.to_do(standing.asked, rules, kind, sentence, due=standing.replenish_due)


def _is_since(case: Case, deposit: WageDeposit) -> bool:
    """Whether the case came after the deposit was provided, so that it is not about that."""
    return bool(case.submitted_at and deposit.secured_at and case.submitted_at > deposit.secured_at)


def _quota_step(standing: _Standing, sentence: str, period: str, begins: date | None) -> Step | None:
    """A new application begins under today's rules; one under way goes on under its own."""
    quota, facts = standing.quota, {"project.completed": standing.project.state == ProjectState.COMPLETED}
    if quota is None or quota.state in (CaseState.APPROVED, CaseState.WITHDRAWN):
        due = next_steps.due(standing.current, period, begins)
        return next_steps.to_do(standing.asked, standing.current, QuotaApplication, sentence, facts, due)
    rules, review = standing.begun[quota.ruleset_version_id], standing.review_of(quota)
    return next_steps.under_way(standing.asked, rules, quota, review, facts)


def _case_step(
    standing: _Standing, rules: Ruleset, kind: type[Case], sentence: str, facts: Facts | None = None
) -> Step | None:
    case: Case | None = standing.cases[kind]
    if case and case.state in (CaseState.SUBMITTED, CaseState.REJECTED):
        return next_steps.under_way(standing.asked, rules, case, standing.review_of(case), facts)
    return next_steps.to_do(standing.asked, rules, kind, sentence, facts)


async def _open_uses(session: AsyncSession, ids: Sequence[int]) -> dict[int, DepositUse]:
    """The use of each deposit that is to be made up first; nothing is asked where there is none."""
    if not ids:
        return {}
    mine = (DepositUse.wage_deposit_id.in_(ids), DepositUse.made_up_at.is_(None))
    latest_first = (DepositUse.replenish_by.desc().nulls_first(), DepositUse.id.desc())
    uses = await session.scalars(select(DepositUse).where(*mine).order_by(*latest_first))
    return {use.wage_deposit_id: use for use in uses}


def _replenish_due(begun: Mapping[int, Ruleset], deposit: WageDeposit, use: DepositUse | None) -> Due:
    """The day that the office stated with the use, and the rule it comes from."""
    if use is None or use.replenish_by is None:
        return next_steps.NO_DUE
    rules = begun[deposit.ruleset_version_id]
    return use.replenish_by, use.replenish_provisional, next_steps.cited(rules, PERIOD, use.used_on)


async def _guarantees(session: AsyncSession, deposits: Sequence[WageDeposit]) -> Sequence[Guarantee]:
    """What secures the deposits, or will; nothing is asked where none is secured by a letter."""
    ids = [deposit.id for deposit in deposits if deposit.payment_method == PaymentMethod.GUARANTEE]
    if not ids:
        return []
    mine = (Guarantee.subject_type == WageDeposit.__name__, Guarantee.subject_id.in_(ids))
    stands = Guarantee.state.in_([GuaranteeState.IN_FORCE.value, GuaranteeState.PENDING.value])
    return (await session.scalars(select(Guarantee).where(*mine, stands).order_by(Guarantee.id))).all()


def _deposit_of(kind: Any) -> Any:
    """The column with the deposit that a case is about: the only thing that is secured by guarantees so far."""
    return kind.subject_id if kind in (GuaranteeOrder, LetterSubmission) else kind.wage_deposit_id


async def _latest(session: AsyncSession, model: Any, owner: Any, ids: Sequence[int]) -> dict[int, Any]:
    """The newest row of each owner."""
    rows = await session.scalars(select(model).where(owner.in_(ids)).order_by(owner, model.id))
    return {getattr(row, owner.key): row for row in rows}


async def open_reviews(session: AsyncSession, cases: Sequence[Case]) -> dict[tuple[str, int], Review]:
    """The rounds in which these cases wait, by the class and the id of the case."""
    submitted = [case for case in cases if case.state == CaseState.SUBMITTED]
    if not submitted:
        return {}
    rows = await session.scalars(
        select(Review).where(Review.outcome.is_(None), Review.subject_id.in_([case.id for case in submitted]))
    )
    return {(review.subject_type, review.subject_id): review for review in rows}

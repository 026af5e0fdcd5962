"""What comes next for a project: what its handler can do, or whom it waits for, by when, and under which rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import CHINA, Role
from core.deadlines.rules import due_after
from core.decisions import Citation
from core.guarantees.models import GuaranteeOrder, LetterSubmission
from core.messages import Language, Message
from core.projects.models import Project, ProjectState
from core.reviews.models import Case, CaseState, Review
from core.reviews.rules import offers
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.wage_deposits.models import (
    Cancellation,
    CashPayment,
    DepositState,
    Filing,
    FilingStatus,
    PaymentMethod,
    QuotaApplication,
    WageDeposit,
)

_Due = tuple[date | None, bool, Citation | None]


@dataclass(frozen=True)
class Step:
    """Something to do, or (``code`` "wait") something waited for. ``actor`` does it.

    ``citation`` is the rule that provides for it, ``due_citation`` the one that sets the day; None where no period is
    set or the day it counts from is not known.
    """

    code: str
    label: str
    sentence: str
    actor: Role
    citation: Citation | None = None
    due_on: date | None = None
    provisional: bool = False
    due_citation: Citation | None = None


@dataclass(frozen=True)
class _Standing:
    """All that decides a project's next steps. The latest of each case, None where there is none.

    Each step goes by the rules of what it goes on with; ``current`` are those that something new would begin under.
    """

    project: Project
    current: Ruleset
    begun: Mapping[int, Ruleset]
    on: date
    language: Language
    quota: QuotaApplication | None
    deposit: WageDeposit | None
    cases: Mapping[type[Case], Any]
    reviews: Mapping[tuple[str, int], Review]


async def of_projects(
    session: AsyncSession, rulesets: Rulesets, projects: Sequence[Project], on: date, language: Language
) -> list[list[Step]]:
    """The next steps of each project, in the order given; a handful of queries however many projects."""
    ids = [project.id for project in projects]
    quotas = await _latest(session, QuotaApplication, QuotaApplication.project_id, ids)
    deposits = await _latest(session, WageDeposit, WageDeposit.project_id, ids)
    deposit_ids = [deposit.id for deposit in deposits.values()]
    kinds: list[Any] = [CashPayment, GuaranteeOrder, LetterSubmission, Filing, Cancellation]
    cases = {kind: await _latest(session, kind, _deposit_of(kind), deposit_ids) for kind in kinds}
    open_cases: list[Case] = [case for found in (quotas, *cases.values()) for case in found.values()]
    reviews = await _open_reviews(session, open_cases)
    begun_with = [*projects, *deposits.values(), *open_cases]
    begun = {row.ruleset_version_id: await rulesets.get_pinned(session, row.ruleset_version_id) for row in begun_with}
    steps: list[list[Step]] = []
    for project in projects:
        deposit = deposits.get(project.id)
        standing = _Standing(
            project,
            rulesets.of_case(project.region_code),
            begun,
            on,
            language,
            quotas.get(project.id),
            deposit,
            {kind: found.get(deposit.id) if deposit else None for kind, found in cases.items()},
            reviews,
        )
        steps.append(list(_steps(standing)))
    return steps


def _steps(standing: _Standing) -> Iterator[Step]:
    project, deposit = standing.project, standing.deposit
    if project.state == ProjectState.DRAFT:
        yield _form_step(standing, standing.current, "project", "step.enter_project")
        return
    if deposit is None and (standing.quota or offers(standing.current, "wage_deposit")):
        yield _quota_step(standing, "step.apply_for_quota", "deadlines.deposit", project.contract_signed_on)
    elif deposit is not None:
        yield from _deposit_steps(standing, deposit)
    if project.state != ProjectState.COMPLETED:
        yield _form_step(standing, standing.begun[project.ruleset_version_id], "progress", "step.report_progress")


def _deposit_steps(standing: _Standing, deposit: WageDeposit) -> Iterator[Step]:
    rules = standing.begun[deposit.ruleset_version_id]
    match DepositState(deposit.state):
        case DepositState.DEFERRED:
            deferred_on = deposit.created_at.astimezone(CHINA).date()
            yield _quota_step(standing, "step.end_deferral", "quota.deferral_max", deferred_on)
        case DepositState.AWAITING_PAYMENT if deposit.payment_method == PaymentMethod.CASH:
            yield _case_step(standing, rules, CashPayment, "step.pay_in_cash")
        case DepositState.AWAITING_PAYMENT:
            yield from _letter_steps(standing, rules)
        case DepositState.SECURED:
            if deposit.filing_status in (FilingStatus.UNFILED, FilingStatus.APPLYING):
                yield _case_step(standing, rules, Filing, "step.file")
            if standing.project.state == ProjectState.COMPLETED:
                yield _case_step(standing, rules, Cancellation, "step.cancel")
        case DepositState.CANCELLED if standing.project.state != ProjectState.COMPLETED:  # re-opened since
            yield _quota_step(standing, "step.apply_for_quota", "deadlines.deposit", None)
        case DepositState.WAIVED | DepositState.CANCELLED:
            return


def _letter_steps(standing: _Standing, rules: Ruleset) -> Iterator[Step]:
    """Every channel that the city has; none but the one under way, where one is (BX-060, BX-062)."""
    channels: Mapping[type[Case], str] = {GuaranteeOrder: "step.choose_bank", LetterSubmission: "step.hand_in_letter"}
    cases = [standing.cases[kind] for kind in channels]
    for case in cases:
        if case and case.state == CaseState.SUBMITTED and (waiting := _under_way(standing, rules, case)):
            yield waiting
            return
    for kind, todo in channels.items():
        if rules.procedure(kind.procedure, standing.on) and not rules.is_to_come(kind.procedure):
            yield _case_step(standing, rules, kind, todo)


def _quota_step(standing: _Standing, todo: str, period: str, begins: date | None) -> Step:
    """A new application begins under today's rules; one under way goes on under its own."""
    quota = standing.quota
    if quota is None or quota.state in (CaseState.APPROVED, CaseState.WITHDRAWN):
        return _todo(standing, standing.current, QuotaApplication, todo, _due(standing.current, period, begins))
    rules = standing.begun[quota.ruleset_version_id]
    return _under_way(standing, rules, quota) or _todo(
        standing, rules, QuotaApplication, todo, _due(rules, period, begins)
    )


def _case_step(standing: _Standing, rules: Ruleset, kind: type[Case], todo: str) -> Step:
    case: Case | None = standing.cases[kind]
    return (case and _under_way(standing, rules, case)) or _todo(standing, rules, kind, todo)


def _under_way(standing: _Standing, rules: Ruleset, case: Case) -> Step | None:
    """To wait for the reviewer, or to correct what was sent back; None for a case that is neither."""
    version = rules.procedure(case.procedure, standing.on)
    label = rules.procedure_label(case.procedure) if version else case.label
    citation = rules.citation(version) if version else None
    if case.state == CaseState.REJECTED:
        back = Message("step.rejected", label=label, procedure=case.procedure, reason=case.reason)
        return Step(case.procedure, label, back.text(standing.language), Role.HANDLER, citation)
    if case.state != CaseState.SUBMITTED:
        return None
    review = standing.reviews.get((type(case).__name__, case.id))
    reviewer = Role(version.reviewer) if version and version.reviewer else Role.HRSS_OFFICER
    period = _cited(rules, version.review_within, standing.on) if version and version.review_within else None
    days = (review.due_on, review.due_provisional, period) if review and review.due_on else (None, False, None)
    waiting = Message("step.waiting", label=label, procedure=case.procedure, role=reviewer)
    return Step("wait", label, waiting.text(standing.language), reviewer, citation, *days)


def _todo(standing: _Standing, rules: Ruleset, kind: type[Case], todo: str, due: _Due = (None, False, None)) -> Step:
    version = rules.procedure(kind.procedure, standing.on)
    label = rules.procedure_label(kind.procedure) if version else kind.label
    citation = rules.citation(version) if version else None
    return Step(kind.procedure, label, Message(todo).text(standing.language), Role.HANDLER, citation, *due)


def _form_step(standing: _Standing, rules: Ruleset, form: str, todo: str) -> Step:
    version, language = rules.form(form, standing.on), standing.language
    label, sentence = Message(f"{todo}.label").text(language), Message(todo).text(language)
    return Step(form, label, sentence, Role.HANDLER, rules.citation(version) if version else None)


def _due(rules: Ruleset, period: str, begins: date | None) -> _Due:
    """The last day of a period, whether it is provisional, and the rule that sets it."""
    due = due_after(rules, period, begins) if begins else None
    return (due.on, due.provisional, _cited(rules, period, begins)) if due and begins else (None, False, None)


def _cited(rules: Ruleset, path: str, on: date) -> Citation | None:
    entry = rules.value_entry(path, on)
    return rules.citation(entry) if entry else None


def _deposit_of(kind: Any) -> Any:
    """The column with the deposit that a case is about: the only thing that is secured by guarantees so far."""
    return kind.subject_id if kind in (GuaranteeOrder, LetterSubmission) else kind.wage_deposit_id


async def _latest(session: AsyncSession, model: Any, owner: Any, ids: Sequence[int]) -> dict[int, Any]:
    """The newest row of each owner."""
    rows = await session.scalars(select(model).where(owner.in_(ids)).order_by(owner, model.id))
    return {getattr(row, owner.key): row for row in rows}


async def _open_reviews(session: AsyncSession, cases: Sequence[Case]) -> dict[tuple[str, int], Review]:
    submitted = [case for case in cases if case.state == CaseState.SUBMITTED]
    if not submitted:
        return {}
    rows = await session.scalars(
        select(Review).where(Review.outcome.is_(None), Review.subject_id.in_([case.id for case in submitted]))
    )
    return {(review.subject_type, review.subject_id): review for review in rows}

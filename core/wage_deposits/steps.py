"""What comes next for a project: what its handler can do, or whom it waits for, by when, and under which rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.acting import ROLE_NAMES, Role
from core.deadlines.rules import due_after
from core.decisions import Citation
from core.projects.models import Project, ProjectState
from core.reviews.models import Case, CaseState, Review
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.wage_deposits.models import (
    Cancellation,
    CashPayment,
    DepositState,
    Filing,
    FilingStatus,
    OfflineGuarantee,
    PaymentMethod,
    QuotaApplication,
    WageDeposit,
)


@dataclass(frozen=True)
class Step:
    """Something to do, or (``code`` "wait") something waited for. ``actor`` does it."""

    code: str
    label: str
    sentence: str
    actor: Role
    due_on: date | None = None
    provisional: bool = False
    citation: Citation | None = None


@dataclass(frozen=True)
class _Standing:
    """All that decides a project's next steps. The latest of each case, None where there is none."""

    project: Project
    ruleset: Ruleset
    on: date
    quota: QuotaApplication | None
    deposit: WageDeposit | None
    cases: Mapping[type[Case], Any]
    reviews: Mapping[tuple[str, int], Review]


async def of_projects(
    session: AsyncSession, rulesets: Rulesets, projects: Sequence[Project], on: date
) -> list[list[Step]]:
    """The next steps of each project, in the order given; a handful of queries however many projects."""
    ids = [project.id for project in projects]
    quotas = await _latest(session, QuotaApplication, QuotaApplication.project_id, ids)
    deposits = await _latest(session, WageDeposit, WageDeposit.project_id, ids)
    deposit_ids = [deposit.id for deposit in deposits.values()]
    kinds: list[Any] = [CashPayment, OfflineGuarantee, Filing, Cancellation]
    cases = {kind: await _latest(session, kind, kind.wage_deposit_id, deposit_ids) for kind in kinds}
    open_cases: list[Case] = [case for found in (quotas, *cases.values()) for case in found.values()]
    reviews = await _open_reviews(session, open_cases)
    steps: list[list[Step]] = []
    for project in projects:
        deposit = deposits.get(project.id)
        standing = _Standing(
            project,
            await rulesets.pinned(session, project.ruleset_version_id),
            on,
            quotas.get(project.id),
            deposit,
            {kind: found.get(deposit.id) if deposit else None for kind, found in cases.items()},
            reviews,
        )
        steps.append(list(_steps(standing)))
    return steps


def _steps(standing: _Standing) -> Iterator[Step]:
    project, quota, deposit = standing.project, standing.quota, standing.deposit
    if project.state == ProjectState.DRAFT:
        yield _form_step(standing, "project", "补全项目信息并登记")
        return
    if deposit is None or deposit.state == DepositState.CANCELLED:
        if deposit is None:
            yield _case_step(standing, QuotaApplication, quota, "提交定额申请", due_from=project.contract_signed_on)
    elif deposit.state == DepositState.AWAITING_PAYMENT:
        kind = CashPayment if deposit.payment_method == PaymentMethod.CASH else OfflineGuarantee
        todo = "缴存现金并填报缴存信息" if kind is CashPayment else "上传已办理的保函"
        yield _case_step(standing, kind, standing.cases[kind], todo)
    elif deposit.state == DepositState.SECURED:
        if deposit.filing_status in (FilingStatus.UNFILED, FilingStatus.APPLYING):
            yield _case_step(standing, Filing, standing.cases[Filing], "发起备案")
        if project.state == ProjectState.COMPLETED:
            yield _case_step(standing, Cancellation, standing.cases[Cancellation], "申请注销保证金")
    if project.state != ProjectState.COMPLETED:
        yield _form_step(standing, "progress", "填报工程进度")


def _case_step(
    standing: _Standing, kind: type[Case], case: Case | None, todo: str, *, due_from: date | None = None
) -> Step:
    """To submit, to wait for the reviewer, or to correct what was sent back."""
    ruleset, on = standing.ruleset, standing.on
    version = ruleset.procedure(kind.procedure, on)
    citation = ruleset.citation(version) if version else None
    label = ruleset.procedure_label(kind.procedure) if version else kind.label
    if case is not None and case.state == CaseState.SUBMITTED:
        review = standing.reviews.get((type(case).__name__, case.id))
        reviewer = Role(version.reviewer) if version and version.reviewer else Role.HRSS_OFFICER
        due_on, provisional = (review.due_on, review.due_provisional) if review else (None, False)
        waiting = f"{label}已提交，等待{ROLE_NAMES[reviewer]}审核。"
        return Step("wait", label, waiting, reviewer, due_on, provisional, citation)
    if case is not None and case.state == CaseState.REJECTED:
        back = f"{label}被驳回：{case.reason}。请更正后重新提交。"
        return Step(kind.procedure, label, back, Role.HANDLER, citation=citation)
    due = due_after(ruleset, "deadlines.deposit", due_from) if due_from else None
    days = (due.on, due.provisional) if due else (None, False)
    return Step(kind.procedure, label, f"请{todo}。", Role.HANDLER, *days, citation)


def _form_step(standing: _Standing, form: str, todo: str) -> Step:
    version = standing.ruleset.form(form, standing.on)
    citation = standing.ruleset.citation(version) if version else None
    return Step(form, todo, f"可{todo}。", Role.HANDLER, citation=citation)


async def _latest(session: AsyncSession, model: Any, owner: Any, ids: Sequence[int]) -> dict[int, Any]:
    """The newest row of each owner."""
    rows = await session.scalars(select(model).where(owner.in_(ids)).order_by(owner, model.id))
    return {getattr(row, owner.key): row for row in rows}


async def _open_reviews(session: AsyncSession, cases: Sequence[Case]) -> dict[tuple[str, int], Review]:
    submitted = [case for case in cases if case.state == CaseState.SUBMITTED]
    if not submitted:
        return {}
    rows = await session.scalars(
        select(Review).where(Review.outcome.is_(None), Review.case_id.in_([case.id for case in submitted]))
    )
    return {(review.case_type, review.case_id): review for review in rows}

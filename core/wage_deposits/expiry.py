"""Telling in time that a letter of guarantee comes to its end while the works go on (65号 art. 17; BX-127)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.deadlines import alerts
from core.identity import recipients
from core.notifications import outbox
from core.projects.models import Project, ProjectState
from core.reviews.models import CaseState
from core.wage_deposits.models import BankGuarantee, DepositState, OfflineGuarantee, WageDeposit
from core.workdays import Span, before

ALERT = "guarantee_expiry"
LETTERS: Sequence[type[BankGuarantee | OfflineGuarantee]] = (BankGuarantee, OfflineGuarantee)


async def warn(act: Act) -> int:
    """Raise the alerts due on the day of ``act`` and tell the handlers; how many were raised.

    Looks at letters in force of deposits alive whose project is not completed. How long ahead the case's own rules say.
    """
    raised = 0
    for letter, deposit, project in [row for kind in LETTERS for row in await _in_force(act.session, kind)]:
        ruleset = await act.rulesets.get_pinned(act.session, deposit.ruleset_version_id)
        ahead: str | None = ruleset.value_or_none("alerts.guarantee_expiry_ahead", act.on)
        if ahead is None or act.on < before(letter.ends_on, Span.parse(ahead)):
            continue
        facts = {
            "project.name": project.name,
            "alert.ends_on": letter.ends_on,
            "alert.days_left": (letter.ends_on - act.on).days,
        }
        version = ruleset.notice("guarantee_expiring", act.on)
        alert = await alerts.raise_once(
            act,
            kind=ALERT,
            subject=letter,
            seen_with=deposit,
            project_id=project.id,
            message=ruleset.fill_template(version.body, facts, act.on) if version else "",
            ends_on=letter.ends_on,
        )
        if alert is not None:
            raised += 1
            to = await recipients.find(act.session, letter.created_by_id)
            outbox.notify(act, ruleset, "guarantee_expiring", facts, to)
    return raised


async def _in_force(
    session: AsyncSession, kind: type[BankGuarantee | OfflineGuarantee]
) -> Sequence[tuple[BankGuarantee | OfflineGuarantee, WageDeposit, Project]]:
    model: Any = kind
    living = (
        select(model, WageDeposit, Project)
        .join(WageDeposit, WageDeposit.id == model.wage_deposit_id)
        .join(Project, Project.id == WageDeposit.project_id)
        .where(
            model.state == CaseState.APPROVED,
            WageDeposit.state == DepositState.SECURED,
            Project.state != ProjectState.COMPLETED,
        )
        .order_by(model.id)
    )
    return [(letter, deposit, project) for letter, deposit, project in await session.execute(living)]

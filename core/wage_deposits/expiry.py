"""Telling in time that a letter of guarantee comes to its end while the works go on (65号 art. 17; BX-127).

A day's work is what falls due, whatever else is kept: an index holds the letters whose end nobody has settled yet, in
the order of their ends, and a batch of them is a transaction of its own. A job that is cut off begins again with what
is left.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, literal_column, select, true, tuple_

from core.act import Act
from core.deadlines import alerts
from core.identity import recipients
from core.notifications import outbox
from core.projects.models import Project, ProjectState
from core.reviews.models import CaseState
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import RulesetVersion
from core.wage_deposits.models import BankGuarantee, DepositState, OfflineGuarantee, WageDeposit
from core.workdays import Span, before, latest_end

ALERT = "guarantee_expiry"
AHEAD = "alerts.guarantee_expiry_ahead"
BATCH = 200
"""Letters of one transaction."""
LETTERS: Sequence[type[BankGuarantee | OfflineGuarantee]] = (BankGuarantee, OfflineGuarantee)

Place = tuple[date, int]
"""Of a letter in its list: its end and its id."""


@dataclass(frozen=True)
class Batch:
    """How many alerts were raised, and where the next batch goes on; None if nothing is left."""

    raised: int
    last: Place | None


async def warn_of_all(begin: Callable[[], AbstractAsyncContextManager[Act]]) -> int:
    """Raise the alerts due on the day of the acts that ``begin`` gives, one for each batch; how many were raised."""
    async with begin() as act:
        horizon = await _find_horizon(act)
    raised = 0
    for kind in LETTERS:
        last: Place | None = None
        while True:
            async with begin() as act:
                batch = await warn(act, kind, horizon, last)
            raised += batch.raised
            if batch.last is None:
                break
            last = batch.last
    return raised


async def warn(act: Act, kind: type[BankGuarantee | OfflineGuarantee], horizon: date, after: Place | None) -> Batch:
    """Tell the handlers of the next letters in force that come to their end, by ``horizon`` at the latest, of deposits
    alive whose project is not completed. How long ahead the case's own rules say.

    A letter is settled once its end was told, or has passed with nothing to tell; who moves its end unsettles it.
    """
    raised, last = 0, None
    for letter, deposit, project in await _fetch_unsettled(act, kind, horizon, after):
        last = letter.ends_on, letter.id
        goes_on = deposit.state == DepositState.SECURED and project.state != ProjectState.COMPLETED
        ruleset = await act.rules(deposit.ruleset_version_id)
        is_due = goes_on and _is_near(act, letter, ruleset)
        if is_due:
            raised += await _tell(act, ruleset, letter, deposit, project)
        if is_due or letter.ends_on < act.on:
            letter.end_settled_at = act.at
    return Batch(raised, last)


def _is_near(act: Act, letter: BankGuarantee | OfflineGuarantee, ruleset: Ruleset) -> bool:
    ahead: str | None = ruleset.value_or_none(AHEAD, act.on)
    return ahead is not None and act.on >= before(letter.ends_on, Span.parse(ahead))


async def _tell(
    act: Act, ruleset: Ruleset, letter: BankGuarantee | OfflineGuarantee, deposit: WageDeposit, project: Project
) -> bool:
    """Whether that is news: a project may have been opened again since."""
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
    if alert is None:
        return False
    to = await recipients.find(act.session, letter.created_by_id)
    outbox.notify(act, ruleset, "guarantee_expiring", facts, to)
    return True


async def _fetch_unsettled(
    act: Act, kind: type[BankGuarantee | OfflineGuarantee], horizon: date, after: Place | None
) -> Sequence[tuple[BankGuarantee | OfflineGuarantee, WageDeposit, Project]]:
    """The next batch, locked; letters that another process is at are left to it."""
    batch = unsettled(kind, horizon, after).with_for_update(of=kind, skip_locked=True)
    return [(letter, deposit, project) for letter, deposit, project in await act.session.execute(batch)]


def unsettled(
    kind: type[BankGuarantee | OfflineGuarantee], horizon: date, after: Place | None
) -> Select[Any, WageDeposit, Project]:
    """Letters in force that end by ``horizon``, by end and id, with what they secure."""
    model: Any = kind
    return (
        select(model, WageDeposit, Project)
        .join(WageDeposit, WageDeposit.id == model.wage_deposit_id)
        .join(Project, Project.id == WageDeposit.project_id)
        .where(
            model.state == literal_column(f"'{CaseState.APPROVED}'"),  # as the index has it
            model.end_settled_at.is_(None),
            model.ends_on <= horizon,
            true() if after is None else tuple_(model.ends_on, model.id) > after,
        )
        .order_by(model.ends_on, model.id)
        .limit(BATCH)
    )


async def _find_horizon(act: Act) -> date:
    """The last end that may be near by any rules a case is under."""
    versions = await act.session.scalars(select(RulesetVersion.id))
    stated = [(await act.rules(version)).value_or_none(AHEAD, act.on) for version in versions]
    return max((latest_end(act.on, Span.parse(ahead)) for ahead in stated if ahead is not None), default=act.on)

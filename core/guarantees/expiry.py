"""Telling in time that a letter of guarantee comes to its end while the works go on (65号 art. 17; BX-127).

A day's work is what falls due, whatever else is kept: an index holds the guarantees whose end nobody has settled yet,
in the order of their ends, and a batch of them is a transaction of its own. A job that is cut off begins again with
what is left.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, literal_column, select, true, tuple_

from core.act import Act
from core.deadlines import alerts
from core.guarantees import secured
from core.guarantees.actions import instruments
from core.guarantees.actions.instruments import ALERT
from core.guarantees.models import Guarantee, GuaranteeState
from core.guarantees.secured import Subject
from core.identity import recipients
from core.notifications import outbox
from core.projects.models import Project
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import RulesetVersion
from core.workdays import Span, before, latest_end

AHEAD = "alerts.guarantee_expiry_ahead"
BATCH = 200
"""Guarantees of one transaction."""

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
    last: Place | None = None
    while True:
        async with begin() as act:
            batch = await warn(act, horizon, last)
        raised += batch.raised
        if batch.last is None:
            return raised
        last = batch.last


async def warn(act: Act, horizon: date, after: Place | None) -> Batch:
    """Tell the handlers of the next guarantees in force that come to their end, by ``horizon`` at the latest,
    whether or not the project is completed: only a cancellation ends that (BX-127). How long ahead the case's own rules
    say.

    A guarantee is settled once its end was told, or has passed with nothing to tell; who moves its end unsettles it.
    """
    raised, last = 0, None
    for guarantee, project in await _fetch_unsettled(act, horizon, after):
        last = guarantee.ends_on, guarantee.id
        ruleset = await act.rules(guarantee.ruleset_version_id)
        is_due = is_near(ruleset, guarantee, act.on)
        if is_due:
            raised += await _tell(act, ruleset, guarantee, project)
        if is_due or guarantee.ends_on < act.on:
            guarantee.end_settled_at = act.at
    return Batch(raised, last)


async def pass_day(begin: Callable[[], AbstractAsyncContextManager[Act]]) -> int:
    """Have guarantees begin whose first day has come, then end those whose last day has passed, and tell what they
    secure; how many. Each is an act of its own: what it secures is locked first, as by everybody else."""
    passed = 0
    for is_due, do in ((_begins, instruments.begin), (_ended, _expire)):
        while True:
            async with begin() as act:
                due = (await act.session.scalars(is_due(act.on).limit(BATCH))).all()
                for known in due:
                    state, subject = known.state, await secured.subject_of(act, known)
                    guarantee = await act.session.get_one(Guarantee, known.id, with_for_update=True)
                    if guarantee.state == state:
                        await do(act, subject, guarantee)
            passed += len(due)
            if len(due) < BATCH:
                break
    return passed


def _begins(on: date) -> Select[Guarantee]:
    first_days = select(Guarantee).where(Guarantee.state == literal_column(f"'{GuaranteeState.PENDING}'"))
    return first_days.where(Guarantee.starts_on <= on).order_by(Guarantee.starts_on, Guarantee.id)


def _ended(on: date) -> Select[Guarantee]:
    last_days = select(Guarantee).where(Guarantee.state == literal_column(f"'{GuaranteeState.IN_FORCE}'"))
    return last_days.where(Guarantee.ends_on < on).order_by(Guarantee.ends_on, Guarantee.id)


async def _expire(act: Act, subject: Subject, guarantee: Guarantee) -> None:
    instruments.end(act, guarantee, GuaranteeState.EXPIRED, "guarantee.expire")
    await secured.on_lost(subject, act, guarantee)


def is_near(ruleset: Ruleset, guarantee: Guarantee, on: date) -> bool:
    """Whether it is time to tell that the guarantee ends; never where no period is set."""
    ahead: str | None = ruleset.value_or_none(AHEAD, on)
    return ahead is not None and on >= before(guarantee.ends_on, Span.parse(ahead))


async def _tell(act: Act, ruleset: Ruleset, guarantee: Guarantee, project: Project) -> bool:
    """Whether that is news: a project may have been opened again since."""
    facts = {
        "project.name": project.name,
        "alert.ends_on": guarantee.ends_on,
        "alert.days_left": (guarantee.ends_on - act.on).days,
    }
    version = ruleset.notice("guarantee_expiring", act.on)
    alert = await alerts.raise_once(
        act,
        kind=ALERT,
        subject=guarantee,
        seen_with=guarantee,
        project_id=project.id,
        message=ruleset.fill_template(version.body, facts, act.on) if version else "",
        ends_on=guarantee.ends_on,
    )
    if alert is None:
        return False
    to = await recipients.find(act.session, guarantee.created_by_id)
    outbox.notify(act, ruleset, "guarantee_expiring", facts, to)
    return True


async def _fetch_unsettled(act: Act, horizon: date, after: Place | None) -> Sequence[tuple[Guarantee, Project]]:
    """The next batch, locked; guarantees that another process is at are left to it."""
    batch = unsettled(horizon, after).with_for_update(of=Guarantee, skip_locked=True)
    return [(guarantee, project) for guarantee, project in await act.session.execute(batch)]


def unsettled(horizon: date, after: Place | None) -> Select[Guarantee, Project]:
    """Guarantees in force that end by ``horizon``, by end and id, with the projects they are for."""
    return (
        select(Guarantee, Project)
        .join(Project, Project.id == Guarantee.project_id)
        .where(
            Guarantee.state == literal_column(f"'{GuaranteeState.IN_FORCE}'"),  # as the index has it
            Guarantee.end_settled_at.is_(None),
            Guarantee.ends_on <= horizon,
            true() if after is None else tuple_(Guarantee.ends_on, Guarantee.id) > after,
        )
        .order_by(Guarantee.ends_on, Guarantee.id)
        .limit(BATCH)
    )


async def _find_horizon(act: Act) -> date:
    """The last end that may be near by any rules a case is under."""
    versions = await act.session.scalars(select(RulesetVersion.id))
    stated = [(await act.rules(version)).value_or_none(AHEAD, act.on) for version in versions]
    return max((latest_end(act.on, Span.parse(ahead)) for ahead in stated if ahead is not None), default=act.on)

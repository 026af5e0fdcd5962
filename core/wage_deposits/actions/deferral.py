"""The end of a deferral, where the city's rules set no term: the officer states the day (BX-059)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from core.act import Act
from core.actor import Role
from core.audit import trail
from core.db.prepared import PreparedStatement
from core.deadlines import alerts
from core.deadlines.models import Alert, AlertState
from core.errors import InvalidInput, NotAllowed, WrongState
from core.identity.models import Membership
from core.projects.models import Project
from core.wage_deposits.models import DepositState, WageDeposit

ALERT = "deferral_end"
_APPLICANT = select(WageDeposit.applicant_id).where(WageDeposit.id == bindparam("deposit"))
_INVOLVED = PreparedStatement(select(Membership.acts_for(bindparam("officer"), _APPLICANT.scalar_subquery())))
"""Whether the officer acts for the enterprise himself."""


@dataclass(frozen=True)
class DeferralEnd:
    """The last day of a deferral and the paper it rests on; anything may be missing here."""

    ends_on: date | None
    basis: str | None


async def state_end(act: Act, deposit_id: int, end: DeferralEnd) -> Alert:
    """An officer of the deposit's office states until when it is deferred; handler and officers have an open alert with
    that day until the ordinary payment ends the deferral. A later statement takes the place of an earlier one."""
    act.must_be(Role.HRSS_OFFICER, "state_deferral_end")
    involved = _INVOLVED.look_up(deposit=deposit_id, officer=act.actor.account_id, on=act.on)
    deposit = await act.find(WageDeposit, deposit_id, lock=True, along=[WageDeposit.project], beside=[involved])
    if involved.rows[0][0] or act.actor.account_id == deposit.project.created_by_id:
        raise NotAllowed("state_deferral_end", Role.HRSS_OFFICER, "own")
    if deposit.state != DepositState.DEFERRED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "state_deferral_end")
    if end.ends_on is None:
        raise InvalidInput(("endsOn",), "deferral_day_missing")
    if end.ends_on <= act.on:
        raise InvalidInput(("endsOn",), "deferral_over")
    if not end.basis:
        raise InvalidInput(("basis",), "deferral_basis_missing")
    await close(act, deposit.project_id, by="wage_deposit.state_deferral_end")
    raised = await alerts.raise_once(
        act,
        kind=ALERT,
        subject=deposit,
        seen_with=deposit,
        project_id=deposit.project_id,
        message=_say(deposit.project, end.ends_on),
        ends_on=end.ends_on,
    )
    if raised is None:  # this very day was stated before, and lifted since
        same = select(Alert).where(Alert.kind == ALERT, Alert.subject_id == deposit.id, Alert.ends_on == end.ends_on)
        raised = (await act.session.scalars(same)).one()
        raised.state, raised.cleared_at, raised.cleared_by = AlertState.OPEN, None, None
    trail.record(act, "wage_deposit.state_deferral_end", deposit, after=vars(end))
    return raised


async def close(act: Act, project_id: int, *, by: str) -> None:
    """The deferral is over, or its day another: the alert on it is lifted."""
    await alerts.clear(act, kind=ALERT, project_id=project_id, by=by)


def _say(project: Project, ends_on: date) -> str:
    return f"{project.title}的保证金缓缴至 {ends_on}，请在期满前提交缴纳的定额申请。"

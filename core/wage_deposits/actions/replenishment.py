"""Making up what was used of a deposit (补足, 65号 art. 20).

It comes by the cases by which deposits are paid, under the city's procedures for them: cash, an order for a letter, a
letter handed in. A letter for all that is due takes the place of the one that was used; one for what is missing stands
beside it, and cash makes up whatever is missing. Which of these the law means no text says, so that none is refused.

An alert tells handlers and officers of the day, once, from the morning after. As with the ends of guarantees, a day's
work is what is new: an index holds the uses of which nobody was told, and a batch of them is a transaction of its own.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, bindparam, select, update

from core.act import Act
from core.audit import trail
from core.deadlines import alerts
from core.errors import WrongState
from core.projects.models import Project
from core.wage_deposits import rules
from core.wage_deposits.models import DepositState, DepositUse, WageDeposit

ALERT = "replenishment"
"""The alert on the day by which a use is to be made up."""
BATCH = 200
"""Uses of one transaction."""


def ask_for(deposit: WageDeposit, amount: Decimal, by: date | None) -> None:
    """So much was taken out of the deposit, which is locked, and is to be made up by that day, or no later than what
    was taken before."""
    days = [day for day in (deposit.replenish_by, by) if day]
    deposit.state, deposit.used_amount = DepositState.TO_REPLENISH, deposit.used_amount + amount
    deposit.replenish_by = min(days, default=None)


async def make_up(act: Act, deposit: WageDeposit, amount: Decimal) -> None:
    """So much more stands for the deposit, which is locked. It is to be replenished until all that is due does."""
    left = rules.left_of(deposit) + amount
    if left >= deposit.amount_due:
        await secure_again(act, deposit, left)
        return
    before = {"used_amount": deposit.used_amount}
    deposit.used_amount -= amount
    trail.record(act, "wage_deposit.make_up", deposit, before=before, after={"used_amount": deposit.used_amount})


async def secure_again(act: Act, deposit: WageDeposit, amount: Decimal) -> None:
    """That amount stands for the deposit, which is locked, from now on: all that is due, so that uses are made up."""
    if not rules.stands(deposit) and deposit.state != DepositState.UNSECURED:
        raise WrongState("WageDeposit", str(deposit.id), deposit.state, "secure")
    before = _standing(deposit)
    if deposit.used_amount:
        await act.session.execute(_MAKE_UP, {"deposit_id": deposit.id, "at": act.at})
        await alerts.clear(act, kind=ALERT, project_id=deposit.project_id, by="wage_deposit.secure_again")
    deposit.state, deposit.secured_amount = DepositState.SECURED, amount
    deposit.used_amount, deposit.replenish_by = Decimal(0), None
    trail.record(act, "wage_deposit.secure_again", deposit, before=before, after=_standing(deposit))


async def warn_of_all(begin: Callable[[], AbstractAsyncContextManager[Act]]) -> int:
    """Raise an alert on every use that is to be made up and of which none tells, in acts that ``begin`` gives, one for
    each batch; how many were raised."""
    raised = 0
    while True:
        async with begin() as act:
            found = (await act.session.execute(untold().with_for_update(of=DepositUse, skip_locked=True))).all()
            for use, deposit, project in found:
                raised += deposit.state != DepositState.CANCELLED and await _tell(act, use, project)
                use.told_at = act.at
        if len(found) < BATCH:
            return raised


def untold() -> Select[DepositUse, WageDeposit, Project]:
    """The next uses of which no alert tells, with their deposits and projects."""
    return (
        select(DepositUse, WageDeposit, Project)
        .join(WageDeposit, WageDeposit.id == DepositUse.wage_deposit_id)
        .join(Project, Project.id == WageDeposit.project_id)
        .where(DepositUse.made_up_at.is_(None), DepositUse.told_at.is_(None), DepositUse.replenish_by.is_not(None))
        .order_by(DepositUse.id)
        .limit(BATCH)
    )


async def _tell(act: Act, use: DepositUse, project: Project) -> bool:
    assert use.replenish_by is not None  # as the index has it
    alert = await alerts.raise_once(
        act,
        kind=ALERT,
        subject=use,
        seen_with=use,
        project_id=project.id,
        message=f"{project.title}的保证金于 {use.used_on} 动用 {use.amount:,.2f} 元，请于 {use.replenish_by} 前补足。",
        ends_on=use.replenish_by,
    )
    return alert is not None


def _standing(deposit: WageDeposit) -> dict[str, object]:
    return {name: getattr(deposit, name) for name in ("state", "secured_amount", "used_amount")}


_MAKE_UP = (
    update(DepositUse)
    .where(DepositUse.wage_deposit_id == bindparam("deposit_id"), DepositUse.made_up_at.is_(None))
    .values(made_up_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)

"""A case about a deposit: how it begins, and the deposit it is about."""

from collections.abc import Collection
from typing import Any, Protocol, get_args

from sqlalchemy import bindparam
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.attributes import set_committed_value

from core.access import Concerning
from core.act import Act
from core.actor import Role
from core.db.row_loader import RowLoader
from core.reviews import actions as reviews
from core.reviews.models import CaseState
from core.rulesets.ruleset import Ruleset
from core.wage_deposits.models import (
    Cancellation,
    CashPayment,
    Filing,
    WageDeposit,
)

DepositCase = CashPayment | Filing | Cancellation


class AboutDeposit(Protocol):
    """A case about a deposit, of this area or of one above it."""

    wage_deposit_id: Mapped[int]
    wage_deposit: Mapped[WageDeposit]


_DEPOSIT = RowLoader(WageDeposit, WageDeposit.id == bindparam("id"), along=("project",), lock=True)


async def find_deposit(act: Act, deposit_id: int) -> tuple[WageDeposit, Ruleset]:
    """The deposit of a handler's own enterprise, locked, with its project; and the rules it goes on under."""
    act.must_be(Role.HANDLER, "handle_deposit")
    deposit = await act.find(WageDeposit, deposit_id, lock=True, along=[WageDeposit.project])
    return deposit, await act.rules(deposit.ruleset_version_id)


async def deposit_of(act: Act, case: AboutDeposit) -> WageDeposit:
    """The deposit that a case is about, locked, with its project; asked for once in an act."""
    if "wage_deposit" not in vars(case):
        set_committed_value(case, "wage_deposit", await _DEPOSIT.load(act.session, id=case.wage_deposit_id))
    return case.wage_deposit


def begin(act: Act, deposit: WageDeposit) -> dict[str, Any]:
    """The columns every case about the deposit begins with. It goes on under the deposit's rules."""
    return {
        **Concerning.like(deposit),
        "ruleset_version_id": deposit.ruleset_version_id,
        "wage_deposit_id": deposit.id,
        "state": CaseState.DRAFT,
        "created_at": act.at,
        "created_by_id": act.actor.account_id,
    }


async def _authors(case: DepositCase, act: Act) -> Collection[int]:
    deposit = await deposit_of(act, case)
    return {case.created_by_id, deposit.project.created_by_id}


for _kind in get_args(DepositCase):
    reviews.authors_of_case.register(_kind, _authors)

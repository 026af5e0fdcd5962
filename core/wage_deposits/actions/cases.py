"""Opening a case about a deposit, and reading one for review."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core import access
from core.act import Act
from core.actor import Role
from core.errors import NotAllowed
from core.reviews.models import CaseState
from core.wage_deposits.models import WageDeposit


async def deposit_of_handler(session: AsyncSession, act: Act, deposit_id: int) -> WageDeposit:
    """The deposit, locked, with its project, for an act of its own handler."""
    deposit = await access.find(session, WageDeposit, deposit_id, act.actor, lock=True, along=[WageDeposit.project])
    if act.actor.role is not Role.HANDLER:
        raise NotAllowed("handle_deposit", Role.HANDLER)
    return deposit


def opened(act: Act, deposit: WageDeposit) -> dict[str, Any]:
    """The columns every case about the deposit begins with. It goes on under the deposit's rules."""
    return {
        "region_code": deposit.region_code,
        "applicant_id": deposit.applicant_id,
        "office_id": deposit.office_id,
        "authority_id": deposit.authority_id,
        "ruleset_version_id": deposit.ruleset_version_id,
        "state": CaseState.DRAFT,
        "created_at": act.at,
        "created_by_id": act.actor.account_id,
    }

"""Who holds an office acts for no enterprise, and who acts for one is given no office (公务员法 art. 59 (16)): with
whatever account somebody decides, he decides on nothing that he could have applied for with it."""

from sqlalchemy import ColumnElement, exists, select

from core.act import Act
from core.actor import OFFICIAL, Role
from core.errors import NotApplicable
from core.identity.models import Account, Membership


def official(act: Act, account_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Whether the account holds an office today, whichever it acts in."""
    return _acts(act, account_id, sorted(OFFICIAL))


async def must_suit(act: Act, account_id: int, role: Role) -> None:
    """Raises NotApplicable where the account must not take the role beside those it has. The account is held until the
    act ends: of two roles at once the second is refused."""
    await act.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    if role is Role.HANDLER and await act.session.scalar(select(official(act, account_id))):
        raise NotApplicable("Account", str(account_id), "holds_an_office")
    if role in OFFICIAL and await act.session.scalar(select(_acts(act, account_id, [Role.HANDLER]))):
        raise NotApplicable("Account", str(account_id), "acts_for_an_enterprise")


def _acts(act: Act, account_id: ColumnElement[int] | int, roles: list[Role]) -> ColumnElement[bool]:
    held = Membership.account_id == account_id, Membership.role.in_(roles), Membership.current(act.on)
    return exists(Membership.id).where(*held)

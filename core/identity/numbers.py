"""Whose a mobile number is: who gave back a code that an SMS brought there has it, and takes it from an account that
only stated it. A mailed code proves a mail address and nothing else (GZ-10)."""

from sqlalchemy import select, update

from core.act import Act
from core.audit import trail
from core.errors import Duplicate
from core.identity import notices, sessions
from core.identity.models import Account


async def free(act: Act, mobile: str) -> None:
    """Take the number from the account that has it without ever having proved it; raises Duplicate where one did."""
    has_it = select(Account).where(Account.mobile == mobile)
    holder = await act.session.scalar(has_it)
    if holder is not None and holder.mobile_proved_at is None:
        again = has_it.with_for_update().execution_options(populate_existing=True)
        holder = await act.session.scalar(again)
    if holder is None:
        return
    if holder.mobile_proved_at is not None:  # not waited for: he may be about to take the number of who asks
        raise Duplicate("account")
    await close(act, holder)
    notices.tell(act, "number_lost", {"email": holder.email}, holder.id)


async def close(act: Act, account: Account) -> None:
    """The account loses its number and its sessions: nobody signs in to it any more. What it did stays its own."""
    mobile = account.mobile
    await act.session.execute(
        update(Account).where(Account.id == account.id).values(mobile=None, mobile_proved_at=None)
    )
    ended = await sessions.end_all(act, account.id)
    trail.record(act, "identity.close", account, before={"mobile": mobile}, after={"sessions": ended})

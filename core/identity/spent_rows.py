"""Removes what counts no more: codes a day after they were sent, tries to log in once they are forgotten.

As all daily work it costs what is due and not what is kept: an index gives the rows, and a batch is a transaction of
its own. Rows that somebody is at are left for the next day.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, func, select

from core.act import Act
from core.identity.guards import DAY, FORGOTTEN
from core.identity.models import LoginGuard, OneTimeCode

BATCH = 1000
"""Rows of one transaction."""


async def remove_all(begin: Callable[[], AbstractAsyncContextManager[Act]]) -> int:
    """What counts no more at the moment of the acts that ``begin`` gives, one for each batch; how many rows."""
    removed = 0
    for spent in (spent_codes, spent_guards):
        while True:
            async with begin() as act:
                batch = cast("CursorResult[Any]", await act.session.execute(spent(act.at))).rowcount
            removed += batch
            if batch < BATCH:
                break
    return removed


def spent_codes(at: datetime) -> Delete:
    """Neither good nor counted any more."""
    spent = select(OneTimeCode.id).where(OneTimeCode.sent_at <= at - DAY, OneTimeCode.expires_at <= at)
    batch = spent.order_by(OneTimeCode.sent_at).limit(BATCH).with_for_update(skip_locked=True)
    return delete(OneTimeCode).where(OneTimeCode.id.in_(batch))


def spent_guards(at: datetime) -> Delete:
    """Not locked, and begun anew by the next try anyway."""
    spent = select(LoginGuard.id).where(
        LoginGuard.counted_since <= at - FORGOTTEN, func.coalesce(LoginGuard.locked_until, at) <= at
    )
    batch = spent.order_by(LoginGuard.counted_since).limit(BATCH).with_for_update(skip_locked=True)
    return delete(LoginGuard).where(LoginGuard.id.in_(batch))

"""Disables a gateway that fails again and again, names it, and lets one message at a time try whether it works again.

What a disabled gateway leaves unsent waits in its row: nothing is tried in vain, and nothing given up for it.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import case, delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.notifications.models import GatewayState, Message

DISABLED_AFTER = 5
"""Failures in a row."""
PAUSE = timedelta(seconds=30)
"""Between two tries of a disabled gateway: its messages are out a minute after its return."""
_log = logging.getLogger(__name__)


class GatewayDisabled(Exception):
    """The message was not tried; it may be in ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"disabled, tried again in {seconds} s")
        self.seconds = seconds


async def admit(db: Database, message_id: int, at: datetime) -> None:
    """Raises GatewayDisabled, but for the one message that is to try in this pause."""
    channel = select(Message.channel).where(Message.id == message_id).scalar_subquery()
    disabled = select(GatewayState).where(GatewayState.channel == channel, GatewayState.retry_at.is_not(None))
    async with db.write() as session:  # of its own: the try itself takes up to a minute
        state = await session.scalar(disabled.with_for_update())
        if state is None or state.retry_at is None:
            return
        left = state.retry_at - at
        if timedelta(0) < left <= PAUSE:  # a longer one is of a clock that was set back since
            raise GatewayDisabled(int(left.total_seconds()) + 1)
        state.retry_at = at + PAUSE


async def count_failure(session: AsyncSession, channel: str, gateway: object, failure: Exception, at: datetime) -> None:
    name, reason = type(gateway).__module__, type(failure).__name__  # what it says may name the receiver
    failures = GatewayState.failures + 1
    first = {"channel": channel, "gateway": name, "reason": reason, "failures": 1, "failing_since": at}
    counted = await session.execute(
        insert(GatewayState)
        .values(**first)
        .on_conflict_do_update(
            index_elements=["channel"],
            set_={
                "gateway": name,
                "reason": reason,
                "failures": failures,
                "retry_at": case((failures >= DISABLED_AFTER, literal(at + PAUSE))),
            },
        )
        .returning(GatewayState.failures)
    )
    if counted.scalar_one() == DISABLED_AFTER:
        _log.error("gateway disabled: %s (%s), %s failures in a row, %s", name, channel, DISABLED_AFTER, reason)


async def forget_failures(session: AsyncSession, channel: str) -> None:
    """It works, whether or not it took the message."""
    forgotten = delete(GatewayState).where(GatewayState.channel == channel)
    for name, retry_at in await session.execute(forgotten.returning(GatewayState.gateway, GatewayState.retry_at)):
        if retry_at is not None:
            _log.warning("gateway works again: %s (%s)", name, channel)


async def is_disabled(session: AsyncSession, channel: str) -> bool:
    disabled = select(GatewayState.id).where(GatewayState.channel == channel, GatewayState.retry_at.is_not(None))
    return await session.scalar(disabled) is not None

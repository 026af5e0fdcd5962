"""Writing messages within an act, and sending them afterwards."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import jobs
from core.acting import Act
from core.db import Database
from core.notifications.models import Message
from core.ports import Email, Gateways, Sms
from core.rulesets.conditions import Facts
from core.rulesets.ruleset import Ruleset


@dataclass(frozen=True)
class Recipient:
    """An account and where it can be reached, by channel."""

    account_id: int
    addresses: Mapping[str, str | None]


SEND = "send_message"
WIPED = "（内容已发送，不再保存）"


async def write(session: AsyncSession, *messages: Message) -> None:
    """Put messages and the promises to send them into the act's transaction."""
    session.add_all(messages)
    await session.flush()
    await jobs.defer(session, SEND, *({"message_id": message.id} for message in messages))


def message(
    act: Act,
    *,
    notice: str,
    channel: str,
    address: str,
    subject: str,
    body: str,
    account_id: int | None = None,
    secret: bool = False,
) -> Message:
    """A message that waits to be written."""
    return Message(
        account_id=account_id,
        channel=channel,
        address=address,
        notice=notice,
        subject=subject,
        body=body,
        secret=secret,
        message_id=f"<{uuid.uuid4()}@anxin.invalid>",
        state="waiting",
        written_at=act.at,
        tries=0,
    )


async def notify(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    notice: str,
    facts: Facts,
    to: Recipient,
) -> None:
    """Tell a person what the ruleset says under ``notice``, over each channel it names and the person has."""
    version = ruleset.notice(notice, act.on)
    addresses = {channel: to.addresses.get(channel) for channel in version.channels} if version else {}
    reached = [(channel, address) for channel, address in addresses.items() if address]
    if version is None or not reached:
        return
    subject, body = (ruleset.text(text, facts, act.on) for text in (version.subject, version.body))
    messages = [
        message(
            act,
            notice=notice,
            channel=channel,
            address=address,
            subject=subject,
            body=body,
            account_id=to.account_id,
        )
        for channel, address in reached
    ]
    await write(session, *messages)


async def send(db: Database, gateways: Gateways, message_id: int, at: datetime) -> None:
    """Send one message. Raises what the gateway raised, after keeping it, so that the queue tries again later.

    The row is locked while it is sent: two workers with the same job send it once.
    """
    async with db.write() as session:
        message = await session.scalar(select(Message).where(Message.id == message_id).with_for_update())
        if message is None or message.state == "sent":
            return
        message.tries += 1
        try:
            await _hand_over(message, gateways)
        except Exception as error:  # kept with the message, then raised below for the queue
            message.last_error = f"{type(error).__name__}: {error}"[:500]
            failure = error
        else:
            message.state, message.sent_at, message.last_error = "sent", at, None
            if message.secret:
                message.body = WIPED
            return
    raise failure


async def _hand_over(message: Message, gateways: Gateways) -> None:
    if message.channel == "email":
        await gateways.mail.send(Email(message.address, message.subject, message.body, message.message_id))
    else:
        await gateways.sms.send(Sms(message.address, message.body, message.message_id))

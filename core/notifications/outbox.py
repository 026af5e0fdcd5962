"""Writing messages within an act, and sending them afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Table, Text, bindparam, column, func, insert, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB

from core import jobs, texts
from core.act import Act
from core.db import Database, deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.notifications import gateway_states
from core.notifications.models import Message
from core.ports import Email, Gateways, MessageRefused, Sms
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset


@dataclass(frozen=True)
class Recipient:
    """An account and where it can be reached, by channel."""

    account_id: int
    addresses: Mapping[str, str | None]


SEND = "send_message"
WIPED = "（内容已发送，不再保存）"
_MESSAGES = cast("Table", Message.__table__)


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"message_{name}", type_=_MESSAGES.c[name].type)


def _write_message() -> DeferredWrite:
    """A message for each channel, and the promise to send it."""
    ways = func.jsonb_to_recordset(bindparam("message_ways", type_=JSONB))
    way = ways.table_valued(column("channel", Text), column("address", Text), name="way")
    way = way.render_derived(with_types=True)
    row: dict[str, Any] = {
        **{
            name: _new(name)
            for name in (
                "account_id",
                "notice",
                "subject",
                "body",
                "parameters",
                "secret",
                "written_at",
                "about_type",
                "about_id",
            )
        },
        "channel": way.c.channel,
        "address": way.c.address,
        "message_id": func.concat(text("'<'"), func.gen_random_uuid(), text("'@anxin.invalid>'")),
        "state": literal_column("'waiting'"),
        "tries": literal_column("0"),
    }
    written = insert(_MESSAGES).from_select(list(row), select(*row.values())).returning(_MESSAGES.c.id).cte("written")
    return DeferredWrite(select(jobs.defer_jobs(SEND, message_id=written.c.id)))


_WRITE = _write_message()


def write(
    act: Act,
    *,
    notice: str,
    addresses: Mapping[str, str],
    subject: str,
    body: str,
    parameters: Mapping[str, str] | None = None,
    account_id: int | None = None,
    secret: bool = False,
    about: tuple[str, int] | None = None,
) -> None:
    """Put a message over each channel that has an address, and the promise to send it, into the act's transaction.

    ``parameters`` are what the text says of this case, for gateways that send templates of their own.
    """
    deferred_writes.defer(
        act.session,
        _WRITE,
        message_ways=[{"channel": channel, "address": address} for channel, address in addresses.items()],
        message_account_id=account_id,
        message_notice=notice,
        message_subject=subject,
        message_body=body,
        message_parameters=dict(parameters or {}),
        message_secret=secret,
        message_written_at=act.at,
        message_about_type=about[0] if about else None,
        message_about_id=about[1] if about else None,
    )


def notify(
    act: Act, ruleset: Ruleset, notice: str, facts: Facts, to: Recipient, *, about: tuple[str, int] | None = None
) -> None:
    """Tell a person what the ruleset says under ``notice``, over each channel it names and the person has. ``about`` is
    the class and the id of what it tells of."""
    version = ruleset.notice(notice, act.on)
    addresses = {channel: to.addresses.get(channel) for channel in version.channels} if version else {}
    reached = {channel: address for channel, address in addresses.items() if address}
    if version is None or not reached:
        return
    parameters: dict[str, str] = {}
    subject, body = (
        ruleset.fill_template(text, facts, act.on, said=parameters) for text in (version.subject, version.body)
    )
    write(
        act,
        notice=notice,
        addresses=reached,
        subject=subject,
        body=body,
        parameters=parameters,
        account_id=to.account_id,
        about=about,
    )


async def send(db: Database, gateways: Gateways, message_id: int, at: datetime) -> None:
    """Send one message. Raises what the gateway raised, after keeping it, so that the queue tries again later;
    GatewayDisabled where it was not asked.

    The row is locked while it is sent: two workers with the same job send it once.
    """
    await gateway_states.admit(db, message_id, at)
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
            if isinstance(error, MessageRefused):
                await gateway_states.forget_failures(session, message.channel)
            elif isinstance(error, OSError) or message.tries == 1:  # one message that breaks it breaks it again
                gateway = gateways.mail if message.channel == "email" else gateways.sms
                await gateway_states.count_failure(session, message.channel, gateway, error, at)
        else:
            await gateway_states.forget_failures(session, message.channel)
            message.state, message.sent_at, message.last_error, message.parameters = "sent", at, None, {}
            if message.secret:
                message.body = WIPED
            return
    raise failure


async def _hand_over(message: Message, gateways: Gateways) -> None:
    if message.channel == "email":
        subject = texts.one_line(message.subject)  # of a name that was stored with a break in it, too
        await gateways.mail.send(Email(message.address, subject, message.body, message.message_id))
    else:
        sms = Sms(message.address, message.body, message.message_id, message.notice, message.parameters)
        await gateways.sms.send(sms)

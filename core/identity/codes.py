"""One-time codes: sent to a mobile number or mail address to prove that it is the caller's.

Six digits, bound to one request and one purpose, good for one use. How long, how many tries and how often the city's
ruleset says.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import func, or_, select

from core.act import Act
from core.errors import CredentialsWrong, InvalidInput, RateLimited
from core.identity.guards import DAY, Source
from core.identity.models import CodePurpose, OneTimeCode
from core.notifications import outbox
from core.rulesets.ruleset import Ruleset

MOBILE = re.compile(r"1[3-9][0-9]{9}")
MAIL = re.compile(r"(?=.{6,254}$)[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s.\x00-\x1f]+")

MOST_OF_ADDRESS = 20
"""Codes to one address in a day, whoever asks for them without being known there."""
OF_EVERY_SOURCE = 3
"""The first codes to an address that a source asks for in a day it gets whatever others asked for: to register, to log
in, and once more. Otherwise a few strangers with many sources could keep somebody out for a day."""
MOST_OF_SOURCE = 300
"""Codes in a day that one source has sent to whatever addresses: an office behind one address, with room."""


@dataclass(frozen=True)
class CodeSent:
    """Name ``request`` when using the code. The same answer is given whether or not an account has the address."""

    request: str
    expires_at: datetime


async def send(act: Act, ruleset: Ruleset, *, purpose: str, channel: str, address: str, source: Source) -> CodeSent:
    """Send a code. Raises RateLimited when this source had one sent there just now for the same purpose, or too many
    within a day; so nobody can use up another's."""
    _check_way(ruleset, act, purpose, channel, address)
    # In this order, always.
    locks = [func.pg_advisory_xact_lock(func.hashtextextended(name, 0)) for name in (address, source.digest.hex())]
    await act.session.execute(select(*locks))
    await _not_too_often(act, ruleset, purpose, address, source)
    code, request = f"{secrets.randbelow(1_000_000):06d}", secrets.token_urlsafe(18)
    minutes: int = ruleset.value("auth.code.minutes", act.on)
    sent = OneTimeCode(
        request=request,
        purpose=purpose,
        channel=channel,
        address=address,
        source=source.digest,
        digest=_digest(request, code),
        sent_at=act.at,
        expires_at=act.at + timedelta(minutes=minutes),
        tries_left=ruleset.value("auth.code.tries", act.on),
    )
    act.session.add(sent)
    version = ruleset.notice("one_time_code", act.on)
    subject = version.subject if version else "验证码"
    purpose_said = _FOR.get(CodePurpose(purpose), "")
    body = f"【安薪】验证码 {code}，{purpose_said}{minutes} 分钟内有效，请勿告诉他人。"
    outbox.write(
        act,
        notice="one_time_code",
        addresses={channel: address},
        subject=subject,
        body=body,
        parameters={"code": code, "minutes": str(minutes), "purpose": purpose_said},
        secret=True,
    )
    return CodeSent(request, sent.expires_at)


async def use(act: Act, *, purpose: str, request: str, code: str) -> str | CredentialsWrong:
    """The address that the code proves. A wrong try is counted, and CredentialsWrong *returned*: the caller commits the
    count before refusing."""
    sent = await act.session.scalar(
        select(OneTimeCode).where(OneTimeCode.request == request, OneTimeCode.purpose == purpose).with_for_update()
    )
    if sent is None or sent.used_at or sent.expires_at <= act.at or sent.tries_left <= 0:
        return CredentialsWrong()
    sent.tries_left -= 1
    if not secrets.compare_digest(sent.digest, _digest(request, code)):
        return CredentialsWrong()
    sent.used_at = act.at
    return sent.address


_FOR = {
    CodePurpose.RESET_PASSWORD: "用于重置密码，",
    CodePurpose.CHANGE_MOBILE: "用于更换登录手机号，",
    CodePurpose.CHANGE_EMAIL: "用于更换电子邮箱，",
}
"""So that whoever is asked for a code on the telephone reads what it would do."""
_ONLY_WAY = {
    CodePurpose.LOG_IN: "sms",
    CodePurpose.RESET_PASSWORD: "sms",
    CodePurpose.CHANGE_MOBILE: "sms",
    CodePurpose.CHANGE_EMAIL: "email",
}
"""What proves a number does not prove an address, and the other way round (BX-007). One registers as the city says."""


def _check_way(ruleset: Ruleset, act: Act, purpose: str, channel: str, address: str) -> None:
    only = _ONLY_WAY.get(CodePurpose(purpose))
    if only is None and channel not in ruleset.value("registration.contact_channels", act.on):
        raise InvalidInput(("channel",), "codes_not_sent_this_way")
    if only == "sms" and channel != only:
        raise InvalidInput(("channel",), "codes_to_mobile_only")
    if only == "email" and channel != only:
        raise InvalidInput(("channel",), "codes_to_mail_only")
    if channel == "sms" and not MOBILE.fullmatch(address):
        raise InvalidInput(("address",), "mobile")
    if channel == "email" and not MAIL.fullmatch(address):
        raise InvalidInput(("address",), "mail_address")


async def _not_too_often(act: Act, ruleset: Ruleset, purpose: str, address: str, source: Source) -> None:
    """The city's interval and number a day for an address hold for each source. Over all sources an address gets
    ``MOST_OF_ADDRESS``, but for who is known there and for ``OF_EVERY_SOURCE``; a source has ``MOST_OF_SOURCE`` sent
    wherever it be."""
    apart = timedelta(seconds=ruleset.value("auth.code.seconds_apart", act.on))
    sent = select(OneTimeCode.sent_at, OneTimeCode.address, OneTimeCode.source, OneTimeCode.purpose).where(
        # Not those of a moment to come: the clock was set back since, and nobody is locked out until it is there again.
        OneTimeCode.sent_at.between(act.at - DAY, act.at),
        or_(OneTimeCode.address == address, OneTimeCode.source == source.digest),
    )
    rows = (await act.session.execute(sent.order_by(OneTimeCode.sent_at))).all()
    there = [at for at, to, _, _ in rows if to == address]
    from_here = [at for at, _, by, _ in rows if by == source.digest]
    here = [at for at, to, by, _ in rows if (to, by) == (address, source.digest)]
    alike = [at for at, to, by, what in rows if (to, by, what) == (address, source.digest, purpose)]
    bounds = [(here, ruleset.value("auth.code.per_day", act.on)), (from_here, MOST_OF_SOURCE)]
    if not source.is_known and len(here) >= OF_EVERY_SOURCE:
        bounds.append((there, MOST_OF_ADDRESS))
    waits = [at + apart for at in alike[-1:]]
    waits += [moments[-most] + DAY for moments, most in bounds if len(moments) >= most]
    if waits and max(waits) > act.at:
        raise RateLimited(ceil((max(waits) - act.at).total_seconds()))


def _digest(request: str, code: str) -> bytes:
    return hashlib.sha256(f"{request}:{code}".encode()).digest()

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

from sqlalchemy import func, select

from core.act import Act
from core.errors import CredentialsWrong, InvalidInput, RateLimited
from core.identity.models import OneTimeCode
from core.notifications import outbox
from core.rulesets.ruleset import Ruleset

MOBILE = re.compile(r"1[3-9][0-9]{9}")
MAIL = re.compile(r"(?=.{6,254}$)[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s.\x00-\x1f]+")


@dataclass(frozen=True)
class CodeSent:
    """Name ``request`` when using the code. The same answer is given whether or not an account has the address."""

    request: str
    expires_at: datetime


async def send(act: Act, ruleset: Ruleset, *, purpose: str, channel: str, address: str) -> CodeSent:
    """Send a code. Raises RateLimited when one was just sent, or too many were today, whatever they were for."""
    _check_way(ruleset, act, purpose, channel, address)
    await act.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(address, 0))))
    await _not_too_often(act, ruleset, address)
    code, request = f"{secrets.randbelow(1_000_000):06d}", secrets.token_urlsafe(18)
    minutes: int = ruleset.value("auth.code.minutes", act.on)
    sent = OneTimeCode(
        request=request,
        purpose=purpose,
        channel=channel,
        address=address,
        digest=_digest(request, code),
        sent_at=act.at,
        expires_at=act.at + timedelta(minutes=minutes),
        tries_left=ruleset.value("auth.code.tries", act.on),
    )
    act.session.add(sent)
    version = ruleset.notice("one_time_code", act.on)
    subject = version.subject if version else "验证码"
    body = f"【安薪】验证码 {code}，{minutes} 分钟内有效，请勿告诉他人。"
    outbox.write(act, notice="one_time_code", addresses={channel: address}, subject=subject, body=body, secret=True)
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


def _check_way(ruleset: Ruleset, act: Act, purpose: str, channel: str, address: str) -> None:
    """Where a city logs in by a short message's code, one that was mailed proves nothing (BX-007)."""
    if channel not in ruleset.value("registration.contact_channels", act.on):
        raise InvalidInput(("channel",), "codes_not_sent_this_way")
    if purpose == "log_in" and channel != "sms":
        raise InvalidInput(("channel",), "codes_to_mobile_only")
    if channel == "sms" and not MOBILE.fullmatch(address):
        raise InvalidInput(("address",), "mobile")
    if channel == "email" and not MAIL.fullmatch(address):
        raise InvalidInput(("address",), "mail_address")


async def _not_too_often(act: Act, ruleset: Ruleset, address: str) -> None:
    since = act.at - timedelta(days=1)
    # Not those of a moment to come: the clock was set back since, and nobody is locked out until it is there again.
    sent = OneTimeCode.sent_at.between(since, act.at)
    today = select(OneTimeCode.sent_at).where(OneTimeCode.address == address, sent)
    moments = list(await act.session.scalars(today.order_by(OneTimeCode.sent_at)))
    apart = timedelta(seconds=ruleset.value("auth.code.seconds_apart", act.on))
    if moments and act.at < moments[-1] + apart:
        raise RateLimited(ceil((moments[-1] + apart - act.at).total_seconds()))
    if len(moments) >= ruleset.value("auth.code.per_day", act.on):
        raise RateLimited(ceil((moments[0] + timedelta(days=1) - act.at).total_seconds()))


def _digest(request: str, code: str) -> bytes:
    return hashlib.sha256(f"{request}:{code}".encode()).digest()

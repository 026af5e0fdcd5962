"""How often a mobile number is tried before it is locked: by source, so that a stranger locks out himself alone.

A source is where a try comes from: a network address, or the token of an earlier log-in with that number. A try is
taken, and committed, before the password is looked at, and given back when it was right; so guesses in parallel are
counted like guesses in a row. Numbers that nobody has are counted, too: strangers cannot tell.

After as many wrong tries in a row as the city says (BX-008) the source is locked for the city's minutes, or, where its
text names none, for those of the national base; of several cities (``core.identity.log_in_rules``) after the fewest
tries and for the longest time. After ``PER_DAY`` tries of all sources together the number takes, until
the day is over, only who brings such a token. The base's minutes and this number are decisions of the platform.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import CHINA
from core.audit import trail
from core.db import deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.errors import AccountLocked, CredentialsWrong, NotFound
from core.identity import sessions
from core.identity.models import Account, LoginGuard, Session
from core.rulesets.ruleset import Ruleset

PER_DAY = 20
DAY = timedelta(days=1)
"""From the first try on."""
FORGOTTEN = timedelta(days=30)
"""After so long wrong tries from a source count no more, though none was right since; a decision of the platform."""
_SLIP = timedelta(minutes=1)
"""By so much a clock may be corrected. What was counted later than that is of a clock that was set back since: it is
counted anew, and nobody is locked until the clock is there again."""
ALL = b""
"""In the place of a source: all of them together."""
MOST_LISTED = 200


@dataclass(frozen=True)
class Source:
    """Where a try comes from, kept as a digest."""

    digest: bytes
    is_known: bool = False
    """By the token of an earlier log-in with the number."""


@dataclass(frozen=True)
class Try:
    """One that was taken."""

    mobile: str
    source: Source
    left: int
    """How many there are if this one was wrong."""


@dataclass(frozen=True)
class LockedAccount:
    """A mobile number that cannot be tried from ``sources`` of those that tried it, or from any unknown one."""

    mobile: str
    everywhere: bool
    sources: int
    until: datetime


async def find_source(act: Act, mobile: str, address: bytes, earlier_token: str | None) -> Source:
    """The token's, if a session with this number's account was ever opened by it; else the address's."""
    if earlier_token:
        digest = sessions.digest(earlier_token)
        opened = select(Session.id).join(Account, Account.id == Session.account_id)
        if await act.session.scalar(opened.where(Session.digest == digest, Account.mobile == mobile)):
            return Source(hashlib.sha256(b"token" + digest).digest(), is_known=True)
    return Source(address)


async def take(act: Act, rulesets: Sequence[Ruleset], mobile: str, source: Source) -> Try | AccountLocked:
    """One try with the number."""
    everywhere, here = await _guards(act, mobile, source)
    if _is_over(here, act.at, FORGOTTEN) or (here.locked_until is not None and here.locked_until <= act.at):
        here.failures, here.locked_until = 0, None
    if _is_over(everywhere, act.at, DAY):
        everywhere.failures, everywhere.counted_since, everywhere.locked_until = 0, act.at, None
    if here.locked_until is not None:
        return AccountLocked(here.locked_until.astimezone(CHINA))
    if everywhere.locked_until is not None and not source.is_known:
        return AccountLocked(everywhere.locked_until.astimezone(CHINA), everywhere=True)
    most: int = min(ruleset.value("auth.lockout.max_failures", act.on) for ruleset in rulesets)
    if here.failures == 0:
        here.counted_since = act.at
    here.failures += 1
    everywhere.failures += 1
    if here.failures >= most:
        here.counted_since, here.locked_until = act.at, act.at + max(_find_lock(act, ruleset) for ruleset in rulesets)
    if everywhere.failures >= PER_DAY:
        everywhere.locked_until = everywhere.counted_since + DAY
    left = most - here.failures
    return Try(mobile, source, left if source.is_known else min(left, PER_DAY - everywhere.failures))


def _is_over(guard: LoginGuard, at: datetime, counted: timedelta) -> bool:
    return guard.counted_since + counted <= at or guard.counted_since > at + _SLIP


def _find_lock(act: Act, ruleset: Ruleset) -> timedelta:
    minutes: int | None = ruleset.value_or_none("auth.lockout.minutes", act.on)
    if minutes is not None:
        return timedelta(minutes=minutes)
    return timedelta(minutes=act.rulesets.national.value("auth.lockout.minutes", act.on))


def give_back(act: Act, tried: Try) -> None:
    """It was right: what was wrong before it, from there, is forgotten, and of all sources together this try alone."""
    deferred_writes.defer(act.session, _GIVE_BACK, tried_mobile=tried.mobile, all_sources=ALL)
    deferred_writes.defer(act.session, _FORGET, tried_mobile=tried.mobile, tried_source=tried.source.digest)


_LESS = func.greatest(LoginGuard.failures - 1, 0)
_GIVE_BACK = DeferredWrite(
    update(LoginGuard)
    .where(LoginGuard.mobile == bindparam("tried_mobile"), LoginGuard.source == bindparam("all_sources"))
    .values(failures=_LESS, locked_until=case((_LESS < PER_DAY, null()), else_=LoginGuard.locked_until))
)
_FORGET = DeferredWrite(
    update(LoginGuard)
    .where(LoginGuard.mobile == bindparam("tried_mobile"), LoginGuard.source == bindparam("tried_source"))
    .values(failures=literal_column("0"), locked_until=null())
)


async def forget(act: Act, mobile: str) -> None:
    """The number may be tried from everywhere as if nobody had tried it yet: its password is another one."""
    tried = update(LoginGuard).where(LoginGuard.mobile == mobile)
    await act.session.execute(tried.values(failures=0, locked_until=None))


async def record(act: Act, tried: Try) -> CredentialsWrong:
    """It was wrong: the lock, if it brought one, goes on record."""
    if tried.left <= 0:
        everywhere, here = await _guards(act, tried.mobile, tried.source)
        for guard in (here, everywhere):
            if guard.locked_until is not None:
                trail.record(act, "identity.lock", guard, after={"failures": guard.failures})
                break
    return CredentialsWrong(max(tried.left, 0))


async def unlock(act: Act, mobile: str) -> None:
    """Let the number be tried again from everywhere; raises NotFound where nothing is locked."""
    guards = (
        await act.session.scalars(
            select(LoginGuard).where(LoginGuard.mobile == mobile).order_by(LoginGuard.source).with_for_update()
        )
    ).all()
    if not any(guard.locked_until is not None and guard.locked_until > act.at for guard in guards):
        raise NotFound("LockedAccount", mobile)
    for guard in guards:
        guard.failures, guard.locked_until = 0, None
    trail.record(act, "identity.unlock", guards[0])


async def find_locked(session: AsyncSession, at: datetime) -> Sequence[LockedAccount]:
    """The numbers that are locked at the moment, the latest first, at most ``MOST_LISTED``."""
    everywhere = func.bool_or(LoginGuard.source == ALL)
    sources = func.count().filter(LoginGuard.source != ALL)
    until = func.max(LoginGuard.locked_until)
    locked = (
        select(LoginGuard.mobile, everywhere, sources, until)
        .where(LoginGuard.locked_until > at, LoginGuard.counted_since <= at + _SLIP)
        .group_by(LoginGuard.mobile)
        .order_by(until.desc(), LoginGuard.mobile)
        .limit(MOST_LISTED)
    )
    return [LockedAccount(*row) for row in await session.execute(locked)]


async def _guards(act: Act, mobile: str, source: Source) -> tuple[LoginGuard, LoginGuard]:
    """Of all sources and of this one, held in this order until the transaction ends: tries are judged one after
    another."""
    blank = {"mobile": mobile, "failures": 0, "counted_since": act.at}
    entered = insert(LoginGuard).values([{**blank, "source": digest} for digest in (ALL, source.digest)])
    # Set to what they are: so they are locked, and returned, in the one statement that enters them.
    held = entered.on_conflict_do_update(
        index_elements=["mobile", "source"], set_={"mobile": entered.excluded.mobile}
    ).returning(LoginGuard)
    rows = await act.session.scalars(held, execution_options={"populate_existing": True})
    everywhere, here = sorted(rows, key=lambda guard: guard.source)
    return everywhere, here

"""Log-in sessions: opaque tokens, kept as digests, ended at once when revoked."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Date, and_, bindparam, exists, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import CHINA, Actor, Role
from core.audit import trail
from core.db import deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.db.prepared import PreparedStatement
from core.errors import NotFound, Unauthenticated
from core.identity.models import Account, Membership, Session

_UNASKED = timedelta(minutes=1)
"""How long an authentication holds, and a session counts as seen."""


HOLDS = exists(Session.id).where(
    Session.id == bindparam("session_id", type_=BigInteger), Session.holds_until == bindparam("holds_until")
)
"""That nothing has changed since an actor was authenticated, given two values of his: whatever ends his session, or for
whom he acts in it, takes ``holds_until`` away. A read that asks this before that moment needs no authentication."""


async def open_for(
    act: Act, account: Account, membership: Membership | None, *, life: timedelta
) -> tuple[str, Session]:
    """A new token for the account, acting under ``membership``. The token is shown once and never stored."""
    token = secrets.token_urlsafe(32)
    opened = Session(
        id=await act.new_id(Session),
        account_id=account.id,
        digest=digest(token),
        membership_id=membership.id if membership else None,
        opened_at=act.at,
        seen_at=act.at,
        ends_at=act.at + life,
    )
    act.insert(opened)
    return token, opened


async def authenticate(session: AsyncSession, token: str, at: datetime, *, idle: timedelta) -> Actor | None:
    """Who holds the token now, and for whom; None when it is unknown, revoked, or past its time. Keeps the session
    awake. A membership that does not hold today counts for nothing."""
    today = at.astimezone(CHINA).date()
    holder = (
        select(Session, Account, Membership)
        .join(Account, Account.id == Session.account_id)
        .outerjoin(Membership, and_(Membership.id == Session.membership_id, Membership.current(today)))
        .where(Session.digest == digest(token), Session.revoked_at.is_(None))
    )
    row = (await session.execute(holder)).one_or_none()
    if row is None:
        return None
    found, account, membership = row
    if found.ends_at <= at or found.seen_at + idle <= at:
        return None
    if found.holds_until is None or found.holds_until <= at:
        found.seen_at, found.holds_until = at, min(at + _UNASKED, found.ends_at)
    return actor(account, membership, found)


Powers = frozenset[tuple[int, str]]
"""Organisations with the roles in which an account acts for them."""


async def find_held(
    session: AsyncSession, ids: Collection[int], at: datetime, *, idle: timedelta
) -> Mapping[int, Powers]:
    """Of these sessions those that have not ended, each with what its account is a member of on that day; no session
    is kept awake by being asked for."""
    today = at.astimezone(CHINA).date()
    held = (
        select(Session.id, Membership.organization_id, Membership.role)
        .outerjoin(Membership, and_(Membership.account_id == Session.account_id, Membership.current(today)))
        .where(Session.id.in_(ids), Session.revoked_at.is_(None), Session.ends_at > at, Session.seen_at > at - idle)
    )
    found = defaultdict[int, set[tuple[int, str]]](set)
    rows = cast("Sequence[tuple[int, int | None, str]]", (await session.execute(held)).all())
    for id, organization_id, role in rows:
        found[id] |= set() if organization_id is None else {(organization_id, role)}
    return {id: Powers(powers) for id, powers in found.items()}


def actor(account: Account, membership: Membership | None, opened: Session) -> Actor:
    """Who acts in the session, under the membership if there is one."""
    if membership is None:
        return Actor(account.id, account.name, session_id=opened.id, holds_until=opened.holds_until)
    return Actor(
        account.id, account.name, membership.organization_id, Role(membership.role), opened.id, opened.holds_until
    )


async def must_hold(act: Act) -> None:
    """Raises Unauthenticated where the actor's session ended since he was authenticated, or he acts for somebody else
    in it; it cannot end before the act does."""
    found = await _HELD.fetch(act.session, session_id=act.actor.session_id, today=act.on)
    if [row[0] for row in found] != [act.actor.organization_id]:
        raise Unauthenticated


_TODAY: ColumnElement[Any] = bindparam("today", type_=Date)
_HELD = PreparedStatement(
    select(Membership.organization_id)
    .select_from(Session)
    .outerjoin(
        Membership,
        and_(
            Membership.id == Session.membership_id,
            Membership.since <= _TODAY,
            func.coalesce(Membership.until, _TODAY) >= _TODAY,
        ),
    )
    .where(
        Session.id == bindparam("session_id", type_=BigInteger),
        Session.revoked_at.is_(None),
        Session.ends_at > func.now(),
    )
    .with_for_update(of=Session, read=True)
)
"""For whom somebody acts in a session that has not ended."""


async def act_for(act: Act, membership_id: int) -> Membership:
    """Let the current session act under another of the account's memberships; raises NotFound for anybody else's, and
    for one that does not hold today."""
    membership = await act.session.scalar(
        select(Membership).where(
            Membership.id == membership_id,
            Membership.account_id == act.actor.account_id,
            Membership.current(act.on),
        )
    )
    if membership is None:
        raise NotFound("Membership", str(membership_id))
    await act.session.execute(
        update(Session).where(Session.id == act.actor.session_id).values(membership_id=membership.id, holds_until=None)
    )
    trail.record(act, "identity.act_for", membership, after={"role": membership.role})
    return membership


def act_under(act: Act, account_id: int, membership_id: int) -> None:
    """Let the account's sessions that act for nobody act under a membership that is only being begun, as a log-in would
    that finds no other."""
    deferred_writes.defer(act.session, _ACT_UNDER, acting_account_id=account_id, acting_membership_id=membership_id)


_ACT_UNDER = DeferredWrite(
    update(Session)
    .where(
        Session.account_id == bindparam("acting_account_id"),
        Session.membership_id.is_(None),
        Session.revoked_at.is_(None),
    )
    .values(membership_id=bindparam("acting_membership_id"), holds_until=null())
)


async def revoke(act: Act, *, every: bool) -> int:
    """End the current session, or every session of the account; how many ended."""
    mine = Session.account_id == act.actor.account_id if every else Session.id == act.actor.session_id
    count = await _end(act, mine)
    account = await act.session.get_one(Account, act.actor.account_id)
    trail.record(act, "identity.log_out", account, after={"sessions": count})
    return count


async def end_all(act: Act, account_id: int, *, but: int | None = None) -> int:
    """End every session of the account ``but`` that one; how many ended."""
    mine = Session.account_id == account_id
    return await _end(act, mine if but is None else and_(mine, Session.id != but))


async def _end(act: Act, which: ColumnElement[bool]) -> int:
    ended = await act.session.execute(
        update(Session)
        .where(which, Session.revoked_at.is_(None))
        .values(revoked_at=act.at, holds_until=None)
        .returning(Session.id)
    )
    return len(ended.all())


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()

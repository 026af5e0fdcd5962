"""Log-in sessions: opaque tokens, kept as digests, ended at once when revoked."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.acting import CHINA, Act, Actor, Role
from core.errors import NotFound
from core.identity.models import Account, Membership, Session

_SEEN_EVERY = timedelta(minutes=1)


async def open_for(
    session: AsyncSession, act: Act, account: Account, membership: Membership | None, *, life: timedelta
) -> tuple[str, Session]:
    """A new token for the account, acting under ``membership``. The token is shown once and never stored."""
    token = secrets.token_urlsafe(32)
    opened = Session(
        account_id=account.id,
        digest=_digest(token),
        membership_id=membership.id if membership else None,
        opened_at=act.at,
        seen_at=act.at,
        ends_at=act.at + life,
    )
    session.add(opened)
    await session.flush()
    return token, opened


async def authenticate(session: AsyncSession, token: str, at: datetime, *, idle: timedelta) -> Actor | None:
    """Who holds the token now; None when it is unknown, revoked, or past its time. Keeps the session awake."""
    found = await session.scalar(select(Session).where(Session.digest == _digest(token), Session.revoked_at.is_(None)))
    if found is None or found.ends_at <= at or found.seen_at + idle <= at:
        return None
    if found.seen_at + _SEEN_EVERY <= at:
        await session.execute(update(Session).where(Session.id == found.id).values(seen_at=at))
        await session.commit()
    account = await session.get_one(Account, found.account_id)
    membership = await _membership(session, found, at)
    if membership is None:
        return Actor(account.id, account.name, session_id=found.id)
    return Actor(account.id, account.name, membership.organization_id, Role(membership.role), found.id)


async def _membership(session: AsyncSession, found: Session, at: datetime) -> Membership | None:
    today = at.astimezone(CHINA).date()
    return await session.scalar(
        select(Membership).where(
            Membership.id == found.membership_id,
            Membership.since <= today,
            or_(Membership.until.is_(None), Membership.until >= today),
        )
    )


async def act_for(session: AsyncSession, act: Act, membership_id: int) -> Membership:
    """Let the current session act under another of the account's memberships; raises NotFound for anybody else's."""
    membership = await session.scalar(
        select(Membership).where(Membership.id == membership_id, Membership.account_id == act.actor.account_id)
    )
    if membership is None:
        raise NotFound("任职关系", str(membership_id))
    await session.execute(update(Session).where(Session.id == act.actor.session_id).values(membership_id=membership.id))
    return membership


async def revoke(session: AsyncSession, act: Act, *, every: bool) -> int:
    """End the current session, or every session of the account; how many ended."""
    mine = Session.account_id == act.actor.account_id if every else Session.id == act.actor.session_id
    ended = await session.execute(
        update(Session).where(mine, Session.revoked_at.is_(None)).values(revoked_at=act.at).returning(Session.id)
    )
    return len(ended.all())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

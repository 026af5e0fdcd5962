"""Logging in, in three steps: a try is taken; the password is looked at, while nothing is held; then the code."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from core.act import Act, Begin
from core.actor import Actor
from core.audit import trail
from core.errors import AccountLocked, CredentialsWrong
from core.identity import codes, guards, sessions
from core.identity.codes import MOBILE
from core.identity.guards import Try
from core.identity.hash_queue import HashQueue
from core.identity.models import Account, Membership
from core.rulesets.ruleset import Ruleset


@dataclass(frozen=True)
class Credentials:
    """What is stated to log in. ``earlier_token`` is that of any former session with the number."""

    mobile: str
    password: str
    code_request: str | None
    code: str | None
    earlier_token: str | None


@dataclass(frozen=True)
class SignedIn:
    """A fresh session, and who acts in it. The token is shown here and never again."""

    token: str
    ends_at: datetime
    account: Account
    actor: Actor


async def log_in(
    begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: Credentials, *, address: bytes, life: timedelta
) -> SignedIn:
    """A session for mobile, password and code together, as the city's ``auth.login.factors`` ask (BX-007).

    Raises CredentialsWrong, AccountLocked (``core.identity.guards``) and RateLimited, before a try is taken, where too
    many log in at once.
    """
    mobile = stated.mobile
    if not MOBILE.fullmatch(mobile):
        raise CredentialsWrong
    with hashes.place(address):
        async with begin() as act:
            source = await guards.find_source(act, mobile, address, stated.earlier_token)
            tried = await guards.take(act, ruleset, mobile, source)
            hash_ = await act.session.scalar(select(Account.password_hash).where(Account.mobile == mobile))
        if isinstance(tried, AccountLocked):
            raise tried
        is_right = await hashes.matches(stated.password, hash_)
    async with begin() as act:
        result = await _judge(act, ruleset, stated, tried, is_right=is_right, life=life)
    if isinstance(result, CredentialsWrong):
        raise result
    return result


async def _judge(
    act: Act, ruleset: Ruleset, stated: Credentials, tried: Try, *, is_right: bool, life: timedelta
) -> SignedIn | CredentialsWrong:
    """The right password without a right code counts like a wrong one; a wrong one uses up no code."""
    if is_right and "sms_code" in ruleset.value("auth.login.factors", act.on):
        proved = await codes.use(act, purpose="log_in", request=stated.code_request or "", code=stated.code or "")
        is_right = proved == tried.mobile
    if not is_right:
        return await guards.record(act, tried)
    guards.give_back(act, tried)
    account, membership = await _find(act, tried.mobile)
    token, opened = await sessions.open_for(act, account, membership, life=life)
    trail.record(act, "identity.log_in", account)
    return SignedIn(token, opened.ends_at, account, sessions.actor(account, membership, opened))


async def _find(act: Act, mobile: str) -> tuple[Account, Membership | None]:
    """The account, and the membership to act under when there is just one; with several the person chooses."""
    current = and_(Membership.account_id == Account.id, Membership.current(act.on))
    found = select(Account, Membership).outerjoin(Membership, current).where(Account.mobile == mobile).limit(2)
    rows = (await act.session.execute(found)).all()
    account, membership = rows[0]
    return account, membership if len(rows) == 1 else None

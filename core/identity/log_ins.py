"""Logging in, in three steps: a try is taken; the password is looked at, while nothing is held; then the code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from core.act import Act, Begin
from core.actor import Actor
from core.audit import trail
from core.errors import AccountLocked, CredentialsWrong
from core.identity import codes, guards, log_in_rules, sessions
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
    """A session for mobile, password and code together, as the account's cities ask (``auth.login.factors``, BX-007).

    Raises CredentialsWrong, AccountLocked (``core.identity.guards``) and RateLimited, before a try is taken, where too
    many log in at once.
    """
    mobile = stated.mobile
    if not MOBILE.fullmatch(mobile):
        raise CredentialsWrong
    with hashes.place(address):
        async with begin() as act:
            source = await guards.find_source(act, mobile, address, stated.earlier_token)
            found = select(Account.password_hash, log_in_rules.regions(act)).where(Account.mobile == mobile)
            row = (await act.session.execute(found)).one_or_none()
            password_hash, regions = row or (None, ())
            rulesets = log_in_rules.strictest(act, ruleset, regions)
            tried = await guards.take(act, rulesets, mobile, source)
        if isinstance(tried, AccountLocked):
            raise tried
        is_right = await hashes.matches(stated.password, password_hash)
    async with begin() as act:
        result = await _judge(act, rulesets, stated, tried, password_hash if is_right else None, life=life)
    if isinstance(result, CredentialsWrong):
        raise result
    return result


async def _judge(
    act: Act,
    rulesets: Sequence[Ruleset],
    stated: Credentials,
    tried: Try,
    password_hash: str | None,
    *,
    life: timedelta,
) -> SignedIn | CredentialsWrong:
    """The right password, by the hash it was right for, without a right code counts like a wrong one; a wrong one uses
    up no code. A number that was only stated so far is proved by a code in every city."""
    found = await _find(act, tried.mobile, password_hash) if password_hash else None
    if found is None:
        return await guards.record(act, tried)
    account, membership = found
    if account.mobile_proved_at is None or any(
        "sms_code" in one.value("auth.login.factors", act.on) for one in rulesets
    ):
        proved = await codes.use(act, purpose="log_in", request=stated.code_request or "", code=stated.code or "")
        if proved != tried.mobile:
            return await guards.record(act, tried)
    if account.mobile_proved_at is None:
        account.mobile_proved_at = act.at
        trail.record(act, "identity.prove_number", account)
    guards.give_back(act, tried)
    token, opened = await sessions.open_for(act, account, membership, life=life)
    trail.record(act, "identity.log_in", account)
    return SignedIn(token, opened.ends_at, account, sessions.actor(account, membership, opened))


async def _find(act: Act, mobile: str, password_hash: str) -> tuple[Account, Membership | None] | None:
    """The account, and the membership to act under when there is just one; with several the person chooses. None where
    number or password changed hands since the password was looked at; neither does until the act ends."""
    current = and_(Membership.account_id == Account.id, Membership.current(act.on))
    mine = Account.mobile == mobile, Account.password_hash == password_hash
    found = select(Account, Membership).outerjoin(Membership, current).where(*mine).limit(2)
    rows = (await act.session.execute(found.with_for_update(of=Account))).all()
    if not rows:
        return None
    account, membership = rows[0]
    return account, membership if len(rows) == 1 else None

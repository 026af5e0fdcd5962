"""Registering, logging in, unlocking; memberships and authorities.

A refusal that must be remembered (a wrong code, a wrong password) is returned, not raised: the transaction that counts
it commits, and the caller raises it afterwards.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.acting import Act, Role
from core.audit import trail
from core.errors import AccountLocked, CredentialsWrong, DomainError, Duplicate, InvalidInput, NotFound, RulesViolated
from core.identity import codes, passwords, sessions
from core.identity.models import Account, Authority, LoginGuard, Membership, Organization
from core.rulesets.ruleset import Ruleset

MOBILE = re.compile(r"1[3-9][0-9]{9}")
AGREEMENT_VERSION = "2026-11"


@dataclass(frozen=True)
class Registration:
    """What a new user states. ``code_request`` and ``code`` prove the mobile number or the mail address."""

    mobile: str
    email: str | None
    name: str
    password: str
    agreement_accepted: bool
    code_request: str
    code: str


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. The token is shown here and never again."""

    token: str
    ends_at: datetime
    account: Account


async def register(
    session: AsyncSession, act: Act, ruleset: Ruleset, stated: Registration
) -> Account | CredentialsWrong:
    """A new account. Raises RulesViolated for a weak password and Duplicate for a mobile number already registered."""
    _check_stated(stated)
    if broken := passwords.violations(ruleset, stated.password, act.on):
        raise RulesViolated(broken)
    proved = await codes.use(session, act, purpose="register", request=stated.code_request, code=stated.code)
    if isinstance(proved, CredentialsWrong):
        return proved
    if proved not in (stated.mobile, stated.email):
        raise InvalidInput(("mobile",), "验证码不是发给这个手机号或邮箱的。", "The code was sent to another address.")
    if await session.scalar(select(Account.id).where(Account.mobile == stated.mobile)):
        raise Duplicate("该手机号的账户", "请直接登录。")
    account = Account(
        mobile=stated.mobile,
        email=stated.email,
        name=stated.name.strip(),
        password_hash=await passwords.hashed(stated.password),
        registered_at=act.at,
        agreement_accepted_at=act.at,
        agreement_version=AGREEMENT_VERSION,
    )
    session.add(account)
    await session.flush()
    await trail.record(
        session, act, "identity.register", account, after={"name": account.name, "agreement": AGREEMENT_VERSION}
    )
    return account


async def log_in(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    *,
    mobile: str,
    password: str,
    code_request: str | None,
    code: str | None,
    life: timedelta,
) -> SignedIn | DomainError:
    """A session for mobile, password and code together, as the city's ``auth.login.factors`` ask (BX-007).

    Wrong passwords in a row lock the number (BX-008), the right one included from then on; strangers' numbers too, so
    that nobody learns which exist.
    """
    guard = await _guard(session, mobile)
    if locked := _lock(guard, act, ruleset):
        return locked
    account = await session.scalar(select(Account).where(Account.mobile == mobile))
    if not await passwords.matches(password, account.password_hash if account else None):
        guard.failures += 1
        if guard.failures >= ruleset.value("auth.lockout.max_failures", act.on):
            guard.locked_at = act.at
        return CredentialsWrong()
    if "sms_code" in ruleset.value("auth.login.factors", act.on):
        proved = await codes.use(session, act, purpose="log_in", request=code_request or "", code=code or "")
        if proved != mobile:
            return CredentialsWrong()
    assert account is not None
    guard.failures = 0
    membership = await _only_membership(session, act, account)
    token, opened = await sessions.open_for(session, act, account, membership, life=life)
    await trail.record(session, act, "identity.log_in", account)
    return SignedIn(token, opened.ends_at, account)


async def unlock(session: AsyncSession, act: Act, mobile: str) -> None:
    """An administrator lets a locked number try again; raises NotFound where nothing is locked."""
    guard = await session.scalar(select(LoginGuard).where(LoginGuard.mobile == mobile).with_for_update())
    if guard is None or guard.locked_at is None:
        raise NotFound("已锁定的账户", mobile)
    guard.failures, guard.locked_at = 0, None
    await trail.record(session, act, "identity.unlock", guard)


async def add_member(
    session: AsyncSession, act: Act, account: Account, organization: Organization, role: Role
) -> Membership:
    """The account acts for the organisation from today on; an existing membership is returned as it is."""
    found = await session.scalar(
        select(Membership).where(
            Membership.account_id == account.id,
            Membership.organization_id == organization.id,
            Membership.role == role,
        )
    )
    if found:
        return found
    membership = Membership(account_id=account.id, organization_id=organization.id, role=role, since=act.on)
    session.add(membership)
    await session.flush()
    await trail.record(session, act, "identity.add_member", membership, after={"role": role.value})
    return membership


async def authority(session: AsyncSession, name: str, region_code: str) -> Authority:
    """The authority of that name, entered when a ruleset first names it (BX-017)."""
    await session.execute(
        insert(Authority)
        .values(kind="authority", name=name, region_code=region_code)
        .on_conflict_do_nothing(index_elements=["kind", "name"], index_where=Organization.kind == "authority")
    )
    return (await session.scalars(select(Authority).where(Authority.name == name))).one()


def _check_stated(stated: Registration) -> None:
    if not MOBILE.fullmatch(stated.mobile):
        raise InvalidInput(("mobile",), "手机号应为 11 位大陆手机号码。", "Not a mainland mobile number.")
    if stated.email is not None and not re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+", stated.email):
        raise InvalidInput(("email",), "电子邮箱的写法不对。", "Not a mail address.")
    if not stated.name.strip():
        raise InvalidInput(("name",), "请填写姓名。", "The name is missing.")
    if not stated.agreement_accepted:
        raise InvalidInput(("agreementAccepted",), "请先阅读并同意用户协议。", "The agreement must be accepted.")


async def _guard(session: AsyncSession, mobile: str) -> LoginGuard:
    """The counter of this number, locked: guesses in parallel are judged one after another."""
    await session.execute(
        insert(LoginGuard).values(mobile=mobile, failures=0).on_conflict_do_nothing(index_elements=["mobile"])
    )
    return (await session.scalars(select(LoginGuard).where(LoginGuard.mobile == mobile).with_for_update())).one()


def _lock(guard: LoginGuard, act: Act, ruleset: Ruleset) -> AccountLocked | None:
    if guard.locked_at is None:
        return None
    minutes: int | None = ruleset.optional("auth.lockout.minutes", act.on)
    until = guard.locked_at + timedelta(minutes=minutes) if minutes is not None else None
    if until is not None and until <= act.at:
        guard.failures, guard.locked_at = 0, None
        return None
    return AccountLocked(until)


async def _only_membership(session: AsyncSession, act: Act, account: Account) -> Membership | None:
    """The membership to act under when there is just one; with several the person chooses."""
    current = list(
        await session.scalars(
            select(Membership).where(
                Membership.account_id == account.id,
                Membership.since <= act.on,
                or_(Membership.until.is_(None), Membership.until >= act.on),
            )
        )
    )
    return current[0] if len(current) == 1 else None

"""Registering, logging in, unlocking; memberships and authorities.

A refusal that must be remembered (a wrong code, a wrong password) is returned, not raised: the transaction that counts
it commits, and the caller raises it afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from core import texts
from core.act import Act
from core.actor import CHINA, Actor, Role
from core.audit import trail
from core.db.prepared import PreparedStatement
from core.decisions import Decision, Violation
from core.errors import AccountLocked, CredentialsWrong, DomainError, Duplicate, InvalidInput, NotFound, RulesViolated
from core.identity import codes, passwords, sessions
from core.identity.codes import MAIL, MOBILE
from core.identity.models import (
    NAMED,
    ORGANIZATIONS,
    Account,
    Authority,
    LoginGuard,
    Membership,
    Operator,
    Organization,
)
from core.messages import Message
from core.rulesets.ruleset import Ruleset

AGREEMENT_VERSION = "2026-11"
_AUTHORITIES = PreparedStatement(
    select(ORGANIZATIONS.c.name, ORGANIZATIONS.c.id).where(
        ORGANIZATIONS.c.kind == literal_column("'authority'"),
        ORGANIZATIONS.c.name == func.any(bindparam("names", type_=ARRAY(Text))),
    )
)
Named = TypeVar("Named", Authority, Operator)


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

    def trim(self) -> "Registration":
        """Without what a keyboard adds: capitals in an address."""
        return replace(self, email=(self.email or "").lower() or None)


@dataclass(frozen=True)
class SignedIn:
    """A fresh session, and who acts in it. The token is shown here and never again."""

    token: str
    ends_at: datetime
    account: Account
    actor: Actor


async def register(act: Act, ruleset: Ruleset, stated: Registration) -> Account | DomainError:
    """A new account. Raises RulesViolated with everything that is wrong with what was stated.

    A code is used up by being right, whatever follows: Duplicate for a mobile number already registered is returned,
    so that one code asks after one number.
    """
    if found := [*_unfit(ruleset, stated, act), *passwords.violations(ruleset, stated.password, act.on)]:
        raise RulesViolated(found)
    proved = await codes.use(act, purpose="register", request=stated.code_request, code=stated.code)
    if isinstance(proved, CredentialsWrong):
        return proved
    if proved not in (stated.mobile, stated.email):
        return InvalidInput(("code",), "code_of_another_address")
    opened = (
        insert(Account)
        .values(
            mobile=stated.mobile,
            email=stated.email,
            name=stated.name,
            password_hash=await passwords.hash_password(stated.password),
            registered_at=act.at,
            agreement_accepted_at=act.at,
            agreement_version=AGREEMENT_VERSION,
        )
        .on_conflict_do_nothing(index_elements=["mobile"])
        .returning(Account)
    )
    account = await act.session.scalar(opened)
    if account is None:
        return Duplicate("account")
    trail.record(act, "identity.register", account, after={"name": account.name, "agreement": AGREEMENT_VERSION})
    return account


async def log_in(
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
    if not MOBILE.fullmatch(mobile):
        return CredentialsWrong()
    guard = await _guard(act, mobile)
    if locked := _lock(guard, act, ruleset):
        return locked
    account = await act.session.scalar(
        select(Account).where(Account.mobile == mobile).options(undefer(Account.password_hash))
    )
    if not await passwords.matches(password, account.password_hash if account else None):
        guard.failures += 1
        if guard.failures >= ruleset.value("auth.lockout.max_failures", act.on):
            guard.locked_at = act.at
            trail.record(act, "identity.lock", guard, after={"failures": guard.failures})
        return CredentialsWrong()
    if "sms_code" in ruleset.value("auth.login.factors", act.on):
        proved = await codes.use(act, purpose="log_in", request=code_request or "", code=code or "")
        if proved != mobile:
            return CredentialsWrong()
    assert account is not None
    guard.failures = 0
    membership = await _only_membership(act, account)
    token, opened = await sessions.open_for(act, account, membership, life=life)
    trail.record(act, "identity.log_in", account)
    return SignedIn(token, opened.ends_at, account, sessions.actor(account, membership, opened))


async def unlock(act: Act, mobile: str) -> None:
    """An administrator lets a locked number try again; raises NotFound where nothing is locked."""
    act.must_be(Role.ADMINISTRATOR, "unlock_account")
    guard = await act.session.scalar(select(LoginGuard).where(LoginGuard.mobile == mobile).with_for_update())
    if guard is None or guard.locked_at is None:
        raise NotFound("LockedAccount", mobile)
    guard.failures, guard.locked_at = 0, None
    trail.record(act, "identity.unlock", guard)


async def add_member(act: Act, account: Account, organization: Organization, role: Role) -> Membership:
    """The account acts for the organisation from today on; a membership that holds is returned as it is, one that
    ended begins again."""
    id = await act.new_id(Membership)
    return await add_member_anew(act, id, account.id, organization.id, role)


async def add_member_anew(act: Act, id: int, account_id: int, organization_id: int, role: Role) -> Membership:
    """The same, with an id for a membership that is still to come."""
    membership = await act.session.scalar(
        select(Membership).where(
            Membership.account_id == account_id,
            Membership.organization_id == organization_id,
            Membership.role == role,
        )
    )
    if membership is None:
        return begin_membership(act, id, account_id, organization_id, role)
    if membership.until is None or membership.until >= act.on:
        return membership
    membership.since, membership.until = act.on, None
    trail.record(act, "identity.add_member", membership, after={"role": role.value})
    return membership


def begin_membership(act: Act, id: int, account_id: int, organization_id: int, role: Role) -> Membership:
    """The account acts for the organisation, for which it never acted, from today on."""
    membership = Membership(id=id, account_id=account_id, organization_id=organization_id, role=role, since=act.on)
    act.insert(membership)
    trail.record(act, "identity.add_member", membership, after={"role": role.value})
    return membership


async def end_memberships(act: Act, organization_id: int) -> None:
    """Nobody acts for the organisation any more, from today on."""
    mine = select(Membership).where(Membership.organization_id == organization_id, Membership.current(act.on))
    for membership in (await act.session.scalars(mine.with_for_update())).all():
        membership.until = act.on - timedelta(days=1)
        trail.record(act, "identity.end_membership", membership, after={"until": membership.until})


async def authority(session: AsyncSession, name: str, region_code: str) -> Authority:
    """The authority of that name, entered when a ruleset first names it (BX-017)."""
    return await _enter_named(session, Authority, name, region_code)


async def authorities(session: AsyncSession, names: Sequence[str], region_code: str) -> list[int]:
    """The ids of the authorities of these names, entered like one."""
    known = dict(await _AUTHORITIES.fetch(session, names=list(names)))
    return [known[name] if name in known else (await authority(session, name, region_code)).id for name in names]


async def operator(session: AsyncSession, name: str) -> Operator:
    """The platform's desk of that name, entered when it is first needed."""
    return await _enter_named(session, Operator, name, None)


async def _enter_named(session: AsyncSession, model: type[Named], name: str, region_code: str | None) -> Named:
    kind = model.__mapper__.polymorphic_identity
    await session.execute(
        insert(Organization)
        .values(kind=kind, name=name, region_code=region_code)
        .on_conflict_do_nothing(index_elements=["kind", "name"], index_where=NAMED)
    )
    return (await session.scalars(select(model).where(model.name == name))).one()


def _unfit(ruleset: Ruleset, stated: Registration, act: Act) -> list[Violation]:
    """What cannot be, and what is missing, the password aside."""
    found: list[Violation] = []
    if not MOBILE.fullmatch(stated.mobile):
        found.append(_wrong("FIELD_INVALID", "mobile", Message("registration.mobile")))
    if stated.email is not None and not MAIL.fullmatch(stated.email):
        found.append(_wrong("FIELD_INVALID", "email", Message("registration.mail_address")))
    if not stated.name:
        found.append(_wrong("FIELD_REQUIRED", "name", Message("registration.name")))
    if len(stated.name) > texts.MOST_OF_A_LINE:
        long = Message("text.too_long", name="name", most=texts.MOST_OF_A_LINE, found=len(stated.name))
        found.append(_wrong("FIELD_INVALID", "name", long))
    if not stated.agreement_accepted and ruleset.value("registration.agreement_required", act.on):
        decision = ruleset.decide("registration.agreement_required", {}, act.on)
        said = Message("registration.agreement")
        found.append(_wrong("AGREEMENT_REQUIRED", "agreement_accepted", said, decision))
    return found


def _wrong(code: str, field: str, said: Message, decision: Decision | None = None) -> Violation:
    return Violation(code, (field,), said.zh, decision, english=said.en)


async def _guard(act: Act, mobile: str) -> LoginGuard:
    """The counter of this number, locked: guesses in parallel are judged one after another."""
    await act.session.execute(
        insert(LoginGuard).values(mobile=mobile, failures=0).on_conflict_do_nothing(index_elements=["mobile"])
    )
    return (await act.session.scalars(select(LoginGuard).where(LoginGuard.mobile == mobile).with_for_update())).one()


def _lock(guard: LoginGuard, act: Act, ruleset: Ruleset) -> AccountLocked | None:
    if guard.locked_at is None:
        return None
    minutes: int | None = ruleset.value_or_none("auth.lockout.minutes", act.on)
    until = guard.locked_at + timedelta(minutes=minutes) if minutes is not None else None
    if until is not None and until <= act.at:
        guard.failures, guard.locked_at = 0, None
        return None
    return AccountLocked(until and until.astimezone(CHINA))


async def _only_membership(act: Act, account: Account) -> Membership | None:
    """The membership to act under when there is just one; with several the person chooses."""
    mine = select(Membership).where(Membership.account_id == account.id, Membership.current(act.on)).limit(2)
    current = (await act.session.scalars(mine)).all()
    return current[0] if len(current) == 1 else None

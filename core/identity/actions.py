"""Registering and unlocking; memberships and authorities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.act import Act, Begin
from core.actor import Role
from core.audit import trail
from core.db.prepared import Lookup, PreparedStatement
from core.decisions import Decision, Violation
from core.errors import CredentialsWrong, Duplicate, InvalidInput, NotAllowed, RulesViolated
from core.identity import codes, guards, notices, numbers, offices, passwords
from core.identity.codes import MAIL, MOBILE
from core.identity.guards import LockedAccount
from core.identity.hash_queue import HashQueue
from core.identity.models import (
    NAMED,
    ORGANIZATIONS,
    Account,
    Authority,
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


async def register(
    begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: Registration, *, address: bytes
) -> Account:
    """A new account. Raises RulesViolated with everything that is wrong with what was stated, and RateLimited, before
    the code is looked at, where too many are hashed for at once.

    A code is used up by being right, whatever follows. Whoever proves the number by SMS takes it from an account that
    never did; Duplicate, where one did. With a code that was mailed it is stated only, and the first log-in proves it
    (GZ-10): a number that somebody has is then answered like a free one.
    """
    with hashes.place(address):
        async with begin() as act:
            if found := [*_unfit(ruleset, stated, act), *passwords.violations([ruleset], stated.password, act.on)]:
                raise RulesViolated(found)
            proved = await codes.use(act, purpose="register", request=stated.code_request, code=stated.code)
        if isinstance(proved, CredentialsWrong):
            raise proved
        if proved not in (stated.mobile, stated.email):
            raise InvalidInput(("code",), "code_of_another_address")
        password_hash = await hashes.hash(stated.password)
    by_sms = proved == stated.mobile
    async with begin() as act:
        account = await _enter_account(act, stated, password_hash, by_sms=by_sms)
        if account is None and by_sms:
            await numbers.free(act, stated.mobile)
            account = await _enter_account(act, stated, password_hash, by_sms=by_sms)
        if account is None and by_sms:
            raise Duplicate("account")
        if account is None:
            return await _tell_who_has_it(act, stated)
        trail.record(act, "identity.register", account, after={"name": account.name, "agreement": AGREEMENT_VERSION})
        return account


async def _enter_account(act: Act, stated: Registration, password_hash: str, *, by_sms: bool) -> Account | None:
    """None where the number is taken."""
    entered = insert(Account).values(
        mobile=stated.mobile,
        mobile_proved_at=act.at if by_sms else None,
        email=stated.email,
        name=stated.name,
        password_hash=password_hash,
        registered_at=act.at,
        agreement_accepted_at=act.at,
        agreement_version=AGREEMENT_VERSION,
    )
    return await act.session.scalar(entered.on_conflict_do_nothing(index_elements=["mobile"]).returning(Account))


async def _tell_who_has_it(act: Act, stated: Registration) -> Account:
    """Whether a number is registered is for its holder to know: he is told, and the answer shows what was stated, as of
    any account. There is none."""
    if holder := await act.session.scalar(select(Account).where(Account.mobile == stated.mobile)):
        notices.tell_account(act, "number_stated", holder)
    return Account(
        id=await act.new_id(Account),
        mobile=stated.mobile,
        email=stated.email,
        name=stated.name,
        registered_at=act.at,
        agreement_accepted_at=act.at,
        agreement_version=AGREEMENT_VERSION,
    )


async def unlock(act: Act, mobile: str) -> None:
    """An administrator lets a locked number try again, but his own: who guesses an administrator's password must not be
    let go on by a session of his that was left open. Raises NotFound where nothing is locked."""
    act.must_be(Role.ADMINISTRATOR, "unlock_account")
    own = Account.id == act.actor.account_id, Account.mobile == mobile
    if await act.session.scalar(select(Account.id).where(*own)):
        raise NotAllowed("unlock_account", Role.ADMINISTRATOR, "own_account")
    await guards.unlock(act, mobile)


async def find_locked(act: Act) -> Sequence[LockedAccount]:
    """The numbers that are locked, for an administrator."""
    act.must_be(Role.ADMINISTRATOR, "unlock_account")
    return await guards.find_locked(act.session, act.at)


async def add_member(act: Act, account: Account, organization: Organization, role: Role) -> Membership:
    """The account acts for the organisation from today on; a membership that holds is returned as it is, one that
    ended begins again. Raises NotApplicable where nobody is both (``core.identity.offices``)."""
    await offices.must_suit(act, account.id, role)
    id = await act.new_id(Membership)
    return await add_member_anew(act, id, account.id, organization.id, role)


async def add_member_anew(act: Act, id: int, account_id: int, organization_id: int, role: Role) -> Membership:
    """The same for an account that was looked at, with an id for a membership that is still to come."""
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
        end_membership(act, membership)


def end_membership(act: Act, membership: Membership) -> None:
    """The account does not act for the organisation any more, from today on; its sessions and sockets learn of it by
    the row (``core.identity.sessions``)."""
    membership.until = act.on - timedelta(days=1)
    trail.record(act, "identity.end_membership", membership, after={"until": membership.until})


async def authority(session: AsyncSession, name: str, region_code: str) -> Authority:
    """The authority of that name, entered when a ruleset first names it (BX-017)."""
    return await _enter_named(session, Authority, name, region_code)


async def authorities(session: AsyncSession, names: Sequence[str], region_code: str, *beside: Lookup) -> list[int]:
    """The ids of the authorities of these names, entered like one. ``beside`` is looked up in the same round trip."""
    known = dict(await _AUTHORITIES.fetch(session, *beside, names=list(names)))
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

"""What an account signs in with, and where it is reached, changed by its owner: a new password, number or address.

Each takes what proves the owner, and the sessions of whoever else got in end with it. A changed password or number ends
all sessions but the one it was changed in, a password that was reset ends them all.

Who forgot the password proves his number by SMS; so that this is no shorter way to guess, wrong codes are tries like
those of a log-in (``core.identity.guards``), counted for the number over all sources together with them, and for a
source apart, so that who locked himself out by a forgotten password can still reset it. An office is worth more than a
SIM card: an official's password is reset by the platform's operator alone (``anxin staff reset``), and so is that of an
account whose number nobody proved.
"""

import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.act import Act, Begin
from core.audit import trail
from core.errors import (
    AccountLocked,
    CredentialsWrong,
    DomainError,
    Duplicate,
    InvalidInput,
    NotApplicable,
    NotFound,
    RulesViolated,
    Unauthenticated,
)
from core.identity import codes, guards, notices, numbers, offices, passwords, sessions
from core.identity.codes import MAIL, MOBILE
from core.identity.guards import Source, Try
from core.identity.hash_queue import HashQueue
from core.identity.models import Account, CodePurpose
from core.privacy import mask
from core.rulesets.ruleset import Ruleset


@dataclass(frozen=True)
class Reset:
    """A new password for who proves the number. ``earlier_token`` is that of any former session with it."""

    mobile: str
    new_password: str
    code_request: str
    code: str
    earlier_token: str | None


@dataclass(frozen=True)
class NewPassword:
    password: str
    new_password: str


@dataclass(frozen=True)
class NewMobile:
    """``code`` was sent to the new number."""

    password: str
    mobile: str
    code_request: str
    code: str


@dataclass(frozen=True)
class NewEmail:
    """``code`` was sent to the new address."""

    password: str
    email: str
    code_request: str
    code: str


async def reset_password(begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: Reset, *, address: bytes) -> int:
    """A new password; how many sessions ended with the former one. Raises RulesViolated for a weak one before the code
    is looked at, CredentialsWrong and AccountLocked like a log-in, NotFound for a number that no account has proved,
    and NotApplicable for an official's: to who proved the number neither tells anything of another."""
    if not MOBILE.fullmatch(stated.mobile):
        raise CredentialsWrong
    with hashes.place(address):
        async with begin() as act:
            _must_be_fit(act, ruleset, stated.new_password)
            found = await _prove_number(act, ruleset, stated, address)
        if not isinstance(found, int):
            raise found
        password_hash = await hashes.hash(stated.new_password)
    async with begin() as act:
        mine = Account.id == found, Account.mobile == stated.mobile, Account.mobile_proved_at.is_not(None)
        account = await act.session.scalar(select(Account).where(*mine).with_for_update())
        if account is None:  # since then somebody changed it
            raise NotFound("Account", stated.mobile)
        await set_password(act, account, password_hash)
        ended = await sessions.end_all(act, account.id)
        trail.record(act, "identity.reset_password", account, after={"sessions": ended})
        return ended


async def set_password(act: Act, account: Account, password_hash: str) -> None:
    """And whoever locked the number trying the old one begins anew; the owner is told."""
    await act.session.execute(update(Account).where(Account.id == account.id).values(password_hash=password_hash))
    await guards.forget(act, account.mobile or "")
    notices.tell_account(act, "password_changed", account)


async def change_password(
    begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: NewPassword, *, address: bytes
) -> Account:
    """Raises RulesViolated for a weak new one; else as ``_confirm``."""
    with hashes.place(address):
        async with begin() as act:
            _must_be_fit(act, ruleset, stated.new_password)
        confirmed = await _confirm(begin, hashes, ruleset, stated.password, address)
        password_hash = await hashes.hash(stated.new_password)
    async with begin() as act:
        account = await _hold(act, confirmed)
        await set_password(act, account, password_hash)
        await _end_others(act)
        trail.record(act, "identity.change_password", account)
        return account


async def change_mobile(
    begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: NewMobile, *, address: bytes
) -> Account:
    """Raises Duplicate where another account proved the number; else as ``_confirm``."""
    with hashes.place(address):
        confirmed = await _confirm(begin, hashes, ruleset, stated.password, address)
    async with begin() as act:
        result = await _move(act, confirmed, stated)
    if isinstance(result, DomainError):
        raise result
    return result


async def _prove(
    act: Act, confirmed: "_Confirmed", purpose: CodePurpose, stated: NewMobile | NewEmail, address: str
) -> DomainError | None:
    """What is wrong with the code, which should have been sent to the address. A wrong one counts like a wrong
    password."""
    proved = await codes.use(act, purpose=purpose, request=stated.code_request, code=stated.code)
    if isinstance(proved, CredentialsWrong):
        return await guards.record(act, confirmed.tried)
    guards.give_back(act, confirmed.tried)
    return None if proved == address else InvalidInput(("code",), "code_of_another_address")


async def _move(act: Act, confirmed: "_Confirmed", stated: NewMobile) -> Account | DomainError:
    """A refusal is returned once the code was looked at: that it was stays."""
    account = await _hold(act, confirmed)
    if refused := await _prove(act, confirmed, CodePurpose.CHANGE_MOBILE, stated, stated.mobile):
        return refused
    try:
        await numbers.free(act, stated.mobile)
        async with act.session.begin_nested():
            await act.session.execute(
                update(Account).where(Account.id == account.id).values(mobile=stated.mobile, mobile_proved_at=act.at)
            )
    except (Duplicate, IntegrityError):  # the latter of two at the same moment
        return Duplicate("account")
    notices.tell(
        act,
        "mobile_changed",
        {"sms": confirmed.tried.mobile, "email": account.email},
        account.id,
        mobile=mask(stated.mobile),
    )
    await _end_others(act)
    before, after = {"mobile": confirmed.tried.mobile}, {"mobile": stated.mobile}
    trail.record(act, "identity.change_mobile", account, before=before, after=after)
    return account


async def change_email(
    begin: Begin, hashes: HashQueue, ruleset: Ruleset, stated: NewEmail, *, address: bytes
) -> Account:
    """As ``_confirm``. Nobody signs in by an address, and so sessions go on; the former one is told."""
    stated = replace(stated, email=stated.email.lower())
    if not MAIL.fullmatch(stated.email):
        raise InvalidInput(("email",), "mail_address")
    with hashes.place(address):
        confirmed = await _confirm(begin, hashes, ruleset, stated.password, address)
    async with begin() as act:
        result = await _readdress(act, confirmed, stated)
    if isinstance(result, DomainError):
        raise result
    return result


async def _readdress(act: Act, confirmed: "_Confirmed", stated: NewEmail) -> Account | DomainError:
    account = await _hold(act, confirmed)
    if refused := await _prove(act, confirmed, CodePurpose.CHANGE_EMAIL, stated, stated.email):
        return refused
    notices.tell_account(act, "email_changed", account, email=mask(stated.email))
    before, after = {"email": account.email}, {"email": stated.email}
    account.email = stated.email
    trail.record(act, "identity.change_email", account, before=before, after=after)
    return account


async def _prove_number(
    act: Act, ruleset: Ruleset, stated: Reset, address: bytes
) -> int | CredentialsWrong | AccountLocked | NotFound | NotApplicable:
    """The account that proved the number which the code proves again; a refusal is returned, so that the try stays."""
    source = await guards.find_source(act, stated.mobile, address, stated.earlier_token)
    apart = Source(hashlib.sha256(b"reset" + source.digest).digest(), is_known=source.is_known)
    tried = await guards.take(act, ruleset, stated.mobile, apart)
    if isinstance(tried, AccountLocked):
        return tried
    purpose = CodePurpose.RESET_PASSWORD
    if stated.mobile != await codes.use(act, purpose=purpose, request=stated.code_request, code=stated.code):
        return await guards.record(act, tried)
    found = select(Account.id, Account.mobile_proved_at, offices.official(act, Account.id.expression))
    row = (await act.session.execute(found.where(Account.mobile == stated.mobile))).one_or_none()
    if row is not None and row[2]:
        return NotApplicable("Account", stated.mobile, "reset_by_operator")
    if row is None or row[1] is None:
        return NotFound("Account", stated.mobile)
    return row[0]


@dataclass(frozen=True)
class _Confirmed:
    """Whose password was right, the hash it was right for, and the try that it took."""

    account_id: int
    password_hash: str
    tried: Try


async def _confirm(begin: Begin, hashes: HashQueue, ruleset: Ruleset, password: str, address: bytes) -> _Confirmed:
    """That who is signed in knows the password: a session that somebody found open changes nothing by itself. Raises
    CredentialsWrong, a try like a log-in's, and AccountLocked."""
    async with begin() as act:
        mine = select(Account.id, Account.mobile, Account.password_hash).where(Account.id == act.actor.account_id)
        id, mobile, password_hash = (await act.session.execute(mine)).one()
        tried = await guards.take(act, ruleset, mobile or "", Source(address))
    if isinstance(tried, AccountLocked):
        raise tried
    if await hashes.matches(password, password_hash):
        return _Confirmed(id, password_hash, tried)
    async with begin() as act:
        wrong = await guards.record(act, tried)
    raise wrong


async def _hold(act: Act, confirmed: _Confirmed) -> Account:
    """The account, held until the act ends. Raises Unauthenticated where the session or the password changed since."""
    await sessions.must_hold(act)
    mine = Account.id == confirmed.account_id, Account.password_hash == confirmed.password_hash
    account = await act.session.scalar(select(Account).where(*mine).with_for_update())
    if account is None or account.mobile != confirmed.tried.mobile:
        raise Unauthenticated
    return account


async def _end_others(act: Act) -> None:
    if act.actor.account_id is not None:
        await sessions.end_all(act, act.actor.account_id, but=act.actor.session_id)


def _must_be_fit(act: Act, ruleset: Ruleset, password: str) -> None:
    if found := passwords.violations(ruleset, password, act.on):
        raise RulesViolated([replace(one, path=("new_password",)) for one in found])

"""Accounts that the platform's operator opens and ends: nobody applies for these, and the first log-in's code proves
the mobile number. An account that its owner registered is given no office: the operator does not know who that was."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer

from core.act import Act
from core.actor import Role
from core.audit import trail
from core.certifications import actions as certifications
from core.errors import InvalidInput, NotApplicable, NotFound, RulesViolated
from core.identity import actions as identity
from core.identity import credentials, handlers, log_in_rules, numbers, passwords, sessions
from core.identity.models import Account, Membership, Organization
from core.rulesets.ruleset import Ruleset

OFFICES = frozenset({Role.HRSS_OFFICER, Role.INDUSTRY_OFFICER})
OPERATOR = "安薪平台运营"
_KINDS = {
    Role.HRSS_OFFICER: "authority",
    Role.INDUSTRY_OFFICER: "authority",
    Role.INSTITUTION_STAFF: "institution",
    Role.HANDLER: "enterprise",
}
"""What has such members; all other roles are the platform's own."""


@dataclass(frozen=True)
class Appointment:
    """Who acts for which organisation. `organization` may be None for the platform's own roles."""

    mobile: str
    name: str
    password: str
    role: Role
    organization: str | None


async def appoint(act: Act, ruleset: Ruleset, stated: Appointment) -> Membership:
    """Opens the account, or takes the one that was opened so for that number and name, and makes it a member.

    Raises InvalidInput for an organisation that nobody knows, RulesViolated for a weak password, and NotApplicable for
    an account that its owner registered, for another name or another password than the account has, and for an
    enterprise's handler.
    """
    organization = await _find_organization(act, ruleset, stated)
    account = await act.session.scalar(_of(stated.mobile))
    if account is None:
        where = [organization.region_code] if organization.region_code else []
        account = await _open_account(act, log_in_rules.strictest(act, ruleset, where), stated)
    else:
        _must_be_the_same(account, stated)
    return await identity.add_member(act, account, organization, stated.role)


async def end_account(act: Act, mobile: str, organization: str | None, role: Role | None, *, close: bool) -> int:
    """Ends what the account is, there and in that role if they are said, and its sessions; how many memberships ended.
    With ``close`` it loses its number, too. Raises NotFound."""
    account = await act.session.scalar(_of(mobile).with_for_update())
    if account is None:
        raise NotFound("Account", mobile)
    held = select(Membership).join(Organization, Organization.id == Membership.organization_id)
    held = held.where(Membership.account_id == account.id, Membership.current(act.on))
    if organization is not None:
        held = held.where(Organization.name == organization)
    if role is not None:
        held = held.where(Membership.role == role)
    ending = (await act.session.scalars(held.with_for_update(of=Membership))).all()
    if not ending and not close:
        raise NotFound("Membership", mobile)
    for membership in ending:
        await handlers.finish(act, membership)
    if close:
        await numbers.close(act, account)
    else:
        await sessions.end_all(act, account.id)
    return len(ending)


async def reset_password(act: Act, ruleset: Ruleset, mobile: str, password: str) -> None:
    """Raises NotFound, RulesViolated for a weak password, and NotApplicable for an account that its owner registered:
    he resets it himself."""
    account = await act.session.scalar(_of(mobile).with_for_update())
    if account is None:
        raise NotFound("Account", mobile)
    if account.appointed_at is None:
        raise NotApplicable("Account", mobile, "reset_by_owner")
    rulesets = await log_in_rules.of_account(act, ruleset, account.id)
    if broken := passwords.violations(rulesets, password, act.on):
        raise RulesViolated(broken)
    await credentials.set_password(act, account, await passwords.hash_password(password))
    ended = await sessions.end_all(act, account.id)
    trail.record(act, "identity.reset_password", account, after={"sessions": ended})


async def find_members(act: Act, organization: str | None, *, everybody: bool) -> Sequence[tuple[str, ...]]:
    """Who is what today: number, name, role, organisation and since when, organisation by organisation."""
    members = (
        select(Account.mobile, Account.name, Membership.role, Organization.name, Membership.since)
        .join(Membership, Membership.account_id == Account.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.current(act.on))
        .order_by(Organization.name, Membership.role, Membership.id)
    )
    if organization is not None:
        members = members.where(Organization.name == organization)
    if not everybody:
        members = members.where(Membership.role != Role.HANDLER)
    rows = await act.session.execute(members)
    return [(mobile or "-", name, role, where, f"{since}") for mobile, name, role, where, since in rows]


def _of(mobile: str) -> Select[Account]:
    return select(Account).where(Account.mobile == mobile).options(undefer(Account.password_hash))


def _must_be_the_same(account: Account, stated: Appointment) -> None:
    if account.appointed_at is None:
        raise NotApplicable("Account", stated.mobile, "registered_by_owner", mobile=stated.mobile)
    if account.name != stated.name:
        raise NotApplicable("Account", stated.mobile, "another_name", name=account.name)
    if stated.password and not passwords.verify(stated.password, account.password_hash):
        raise NotApplicable("Account", stated.mobile, "password_given", mobile=stated.mobile)


async def _open_account(act: Act, rulesets: Sequence[Ruleset], stated: Appointment) -> Account:
    if not identity.MOBILE.fullmatch(stated.mobile):
        raise InvalidInput(("mobile",), "mobile")
    if broken := passwords.violations(rulesets, stated.password, act.on):
        raise RulesViolated(broken)
    account = Account(
        mobile=stated.mobile,
        appointed_at=act.at,
        name=stated.name,
        password_hash=await passwords.hash_password(stated.password),
        registered_at=act.at,
        agreement_accepted_at=act.at,
        agreement_version=identity.AGREEMENT_VERSION,
    )
    act.session.add(account)
    await act.session.flush()
    trail.record(act, "identity.appoint", account, after={"name": account.name})
    return account


async def _find_organization(act: Act, ruleset: Ruleset, stated: Appointment) -> Organization:
    """An office that nobody has named yet is entered where the ruleset is a city's, which says the region."""
    if stated.role is Role.CERTIFICATION_REVIEWER:
        return await certifications.desk(act.session)
    if stated.organization is None and stated.role not in _KINDS:
        return await identity.operator(act.session, OPERATOR)
    suiting = Organization.name == stated.organization, Organization.kind == _KINDS.get(stated.role, "operator")
    known = list(await act.session.scalars(select(Organization).where(*suiting)))
    if len(known) == 1:
        return known[0]
    if not known and stated.organization and stated.role in OFFICES and ruleset.own.ruleset.level != "national":
        return await identity.authority(act.session, stated.organization, ruleset.own.ruleset.region)
    raise InvalidInput(("organization",), "organization", name=stated.organization or "")

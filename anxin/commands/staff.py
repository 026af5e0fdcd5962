"""Accounts that the platform's operator opens: nobody applies for these, and no code proves the mobile number."""

from dataclasses import dataclass

from sqlalchemy import select

from core.act import Act
from core.actor import Role
from core.audit import trail
from core.certifications import actions as certifications
from core.errors import InvalidInput, RulesViolated
from core.identity import actions as identity
from core.identity import passwords
from core.identity.models import Account, Membership, Organization
from core.rulesets.ruleset import Ruleset

OFFICES = frozenset({Role.HRSS_OFFICER, Role.INDUSTRY_OFFICER})
OPERATOR = "安薪平台运营"


@dataclass(frozen=True)
class Appointment:
    """Who acts for which organisation. `organization` may be None for the platform's own roles."""

    mobile: str
    name: str
    password: str
    role: Role
    organization: str | None


async def appoint(act: Act, ruleset: Ruleset, stated: Appointment) -> Membership:
    """Opens the account, or takes the one of that number as it is, and makes it a member.

    Raises InvalidInput for an organisation that nobody knows and RulesViolated for a weak password.
    """
    organization = await _find_organization(act, ruleset, stated)
    account = await act.session.scalar(select(Account).where(Account.mobile == stated.mobile))
    if account is None:
        account = await _open_account(act, ruleset, stated)
    return await identity.add_member(act, account, organization, stated.role)


async def _open_account(act: Act, ruleset: Ruleset, stated: Appointment) -> Account:
    if not identity.MOBILE.fullmatch(stated.mobile):
        raise InvalidInput(("mobile",), "mobile")
    if broken := passwords.violations(ruleset, stated.password, act.on):
        raise RulesViolated(broken)
    account = Account(
        mobile=stated.mobile,
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
    if stated.organization is None:
        return await identity.operator(act.session, OPERATOR)
    known = list(await act.session.scalars(select(Organization).where(Organization.name == stated.organization)))
    if len(known) == 1:
        return known[0]
    if not known and stated.role in OFFICES and ruleset.own.ruleset.level != "national":
        return await identity.authority(act.session, stated.organization, ruleset.own.ruleset.region)
    raise InvalidInput(("organization",), "organization", name=stated.organization)

"""By which cities' rules somebody signs in: those of every region where he has powers, and not of the city that he
names, which is his choice. Of each rule the strictest holds: the longest password with all its classes, the fewest
tries, the longest lock, all factors. Who has no powers yet signs in by the rules of the city he names."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, and_, cast, column, func, select, table
from sqlalchemy.sql.elements import ColumnElement

from core.act import Act
from core.identity.models import Account, Membership, Organization
from core.rulesets.ruleset import Ruleset

_CERTIFICATIONS = table("certification", column("enterprise_id"), column("region_code"), column("state"))
"""By name: certifications are built on identities."""


def regions(act: Act) -> ColumnElement[Sequence[str]]:
    """Of a statement about an account: where it has powers today, an office's region or those where its enterprise is
    certified."""
    code = func.coalesce(Organization.region_code, _CERTIFICATIONS.c.region_code)
    certified = _CERTIFICATIONS.c.enterprise_id == Organization.id, _CERTIFICATIONS.c.state == "approved"
    codes = (
        select(func.array_agg(code.distinct()))
        .select_from(Membership)
        .join(Organization, Organization.id == Membership.organization_id)
        .outerjoin(_CERTIFICATIONS, and_(*certified))
        .where(Membership.account_id == Account.id, Membership.current(act.on), code.is_not(None))
        .correlate(Account)
        .scalar_subquery()
    )
    return func.coalesce(codes, cast([], ARRAY(Text)))


def strictest(act: Act, asked: Ruleset, region_codes: Sequence[str]) -> Sequence[Ruleset]:
    """The rules of these regions, all of which hold; those of the city that was asked where none is in force there."""
    return act.rulesets.of_regions(region_codes) or [asked]


async def of_account(act: Act, asked: Ruleset, account_id: int) -> Sequence[Ruleset]:
    """The same for an account that is known."""
    found = await act.session.scalar(select(regions(act)).where(Account.id == account_id))
    return strictest(act, asked, found or ())

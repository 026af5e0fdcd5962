"""Stating what is known of a contractor."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from core.act import Act
from core.actor import Role
from core.audit import trail
from core.contractor_records.models import ContractorFact, ContractorRecord
from core.db import next_id
from core.db.prepared import PreparedStatement
from core.errors import InvalidInput, NotAllowed, NotFound
from core.identity.models import ORGANIZATIONS, Membership
from core.regions import lies_in
from core.rulesets.ruleset import Ruleset

_MOST_YEARS = 100
_OFFICES = ORGANIZATIONS.alias()
_SURROUNDINGS = PreparedStatement(
    select(
        next_id(ContractorRecord),
        select(_OFFICES.c.region_code).where(_OFFICES.c.id == bindparam("office_id")).scalar_subquery(),
        Membership.acts_for(bindparam("officer"), bindparam("enterprise_id")),
    ).where(ORGANIZATIONS.c.id == bindparam("enterprise_id"), ORGANIZATIONS.c.kind == "enterprise")
)
"""An id for the statement, where the officer's office is, and whether he acts for the enterprise himself."""


@dataclass(frozen=True)
class RecordStatement:
    """What the officer states: ``years`` of clean years, ``holds`` of all else; anything may be missing here."""

    fact: str
    holds: bool | None
    years: int | None
    basis: str | None
    as_of: date | None


async def state(act: Act, enterprise_id: int, ruleset: Ruleset, stated: RecordStatement) -> ContractorRecord:
    """An HRSS officer of the city states one matter of an enterprise's record there, with what it rests on and the day
    as of which it holds. Nothing is overwritten; raises NotAllowed for another city's officers and for who acts for
    the enterprise himself."""
    act.must_be(Role.HRSS_OFFICER, "state_contractor_record")
    found = await _SURROUNDINGS.fetch(
        act.session,
        office_id=act.actor.organization_id,
        officer=act.actor.account_id,
        enterprise_id=enterprise_id,
        on=act.on,
    )
    if not found:
        raise NotFound("Enterprise", str(enterprise_id))
    [(id, area, involved)] = found
    region = ruleset.own.ruleset.region
    if not area or not lies_in(area, region):
        raise NotAllowed("state_contractor_record", Role.HRSS_OFFICER, "elsewhere")
    if involved:
        raise NotAllowed("state_contractor_record", Role.HRSS_OFFICER, "own")
    _must_be_complete(act, stated)
    record = ContractorRecord(
        id=id,
        region_code=region,
        applicant_id=enterprise_id,
        office_id=act.actor.organization_id,
        authority_id=None,
        stated_at=act.at,
        stated_by_id=act.actor.account_id or 0,
        **vars(stated),
    )
    act.insert(record)
    trail.record(act, "contractor_record.state", record, after=vars(stated), ruleset_digest=ruleset.ref.digest)
    return record


def _must_be_complete(act: Act, stated: RecordStatement) -> None:
    """Raises InvalidInput at the first field that is missing, needless or cannot be."""
    wanted = "years" if stated.fact == ContractorFact.CLEAN_YEARS else "holds"
    needless = "holds" if wanted == "years" else "years"
    if getattr(stated, wanted) is None:
        raise InvalidInput((wanted,), "record_value_missing")
    if getattr(stated, needless) is not None:
        raise InvalidInput((needless,), "record_value_needless")
    if stated.years is not None and not 0 <= stated.years <= _MOST_YEARS:
        raise InvalidInput(("years",), "record_years", most=_MOST_YEARS)
    if not stated.basis:
        raise InvalidInput(("basis",), "record_basis_missing")
    if stated.as_of is None:
        raise InvalidInput(("asOf",), "record_day_missing")
    if stated.as_of > act.on:
        raise InvalidInput(("asOf",), "record_in_future")

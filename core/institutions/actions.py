"""Entering institutions and what they do where."""

from collections.abc import Sequence

from sqlalchemy import select

from core.act import Act
from core.audit import trail
from core.identity import institutions
from core.identity.models import Institution, InstitutionKind
from core.institutions.models import InstitutionService, ServiceState


async def enter(
    act: Act, *, kind: InstitutionKind, name: str, uscc: str, region_codes: Sequence[str] | None = None
) -> Institution:
    """The institution of that USCC, entered if it is not known, with a live service of that kind in each region; in
    every city's the platform has rules for unless said."""
    institution = await institutions.enter(act, kind=kind, name=name, uscc=uscc)
    if region_codes is None:
        region_codes = [ruleset.own.ruleset.region for ruleset in act.rulesets.cities]
    mine = (InstitutionService.institution_id == institution.id, InstitutionService.kind == kind.value)
    known = set(await act.session.scalars(select(InstitutionService.region_code).where(*mine)))
    for region_code in sorted(set(region_codes) - known):
        service = InstitutionService(
            institution_id=institution.id,
            region_code=region_code,
            kind=kind.value,
            state=ServiceState.LIVE,
            since=act.at,
        )
        act.session.add(service)
        await act.session.flush()
        after = {"institution": institution.id, "region": region_code, "kind": kind.value, "state": service.state}
        trail.record(act, "institution.open_service", service, after=after)
    return institution

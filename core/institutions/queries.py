"""Who serves where."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import InvalidInput, NotFound
from core.identity.models import Institution, InstitutionKind
from core.institutions.models import InstitutionService, ServiceState


def serves(region_code: str, kind: InstitutionKind | None) -> ColumnElement[bool]:
    """Of an institution: whether it has a live service of that kind there; any kind where None."""
    where = [InstitutionService.institution_id == Institution.id, InstitutionService.state == ServiceState.LIVE.value]
    where.append(InstitutionService.region_code == region_code)
    if kind is not None:
        where.append(InstitutionService.kind == kind.value)
    return exists(InstitutionService.id).where(*where)


async def find(session: AsyncSession, id: int, region_code: str, kind: InstitutionKind | None, at: str) -> Institution:
    """The institution, which has a live service of that kind in the region, of any where None. Raises NotFound for what
    is no institution, and InvalidInput at the input's field ``at`` for one that does not serve there."""
    wanted = select(Institution, serves(region_code, kind)).where(Institution.id == id)
    for institution, is_live in await session.execute(wanted):
        if kind is InstitutionKind.BANK and institution.institution_kind != kind:
            raise InvalidInput((at,), "not_a_bank", name=institution.name)
        if not is_live:
            raise InvalidInput((at,), "not_served", name=institution.name)
        return institution
    raise NotFound("Institution", str(id))

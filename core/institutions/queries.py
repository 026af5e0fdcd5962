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
    """The institution, which has a live service of that kind in the region. Raises NotFound for what is none, and
    InvalidInput at the input's field ``at`` for one that does not serve there."""
    institution = await session.get(Institution, id)
    if institution is None:
        raise NotFound("Institution", str(id))
    live = select(serves(region_code, kind)).where(Institution.id == id)
    if not await session.scalar(live):
        raise InvalidInput((at,), "not_served", name=institution.name)
    return institution


async def find_bank(session: AsyncSession, id: int, region_code: str) -> Institution:
    """A bank that serves there, one of those an order names. Raises NotFound, or InvalidInput for what is none."""
    found = await find(session, id, region_code, None, "institutionIds")
    if not await session.scalar(select(serves(region_code, InstitutionKind.BANK)).where(Institution.id == id)):
        raise InvalidInput(("institutionIds",), "not_a_bank", name=found.name)
    return found

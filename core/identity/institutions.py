"""Banks, insurers and guarantee companies as the platform knows them."""

from sqlalchemy import select

from core import uscc as codes
from core.act import Act
from core.audit import trail
from core.errors import Duplicate, InvalidInput
from core.identity.models import Institution, InstitutionKind, Organization


async def enter(
    act: Act, *, kind: InstitutionKind, name: str, uscc: str, region_code: str | None = None
) -> Institution:
    """The institution of that USCC, entered if it is not known. ``region_code`` is where it serves; None: anywhere."""
    try:
        code = codes.check(uscc)
    except codes.InvalidUscc as invalid:
        raise InvalidInput(("uscc",), "uscc", wrong=invalid.wrong) from None
    found = await act.session.scalar(select(Organization).where(Organization.uscc == code))
    if isinstance(found, Institution):
        return found
    if found is not None:
        raise Duplicate("organization", uscc=code)
    institution = Institution(name=name.strip(), uscc=code, region_code=region_code, institution_kind=kind)
    act.session.add(institution)
    await act.session.flush()
    after = {"name": institution.name, "uscc": code, "kind": kind.value}
    trail.record(act, "identity.enter_institution", institution, after=after)
    return institution

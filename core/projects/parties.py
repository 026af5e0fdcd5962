"""The enterprises that a project names by their credit codes: its contractor and its owner.

Whoever types a code binds nobody by it: an enterprise is a party once a certification proved the code to be its own.
"""

from typing import Any, cast

from sqlalchemy import ScalarSelect, Table, and_, bindparam, case, literal_column, or_, select, update

from core.act import Act
from core.db import deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.db.prepared import Lookup, PreparedStatement
from core.identity import enterprises
from core.identity.models import ORGANIZATIONS
from core.projects.models import Project, ProjectState

_PROJECTS = cast("Table", Project.__table__)


def look_up(project: Project) -> Lookup:
    """The enterprises with the codes that the project states, to be asked beside something else."""
    codes = {"contractor_uscc": project.general_contractor_uscc, "owner_uscc": project.owner_uscc}
    return _PARTIES.look_up(applicant_id=project.applicant_id, **codes)


def bind(project: Project, found: Lookup) -> None:
    [(project.contractor_id, project.owner_id)] = found.rows


def _read_parties() -> PreparedStatement:
    def enterprise(code: str) -> ScalarSelect[Any]:
        firm = ORGANIZATIONS.alias()
        proved = or_(firm.c.certified_at.is_not(None), firm.c.id == bindparam("applicant_id"))
        known = and_(
            firm.c.uscc == bindparam(code, type_=firm.c.uscc.type), firm.c.kind == literal_column("'enterprise'")
        )
        return select(firm.c.id).where(known, proved).scalar_subquery()

    return PreparedStatement(select(enterprise("contractor_uscc"), enterprise("owner_uscc")))


_PARTIES = _read_parties()


def _bind_certified() -> DeferredWrite:
    """One statement for both parties: a row can be changed once in it."""
    columns = _PROJECTS.c
    id, code = (
        bindparam("certified_party_id", type_=columns.owner_id.type),
        bindparam("certified_party_uscc", type_=columns.owner_uscc.type),
    )
    is_contractor = and_(columns.general_contractor_uscc == code, columns.contractor_id.is_(None))
    is_owner = and_(columns.owner_uscc == code, columns.owner_id.is_(None))
    entered = columns.state != literal_column(f"'{ProjectState.DRAFT}'")
    return DeferredWrite(
        update(_PROJECTS)
        .where(or_(and_(is_contractor, entered), and_(is_owner, entered)))
        .values(
            contractor_id=case((is_contractor, id), else_=columns.contractor_id),
            owner_id=case((is_owner, id), else_=columns.owner_id),
        )
    )


_BIND = _bind_certified()


@enterprises.on_certified
def _bind_enterprise(act: Act, id: int, uscc: str) -> None:
    deferred_writes.defer(act.session, _BIND, certified_party_id=id, certified_party_uscc=uscc)

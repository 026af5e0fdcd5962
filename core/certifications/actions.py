"""Applying to be certified, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import numbering, uscc
from core.act import Act
from core.actor import Role
from core.certifications.models import Certification
from core.db import next_id
from core.db.prepared import PreparedStatement
from core.documents import actions as documents
from core.documents.actions import Materials
from core.errors import Duplicate, RulesViolated
from core.identity import actions as identity
from core.identity import sessions
from core.identity.models import ORGANIZATIONS, Account, Enterprise, Membership, Operator
from core.reviews import actions as reviews
from core.reviews import rules
from core.reviews.models import CaseState
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill

DESK = "安薪平台认证审核"
"""The operator's desk that reviews enterprises where a city names nobody (A-BX-19)."""


_ENTERPRISE = PreparedStatement(
    select(ORGANIZATIONS.c.id)
    .where(ORGANIZATIONS.c.uscc == bindparam("uscc"), ORGANIZATIONS.c.kind == literal_column("'enterprise'"))
    .with_for_update()
)
_DESK = PreparedStatement(
    select(
        select(ORGANIZATIONS.c.id)
        .where(ORGANIZATIONS.c.name == bindparam("desk"), ORGANIZATIONS.c.kind == literal_column("'operator'"))
        .scalar_subquery(),
        next_id(Membership),
    )
)


@dataclass(frozen=True)
class EnterpriseStatement:
    """What the enterprise states of itself (BX-013); None what it left out."""

    name: str | None
    uscc: str | None
    organization_kind: str | None
    qualification: str | None
    registered_area: str | None
    contact: str | None


async def submit(
    act: Act, ruleset: Ruleset, statement: EnterpriseStatement, materials: Mapping[str, Sequence[int]]
) -> Certification:
    """Apply for certification, or apply again after a refusal (BX-015), then under the rules of the first time.

    The first application with a USCC enters the enterprise and makes the caller its handler. Raises RulesViolated with
    everything that is missing or wrong, Duplicate where the enterprise is another's, and WrongState while a round is
    open or once it is certified.
    """
    enterprise = await _find_enterprise(act, statement.uscc)
    files = await documents.find(act, materials)
    case = await _find_latest(act, ruleset, enterprise) if enterprise else None
    if enterprise and not await _is_handler(act, enterprise):
        await _leave_to_another(act, enterprise)
        case = None
    if case is not None:
        ruleset = await act.rules(case.ruleset_version_id)
    version = rules.procedure(ruleset, Certification.procedure, act.on)
    if version.form:
        statement = EnterpriseStatement(**rules.label_choices(ruleset, version.form, vars(statement), act.on))
    _check(ruleset, statement, files, act.on)
    if case is None:
        enterprise, is_new = (enterprise, False) if enterprise else (await _enter(act, statement), True)
        office_id, membership_id = await _read_desk(act)
        case = _open(act, ruleset, enterprise, office_id)
        if is_new:
            membership = identity.begin_membership(
                act, membership_id, act.actor.account_id or 0, enterprise.id, Role.HANDLER
            )
        else:
            account = await act.session.get_one(Account, act.actor.account_id)
            membership = await identity.add_member(act, account, enterprise, Role.HANDLER)
        if act.actor.session_id and act.actor.organization_id is None:  # it acts for nobody yet
            sessions.act_under(act, act.actor.session_id, membership.id)
    fill(case, {**vars(statement), "uscc": uscc.check(statement.uscc or "")})
    for document in chain.from_iterable(files.values()):
        document.applicant_id = case.enterprise_id
    await reviews.submit(act, case, title=case.name, ruleset=ruleset, facts=facts(case), files=files)
    return case


def facts(stated: Certification | EnterpriseStatement) -> Facts:
    """What is stated, as rules see it."""
    return {
        "enterprise.name": stated.name,
        "enterprise.uscc": stated.uscc,
        "enterprise.kind": stated.organization_kind,
        "enterprise.qualification": stated.qualification,
        "enterprise.registered_area": stated.registered_area,
        "enterprise.contact": stated.contact,
    }


@reviews.facts_of_case.register
async def _facts(case: Certification, act: Act, ruleset: Ruleset) -> Facts:
    return facts(case)


@reviews.on_approved.register
async def _certify(case: Certification, act: Act) -> None:
    """The enterprise is certified with what it stated (BX-011)."""
    enterprise = await act.session.get_one(Enterprise, case.enterprise_id)
    enterprise.name, enterprise.organization_kind = case.name, case.organization_kind
    enterprise.qualification, enterprise.registered_area = case.qualification, case.registered_area
    enterprise.contact, enterprise.certified_at = case.contact, act.at


async def desk(session: AsyncSession) -> Operator:
    """The operator's certification desk."""
    return await identity.operator(session, DESK)


def _check(ruleset: Ruleset, stated: EnterpriseStatement, files: Materials, on: date) -> None:
    """Before anything is entered: an enterprise needs a code that can be one."""
    found = rules.violations(ruleset, Certification.procedure, facts(stated), files, on)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)


async def _find_enterprise(act: Act, code: str | None) -> Enterprise | None:
    """The enterprise with that USCC, locked: of two applications at once the second finds the first."""
    try:
        number = uscc.check(code or "")
    except uscc.InvalidUscc:
        return None  # the form's own check says what is wrong with it
    found = await _ENTERPRISE.fetch(act.session, uscc=number)
    return await act.session.get_one(Enterprise, found[0][0]) if found else None


async def _enter(act: Act, statement: EnterpriseStatement) -> Enterprise:
    entered = await act.session.scalar(
        insert(Enterprise)
        .values(kind="enterprise", name=statement.name, uscc=uscc.check(statement.uscc or ""))
        .on_conflict_do_nothing(index_elements=["uscc"])
        .returning(Enterprise)
    )
    if entered is None:
        raise Duplicate("enterprise")  # by somebody in this very moment
    return entered


async def _read_desk(act: Act) -> tuple[int, int]:
    """The id of the certification desk, and one for a membership."""
    [(office_id, membership_id)] = await _DESK.fetch(act.session, desk=DESK)
    return office_id or (await desk(act.session)).id, membership_id


async def _is_handler(act: Act, enterprise: Enterprise) -> bool:
    mine = select(Membership.id).where(
        Membership.account_id == act.actor.account_id,
        Membership.organization_id == enterprise.id,
        Membership.role == Role.HANDLER,
        Membership.current(act.on),
    )
    return await act.session.scalar(mine) is not None


async def _leave_to_another(act: Act, enterprise: Enterprise) -> None:
    """Somebody else may apply with a USCC whose applications were all refused: who only wrote down a code does not hold
    it, and acts for the enterprise no longer. Raises Duplicate while one is under review or approved."""
    standing = select(Certification.id).where(
        Certification.enterprise_id == enterprise.id, Certification.state != CaseState.REJECTED
    )
    if enterprise.certified_at or await act.session.scalar(standing.limit(1)):
        raise Duplicate("enterprise")
    await identity.end_memberships(act, enterprise)


async def _find_latest(act: Act, ruleset: Ruleset, enterprise: Enterprise) -> Certification | None:
    """The enterprise's application in this city, to go on with."""
    return await act.session.scalar(
        select(Certification)
        .where(Certification.enterprise_id == enterprise.id, Certification.region_code == ruleset.own.ruleset.region)
        .order_by(Certification.id.desc())
        .limit(1)
    )


def _open(act: Act, ruleset: Ruleset, enterprise: Enterprise, office_id: int) -> Certification:
    """A new application, numbered with the city's prefix (BX-012, A-BX-17)."""
    prefix = ruleset.value_or_none("numbering.certification_prefix", act.on) or ""
    return Certification(
        region_code=ruleset.own.ruleset.region,
        applicant_id=enterprise.id,
        office_id=office_id,
        authority_id=None,
        ruleset_version_id=act.rulesets.version_id(ruleset),
        state=CaseState.DRAFT,
        created_at=act.at,
        created_by_id=act.actor.account_id,
        number=f"{prefix}{numbering.issue(act.at)}",
        enterprise_id=enterprise.id,
    )

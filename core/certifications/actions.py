"""Applying to be certified, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import numbering, uscc
from core.acting import Act, Role
from core.certifications.models import Certification
from core.documents.models import Document
from core.errors import Duplicate, InvalidInput, Unauthenticated
from core.identity import actions as identity
from core.identity.models import Account, Enterprise, Membership, Operator, Session
from core.reviews import actions as reviews
from core.rulesets.conditions import Facts
from core.rulesets.ruleset import Ruleset

DESK = "安薪平台认证审核"
"""The operator's desk that reviews enterprises where a city names nobody (A-BX-19)."""


@dataclass(frozen=True)
class Statement:
    """What the enterprise states of itself (BX-013)."""

    name: str
    uscc: str
    organization_kind: str
    qualification: str
    registered_area: str
    contact: str


async def submit(
    session: AsyncSession,
    act: Act,
    ruleset: Ruleset,
    version_id: int,
    stated: Statement,
    files: Mapping[str, Sequence[Document]],
) -> Certification:
    """Apply for certification, or apply again after a refusal (BX-015).

    The first application with a USCC enters the enterprise and makes the caller its handler. Raises InvalidInput for a
    code that cannot be one, Duplicate where the enterprise is another's or a round is already open.
    """
    if act.actor.account_id is None:
        raise Unauthenticated
    enterprise = await _enterprise(session, act, stated)
    case = await _case(session, act, ruleset, version_id, enterprise)
    case.name, case.uscc = stated.name.strip(), enterprise.uscc or ""
    case.organization_kind, case.qualification = stated.organization_kind, stated.qualification
    case.registered_area, case.contact = stated.registered_area, stated.contact
    for documents in files.values():
        for document in documents:
            document.applicant_id = enterprise.id
    await reviews.submit(session, act, case, title=case.name, ruleset=ruleset, facts=facts(case), files=files)
    return case


def facts(case: Certification) -> Facts:
    """The case as rules see it."""
    return {
        "enterprise.name": case.name,
        "enterprise.uscc": case.uscc,
        "enterprise.kind": case.organization_kind,
        "enterprise.qualification": case.qualification,
        "enterprise.registered_area": case.registered_area,
        "enterprise.contact": case.contact,
    }


@reviews.about.register
async def _about(case: Certification, session: AsyncSession, ruleset: Ruleset, on: date) -> Facts:
    return facts(case)


@reviews.approved.register
async def _approved(case: Certification, session: AsyncSession, act: Act) -> None:
    """The enterprise is certified with what it stated (BX-011)."""
    enterprise = await session.get_one(Enterprise, case.enterprise_id)
    enterprise.name, enterprise.organization_kind = case.name, case.organization_kind
    enterprise.qualification, enterprise.registered_area = case.qualification, case.registered_area
    enterprise.contact, enterprise.certified_at = case.contact, act.at


async def desk(session: AsyncSession) -> Operator:
    """The operator's certification desk."""
    found = await session.scalar(select(Operator).where(Operator.name == DESK))
    if found is None:
        found = Operator(name=DESK)
        session.add(found)
        await session.flush()
    return found


async def _enterprise(session: AsyncSession, act: Act, stated: Statement) -> Enterprise:
    try:
        code = uscc.check(stated.uscc)
    except uscc.InvalidUscc as invalid:
        raise InvalidInput(("uscc",), f"统一社会信用代码{invalid.reason}。", "Not a valid USCC.") from None
    entered = await session.scalar(
        insert(Enterprise)
        .values(kind="enterprise", name=stated.name.strip(), uscc=code)
        .on_conflict_do_nothing(index_elements=["uscc"])
        .returning(Enterprise.id)
    )
    enterprise = (await session.scalars(select(Enterprise).where(Enterprise.uscc == code).with_for_update())).one()
    account = await session.get_one(Account, act.actor.account_id)
    if entered is None:
        await _must_be_handler(session, account, enterprise)
        return enterprise
    membership = await identity.add_member(session, act, account, enterprise, Role.HANDLER)
    current = await session.get(Session, act.actor.session_id) if act.actor.session_id else None
    if current and current.membership_id is None:
        current.membership_id = membership.id
    return enterprise


async def _must_be_handler(session: AsyncSession, account: Account, enterprise: Enterprise) -> None:
    mine = select(Membership.id).where(
        Membership.account_id == account.id,
        Membership.organization_id == enterprise.id,
        Membership.role == Role.HANDLER,
    )
    if not await session.scalar(mine):
        raise Duplicate("使用该统一社会信用代码的企业", "请联系该企业的经办人。")


async def _case(
    session: AsyncSession, act: Act, ruleset: Ruleset, version_id: int, enterprise: Enterprise
) -> Certification:
    """The enterprise's application to go on with, or a new one."""
    latest = await session.scalar(
        select(Certification)
        .where(Certification.enterprise_id == enterprise.id)
        .order_by(Certification.id.desc())
        .limit(1)
    )
    if latest is not None:
        return latest
    prefix = ruleset.optional("numbering.certification_prefix", act.on) or ""
    office = await desk(session)
    return Certification(
        region_code=ruleset.own.ruleset.region,
        applicant_id=enterprise.id,
        office_id=office.id,
        authority_id=None,
        ruleset_version_id=version_id,
        state="draft",
        created_at=act.at,
        created_by_id=act.actor.account_id,
        number=f"{prefix}{numbering.issue(act.at)}",
        enterprise_id=enterprise.id,
    )

"""Applying to be certified, and what follows.

A submission gives its submitter nothing: he acts for the enterprise once a reviewer found that he may. Others may apply
with the same credit code meanwhile, each with a case of his own, and the reviewer sees of each the others (``rivals``);
what is approved first stands, and the later approval is a conflict. An enterprise whose last handler was ended is
applied for like one that was never certified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, exists, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core import numbering, uscc
from core.access import APPLYING
from core.act import Act
from core.actor import OFFICIAL, Role
from core.certifications.models import Certification
from core.db import deferred_writes, next_id
from core.db.deferred_writes import DeferredWrite
from core.db.prepared import PreparedStatement
from core.documents import actions as documents
from core.documents.actions import Materials
from core.documents.models import Document
from core.errors import Duplicate, NotAllowed, NotApplicable, NotFound, RulesViolated
from core.identity import actions as identity
from core.identity import enterprises, sessions
from core.identity.models import ORGANIZATIONS, Membership, Operator
from core.reviews import actions as reviews
from core.reviews import city_fields, rules
from core.reviews.models import CaseState, KeptDecision, Review
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from core.statements import fill

DESK = "安薪平台认证审核"
"""The operator's desk that reviews enterprises where a city names nobody (A-BX-19)."""


_CASES, _MEMBERSHIPS = cast("Table", Certification.__table__), cast("Table", Membership.__table__)
_LOCK = PreparedStatement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("locked_uscc"), text("0"))))
)
"""Of two submissions at once with one credit code the second finds what the first brought."""


def _holds(organization_id: Any = None, *, role: Any) -> Any:
    """Whether the account of the statement acts in such a role on ``on``, for that organisation or for any."""
    for_it = [] if organization_id is None else [_MEMBERSHIPS.c.organization_id == organization_id]
    return exists(_MEMBERSHIPS.c.id).where(
        _MEMBERSHIPS.c.account_id == bindparam("account_id"), role, *for_it, _CURRENT
    )


_CURRENT = Membership.current(bindparam("on"))
_AS_HANDLER = _MEMBERSHIPS.c.role == literal_column(f"'{Role.HANDLER}'")
_AS_OFFICIAL = _MEMBERSHIPS.c.role.in_([literal_column(f"'{role}'") for role in sorted(OFFICIAL)])


def _read_standing() -> PreparedStatement:
    """The desk; of the enterprise with a credit code its id, whether it is certified and somebody handles it, and
    whether the account does; the account's or that enterprise's application in the region; and whether the account
    holds an office."""
    desk = select(ORGANIZATIONS.c.id).where(
        ORGANIZATIONS.c.name == bindparam("desk"), ORGANIZATIONS.c.kind == literal_column("'operator'")
    )
    firm = (
        select(
            ORGANIZATIONS.c.id,
            and_(
                ORGANIZATIONS.c.certified_at.is_not(None),
                exists(_MEMBERSHIPS.c.id).where(
                    _MEMBERSHIPS.c.organization_id == ORGANIZATIONS.c.id, _AS_HANDLER, _CURRENT
                ),
            ).label("taken"),
            _holds(ORGANIZATIONS.c.id, role=_AS_HANDLER).label("handled"),
        )
        .where(ORGANIZATIONS.c.uscc == bindparam("uscc"), ORGANIZATIONS.c.kind == literal_column("'enterprise'"))
        .cte("firm")
    )
    one = select(text("1")).subquery("one")
    its = and_(_CASES.c.enterprise_id == firm.c.id, firm.c.handled)
    latest = select(func.max(_CASES.c.id)).where(
        _CASES.c.uscc == bindparam("uscc"),
        _CASES.c.region_code == bindparam("region_code"),
        or_(_CASES.c.created_by_id == bindparam("account_id"), its),
    )
    return PreparedStatement(
        select(
            desk.scalar_subquery(),
            firm.c.id,
            firm.c.taken,
            firm.c.handled,
            latest.scalar_subquery(),
            _holds(role=_AS_OFFICIAL),
        ).select_from(one.outerjoin(firm, text("true")))
    )


_STANDING = _read_standing()


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

    Raises RulesViolated with everything that is missing or wrong, Duplicate where the enterprise is certified and
    another's, WrongState while a round of the caller's own is open or once it is certified, and NotAllowed for who
    holds an office, in whatever role he acts.
    """
    if act.actor.role not in APPLYING:
        raise NotAllowed("apply_for_certification", Role.HANDLER, "official" if act.actor.role in OFFICIAL else "")
    files = await documents.find(act, materials)
    standing = await _find_standing(act, ruleset, statement.uscc)
    id = standing.case_id
    case = await act.session.get_one(Certification, id, with_for_update=True) if id else None
    if case is not None and case.state == CaseState.WITHDRAWN:
        case = None  # one begins anew
    act.expect(case, Certification)
    if case is not None:
        ruleset = await act.rules(case.ruleset_version_id)
    version = rules.procedure(ruleset, Certification.procedure, act.on)
    if version.form:
        statement = EnterpriseStatement(**rules.code_choices(ruleset, version.form, vars(statement), act.on))
    _check(act, ruleset, statement, files)
    if case is None:
        case = _open(act, ruleset, standing.own_id, standing.desk_id or (await desk(act.session)).id)
    if case.applicant_id is None:
        _must_be_uploaded_by(act.actor.account_id, files)
    fill(case, {**vars(statement), "uscc": uscc.check(statement.uscc or "")})
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
    """The enterprise is certified with what was stated (BX-011), entered if nobody knew it, and the submitter alone
    acts for it; the case, its rounds and its papers are its own from now on. Raises Duplicate where another was faster.
    """
    account_id = case.created_by_id
    [(enterprise_id, is_enterprise, certified, handled, others, official, member_id)] = await _ENTER.fetch(
        act.session, uscc=case.uscc, name=case.name, account_id=account_id, on=act.on
    )
    if certified and not handled:
        # Asked again: of two approvals at once the second waited for the enterprise, and saw its members from before.
        others = others or await _has_handlers(act, enterprise_id)
    if not is_enterprise or (certified and others and not handled):
        raise Duplicate("enterprise")
    if official:  # since he submitted it
        raise NotApplicable("Certification", str(case.id), "submitter_official")
    if others and not certified:  # they were let in by a submission, when that was enough
        await identity.end_memberships(act, enterprise_id)
    stated = {f"certified_{name}": getattr(case, name) for name in _STATED}
    deferred_writes.defer(
        act.session, _CERTIFY, certified_organization_id=enterprise_id, **stated, certified_certified_at=act.at
    )
    enterprises.tell_certified(act, enterprise_id, case.uscc)
    case.applicant_id = case.enterprise_id = enterprise_id
    for write in _HAND_OVER:
        deferred_writes.defer(act.session, write, owned_case_id=case.id, owned_by_id=enterprise_id)
    if not handled:
        member = await identity.add_member_anew(act, member_id, account_id, enterprise_id, Role.HANDLER)
        sessions.act_under(act, account_id, member.id)


async def _has_handlers(act: Act, enterprise_id: int) -> bool:
    its = Membership.organization_id == enterprise_id, Membership.role == Role.HANDLER, Membership.current(act.on)
    return bool(await act.session.scalar(select(exists(Membership.id).where(*its))))


_STATED = ("name", "organization_kind", "qualification", "registered_area", "contact")
_CERTIFY = DeferredWrite(
    update(ORGANIZATIONS)
    .where(ORGANIZATIONS.c.id == bindparam("certified_organization_id"))
    .values({name: bindparam(f"certified_{name}", type_=ORGANIZATIONS.c[name].type) for name in _STATED})
    .values(certified_at=bindparam("certified_certified_at", type_=ORGANIZATIONS.c.certified_at.type))
)


def _give_to_applicant(model: type[Review | Document | KeptDecision]) -> DeferredWrite:
    """What is kept of the case in that table."""
    table = cast("Table", model.__table__)
    mine = (
        table.c.subject_type == literal_column(f"'{Certification.__name__}'"),
        table.c.subject_id == bindparam("owned_case_id"),
    )
    return DeferredWrite(update(table).where(*mine).values(applicant_id=bindparam("owned_by_id")))


_HAND_OVER = [_give_to_applicant(model) for model in (Review, Document, KeptDecision)]


def _enter_enterprise() -> PreparedStatement:
    """The organisation with a credit code, entered unless it is there, and locked: of two approvals at once the second
    finds what the first made of it. Whether it is an enterprise, certified, handled by the account, or by others;
    whether the account holds an office; and an id for a membership."""
    entered = insert(ORGANIZATIONS).values(
        kind=literal_column("'enterprise'"), name=bindparam("name"), uscc=bindparam("uscc")
    )
    locked = (
        entered.on_conflict_do_update(index_elements=["uscc"], set_={"uscc": entered.excluded.uscc})
        .returning(ORGANIZATIONS.c.id, ORGANIZATIONS.c.kind, ORGANIZATIONS.c.certified_at)
        .cte("locked")
    )
    others = exists(_MEMBERSHIPS.c.id).where(
        _MEMBERSHIPS.c.organization_id == locked.c.id,
        _MEMBERSHIPS.c.account_id != bindparam("account_id"),
        _AS_HANDLER,
        _CURRENT,
    )
    is_enterprise = locked.c.kind == literal_column("'enterprise'")
    return PreparedStatement(
        select(
            locked.c.id,
            is_enterprise,
            locked.c.certified_at.is_not(None),
            _holds(locked.c.id, role=_AS_HANDLER),
            others,
            _holds(role=_AS_OFFICIAL),
            next_id(Membership),
        )
    )


_ENTER = _enter_enterprise()


async def desk(session: AsyncSession) -> Operator:
    """The operator's certification desk."""
    return await identity.operator(session, DESK)


def _check(act: Act, ruleset: Ruleset, stated: EnterpriseStatement, files: Materials) -> None:
    """Before anything is entered: an enterprise needs a name, and a code that can be one."""
    procedure = Certification.procedure
    known = {**facts(stated), **city_fields.read(act, ruleset, procedure)}
    found = rules.violations(ruleset, procedure, known, files, act.on)
    found += rules.required_anyway(ruleset, known, ["enterprise.name", "enterprise.uscc"], found)
    if any(violation.refuses for violation in found):
        raise RulesViolated(found)


@dataclass(frozen=True)
class _Standing:
    """What an application meets: the desk, the enterprise if the caller handles it, and the case to go on with."""

    desk_id: int | None
    own_id: int | None
    case_id: int | None


async def _find_standing(act: Act, ruleset: Ruleset, code: str | None) -> _Standing:
    """Raises Duplicate where the enterprise is certified and somebody else handles it, NotAllowed for an official."""
    try:
        number = uscc.check(code or "")
    except uscc.InvalidUscc:
        return _Standing(None, None, None)  # the form's own check says what is wrong with it
    standing = _STANDING.look_up(
        uscc=number,
        desk=DESK,
        account_id=act.actor.account_id,
        on=act.on,
        region_code=ruleset.own.ruleset.region,
    )
    await _LOCK.fetch(act.session, standing, locked_uscc=number)
    [(desk_id, enterprise_id, taken, handled, case_id, official)] = standing.rows
    if official:
        raise NotAllowed("apply_for_certification", Role.HANDLER, "official")
    if taken and not handled:
        raise Duplicate("enterprise")
    return _Standing(desk_id, enterprise_id if handled else None, case_id)


def _must_be_uploaded_by(account_id: int | None, files: Materials) -> None:
    """Raises NotFound for a colleague's file: it would be his to see, and not the submitter's."""
    for document in chain.from_iterable(files.values()):
        if document.uploaded_by_id != account_id:
            raise NotFound("Document", str(document.id))


def _open(act: Act, ruleset: Ruleset, enterprise_id: int | None, office_id: int) -> Certification:
    """A new application, numbered with the city's prefix (BX-012, A-BX-17)."""
    prefix = ruleset.value_or_none("numbering.certification_prefix", act.on) or ""
    return Certification(
        region_code=ruleset.own.ruleset.region,
        applicant_id=enterprise_id,
        office_id=office_id,
        authority_id=None,
        ruleset_version_id=act.rulesets.version_id(ruleset),
        state=CaseState.DRAFT,
        created_at=act.at,
        created_by_id=act.actor.account_id,
        number=f"{prefix}{numbering.issue(act.at)}",
        enterprise_id=enterprise_id,
    )

"""Entering a guarantee, once it was issued or found good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.orm.attributes import set_committed_value

from core.access import Concerning
from core.act import Act
from core.audit import trail
from core.db import next_id
from core.db.prepared import PreparedStatement
from core.deadlines import alerts
from core.errors import InvalidInput, NotApplicable
from core.guarantees import letters, secured
from core.guarantees.letters import Letter
from core.guarantees.models import (
    Guarantee,
    GuaranteeOrder,
    GuaranteeOrigin,
    GuaranteeState,
    GuaranteeVersion,
    LetterSubmission,
)
from core.guarantees.secured import GuaranteeCase, Subject
from core.statements import fill

_OF_SUBJECT = and_(Guarantee.subject_type == bindparam("subject_type"), Guarantee.subject_id == bindparam("subject_id"))
_SECURES = Guarantee.state.in_(
    [
        literal_column(f"'{state}'")
        for state in (GuaranteeState.PENDING, GuaranteeState.IN_FORCE, GuaranteeState.EXPIRED)
    ]
)
_SURROUNDINGS = PreparedStatement(
    select(
        exists(Guarantee.id).where(
            Guarantee.number_key == bindparam("number_key"),
            or_(Guarantee.letter_submission_id.is_(None), Guarantee.letter_submission_id != bindparam("corrects_id")),
        ),
        select(func.max(Guarantee.ends_on)).where(_OF_SUBJECT, _SECURES).scalar_subquery(),
        next_id(Guarantee),
        next_id(GuaranteeVersion),
    )
)
"""Whether the number stands for a guarantee already, the last day of those that secure the subject or did until it,
and ids for a guarantee and its first version."""
ALERT = "guarantee_expiry"
"""The alert on a guarantee that comes to its end."""
ORIGINS = {GuaranteeOrder: GuaranteeOrigin.ORDER, LetterSubmission: GuaranteeOrigin.UPLOAD}


@dataclass(frozen=True)
class Place:
    """Where a new guarantee goes: ids for it and its first version, and the last day of what it follows, None if it is
    its subject's first."""

    id: int
    version_id: int
    earlier_ends_on: date | None


@dataclass(frozen=True)
class Endorsement:
    """What a 批单 changes of a guarantee, whose number and first day stay. Yuan."""

    number: str
    amount: Decimal
    fee: Decimal
    issued_on: date
    ends_on: date


async def must_be_new(act: Act, subject: Subject, letter: Letter, *, corrects_id: int | None = None) -> Place:
    """Raises InvalidInput for a number that its issuer gave to another guarantee, be it ended long ago. What corrects a
    submission may keep that one's number."""
    key = letters.number_key(letter.issuer or "", letter.guarantee_number or "")
    beside = {
        "subject_type": type(subject).__name__,
        "subject_id": subject.id,
        "corrects_id": corrects_id or 0,
    }
    [(taken, earlier, id, version_id)] = await _SURROUNDINGS.fetch(act.session, number_key=key, **beside)
    if taken and letter.issuer and letter.guarantee_number:
        raise InvalidInput(("guaranteeNumber",), "number_taken", number=letter.guarantee_number, issuer=letter.issuer)
    return Place(id, version_id, earlier)


async def make(
    act: Act, subject: Subject, case: GuaranteeCase, letter: Letter, place: Place, *, issuer_id: int | None
) -> Guarantee:
    """The guarantee that the letter, which is complete, is; seen like its subject, and by its issuer. Nothing is
    written before it is entered."""
    issuer, number = letter.issuer or "", letter.guarantee_number or ""
    guarantee = Guarantee(
        id=place.id,
        **Concerning.like(subject),
        issuer_id=issuer_id,
        subject_type=case.subject_type,
        subject_id=case.subject_id,
        project_id=subject.project_id,
        ruleset_version_id=case.ruleset_version_id,
        origin=ORIGINS[type(case)],
        order_id=case.id if isinstance(case, GuaranteeOrder) else None,
        letter_submission_id=case.id if isinstance(case, LetterSubmission) else None,
        kind=letter.kind,
        product_name=letter.product_name,
        issuer=issuer,
        guarantee_number=number,
        number_key=letters.number_key(issuer, number),
        beneficiary_id=subject.office_id,
        amount=letter.amount,
        fee=letter.fee,
        issued_on=letter.issued_on,
        starts_on=letter.starts_on,
        ends_on=letter.ends_on,
        state=GuaranteeState.IN_FORCE,
        created_at=act.at,
        created_by_id=case.created_by_id,
        confirmed_by_id=act.actor.account_id,
        revision=1,
    )
    set_committed_value(guarantee, "versions", [_version(act, guarantee, place.version_id, 1)])
    return guarantee


async def enter(act: Act, subject: Subject, guarantee: Guarantee) -> None:
    """The guarantee is in force from now on, and secures its subject. One that takes the place of another is so from
    its first day: until then the other stands, so that there is no gap. One that only makes up what was used of
    another stands beside it."""
    earlier = await _standing(act, subject) if await secured.takes_over(subject, act, guarantee) else ()
    guarantee.replaces_id = earlier[-1].id if earlier else None
    if guarantee.starts_on > act.on and any(one.state == GuaranteeState.IN_FORCE for one in earlier):
        guarantee.state = GuaranteeState.PENDING
    else:
        await _take_over(act, subject, guarantee, earlier)
    act.insert(guarantee)
    [version] = guarantee.versions
    act.insert(version)
    after = {"state": guarantee.state, "issuer": guarantee.issuer, "guarantee_number": guarantee.guarantee_number}
    trail.record(act, "guarantee.enter", guarantee, after={**after, **_terms(guarantee)})


async def correct(act: Act, subject: Subject, submission: LetterSubmission, letter: Letter) -> None:
    """The guarantee says from now on what the submission does, which puts an earlier one right: one id and one life,
    and a version more. Raises NotApplicable where it stands no longer, or was put right by another submission."""
    mine = (Guarantee.letter_submission_id == submission.corrects_id, Guarantee.state == GuaranteeState.IN_FORCE)
    guarantee = await act.session.scalar(select(Guarantee).where(*mine).with_for_update())
    if guarantee is None:
        raise NotApplicable(LetterSubmission.__name__, str(submission.id), "nothing_left_to_correct")
    await must_be_new(act, subject, letter, corrects_id=submission.corrects_id)
    id, number = await _next_version(act, guarantee)
    said = ("kind", "product_name", "issuer", "guarantee_number", "amount", "fee", "issued_on", "starts_on", "ends_on")
    before = {name: getattr(guarantee, name) for name in said}
    if letter.ends_on != guarantee.ends_on:
        guarantee.end_settled_at = None
        await alerts.clear(act, kind=ALERT, project_id=guarantee.project_id, by="correction")
    fill(guarantee, {name: getattr(letter, name) for name in said})
    guarantee.number_key = letters.number_key(guarantee.issuer, guarantee.guarantee_number)
    guarantee.issuer_id, guarantee.letter_submission_id = submission.institution_id, submission.id
    guarantee.confirmed_by_id, guarantee.revision = act.actor.account_id, guarantee.revision + 1
    act.insert(_version(act, guarantee, id, number))
    await secured.on_corrected(subject, act, guarantee)
    after = {name: getattr(guarantee, name) for name in said}
    trail.record(act, "guarantee.correct", guarantee, before=before, after=after)


async def begin(act: Act, subject: Subject, guarantee: Guarantee) -> None:
    """The first day of a guarantee that waited for it; both are locked."""
    earlier = [one for one in await _standing(act, subject) if one.id != guarantee.id]
    before = {"state": guarantee.state}
    guarantee.state, guarantee.revision = GuaranteeState.IN_FORCE, guarantee.revision + 1
    await _take_over(act, subject, guarantee, earlier)
    trail.record(act, "guarantee.begin", guarantee, before=before, after={"state": guarantee.state})


async def extend(act: Act, subject: Subject, guarantee: Guarantee, endorsement: Endorsement) -> None:
    """Add a version, which the guarantee says from now on; both are locked. Its alert is lifted and runs anew.

    One whose last day passed while the endorsement waited for its office stands again."""
    before = _terms(guarantee)
    id, number = await _next_version(act, guarantee)
    guarantee.amount, guarantee.fee, guarantee.ends_on = endorsement.amount, endorsement.fee, endorsement.ends_on
    guarantee.state, guarantee.ended_at, guarantee.end_settled_at = GuaranteeState.IN_FORCE, None, None
    guarantee.revision += 1
    version = _version(act, guarantee, id, number)
    version.endorsement_number, version.issued_on = endorsement.number, endorsement.issued_on
    act.insert(version)
    await secured.on_changed(subject, act, guarantee, guarantee.amount - before["amount"])
    await alerts.clear(act, kind=ALERT, project_id=guarantee.project_id, by="extension")
    after = {**_terms(guarantee), "endorsement_number": endorsement.number}
    trail.record(act, "guarantee.extend", guarantee, before=before, after=after)


async def _take_over(act: Act, subject: Subject, guarantee: Guarantee, earlier: Sequence[Guarantee]) -> None:
    await secured.on_secured(subject, act, guarantee)
    for one in earlier:
        end(act, one, GuaranteeState.REPLACED, "guarantee.replace")
        await alerts.clear(act, kind=ALERT, project_id=one.project_id, by="replacement")


async def _standing(act: Act, subject: Subject) -> Sequence[Guarantee]:
    """The guarantees of a subject, which is locked, that stand or will; locked, the oldest first."""
    mine = (Guarantee.subject_type == type(subject).__name__, Guarantee.subject_id == subject.id)
    stands = Guarantee.state.in_([GuaranteeState.IN_FORCE.value, GuaranteeState.PENDING.value])
    found = await act.session.scalars(select(Guarantee).where(*mine, stands).order_by(Guarantee.id).with_for_update())
    return found.all()


async def release(act: Act, subject: Subject) -> None:
    """Nothing is owed any more: what secured it is in force no longer."""
    for guarantee in await _standing(act, subject):
        end(act, guarantee, GuaranteeState.RELEASED, "guarantee.release")


def end(act: Act, guarantee: Guarantee, state: GuaranteeState, what: str) -> None:
    """The guarantee, which is locked, stands for nothing any more."""
    before = {"state": guarantee.state}
    guarantee.state, guarantee.ended_at = state, act.at
    guarantee.revision += 1
    trail.record(act, what, guarantee, before=before, after={"state": state})


async def _next_version(act: Act, guarantee: Guarantee) -> tuple[int, int]:
    """The id and the number of a version more; the guarantee is locked."""
    newest = select(next_id(GuaranteeVersion), func.max(GuaranteeVersion.number))
    [(id, number)] = await act.session.execute(newest.where(GuaranteeVersion.guarantee_id == guarantee.id))
    return id, number + 1


def _version(act: Act, guarantee: Guarantee, id: int, number: int) -> GuaranteeVersion:
    seen = {**Concerning.like(guarantee), "issuer_id": guarantee.issuer_id}
    return GuaranteeVersion(
        id=id, **seen, guarantee_id=guarantee.id, number=number, **_terms(guarantee), recorded_at=act.at
    )


def _terms(guarantee: Guarantee) -> dict[str, Any]:
    """What an endorsement may change."""
    return {name: getattr(guarantee, name) for name in ("amount", "fee", "issued_on", "starts_on", "ends_on")}

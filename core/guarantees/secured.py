"""What a guarantee secures, and the questions that its owner answers.

An area that owes something secured registers its table with ``register`` and an answer to each question below, in the
manner of ``reviews.on_approved``. Nothing here knows which areas these are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import singledispatch
from typing import Any, Protocol

from sqlalchemy import bindparam
from sqlalchemy.orm import Mapped, QueryableAttribute

from core.act import Act
from core.actor import Role
from core.db.row_loader import RowLoader
from core.guarantees.models import Guarantee, GuaranteeOrder, LetterSubmission
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset

GuaranteeCase = GuaranteeOrder | LetterSubmission
"""By which a guarantee comes."""


class Subject(Protocol):
    """A row that is secured."""

    id: Mapped[int]
    region_code: Mapped[str]
    applicant_id: Mapped[int]
    office_id: Mapped[int | None]
    authority_id: Mapped[int | None]
    project_id: Mapped[int]
    ruleset_version_id: Mapped[int]


@dataclass(frozen=True)
class Requirement:
    """What a subject asks of its guarantee. ``amount`` in yuan; ``last_until`` None where no day is known;
    ``expected_until`` the day that the works are reported to be completed by, None where none is or they are."""

    title: str
    amount: Decimal
    last_until: date | None
    expected_until: date | None
    beneficiary_id: int | None
    shortfall: Decimal | None
    """What is to be made up of what was used; None where nothing was."""
    authors: Collection[int]
    """Who made what is secured: none of them decides on its guarantee."""
    facts: Facts


@dataclass(frozen=True)
class _Table:
    model: type[Any]
    along: tuple[QueryableAttribute[Any], ...]
    handling: str
    loader: RowLoader


_TABLES: dict[str, _Table] = {}
_KNOWN = "core.guarantees.secured"


def register(model: type[Any], *along: QueryableAttribute[Any], handling: str) -> None:
    """Rows of ``model`` are secured by guarantees. ``along`` is read with each; ``handling`` names what a handler does
    with one, in the sentences' words."""
    names = tuple(relation.key for relation in along)
    loader = RowLoader(model, model.id == bindparam("id"), along=names, lock=True)
    _TABLES[model.__name__] = _Table(model, along, handling, loader)


def kinds() -> Collection[str]:
    """The types that are secured."""
    return _TABLES.keys()


def model_of(kind: str) -> type[Any]:
    """The table of a type that is secured."""
    return _TABLES[kind].model


async def find(act: Act, kind: str, id: int) -> tuple[Subject, Ruleset]:
    """A subject of a handler's own enterprise, locked, and the rules it goes on under."""
    table = _TABLES[kind]
    act.must_be(Role.HANDLER, table.handling)
    subject: Any = await act.find(table.model, id, lock=True, along=table.along)
    _known(act)[kind, id] = subject
    return subject, await act.rules(subject.ruleset_version_id)


async def subject_of(act: Act, row: GuaranteeCase | Guarantee) -> Subject:
    """What a case or a guarantee is about, locked; asked for once in an act."""
    known, key = _known(act), (row.subject_type, row.subject_id)
    if key not in known:
        known[key] = await _TABLES[row.subject_type].loader.load(act.session, id=row.subject_id)
    return known[key]


def _known(act: Act) -> dict[tuple[str, int], Any]:
    """What the act locked already."""
    return act.session.info.setdefault(_KNOWN, {})


@singledispatch
async def required(subject: Any, act: Act) -> Requirement:
    """What the subject asks of a guarantee today."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def must_be_open(subject: Any, act: Act, kind: type[GuaranteeCase]) -> None:
    """Raises what stands against a guarantee that would come by that kind of case now."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def on_changed(subject: Any, act: Act, guarantee: Guarantee, more: Decimal) -> None:
    """An endorsement changed the days of the guarantee, which is in force, and its amount by ``more`` yuan."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def must_be_correctable(subject: Any, act: Act, kind: type[GuaranteeCase]) -> None:
    """Raises what stands against putting right what was found good before; nothing does where that was refused since
    by whoever the guarantee was shown to."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def on_corrected(subject: Any, act: Act, guarantee: Guarantee) -> None:
    """The guarantee that secures the subject says something else than before: its amount, its days, its number."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def on_lost(subject: Any, act: Act, guarantee: Guarantee) -> None:
    """The guarantee's last day has passed, and nothing took its place."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def takes_over(subject: Any, act: Act, guarantee: Guarantee) -> bool:
    """Whether the guarantee takes the place of those that stand for the subject, or stands beside them."""
    raise NotImplementedError(type(subject).__name__)


@singledispatch
async def on_secured(subject: Any, act: Act, guarantee: Guarantee) -> None:
    """The guarantee is in force, and secures the subject."""
    raise NotImplementedError(type(subject).__name__)

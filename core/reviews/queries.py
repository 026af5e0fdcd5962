"""Reading reviews and what their cases rested on."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import visible
from core.act import Act
from core.actor import Actor
from core.decisions import Decision
from core.reviews.models import Case, CaseState, KeptDecision, Review

Kind = TypeVar("Kind", bound=Any)
"""A case with ``corrects_id``, which names the approved one that it puts right."""


async def case_of(session: AsyncSession, review: Review) -> Case:
    """The case a round is about."""
    return await session.get_one(review.case_class, review.subject_id, with_for_update=True)


async def lock_open_round(session: AsyncSession, case: Case) -> Review | None:
    """The round of the case that waits for its reviewer, locked; None where none does."""
    its = (Review.subject_type == type(case).__name__, Review.subject_id == case.id, Review.outcome.is_(None))
    return await session.scalar(select(Review).where(*its).with_for_update())


async def find_earlier(act: Act, kind: type[Kind], id: int | None) -> tuple[Kind | None, bool]:
    """The case that is to be put right, locked, None where none is; and whether what was found good once is put right:
    by a new case if it is that one, by this one if it corrects another."""
    if id is None:
        return None, False
    earlier = await act.find(kind, id, lock=True)
    return earlier, earlier.state == CaseState.APPROVED or earlier.corrects_id is not None


async def decisions_of(
    session: AsyncSession, actor: Actor, wanted: Sequence[tuple[str, int, int | None]]
) -> list[list[Decision]]:
    """What the acts on these rows rested on, oldest first: of each its class, its id and which round, None for all."""
    found = await kept_for(session, actor, wanted)
    return [[Decision.from_json(row.body) for row in kept if row.body is not None] for kept in found]


async def kept_for(
    session: AsyncSession, actor: Actor, wanted: Sequence[tuple[str, int, int | None]]
) -> list[list[KeptDecision]]:
    """What was kept with the acts on these rows, oldest first."""
    known: dict[tuple[str, int], list[KeptDecision]] = {(kind, id): [] for kind, id, _ in wanted}
    kept = await session.scalars(
        select(KeptDecision)
        .where(
            KeptDecision.subject_type.in_({kind for kind, _ in known}),
            KeptDecision.subject_id.in_({id for _, id in known}),
            visible(KeptDecision, actor),
        )
        .order_by(KeptDecision.id)
    )
    for row in kept:
        known.get((row.subject_type, row.subject_id), []).append(row)
    return [[row for row in known[kind, id] if round in (None, row.round)] for kind, id, round in wanted]

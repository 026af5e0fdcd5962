"""Reading reviews and what their cases rested on."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import visible
from core.actor import Actor
from core.decisions import Decision
from core.reviews.models import Case, KeptDecision, Review


async def case_of(session: AsyncSession, review: Review) -> Case:
    """The case a round is about."""
    return await session.get_one(review.case_class, review.subject_id, with_for_update=True)


async def decisions_of(
    session: AsyncSession, actor: Actor, subject_type: str, case_ids: Sequence[int]
) -> dict[int, list[Decision]]:
    """What the acts on these cases rested on, oldest first, by case."""
    found: dict[int, list[Decision]] = {id: [] for id in case_ids}
    kept = await session.scalars(
        select(KeptDecision)
        .where(
            KeptDecision.subject_type == subject_type,
            KeptDecision.subject_id.in_(case_ids),
            visible(KeptDecision, actor),
        )
        .order_by(KeptDecision.id)
    )
    for row in kept:
        found[row.subject_id].append(Decision.from_json(row.body))
    return found

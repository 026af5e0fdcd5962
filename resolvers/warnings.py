"""What an accepted act should be looked at again for: kept with the newest submission, placed in that act's input."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import strawberry

from core.decisions import Decision, Violation
from core.reviews import queries
from core.reviews.models import KeptDecision, cases_by_name
from resolvers.context import Context
from resolvers.fields import batched, computed
from resolvers.forms import INPUTS
from resolvers.inputs import place_of

_FORMS: Mapping[str, str] = {
    "project.enter": "project",
    "project.report_progress": "progress",
    "record": "deposit_use",
    "guarantee.issue": "guarantee_issue",
    "guarantee.extend": "letter_submission",
}
"""Of the acts that submit no case."""


def _show(context: Context, kept: KeptDecision) -> Violation:
    said = cast("Mapping[str, Any]", kept.warning)
    case = cases_by_name().get(kept.subject_type)
    form = case.procedure if case else _FORMS.get(kept.act, "")
    place: Sequence[str] = said["path"]
    return Violation(
        said["code"],
        place_of(place, INPUTS[form][1]) if form in INPUTS else place,
        (said.get("english") if context.language == "en" else None) or said["message"],
        Decision.from_json(kept.body) if kept.body else None,
        refuses=False,
    )


async def _read(context: Context, wanted: Sequence[tuple[str, int, int | None]]) -> list[list[Violation]]:
    async with context.db.read(context.actor) as session:
        found = await queries.kept_for(session, context.actor, wanted)
    return [[_show(context, kept) for kept in of_row if kept.warning is not None] for of_row in found]


def _kept_at(round_column: str | None) -> Any:
    """Of rows: what was kept with the round or revision that they have, or with all where the column is None."""

    async def answer(context: Context, model: type[Any], rows: Sequence[Any]) -> list[list[Violation]]:
        return await _read(
            context, [(model.__name__, row.id, getattr(row, round_column) if round_column else None) for row in rows]
        )

    return batched(answer, "id", *([round_column] if round_column else []))


async def _of_round(context: Context, _: type[Any], rows: Sequence[Any]) -> list[list[Violation]]:
    return await _read(context, [(row.subject_type, row.subject_id, row.round) for row in rows])


of_case = _kept_at("round")
of_revised = _kept_at("revision")
"""Of what has no rounds."""
of_row = _kept_at(None)
of_round = batched(_of_round, "subject_type", "subject_id", "round")


@computed()
def none(root: strawberry.Parent[Any]) -> list[Violation]:
    """No rule of a city warns of what this comes from."""
    return []

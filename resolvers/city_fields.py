"""What a city asks besides: taken with every act that has a form, and shown of what was handed in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from core.actor import Role
from core.errors import InvalidInput
from core.privacy import PERSONAL, mask
from core.rulesets.language import values
from core.rulesets.ruleset import Ruleset
from resolvers.context import Context
from resolvers.fields import batched

_SEEN_WHOLE_BY = (Role.HANDLER, Role.HRSS_OFFICER, Role.CERTIFICATION_REVIEWER, None)
"""To others a telephone number is masked, as it is in a column (``core.privacy``)."""


@strawberry.input(
    description="The answer to a question that a city's form asks and the input has no field for (城市填写项)."
)
class CityFieldInput:
    path: str
    value: str | None = None


@dataclass(frozen=True)
class CityField:
    """An answer, by the path of its fact: as canonical text, and as people read it."""

    path: str
    label: str
    value: str
    shown: str


def by_path(given: Sequence[CityFieldInput]) -> Mapping[str, str | None]:
    """Raises InvalidInput for a field that is given twice."""
    found = {field.path: field.value for field in given}
    for field in given if len(found) < len(given) else ():
        if [one.path for one in given].count(field.path) > 1:
            raise InvalidInput(("city_fields", field.path), "city_field_twice", path=field.path)
    return found


async def _answer(context: Context, _: type[Any], rows: Sequence[Any]) -> list[list[CityField]]:
    rulesets = await context.rulesets.get_all_pinned(context.db, {row.ruleset_version_id for row in rows})
    whole = context.actor.role in _SEEN_WHOLE_BY
    found: list[list[CityField]] = []
    for row in rows:
        kept: Mapping[str, str] = row.city_fields or {}
        rules = rulesets[row.ruleset_version_id]
        found.append([_show(rules, path, text, whole=whole) for path, text in sorted(kept.items())])
    return found


def _show(rules: Ruleset, path: str, text: str, *, whole: bool) -> CityField:
    fact = rules.fact(path)
    if not whole and re.search(PERSONAL, path):
        return CityField(path, fact.label, mask(text), mask(text))
    return CityField(path, fact.label, text, rules.fact_text(path, values.from_text(text, fact.kind)))


city_fields = batched(_answer, "city_fields", "ruleset_version_id")

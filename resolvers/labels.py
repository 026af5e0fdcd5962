"""What a choice is called: the label of the code that a row keeps, as the forms of the row's own rules word it."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.messages.glossary import ROLES
from resolvers.context import Context
from resolvers.fields import batched, computed

ROLE_NAMES: Mapping[str, str] = {role: term.zh for role, term in ROLES.items()}


def label_of(path: str, column: str) -> Any:
    """The resolver of the label of a column that is chosen under the fact's name; what is no option is its own."""

    async def answer(context: Context, _: type[Any], rows: Sequence[Any]) -> list[str | None]:
        codes = [getattr(row, column) for row in rows]
        rulesets = await context.rulesets.get_all_pinned(context.db, {row.ruleset_version_id for row in rows})
        return [
            None if code is None else rulesets[row.ruleset_version_id].choices(path).get(code, code)
            for row, code in zip(rows, codes, strict=True)
        ]

    return batched(answer, column, "ruleset_version_id")


def label_anywhere(path: str, column: str) -> Any:
    """The same for rows that no city's rules are kept with: as the first city words it whose forms have the code."""

    async def answer(context: Context, _: type[Any], rows: Sequence[Any]) -> list[str | None]:
        worded = {
            code: label for rules in reversed(context.rulesets.cities) for code, label in rules.choices(path).items()
        }
        return [None if (code := getattr(row, column)) is None else worded.get(code, code) for row in rows]

    return batched(answer, column)


def named(column: str, names: Mapping[Any, str]) -> Any:
    """The resolver of the name of a column that is one of a closed list."""

    @computed(column)
    def name(root: Any) -> Any:
        return names.get(getattr(root, column))

    return name

"""Global ids: opaque to clients, a type's name and a row's id to us. The format never changes.

It is plain text (``Project:42``): nothing in it is secret, a person reads it in a log, and PostgreSQL writes it by
putting two texts together, where an encoding takes it a seventh of a page of projects.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement

from core.errors import InvalidInput, NotFound

FORMER = {"BankGuarantee": "GuaranteeOrder", "OfflineGuarantee": "LetterSubmission"}
"""What types are called by now whose names stand in the trail as they were; their rows kept their ids."""
_DIGITS = len(str(2**63))
_LONGEST = 80
"""Characters of a wrong id that its refusal repeats."""


def encode(type_name: str, id: int) -> str:
    return f"{type_name}:{id}"


def decode(global_id: str, at: Sequence[str] = ()) -> tuple[str, int]:
    """The type's name and the row's id; raises InvalidInput for text that is not letter for letter an id of ours.

    ``at`` is the argument; an input's field need not be named, ``place_of`` finds it.
    """
    type_name, _, number = global_id.partition(":")
    id = int(number) if number.isdecimal() and len(number) <= _DIGITS else 0
    if not (0 < id < 2**63 and type_name.isidentifier() and encode(type_name, id) == global_id):
        raise InvalidInput(at, "id", id=global_id[:_LONGEST])
    return FORMER.get(type_name, type_name), id


def names(column: Any, type_name: str) -> ColumnElement[bool]:
    """Whether the column has the name of the type, or one that it had."""
    former = [old for old, new in FORMER.items() if new == type_name]
    return column.in_([type_name, *former]) if former else column == type_name


def decode_as(global_id: str, type_name: str, at: Sequence[str] = ()) -> int:
    """The row's id, which must be of this type: any other is as good as one that does not exist."""
    found, id = decode(global_id, at)
    if found != type_name:
        raise NotFound(type_name, global_id)
    return id


def decode_optional(global_id: str | None, type_name: str, at: Sequence[str] = ()) -> int | None:
    """The same for an id that may be left out."""
    return decode_as(global_id, type_name, at) if global_id else None


def place_of(refused: InvalidInput, input: Any) -> Sequence[str]:
    """The field of the input that holds the text which is no id."""
    wrong = refused.facts.get("id")
    fields = cast("Mapping[str, object]", vars(input))
    return [name for name, value in fields.items() if isinstance(value, str) and value[:_LONGEST] == wrong][:1]

"""Global ids: opaque to clients, a type's name and a row's id to us. The format never changes.

It is plain text (``Project:42``): nothing in it is secret, a person reads it in a log, and PostgreSQL writes it by
putting two texts together, where an encoding takes it a seventh of a page of projects.
"""

from core.errors import InvalidInput, NotFound

_DIGITS = len(str(2**63))
_LONGEST = 80
"""Characters of a wrong id that its refusal repeats."""


def encode(type_name: str, id: int) -> str:
    return f"{type_name}:{id}"


def decode(global_id: str) -> tuple[str, int]:
    """The type's name and the row's id; raises InvalidInput for text that is not letter for letter an id of ours."""
    type_name, _, number = global_id.partition(":")
    id = int(number) if number.isdecimal() and len(number) <= _DIGITS else 0
    if not (0 < id < 2**63 and type_name.isidentifier() and encode(type_name, id) == global_id):
        raise InvalidInput(("id",), "id", id=global_id[:_LONGEST])
    return type_name, id


def decode_as(global_id: str, type_name: str) -> int:
    """The row's id, which must be of this type: any other is as good as one that does not exist."""
    found, id = decode(global_id)
    if found != type_name:
        raise NotFound(type_name, global_id)
    return id

"""Global ids: opaque to clients, a type's name and a row's id to us. The format never changes."""

import base64

from core.errors import InvalidInput, NotFound

_DIGITS = len(str(2**63))
_LONGEST = 80
"""Characters of a wrong id that its refusal repeats."""


def made(type_name: str, id: int) -> str:
    return base64.urlsafe_b64encode(f"{type_name}:{id}".encode()).decode().rstrip("=")


def read(global_id: str) -> tuple[str, int]:
    """The type's name and the row's id; raises InvalidInput for text that is not letter for letter an id of ours."""
    try:
        text = base64.urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode()
        type_name, _, number = text.partition(":")
        id = int(number[:_DIGITS])
    except ValueError:
        type_name, id = "", 0
    if not 0 < id < 2**63 or made(type_name, id) != global_id:
        reason = f"“{global_id[:_LONGEST]}”不是有效的标识，请使用查询结果中的 id。"
        raise InvalidInput(("id",), reason, "Not an id; take it from an answer as it is.")
    return type_name, id


def of(global_id: str, type_name: str, what: str) -> int:
    """The row's id, which must be of this type: any other is as good as one that does not exist."""
    found, id = read(global_id)
    if found != type_name:
        raise NotFound(what, global_id)
    return id

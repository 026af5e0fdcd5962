"""What an input says: as JSON, and without what it leaves unsaid."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from strawberry import UNSET


def given_fields(input: Any) -> Mapping[str, Any]:
    """The fields that the client gave, null ones too, by their names in Python."""
    values = {field.name: getattr(input, field.name) for field in fields(input)}
    return {name: value for name, value in values.items() if value is not UNSET}


def plain(value: Any) -> Any:
    """An input as JSON, the same for the same request: what is not stated is left out, amounts are normalised."""
    match value:
        case Enum():
            return value.name
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case list():
            return [plain(item) for item in cast("Sequence[Any]", value)]
        case _ if is_dataclass(value):
            return {name: plain(part) for name, part in given_fields(value).items()}
        case _:
            raise TypeError(f"an input of {type(value).__name__} has no text for an idempotency key")

"""Values of a compiled read as PostgreSQL reads them, in text."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def encode(values: Sequence[Any]) -> list[bytes | None]:
    """Raises ValueError for what no statement is given."""
    return [
        None if value is None else (_ENCODERS.get(value.__class__) or _find_encoder(value))(value) for value in values
    ]


def _find_encoder(value: Any) -> Callable[[Any], bytes]:
    """That of a type from which the value's own is derived: a member of an enumeration's, for instance."""
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder
    raise ValueError(f"{type(value).__name__} is nothing that is sent with a read")


def _encode_text(value: str) -> bytes:
    if "\0" in value:
        raise ValueError("no text holds U+0000")
    return value.encode()


_ENCODERS: Mapping[type[Any], Callable[[Any], bytes]] = {
    str: _encode_text,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    datetime: lambda value: value.isoformat().encode(),
    date: lambda value: value.isoformat().encode(),
    Decimal: lambda value: f"{value:f}".encode(),
}
"""The first that fits counts: a bool is an int, too, and a moment a date."""

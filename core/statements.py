"""What somebody states, as a value of the domain: read off an input or a row, and written into one."""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar

Value = TypeVar("Value")


def stated(source: Any, kind: type[Value]) -> Value:
    """The fields of the dataclass ``kind``, which ``source`` has under the same names; enumerations by their values."""
    said = {field.name: getattr(source, field.name) for field in fields(kind)}  # pyright: ignore[reportArgumentType] -- no bound says that a class is a dataclass
    return kind(**{name: value.value if isinstance(value, Enum) else value for name, value in said.items()})


def fill(row: Any, values: Mapping[str, Any]) -> None:
    """Write into a row what goes by the names of its columns."""
    for name, value in values.items():
        setattr(row, name, value)

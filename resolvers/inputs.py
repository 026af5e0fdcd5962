"""What an input says: its texts fit to be kept, as JSON, and without what it leaves unsaid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import chain
from types import NoneType
from typing import Any, cast, get_args, get_origin, get_type_hints

from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from core import phones, texts
from core.decisions import Violation
from core.errors import DomainError, RulesViolated
from core.messages import Message
from core.rulesets.readers import has_field, input_name

_NO_TEXTS = frozenset({"password", "new_password", "idempotency_key"})
"""Taken as they are sent, blanks included."""


_KEYED = {"materials": "code", "cityFields": "path"}
"""Lists of an input whose items are told apart by a code of the city's rules, and where they have it."""

_PHONES = ("phone", "mobile")
"""How the names of fields end that take a telephone number."""


def given_fields(input: Any) -> Mapping[str, Any]:
    """The fields that the client gave, null ones too, by their names in Python."""
    values = {field.name: getattr(input, field.name) for field in fields(input)}
    return {name: value for name, value in values.items() if value is not UNSET}


def path_of(names: Sequence[str]) -> list[str]:
    """An input's field by its name in the schema; behind a list follows what tells its items apart, which is no name:
    the code of a material, a fact's path."""
    if not names:
        return []
    first, *others = map(to_camel_case, names)
    return [first, *(names[1:] if first in _KEYED else others)]


def set_place(refused: DomainError, kind: type[Any]) -> None:
    """Tell a refusal's places as an input of this type has them: a field within another behind that one's name."""
    if refused.path:
        refused.path = _place(refused.path, kind)
    if isinstance(refused, RulesViolated):
        refused.violations = [replace(one, path=_place(one.path, kind)) for one in refused.violations]


def place_of(path: Sequence[str], kind: type[Any]) -> list[str]:
    """A place as an input of this type has it, by the schema's names."""
    return path_of(_place(path, kind))


def place_in(kind: type[Any], name: str) -> Sequence[str] | None:
    """Where an input of this type has a field of that name, itself or within another; None where nowhere."""
    if name in get_type_hints(kind):
        return (name,)
    for compound, inner in _single_compounds_of(kind).items():
        if within := place_in(inner, name):
            return (compound, *within)
    return None


def _place(path: Sequence[str], kind: type[Any]) -> Sequence[str]:
    first, *others = path or ("",)
    if found := place_of_fact(kind, first) if "." in first else place_in(kind, to_snake_case(first)):
        return [*found, *others]
    return path


def place_of_fact(kind: type[Any], fact: str) -> Sequence[str] | None:
    """Where an input of this type states a fact: in a field of its own, or among the city's."""
    if has_field(fact, names_in(kind)):
        return place_in(kind, input_name(fact))
    return ("city_fields", fact) if place_in(kind, "city_fields") else None


@cache
def names_in(kind: type[Any]) -> frozenset[str]:
    """The fields of an input, and of the inputs within it, those in lists not counted."""
    return frozenset(get_type_hints(kind)).union(*map(names_in, _single_compounds_of(kind).values()))


@cache
def _single_compounds_of(kind: type[Any]) -> Mapping[str, type[Any]]:
    """The inputs within an input, those in lists not counted."""
    hints = {
        name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items() if get_origin(hint) is not list
    }
    return {name: one for name, kinds in hints.items() for one in kinds if is_dataclass(one) and isinstance(one, type)}


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


def tidy_texts(input: Any) -> None:
    """Write each text of an input as it is kept (``core.texts``); one without anything to be seen is None, or empty
    where the input asks for one. Raises RulesViolated with every text that holds what none may hold, or is too long
    for any form."""
    if found := list(_tidy(input, ())):
        raise RulesViolated(found)


def _tidy(input: Any, at: tuple[str, ...]) -> Iterator[Violation]:
    kind = cast("type[Any]", type(input))
    for name, may_be_left_out in _texts_of(kind).items():
        sent = getattr(input, name)
        if isinstance(sent, str) and not (sent and texts.is_plain(sent) and not name.endswith(_PHONES)):
            text = texts.tidy(sent)
            if name.endswith(_PHONES):
                text = phones.as_kept(text)
            setattr(input, name, text or (None if may_be_left_out else ""))
            if wrong := _find_wrong(name, text):
                yield Violation("FIELD_INVALID", at or (name,), wrong.zh, None, english=wrong.en)
    for name in _compounds_of(kind):
        for part in _parts(getattr(input, name)):
            yield from _tidy(part, _place_of_part(name, part))


def _place_of_part(name: str, part: Any) -> tuple[str, ...]:
    """Of an item of a list that is told by a code; a part that is not in a list has its fields' own places."""
    key = getattr(part, _KEYED.get(to_camel_case(name), ""), None)
    return () if key is None else (name, key)


def _find_wrong(name: str, text: str) -> Message | None:
    if unseen := texts.find_unseen(text, remark=texts.is_remark(name)):
        return Message("text.unseen", name=name, place=unseen.place, number=unseen.number)
    if len(text) > texts.MOST_OF_A_REMARK:
        return Message("text.too_long", name=name, most=texts.MOST_OF_A_REMARK, found=len(text))
    return None


@cache
def _texts_of(kind: type[Any]) -> Mapping[str, bool]:
    """The fields of an input that people type, and whether each may be left out."""
    hints = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(kind).items()}
    return {name: NoneType in kinds for name, kinds in hints.items() if str in kinds and name not in _NO_TEXTS}


@cache
def _compounds_of(kind: type[Any]) -> Sequence[str]:
    """The fields of an input that may hold other inputs."""
    kinds = {name: (hint, *get_args(hint)) for name, hint in get_type_hints(kind).items()}
    kinds = {name: (*found, *chain.from_iterable(map(get_args, found))) for name, found in kinds.items()}
    return [name for name, found in kinds.items() if any(is_dataclass(one) for one in found)]


def _parts(value: Any) -> Sequence[Any]:
    """The inputs within an input."""
    if isinstance(value, list):
        return [part for part in cast("list[Any]", value) if is_dataclass(part)]
    return [value] if is_dataclass(value) else []

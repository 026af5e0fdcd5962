"""Values that Python answered, written as graphql-core writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction, signature
from operator import attrgetter
from typing import Any

from graphql import GraphQLObjectType, is_leaf_type

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Collect, Details, field_of, is_list, is_never_null, name_of, nullable

Writer = Callable[[Any], Any]
"""From a value to what JSON holds of it. Raises Fallback where the schema does not allow the value."""


@dataclass(frozen=True)
class _FieldWriter:
    """A selected field of a value: how it is got, and how it is written."""

    get: Callable[[Any], Any]
    write: Writer


def make_writer(type: Any, details: Details, collect: Collect) -> Writer:
    """The writer of a type's values, with what is selected of them."""
    if is_never_null(type):
        return _refuse_null(make_writer(nullable(type), details, collect))
    write = _value_writer(type, details, collect)
    return lambda value: None if value is None else write(value)


def _value_writer(type: Any, details: Details, collect: Collect) -> Writer:
    if is_list(type):
        item = make_writer(type.of_type, details, collect)
        return lambda values: [item(value) for value in values]
    if is_leaf_type(type):
        return type.coerce_output_value
    if not isinstance(type, GraphQLObjectType):
        raise Fallback(f"a value of the abstract type {type}")
    parts = {key: _make_field_writer(type, chosen, collect) for key, chosen in collect(type, details).items()}
    return lambda value: {key: part.write(part.get(value)) for key, part in parts.items()}


def _make_field_writer(type: GraphQLObjectType, details: Details, collect: Collect) -> _FieldWriter:
    name = name_of(details)
    if name == "__typename":
        return _FieldWriter(lambda _: type.name, lambda value: value)
    field = field_of(type.fields[name])
    write = make_writer(field.type, details, collect)
    if field.resolver is None:
        return _FieldWriter(attrgetter(field.name), write)
    if iscoroutinefunction(field.resolver) or list(signature(field.resolver).parameters) != ["root"]:
        raise Fallback(f"{type.name}.{field.name} needs more than its value")
    return _FieldWriter(field.resolver, write)


def _refuse_null(write: Writer) -> Writer:
    def write_value(value: Any) -> Any:
        if value is None:
            raise Fallback("null in a field that is never null")
        return write(value)

    return write_value

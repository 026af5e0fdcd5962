"""Input values as resolvers take them: for each type of the schema a converter, made once.

graphql-core coerces a value, then Strawberry converts it; both find out for each value again what its type is, and an
input object takes them longer than all the rest of a read. A converter gives what the two give together. It raises for
what they refuse, with whatever exception: they say it in their own words, the generic way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from functools import cache, cached_property
from typing import Any, cast

from graphql import GraphQLInputObjectType, Undefined, is_leaf_type
from graphql.utilities.coerce_input_value import coerce_default_value

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import DEFINITION, is_list, is_never_null

Converter = Callable[[Any], Any]


@cache
def converter_of(type: Any) -> Converter:
    """For values as JSON holds them. Raises Fallback for a type that has something of its own."""
    if is_never_null(type):
        return _refuse_null(_value_converter(type.of_type))
    return _pass_null(_value_converter(type))


@cache
def input_object_of(type: GraphQLInputObjectType) -> "InputObject":
    return InputObject(type)


@dataclass(frozen=True)
class InputField:
    """``name`` is the class's, ``type`` the schema's."""

    name: str
    type: Any
    convert: Converter


class InputObject:
    """A type of input objects, and the class that resolvers know it by."""

    def __init__(self, type: GraphQLInputObjectType) -> None:
        definition: Any = type.extensions[DEFINITION]
        if type.is_one_of or definition.from_input is not None:
            raise Fallback(f"{type.name} has rules of its own")
        self._type, self._definition = type, definition
        # Strawberry's words: an implicit null for what may be left out and has no default.
        fields = definition.fields
        unset = [one for one in fields if one.default_value is MISSING and one.default_factory is MISSING]
        self._absent: dict[str, Any] = {one.python_name: None for one in unset}
        self._lists: dict[str, list[Any]] = {}
        names = {one.extensions[DEFINITION].python_name: one for one in type.fields.values()}
        self._required: set[str] = set()
        for name, field in names.items():
            default = default_of(field)
            if isinstance(default, list):
                self._lists[name] = default
            elif default is not Undefined:
                self._absent[name] = default
            elif is_never_null(field.type):
                self._required.add(name)

    @cached_property
    def fields(self) -> Mapping[str, InputField]:
        """By their names in the schema. Looked up late, for a type may hold itself."""
        return {
            name: InputField(field.extensions[DEFINITION].python_name, field.type, converter_of(field.type))
            for name, field in self._type.fields.items()
        }

    def convert(self, sent: Any) -> Any:
        if not isinstance(sent, dict):
            raise Fallback(f"no {self._type.name}")
        fields = self.fields
        values: dict[str, Any] = {}
        for name, value in cast("dict[str, Any]", sent).items():
            field = fields[name]
            values[field.name] = field.convert(value)
        return self.construct(values)

    def construct(self, values: Mapping[str, Any]) -> Any:
        """An instance with these fields, already converted, by their names in the class; the others by default."""
        if not self._required <= values.keys():
            raise Fallback(f"a {self._type.name} without what it must have")
        missing = {name: [*default] for name, default in self._lists.items() if name not in values}
        return self._definition.origin(**{**self._absent, **missing, **values})


def default_of(definition: Any) -> Any:
    """The default of an argument or of an input's field, Undefined for none. A list is to be copied for each who
    takes it."""
    default = coerce_default_value(definition)
    items: Sequence[Any] = cast("list[Any]", default) if isinstance(default, list) else [default]
    if any(isinstance(item, list | dict) for item in items):
        raise Fallback("a default with parts")
    return cast("Any", default)


def _value_converter(type: Any) -> Converter:
    """For values that are not null."""
    if is_list(type):
        return _list_converter(converter_of(type.of_type))
    if isinstance(type, GraphQLInputObjectType):
        return input_object_of(type).convert
    if not is_leaf_type(type):
        raise Fallback(f"{type} is no type of an input")
    return type.coerce_input_value


def _list_converter(convert: Converter) -> Converter:
    def convert_list(value: Any) -> list[Any]:
        # A single value is taken for a list of one.
        if isinstance(value, list | tuple):
            return [convert(item) for item in cast("Sequence[Any]", value)]
        return [convert(value)]

    return convert_list


def _refuse_null(convert: Converter) -> Converter:
    def convert_value(value: Any) -> Any:
        if value is None:
            raise Fallback("null for what is never null")
        return convert(value)

    return convert_value


def _pass_null(convert: Converter) -> Converter:
    return lambda value: None if value is None else convert(value)

"""The words of the schema: what every name says that says nothing of itself where it is declared.

A description is one English sentence with the Chinese term in brackets. What stands at a declaration wins; a name that
says the same everywhere says it here, once.
"""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

from schema.vocabulary.names import NAMES
from schema.vocabulary.values import VALUES

_WORDS = {**NAMES, **VALUES}


def describe(schema: GraphQLSchema) -> None:
    """Give every field, argument and enumeration's value its description where it has none."""
    for place, name, described in places(schema):
        if described.description is None:
            described.description = next(filter(None, map(_WORDS.get, [*_as_declared(schema, place), name])), None)
    for type in schema.type_map.values():
        if isinstance(type, GraphQLUnionType):
            type.description = "What the act answers with: the thing, or why it was not done (办理结果)."


def places(schema: GraphQLSchema) -> Iterator[tuple[str, str, Any]]:
    """All that has a description, but types: as `Type.name`, by its name, and itself."""
    for type in schema.type_map.values():
        if type.name.startswith("__"):
            continue
        if isinstance(type, GraphQLEnumType):
            for name, value in type.values.items():
                yield f"{type.name}.{name}", name, value
        elif isinstance(type, GraphQLInputObjectType):
            for name, field in type.fields.items():
                yield f"{type.name}.{name}", name, field
        elif isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type.fields.items():
                yield f"{type.name}.{name}", name, field
                for argument, taken in field.args.items():
                    yield f"{type.name}.{name}({argument})", argument, taken


def _as_declared(schema: GraphQLSchema, place: str) -> Iterator[str]:
    """The place itself, and where its type has it from."""
    yield place
    type_name, _, name = place.partition(".")
    for interface in getattr(schema.type_map[type_name], "interfaces", ()):
        yield f"{interface.name}.{name}"

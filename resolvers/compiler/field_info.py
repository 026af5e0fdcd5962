"""What the schema says of a field, in the few words that reading needs.

graphql-core's and Strawberry's own types are unknown in part to a strict checker; here they are taken as they come.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails

from resolvers.compiler.fallback import Fallback
from resolvers.fields.marks import MARK, Mark

DEFINITION = "strawberry-definition"
"""Under which graphql-core's objects keep Strawberry's."""

Details = list[FieldDetails]
"""The places of a document that select one field."""

Collect = Callable[[GraphQLObjectType, Details], Mapping[str, Details]]
"""From a type and where it is selected to its selected fields, by their keys in the answer."""


@dataclass(frozen=True)
class FieldInfo:
    """A field of a type. ``type`` is the schema's, ``named`` what it is wrapped around."""

    name: str
    resolver: Callable[..., Any] | None
    mark: Mark | None
    type: Any
    named: Any
    is_list: bool
    never_null: bool
    items_never_null: bool


def field_of(definition: Any) -> FieldInfo:
    """Raises Fallback for a field with permissions or directives of its own, which only the generic path applies."""
    declaration: Any = definition.extensions[DEFINITION]
    if declaration.permission_classes or declaration.directives:
        raise Fallback(f"{declaration.python_name} has rules of its own")
    resolver: Any = declaration.base_resolver.wrapped_func if declaration.base_resolver else None
    inner = nullable(definition.type)
    item = inner.of_type if is_list(inner) else inner
    return FieldInfo(
        name=declaration.python_name,
        resolver=resolver,
        mark=getattr(resolver, MARK, None),
        type=definition.type,
        named=nullable(item),
        is_list=is_list(inner),
        never_null=is_never_null(definition.type),
        items_never_null=is_never_null(item),
    )


def model_of(type: Any) -> Any:
    """The class behind an object type, None where there is none."""
    return getattr(type.extensions[DEFINITION].origin, "represents", None)


def name_of(details: Details) -> str:
    """The field's name in the schema."""
    return details[0].node.name.value


def is_never_null(type: Any) -> bool:
    return isinstance(type, GraphQLNonNull)


def is_list(type: Any) -> bool:
    return isinstance(type, GraphQLList)


def nullable(type: Any) -> Any:
    """The type without its exclamation mark."""
    return type.of_type if is_never_null(type) else type

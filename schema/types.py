"""Which table stands behind a type, and who answers its fields; areas have these words from ``schema.fields``."""

from collections.abc import Callable
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.types import get_object_definition

from core.privacy import mask_of
from resolvers import ids
from resolvers.fields import marks
from resolvers.fields.relations import personal, related, relationship_of

Type = TypeVar("Type")
TYPES: dict[type[Any], type[Any]] = {}
"""The GraphQL type that shows a domain class, by that class."""


@strawberry.interface(description="Something with a global id; read any of them again with `node(id)` (对象).")
class Node:
    id: strawberry.ID


@dataclass_transform(kw_only_default=True)
def represents(domain: type[Any], description: str) -> Callable[[type[Type]], type[Type]]:
    """Make a class a GraphQL type, and say which domain class stands behind it.

    A plain field is read from the domain object by name; one named like a relationship follows it, batched and only
    to rows the caller may see. ``tests/schema/test_schema.py`` checks that every plain field exists on the class.
    """

    def make_type(cls: type[Type]) -> type[Type]:
        marked: Any = cls
        marked.is_type_of = staticmethod(_instance_of(domain, cls))
        marked.represents = domain
        TYPES[domain] = cls
        if issubclass(cls, Node):
            marked.__annotations__ = {"id": strawberry.ID, **cls.__annotations__}
            marked.id = strawberry.field(resolver=_global_id(cls.__name__))
        _follow_relationships(domain, cls)
        return strawberry.type(cls, description=description)

    return make_type


def extends(extended: type[Any], *, after: str) -> Callable[[type[Any]], None]:
    """Give a type of a more general area the fields of the class below, behind its field ``after``: what is particular
    knows what is general, and not the other way round. The columns and relationships are those of the type's table."""

    def add(cls: type[Any]) -> None:
        _follow_relationships(cast("Any", extended).represents, cls)
        fields = get_object_definition(extended, strict=True).fields
        place = next(place for place, field in enumerate(fields, 1) if field.python_name == after)
        fields[place:place] = get_object_definition(strawberry.type(cls), strict=True).fields

    return add


def _follow_relationships(domain: type[Any], cls: type[Any]) -> None:
    for name in cls.__annotations__:
        described: Any = getattr(cls, name, None)
        if relationship_of(domain, name) is not None and getattr(described, "base_resolver", None) is None:
            description = described.description if described else None
            setattr(cls, name, strawberry.field(resolver=related(domain, name), description=description))
        elif mask_of(domain, name) is not None and getattr(described, "base_resolver", None) is None:
            setattr(cls, name, strawberry.field(resolver=personal(domain, name)))


def answered_by(resolver: Callable[..., Any], description: str | None = None) -> Any:
    """A field that needs work, and who does it."""
    return strawberry.field(resolver=resolver, description=description)


def _instance_of(*classes: type[Any]) -> Callable[[Any, Any], bool]:
    return lambda value, info: isinstance(value, classes)


def _global_id(type_name: str) -> Callable[[Any], strawberry.ID]:
    def id(root: Any) -> strawberry.ID:
        return strawberry.ID(ids.encode(type_name, root.id))

    return marks.mark(id, marks.GlobalId())

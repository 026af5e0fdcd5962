"""The words types are written with: which table stands behind a type, who answers a field, who may ask."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver
from strawberry.types import get_object_definition

from resolvers import ids
from resolvers.compiler import MutationOutcome
from resolvers.context import Info
from resolvers.fields import marks
from resolvers.fields.relations import related, relationship_of
from resolvers.identity import must_be_signed_in

Type = TypeVar("Type")
TYPES: dict[type[Any], type[Any]] = {}
"""The GraphQL type that shows a domain class, by that class."""


@strawberry.interface(description="Something with a global id; read any of them again with `node(id)` (对象).")
class Node:
    id: strawberry.ID


def represents(domain: type[Any]) -> Callable[[type[Type]], type[Type]]:
    """Say which domain class stands behind a GraphQL type.

    A plain field is read from the domain object by name; one named like a relationship follows it, batched and only
    to rows the caller may see. ``tests/schema/test_schema.py`` checks that every plain field exists on the class.
    """

    def mark(cls: type[Type]) -> type[Type]:
        marked: Any = cls
        marked.is_type_of = staticmethod(_instance_of(domain, cls))
        marked.represents = domain
        TYPES[domain] = cls
        if issubclass(cls, Node):
            marked.__annotations__ = {"id": strawberry.ID, **cls.__annotations__}
            marked.id = strawberry.field(resolver=_global_id(cls.__name__))
        _follow_relationships(domain, cls)
        return cls

    return mark


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


def answered_by(resolver: Callable[..., Any], description: str | None = None) -> Any:
    """A field that needs work, and who does it."""
    return strawberry.field(resolver=resolver, description=description)


def root_field(resolver: Callable[..., Any], description: str, *, public: bool = False) -> Any:
    """A field of Query or Mutation. Strangers are turned away unless it is marked ``public``."""
    guards = guards_of(public=public)
    return strawberry.field(resolver=resolver, description=description, extensions=guards, metadata={"public": public})


def guards_of(*, public: bool) -> list[FieldExtension]:
    """What stands before the resolver of a field of Query or Mutation."""
    return [] if public else [SignedIn(), Once()]


class SignedIn(FieldExtension):
    """Turns strangers away before the resolver runs."""

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        must_be_signed_in(info)
        return next_(source, info, **arguments)

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        must_be_signed_in(info)
        return await next_(source, info, **arguments)


class Once(FieldExtension):
    """Shows what an act came to that was done already, before graphql-core ran, instead of doing it again."""

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        return source.unwrap() if isinstance(source, MutationOutcome) else next_(source, info, **arguments)

    async def resolve_async(self, next_: AsyncExtensionResolver, source: Any, info: Info, **arguments: Any) -> Any:
        if isinstance(source, MutationOutcome):
            return source.unwrap()
        return await next_(source, info, **arguments)


def _instance_of(*classes: type[Any]) -> Callable[[Any, Any], bool]:
    return lambda value, info: isinstance(value, classes)


def _global_id(type_name: str) -> Callable[[Any], strawberry.ID]:
    def id(root: Any) -> strawberry.ID:
        return strawberry.ID(ids.encode(type_name, root.id))

    return marks.mark(id, marks.GlobalId())

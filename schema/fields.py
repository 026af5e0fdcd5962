"""The words an area's module is written with; it needs no other of ours but its neighbours' types.

A type says ``@represents(table, "what it is (中文).")`` and has ``Node`` as its base where rows have ids of their own;
``extends`` gives fields to a type of a more general area. A field that is a column or a relationship of the table is
only named; one that needs work is ``answered_by`` a resolver. The module's classes ``Queries`` and ``Mutations`` hold
what clients begin with: a ``root_field`` reads, where a list is a ``Connection``; a ``mutation`` acts.
"""

from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.utils.str_converters import capitalize_first, to_camel_case

from resolvers.compiler import MutationOutcome
from resolvers.context import Info
from resolvers.identity import must_be_signed_in
from schema.paging import Connection
from schema.problems import AnyProblem
from schema.types import TYPES, Node, answered_by, extends, represents

__all__ = ["Connection", "Node", "answered_by", "extends", "mutation", "represents", "root_field"]


def root_field(resolver: Callable[..., Any], description: str, *, public: bool = False) -> Any:
    """A field of Query or Mutation. Strangers are turned away unless it is marked ``public``."""
    guards = _guards_of(public=public)
    return strawberry.field(resolver=resolver, description=description, extensions=guards, metadata={"public": public})


def mutation(resolver: Callable[..., Any], description: str, *, public: bool = False) -> Any:
    """A field of Mutation; ``submit_filing`` answers with ``SubmitFilingResult``, the type that shows what the resolver
    returns, or any problem. Strangers are turned away unless it is marked ``public``."""
    field = MutationField(
        base_resolver=StrawberryResolver(resolver),
        description=description,
        extensions=_guards_of(public=public),
        metadata={"public": public},
    )
    field.returned = signature(resolver).return_annotation
    return field


class MutationField(StrawberryField):
    """A field whose type is known once its name is."""

    returned: Any

    def __set_name__(self, owner: type[Any], name: str) -> None:
        thing = TYPES.get(self.returned, self.returned)
        union = strawberry.union(f"{capitalize_first(to_camel_case(name))}Result")
        self.type_annotation = StrawberryAnnotation.from_annotation(Annotated[thing | AnyProblem, union])


def _guards_of(*, public: bool) -> list[FieldExtension]:
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

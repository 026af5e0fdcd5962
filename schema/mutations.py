"""The fields of Mutation: each answers with its thing or a problem, as its resolver's annotation says."""

from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.utils.str_converters import capitalize_first, to_camel_case

from schema.fields import TYPES, guards_of
from schema.problems import AnyProblem


def mutation(resolver: Callable[..., Any], description: str, *, public: bool = False) -> Any:
    """A field of Mutation; ``submit_filing`` answers with ``SubmitFilingResult``, the type that shows what the resolver
    returns, or any problem. Strangers are turned away unless it is marked ``public``."""
    field = MutationField(
        base_resolver=StrawberryResolver(resolver),
        description=description,
        extensions=guards_of(public=public),
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

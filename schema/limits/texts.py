"""What a text may hold: PostgreSQL has no place for U+0000, so it is refused before anything runs."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from graphql import GraphQLError, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension

from core.messages import Language, Message
from schema.error_codes import ErrorCode, language_of

_NUL = "\0"


def is_clean(query: str | None, variables: Mapping[str, object] | None) -> bool:
    """Whether a request surely holds no such character; one that only might is looked at more closely below."""
    escaped = query is not None and ("\\u" in query or _NUL in query)
    return not (escaped or (variables and next(_places(variables, ""), None)))


class CleanTexts(SchemaExtension):
    """Looks at the document's literals and at the variables."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None and not context.pre_execution_errors:
            finder = _Literals()
            # A literal can hold the character only where the document has an escape, or the character itself.
            if "\\u" in (context.query or "") or _NUL in (context.query or ""):
                visit(context.graphql_document, finder)
            places = [*finder.places, *_places(context.variables or {}, "variables")]
            if places:
                context.pre_execution_errors = [_refused(place, language_of(context.context)) for place in places]
        yield


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if _NUL in node.value and node.loc:
            line = node.loc.source.get_location(node.loc.start).line
            self.places.append(f"query:{line}")


def _places(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str) and _NUL in value:
        yield path
    elif isinstance(value, Mapping):
        for name, part in cast("Mapping[str, Any]", value).items():
            yield from _places(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(cast("list[Any]", value)):
            yield from _places(part, f"{path}.{index}")


def _refused(place: str, language: Language) -> GraphQLError:
    message = Message("request.empty_character", place=place).text(language)
    return GraphQLError(message, extensions={"code": ErrorCode.BAD_USER_INPUT.value})

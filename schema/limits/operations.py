"""What one operation may ask for; more is refused before it runs, in words that say which limit and what to do."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    validate,
)
from strawberry.extensions import SchemaExtension

from core.messages import Language, Message
from schema.error_codes import ErrorCode, code_error, code_of, language_of
from schema.limits.complexity import VAST, Meter, count_selections


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one operation may ask for; the defaults let GraphiQL and a full page with nested lists pass."""

    characters: int = 50_000  # of the document, before it is read
    tokens: int = 5_000  # of the document, comments not counted
    comments: int = 500
    depth: int = 15  # fields within fields; Relay spends three on every list (list, edges, node)
    introspection_depth: int = 20  # of what `__schema` and `__type` select
    fields: int = 600  # in the document as written, and in an operation with its fragments opened
    aliases: int = 30  # one log-in per alias is a guess per alias
    directives: int = 20
    operations: int = 5  # in a document; only one of them runs
    root_mutations: int = 5
    cost: int = 50_000  # values the answer could hold: page size times fields, through every level
    page: int = 100  # what `first` counts when it is not known
    list_size: int = 5  # what a list without `first` counts
    seconds: float = 10  # of execution; a subscription's events are not counted

    def parse_options(self) -> dict[str, int]:
        """For graphql-core's `parse`."""
        return {
            "max_source_length": self.characters,
            "max_lexical_tokens": self.tokens,
            "max_comments": self.comments,
        }


DEFAULT = Limits()


class OperationLimits(SchemaExtension):
    """Applies the limits to whatever Strawberry runs, over HTTP, SSE and WebSocket."""

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self.limits = limits

    def on_operation(self) -> Iterator[None]:
        """Sets the parser's limits; Strawberry's own type for them knows only a deprecated one."""
        cast("dict[str, int]", self.execution_context.parse_options).update(self.limits.parse_options())
        yield

    def on_validate(self) -> Iterator[None]:
        """Measures first and alone: one of the standard rules is quadratic in a document that is too large."""
        context = self.execution_context
        if context.graphql_document is not None:
            # Strawberry offers the graphql-core schema under no public name.
            schema = context.schema._schema  # pyright: ignore[reportPrivateUsage]
            refused = refusals(
                schema,
                context.graphql_document,
                self.limits,
                variables=context.variables or {},
                language=language_of(context.context),
            )
            # Strawberry would run the first of several, and tells the name that was sent by no public one.
            name = context._provided_operation_name  # pyright: ignore[reportPrivateUsage]
            if not refused and not name and len(_operations(context.graphql_document)) > 1:
                which = Message("request.which_operation").text(language_of(context.context))
                refused = [code_error(ErrorCode.BAD_USER_INPUT, which)]
            if refused:
                context.pre_execution_errors = refused
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """The deadline of queries and mutations, and of a subscription's start."""
        try:
            async with asyncio.timeout(self.limits.seconds):
                yield
        except TimeoutError:
            raise overdue(self.limits.seconds, language_of(self.execution_context.context)) from None


def refusals(
    schema: GraphQLSchema,
    document: DocumentNode,
    limits: Limits,
    *,
    variables: Mapping[str, object] | None = None,
    language: Language = "zh",
) -> list[GraphQLError]:
    """One error per limit that the document exceeds."""
    errors = validate(schema, document, [complexity_rule(limits, variables=variables, language=language)])
    # graphql-core itself stops at 200 levels of fragments, and says only that it did.
    too_deep = Message("limit.fragments").text(language)
    return [error if code_of(error) else code_error(ErrorCode.QUERY_TOO_COMPLEX, too_deep) for error in errors]


def complexity_rule(
    limits: Limits, *, variables: Mapping[str, object] | None = None, language: Language = "zh"
) -> type[ValidationRule]:
    """A rule for one request; without `variables` every page size given by a variable counts as a full page.

    A variable's default is believed only when `variables` shows that the caller left it alone: otherwise
    `query($n: Int = 1)` sent with 100 would be measured as 1.
    """

    class Complexity(ValidationRule):
        # On leaving, because graphql-core's own guard against deep recursion has passed by then.
        def leave_document(self, node: DocumentNode, *_: object) -> None:
            for limit, found, most, operation in _exceeded(self.context.schema, node, limits, variables):
                self.report_error(_too_complex(limit, found, most, operation, language))

    return Complexity


def overdue(seconds: float, language: Language = "zh") -> GraphQLError:
    """The deadline passed; whatever the operation had begun is rolled back with its transaction."""
    return code_error(ErrorCode.SERVICE_UNAVAILABLE, Message("limit.seconds", seconds=f"{seconds:g}").text(language))


_Exceeded = tuple[str, int, int, OperationDefinitionNode | None]
"""A limit, what was found, the most that is allowed, and the operation it was found in."""


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def _exceeded(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits, variables: Mapping[str, object] | None
) -> Iterator[_Exceeded]:
    operations = _operations(document)
    # These two first: each operation is measured anew, and stays cheap only if both are few.
    refused = [
        *_over("operations", len(operations), limits.operations),
        *_over("fields", count_selections(document), limits.fields),
    ]
    yield from refused
    meter = Meter(schema, document, variables=variables, page=limits.page, list_size=limits.list_size)
    for node in () if refused else operations:
        found = meter.operation(node)
        yield from _over("depth", found.depth, limits.depth, node)
        yield from _over("introspection_depth", found.introspection_depth, limits.introspection_depth, node)
        yield from _over("fields", found.fields, limits.fields, node)
        yield from _over("aliases", found.aliases, limits.aliases, node)
        yield from _over("directives", found.directives, limits.directives, node)
        yield from _over("cost", found.cost, limits.cost, node)
        if node.operation is OperationType.MUTATION:
            yield from _over("root_mutations", found.width, limits.root_mutations, node)


def _over(limit: str, found: int, most: int, node: OperationDefinitionNode | None = None) -> Iterator[_Exceeded]:
    if found > most:
        yield limit, found, most, node


def _too_complex(
    limit: str, found: int, most: int, node: OperationDefinitionNode | None, language: Language
) -> GraphQLError:
    seen = str(found) if found < VAST else Message("limit.vast")
    code = ErrorCode.QUERY_TOO_COMPLEX.value
    return GraphQLError(
        Message(f"limit.{limit}", found=seen, most=most).text(language),
        node,
        extensions={"code": code, "limit": limit, "found": min(found, VAST), "most": most},
    )

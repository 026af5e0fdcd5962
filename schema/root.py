"""The whole API in one place."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import strawberry
from graphql import DocumentNode, GraphQLError, parse, validate
from orjson import Fragment
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from core.identity import sessions
from resolvers import nodes
from resolvers.compiler import Answer, Fallback, MutationExecutor, MutationOutcome, QueryExecutor
from resolvers.context import Context
from schema import (
    account_reservations,
    audit,
    certifications,
    contractor_records,
    deadlines,
    documents,
    guarantees,
    identity,
    institutions,
    notifications,
    projects,
    reviews,
    rulesets,
    vocabulary,
    wage_deposits,
)
from schema.error_codes import CodedErrors, present_refusals
from schema.fields import Node, root_field
from schema.limits.operations import DEFAULT, OperationLimits, refusals
from schema.limits.texts import CleanTexts, is_clean
from schema.limits.trusted_documents import StrangersListed
from schema.problems import HANDLERS
from schema.scalars import SCALARS
from schema.types import TYPES

AREAS = (
    identity,
    contractor_records,
    certifications,
    projects,
    wage_deposits,
    account_reservations,
    guarantees,
    institutions,
    reviews,
    deadlines,
    notifications,
    audit,
    rulesets,
    documents,
)
"""Whose ``Queries`` and ``Mutations`` make the API, in this order."""


class NodeQueries:
    node: Node | None = root_field(
        nodes.node, "Anything with a global id; null when there is none for the caller (对象)."
    )
    nodes: list[Node | None] = root_field(nodes.nodes, "Several at once, in the order given; at most 100 (多个对象).")


def _join(name: str, parts: Sequence[type[Any]], description: str) -> type[Any]:
    """One type with the fields of all parts."""
    bases = tuple(strawberry.type(part) for part in parts)
    return strawberry.type(type(name, bases, {}), description=description)


def _nullable(queries: type[Any]) -> type[Any]:
    """With null for a root field that is refused, so that its sisters are answered."""
    queries.__annotations__ = {name: type | None for name, type in queries.__annotations__.items()}
    return queries


Query = _join(
    "Query",
    [*(_nullable(area.Queries) for area in AREAS if hasattr(area, "Queries")), _nullable(NodeQueries)],
    "Questions: lists are connections, `first` up to 100, `after` a cursor (查询).",
)
Mutation = _join(
    "Mutation",
    [area.Mutations for area in AREAS if hasattr(area, "Mutations")],
    "Business acts: the thing or a `Problem`; an `idempotencyKey` makes repeats harmless (办理).",
)


class Schema(CodedErrors, strawberry.Schema):
    """Strawberry's schema with coded errors, and with compiled reading in front of its executor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType] -- as Strawberry declares it
        vocabulary.describe(self._schema)
        self.query_executor = QueryExecutor(self, self._schema, self._parse, sessions.HOLDS)
        self.mutation_executor = MutationExecutor(self, self._schema, self.query_executor)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """The compiled way first; what it does not cover goes the generic way, from the start. An act that was done is
        only shown."""
        usual = isinstance(context_value, Context) and is_clean(query, variable_values)
        if usual and OperationType.MUTATION in (allowed_operation_types or OperationType):
            outcome = await self.mutation_executor.execute(context_value, query, operation_name, variable_values)
            if outcome is not None:
                return await self.read_back(outcome, context_value, query, operation_name, variable_values)
        try:
            if not usual:
                raise Fallback("not a request as usual")
            answer = await self.query_executor.execute(context_value, query, operation_name, variable_values)
        except Fallback:
            return await super().execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )
        return show(answer, context_value)

    async def read_back(
        self,
        outcome: MutationOutcome,
        context: Context,
        query: str | None,
        operation_name: str | None,
        variables: dict[str, Any] | None,
    ) -> ExecutionResult:
        """What came of an act, read as compiled or shown by graphql-core, whose root field takes it as its source."""
        try:
            return show(Answer(await self.mutation_executor.read_back(outcome, context), ()), context)
        except Fallback:
            return await super().execute(query, variables, context, outcome, operation_name)

    def problems(self, query: str) -> Sequence[GraphQLError]:
        """Why no request with this document would be executed, whatever its variables."""
        checked = self._check(query)
        return [] if isinstance(checked, DocumentNode) else checked

    def _parse(self, query: str) -> DocumentNode | None:
        checked = self._check(query)
        return checked if isinstance(checked, DocumentNode) else None

    def _check(self, query: str) -> DocumentNode | list[GraphQLError]:
        try:
            document = parse(query, **cast("dict[str, Any]", DEFAULT.parse_options()))
        except GraphQLError as error:
            return [error]
        return refusals(self._schema, document, DEFAULT) or validate(self._schema, document) or document


def show(answer: Answer, context: Context) -> ExecutionResult:
    """Bytes that orjson sends as they are; Strawberry's type knows only what is still to be encoded."""
    errors = present_refusals(answer.refusals, context.language) or None
    return ExecutionResult(data=cast("dict[str, Any]", Fragment(answer.data)), errors=errors)


EXTENSIONS: Sequence[type[SchemaExtension]] = [OperationLimits, CleanTexts, StrangersListed]
NOT_REACHED: frozenset[type[Any]] = frozenset()
"""Types with an id that are no part of the API although they represent a table."""
# Most are named by no field: a client comes to them through an interface.
_NODES = [type for type in TYPES.values() if issubclass(type, Node) and type not in NOT_REACHED]

schema = Schema(
    query=Query,
    mutation=Mutation,
    types=_NODES,
    exception_handlers=HANDLERS,
    extensions=EXTENSIONS,
    config=StrawberryConfig(scalar_map=SCALARS),
)

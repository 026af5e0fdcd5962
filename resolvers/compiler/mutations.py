"""A mutation with one root field: the act is done, once, in its transaction; then what is selected of it is read.

``MutationExecutor.execute`` is all that acts, and what comes of it can only be shown: compiled by ``read_back``, or,
where that raises Fallback, by graphql-core, to whose root field it is the source (``schema.fields.Once``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from graphql import GraphQLSchema
from graphql.execution.values import VariableValues
from strawberry.schema import BaseSchema

from core.db import Base
from resolvers.compiler.executor import QueryExecutor, ResolverInfo
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import DEFINITION, model_of, name_of
from resolvers.compiler.operations import Operation, Root
from resolvers.compiler.root_queries import RowQuery
from resolvers.context import Context

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class MutationOutcome:
    """What came of an act: a result, or why there is none; and the selections made of it."""

    operation: Operation
    values: VariableValues
    root: Root
    result: Any = None
    error: Exception | None = None

    def unwrap(self) -> Any:
        """The result. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.result


class MutationExecutor:
    """Does the acts that mutations ask for, in documents that ``queries`` keeps."""

    def __init__(self, schema: BaseSchema, core: GraphQLSchema, queries: QueryExecutor) -> None:
        self._schema = schema
        self._core = core
        self._queries = queries

    async def execute(
        self, context: Context, query: str | None, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> MutationOutcome | None:
        """What came of the act. None where nothing was done: for a query, a stranger, several root fields, or arguments
        that are refused."""
        try:
            operation = self._queries.find_operation(query, operation_name)
            values = operation.variables.convert(variables or {})
            root = self._find_root(operation, values)
            if context.actor.account_id is None or not (root.field and root.field.resolver and root.arguments):
                return None
            arguments = root.arguments.convert(values)
        except Fallback:
            return None
        info = ResolverInfo(context, self._schema, name_of(root.details))
        try:
            result = await root.field.resolver(info=info, **arguments)
        except Exception as error:
            return MutationOutcome(operation, values, root, error=error)
        return MutationOutcome(operation, values, root, result)

    async def read_back(self, outcome: MutationOutcome, context: Context) -> bytes:
        """The JSON of the answer's data. Raises Fallback where something else than a row came of the act."""
        # The act itself may have ended what its caller was admitted by.
        context.actor = replace(context.actor, holds_until=None)
        try:
            query = self._make_query(outcome)
            return await self._queries.read_roots(outcome.operation, [query], outcome.values, context)
        except Fallback:
            raise
        except Exception as error:  # the act is done, so it is shown, however slowly
            _log.warning("compiled_act_failed", reason=repr(error))
            raise Fallback(repr(error)) from error

    def _find_root(self, operation: Operation, values: VariableValues) -> Root:
        roots = self._queries.collect_roots(operation, values).fields if operation.is_mutation else ()
        if len(roots) != 1:
            raise Fallback(f"{len(roots)} acts")
        [root] = roots
        if root.definition is None or root.definition.extensions[DEFINITION].metadata["public"]:
            raise Fallback(f"{root.key} is open to strangers")
        return root

    def _make_query(self, outcome: MutationOutcome) -> RowQuery:
        """The row that came of the act, as the member of the field's union that stands for its class."""
        row = outcome.result
        if isinstance(row, Base) and outcome.root.field is not None:
            for member in self._core.get_possible_types(outcome.root.field.named):
                if model_of(member) is type(row):
                    return RowQuery(0, type(row), member.name, row.id)
        raise Fallback(f"{outcome.root.key} came to {type(row).__name__}")

"""A mutation with one root field: the act is done, once, in its transaction; then what is selected of it is read.

``Acts.done`` is all that acts, and what it gives can only be shown: compiled by ``Acts.shown``, or, where that raises
Fallback, by graphql-core, to whose root field it is the source (``schema.fields.Once``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from graphql import GraphQLSchema
from graphql.execution.values import VariableValues
from strawberry.schema import BaseSchema

from core.db import Base
from resolvers.compiler.executor import Asker, Reader
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import DEFINITION, name_of, represented
from resolvers.compiler.operations import Operation, Root
from resolvers.compiler.root_queries import Row
from resolvers.context import Context

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Acted:
    """What an act came to: a result, or why there is none; and the selections made of it."""

    operation: Operation
    values: VariableValues
    root: Root
    result: Any = None
    error: Exception | None = None

    def outcome(self) -> Any:
        """The result. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.result


class Acts:
    """Does the acts that mutations ask for, in documents that ``reader`` keeps."""

    def __init__(self, schema: BaseSchema, core: GraphQLSchema, reader: Reader) -> None:
        self._schema = schema
        self._core = core
        self._reader = reader

    async def done(
        self, context: Context, query: str | None, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> Acted | None:
        """What came of the act. None where nothing was done: for a query, a stranger, several root fields, or arguments
        that are refused."""
        try:
            operation = self._reader.operation(query, operation_name)
            values = operation.variables.values(variables or {})
            root = self._root(operation, values)
            if context.actor.account_id is None or not (root.field and root.field.resolver and root.arguments):
                return None
            arguments = root.arguments.values(values, self._schema)
        except Fallback:
            return None
        asker = Asker(context, self._schema, name_of(root.details))
        try:
            result = await root.field.resolver(info=asker, **arguments)
        except Exception as error:
            return Acted(operation, values, root, error=error)
        return Acted(operation, values, root, result)

    async def shown(self, acted: Acted, context: Context) -> bytes:
        """The JSON of the answer's data. Raises Fallback where something else than a row came of the act."""
        # The act itself may have ended what its caller was admitted by.
        context.actor = replace(context.actor, holds_until=None)
        try:
            asked = self._asked(acted)
            return await self._reader.read(acted.operation, [asked], acted.values, context)
        except Fallback:
            raise
        except Exception as error:  # the act is done, so it is shown, however slowly
            _log.warning("compiled_act_failed", reason=repr(error))
            raise Fallback(repr(error)) from error

    def _root(self, operation: Operation, values: VariableValues) -> Root:
        roots = self._reader.roots(operation, values) if operation.acts else ()
        if len(roots) != 1:
            raise Fallback(f"{len(roots)} acts")
        [root] = roots
        if root.definition is None or root.definition.extensions[DEFINITION].metadata["public"]:
            raise Fallback(f"{root.key} is open to strangers")
        return root

    def _asked(self, acted: Acted) -> Row:
        """The row that came of the act, as the member of the field's union that stands for its class."""
        row = acted.result
        if isinstance(row, Base) and acted.root.field is not None:
            for member in self._core.get_possible_types(acted.root.field.named):
                if represented(member) is type(row):
                    return Row(0, type(row), member.name, row.id)
        raise Fallback(f"{acted.root.key} came to {type(row).__name__}")

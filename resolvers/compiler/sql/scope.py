"""What all parts of a statement share while it is made: the operation, the caller, names, and what they add to it."""

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationDefinitionNode
from graphql.execution.collect_fields import FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues
from sqlalchemy import CTE

from core.actor import Actor
from resolvers.compiler.field_info import Details
from resolvers.compiler.placeholders import Placeholder
from resolvers.compiler.sql.tables import Rows


@dataclass
class Scope:
    """One operation on its way to SQL. ``caller`` has parameters for who it is (``tables.parameterize_caller``)."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    operation: OperationDefinitionNode
    caller: Actor
    placeholders: list[Placeholder] = field(default_factory=list[Placeholder])
    ctes: list[CTE] = field(default_factory=list[CTE])
    _names: int = 0

    def collect_fields(self, type: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """The selected fields of a type, as graphql-core collects them: with fragments, @skip and @include."""
        return collect_subfields(
            self.schema, self.fragments, self.variables, self.operation, type, details
        ).grouped_field_set

    def alias(self, model: type[Any]) -> Rows:
        """The rows of a class under a name of their own."""
        return Rows.of(model, self.make_name("t"))

    def make_name(self, letter: str) -> str:
        self._names += 1
        return f"{letter}{self._names}"

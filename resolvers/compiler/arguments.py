"""Variables and arguments as declared, for documents that come again: what cannot change is worked out once.

graphql-core and Strawberry coerce and convert whatever is more than a scalar, and whatever is not as it should be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values, get_variable_values
from strawberry.schema import BaseSchema
from strawberry.types.arguments import convert_arguments

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import DEFINITION, Details, is_never_null, nullable


@dataclass(frozen=True)
class _Scalar:
    """A variable of a scalar type."""

    name: str
    signature: GraphQLVariableSignature
    coerced: Callable[[Any], Any]
    never_null: bool


@dataclass(frozen=True)
class Variables:
    """Those that an operation declares; ``scalars`` is None where one is something else."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    scalars: Sequence[_Scalar] | None

    @classmethod
    def of(cls, schema: GraphQLSchema, node: OperationDefinitionNode) -> "Variables":
        scalars: list[_Scalar] = []
        for declared in node.variable_definitions or ():
            signature = cast("Any", get_variable_signature(schema, declared))  # or an error, which has no type
            scalar = nullable(getattr(signature, "type", None))
            if not isinstance(scalar, GraphQLScalarType):
                return cls(schema, node, None)
            never_null = is_never_null(signature.type)
            scalars.append(_Scalar(signature.name, signature, scalar.coerce_input_value, never_null))
        return cls(schema, node, scalars)

    def values(self, sent: Mapping[str, Any]) -> VariableValues:
        """What was sent, coerced. Raises Fallback for what is not as declared."""
        found = self._at_once(sent)
        if found is None:
            found = get_variable_values(self.schema, self.node.variable_definitions or (), dict(sent))
        if isinstance(found, list):
            raise Fallback("the variables are not as declared")
        return found

    def _at_once(self, sent: Mapping[str, Any]) -> VariableValues | None:
        """Only if every variable is a scalar, was sent, and is as declared."""
        if self.scalars is None:
            return None
        values = VariableValues({}, {})
        for scalar in self.scalars:
            value = sent.get(scalar.name, Undefined)
            if value is Undefined or (value is None and scalar.never_null):
                return None
            try:
                values.coerced[scalar.name] = None if value is None else scalar.coerced(value)
            except Exception:  # the scalar's refusal: graphql-core says it in its words
                return None
            values.sources[scalar.name] = VariableValueSource(scalar.signature, value)
        return values


@dataclass
class Arguments:
    """Of a root field. Scalars that variables give are looked up; the others are what they were the first time."""

    definition: Any
    node: Any
    looked_up: Mapping[str, tuple[str, bool]]
    """By the resolver's name of an argument: the variable, and whether it must not be null."""
    plain: bool
    """Whether no other argument has a variable in it."""
    others: Mapping[str, Any] | None = field(default=None, init=False)

    @classmethod
    def of(cls, definition: Any, details: Details) -> "Arguments":
        node = details[0].node
        looked_up: dict[str, tuple[str, bool]] = {}
        plain = True
        for given in node.arguments or ():
            taken = definition.args[given.name.value]
            if isinstance(given.value, VariableNode) and isinstance(nullable(taken.type), GraphQLScalarType):
                python_name = taken.extensions[DEFINITION].python_name
                looked_up[python_name] = (given.value.name.value, is_never_null(taken.type))
            else:
                plain = plain and not _has_variable(given.value)
        return cls(definition, node, looked_up, plain)

    def values(self, variables: VariableValues, schema: BaseSchema) -> Mapping[str, Any]:
        """As the resolver takes them. Raises Fallback."""
        found = self._at_once(variables)
        return self._converted(variables, schema) if found is None else found

    def _at_once(self, variables: VariableValues) -> Mapping[str, Any] | None:
        if self.others is None:
            return None
        found = dict(self.others)
        for name, (variable, never_null) in self.looked_up.items():
            value = variables.coerced.get(variable, Undefined)
            if value is Undefined or (value is None and never_null):
                return None
            found[name] = value
        return found

    def _converted(self, variables: VariableValues, schema: BaseSchema) -> Mapping[str, Any]:
        try:
            found = convert_arguments(
                get_argument_values(self.definition, self.node, variables),
                self.definition.extensions[DEFINITION].arguments,
                config=schema.config,
                scalar_registry=schema.schema_converter.scalar_registry,
            )
        except (GraphQLError, ValueError, TypeError) as refused:
            raise Fallback(str(refused)) from refused
        if self.plain:
            self.others = {name: value for name, value in found.items() if name not in self.looked_up}
        return found


def _has_variable(value: ValueNode) -> bool:
    class Finder(Visitor):
        found = False

        def enter_variable(self, *_: Any) -> None:
            self.found = True

    finder = Finder()
    visit(value, finder)
    return finder.found

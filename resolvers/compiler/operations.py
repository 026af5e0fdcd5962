"""An operation of a document that is kept: its root fields, and the plans that were made for it."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from resolvers.compiler.arguments import Arguments, Variables
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Details, FieldInfo, field_of, name_of
from resolvers.compiler.placeholders import Placeholder


@dataclass(frozen=True)
class Plan:
    """A statement, the parameters it takes in their order, and what Python fills in afterwards."""

    sql: str
    parameters: Sequence[str]
    constants: Mapping[str, Any]
    placeholders: Sequence[Placeholder]


@dataclass(frozen=True)
class Root:
    """A root field: its key in the answer and the selections made of it; ``__typename`` has no ``field``."""

    key: str
    field: FieldInfo | None
    definition: Any
    details: Details
    arguments: Arguments | None


class Roots(NamedTuple):
    """The root fields of an operation, with its @skip and @include decided."""

    switches: Hashable
    fields: Sequence[Root]


@dataclass(frozen=True)
class Operation:
    """One operation of a document that passed all checks. ``switches`` are the variables of @skip and @include."""

    node: OperationDefinitionNode
    variables: Variables
    fragments: dict[str, FragmentDetails]
    switches: Sequence[str]
    roots: OrderedDict[Hashable, Roots] = field(default_factory=OrderedDict[Hashable, Roots])
    plans: OrderedDict[Hashable, Plan | Fallback] = field(default_factory=OrderedDict[Hashable, Plan | Fallback])

    @property
    def is_mutation(self) -> bool:
        return self.node.operation is OperationType.MUTATION

    def switch_values(self, values: VariableValues) -> Hashable:
        return tuple(values.coerced.get(name) for name in self.switches)


def root_of(key: str, type: GraphQLObjectType, details: Details) -> Root:
    name = name_of(details)
    if name == "__typename":
        return Root(key, None, None, details, None)
    if name not in type.fields:
        raise Fallback(f"{name} is introspection")
    definition = type.fields[name]
    return Root(key, field_of(definition), definition, details, Arguments.of(definition, details))


def operation_of(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation | None:
    """The query or mutation of that name, None where there is none, more than one could be meant, or it has variables
    of which the compiler knows nothing."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if not name or (node.name and node.name.value == name)]
    if len(named) != 1 or named[0].operation is OperationType.SUBSCRIPTION:
        return None
    fragments = {
        node.name.value: FragmentDetails(node)
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    switches = _Switches()
    visit(document, switches)
    try:
        return Operation(named[0], Variables.of(schema, named[0]), fragments, sorted(switches.names))
    except Fallback:
        return None


class _Switches(Visitor):
    """The variables that directives take."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)

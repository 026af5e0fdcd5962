"""Where in the input a value stands that is refused before anything runs: in GraphQL's names, from the input on."""

import re
from collections.abc import Iterator, Sequence

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLError,
    ListValueNode,
    Node,
    ObjectValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

_TOLD = re.compile(r"Variable '\$\w+' has invalid value(?: at ([^:]+))?:")
_STEP = re.compile(r"\w+")
_MISSING = re.compile(r"to include required field '(\w+)'")
_INPUT = "input"
"""The argument in which every act has what it is given; a path begins behind it."""


def place_of(error: GraphQLError, document: DocumentNode | None) -> list[str]:
    """Empty where the error is about no input, or its place cannot be told."""
    node = error.nodes[0] if error.nodes else None
    if node is None or document is None or error.path is not None:
        return []
    told = _TOLD.match(error.message)
    further = [*_STEP.findall((told and told[1]) or ""), *_MISSING.findall(error.message)]
    for value, path in _list_values(document):
        if _is_meant(value, node):
            whole = [*path, *further]
            return whole[1:] if whole[0] == _INPUT else whole
    return []


def _is_meant(value: ValueNode, node: Node) -> bool:
    """Whether an error at ``node`` is about the value: a literal itself, or the use of the variable it defines."""
    if isinstance(node, VariableDefinitionNode):
        return isinstance(value, VariableNode) and value.name.value == node.variable.name.value
    return value is node


def _list_values(document: DocumentNode) -> Iterator[tuple[ValueNode, Sequence[str]]]:
    """Every value that an argument of a field holds, with its path."""
    found = _Arguments()
    visit(document, found)
    for argument in found.arguments:
        yield from _walk(argument.value, (argument.name.value,))


def _walk(value: ValueNode, path: Sequence[str]) -> Iterator[tuple[ValueNode, Sequence[str]]]:
    yield value, path
    match value:
        case ObjectValueNode():
            for field in value.fields:
                yield from _walk(field.value, (*path, field.name.value))
        case ListValueNode():
            for number, item in enumerate(value.values):
                yield from _walk(item, (*path, str(number)))
        case _:
            pass


class _Arguments(Visitor):
    """Those of fields, in the document's order."""

    def __init__(self) -> None:
        super().__init__()
        self.arguments: list[ArgumentNode] = []

    def enter_directive(self, *_: object) -> object:
        return self.SKIP

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self.arguments.append(node)

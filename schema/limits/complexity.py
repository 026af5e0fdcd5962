"""How much one operation asks for: shape and size, in time linear in the document.

Fragments are measured once and counted as often as they are spread. Strawberry's own limiters walk them again at every
spread: 827 bytes of nested fragments kept a process busy for 40 seconds. Sizes count, not only shapes: 50 levels of a
cycle are nothing on empty tables and the end of the process on filled ones.
"""

from collections.abc import Mapping
from typing import NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

VAST = 1_000_000_000  # nobody needs the digits of a bomb, and JSON encoders refuse integers beyond 64 bits
_PAGE_ARGUMENTS = ("first", "last")
_INTROSPECTION = ("__schema", "__type")
_INTROSPECTION_ALIAS = 10  # no tool needs an alias there, and each can ask for the whole schema once more


class Measure(NamedTuple):
    """Of one selection set with its fragments opened."""

    depth: int = 0  # fields within fields, without introspection
    introspection_depth: int = 0
    width: int = 0  # fields at this level itself: what a mutation does
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0  # values the answer could hold

    def beside(self, other: "Measure") -> "Measure":
        """Both in one selection set."""
        return Measure(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.width + other.width,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
        )


def count_selections(document: DocumentNode) -> int:
    """Selections as they stand, spread or not: a standard rule compares them pair by pair."""
    definitions = (OperationDefinitionNode, FragmentDefinitionNode)
    sets = [d.selection_set for d in document.definitions if isinstance(d, definitions)]
    count = 0
    while sets:
        selections = sets.pop().selections
        count += len(selections)
        for node in selections:
            inner = node.selection_set if isinstance(node, (FieldNode, InlineFragmentNode)) else None
            if inner is not None:
                sets.append(inner)
    return count


class Meter:
    """Measures one operation; a field or type the schema does not know counts least, the standard rules refuse it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        *,
        variables: Mapping[str, object] | None,
        page: int,
        list_size: int,
    ) -> None:
        """`page` is what `first` counts when it is not known, `list_size` what a list without it counts."""
        self._schema = schema
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._sent, self._page, self._list_size = variables, page, list_size
        self._variables: Mapping[str, object] | None = None
        self._measures: dict[str, Measure] = {}
        self._open: set[str] = set()

    def operation(self, node: OperationDefinitionNode) -> Measure:
        """Of the whole operation; its values are those sent, or their defaults (as nodes), or unknown."""
        definitions = node.variable_definitions or ()
        if self._sent is not None:
            self._variables = {v.variable.name.value: v.default_value for v in definitions} | {**self._sent}
        self._measures.clear()  # another operation, other values
        inside = self._selections(node.selection_set, self._schema.get_root_type(node.operation))
        own = len(node.directives or ()) + sum(len(v.directives or ()) for v in definitions)
        return inside._replace(directives=inside.directives + own)

    def _selections(self, selected: SelectionSetNode, parent: object) -> Measure:
        total = Measure()
        for node in selected.selections:
            found = Measure()
            if isinstance(node, FieldNode):
                found = self._field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                found = self._fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                found = self._selections(node.selection_set, kind)
            total = total.beside(found._replace(directives=found.directives + len(node.directives or ())))
        return total

    def _fragment(self, name: str) -> Measure:
        """A cycle counts nothing where it closes; the standard rules refuse it."""
        if name in self._open or name not in self._fragments:
            return Measure()
        if name not in self._measures:
            node = self._fragments[name]
            self._open.add(name)
            found = self._selections(node.selection_set, self._schema.get_type(node.type_condition.name.value))
            self._open.discard(name)
            self._measures[name] = found._replace(directives=found.directives + len(node.directives or ()))
        return self._measures[name]

    def _field(self, node: FieldNode, parent: object) -> Measure:
        aliases = int(node.alias is not None)
        if node.selection_set is None:
            return Measure(depth=1, width=1, fields=1, aliases=aliases, cost=1)
        name = node.name.value
        definition = parent.fields.get(name) if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)) else None
        inside = self._selections(node.selection_set, _answer(definition)[0] if definition else None)
        introspects = name in _INTROSPECTION
        size = self._size(node, definition, parent) if definition else 1
        return Measure(
            depth=0 if introspects else 1 + inside.depth,
            introspection_depth=1 + inside.depth if introspects else inside.introspection_depth,
            width=1,
            fields=1 + inside.fields,
            aliases=(aliases + inside.aliases) * (_INTROSPECTION_ALIAS if introspects else 1),
            directives=inside.directives,
            cost=1 if introspects else size * (1 + inside.cost),
        )

    def _size(self, node: FieldNode, definition: GraphQLField, parent: object) -> int:
        """How many objects the field may answer with."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        paged = [name for name in _PAGE_ARGUMENTS if name in definition.args]
        if paged:
            asked = [self._page_size(given.get(name), definition.args[name]) for name in paged]
            # Zero and null count as open: a resolver may read either as "the usual page".
            return max([1, *(n for n in asked if n is not None)]) if any(asked) else self._page
        _, lists = _answer(definition)
        if lists == 0 or (isinstance(parent, GraphQLObjectType) and "pageInfo" in parent.fields):
            return 1  # a connection's `edges` and `nodes` were counted where the connection was asked for
        return max([self._list_size**lists, *map(self._length, given.values())])

    def _page_size(self, value: ValueNode | None, argument: GraphQLArgument) -> int | None:
        """The page size given, or the schema's usual one; None when it is left open."""
        if value is None:
            return _integer(argument.default_value)
        if isinstance(value, VariableNode):
            return self._page if self._variables is None else _integer(self._variables.get(value.name.value))
        return _integer(value)

    def _length(self, value: ValueNode) -> int:
        """`nodes(ids: [...])` answers with as many as it was asked for."""
        items: object = value
        if isinstance(value, VariableNode):
            if self._variables is None:
                return self._page
            items = self._variables.get(value.name.value)
        if isinstance(items, ListValueNode):
            return len(items.values)
        return len(cast("list[object]", items)) if isinstance(items, list) else 0


def _integer(value: object) -> int | None:
    """Of a literal or a variable's value; JSON's 100.0 is an Int to GraphQL."""
    if isinstance(value, IntValueNode):
        return int(value.value) if len(value.value) < 10 else VAST
    return int(value) if isinstance(value, (int, float)) else None


def _answer(definition: GraphQLField) -> tuple[GraphQLNamedType, int]:
    """The type of one item, and through how many lists it comes; graphql-core leaves the items of its lists untyped."""
    kind = cast("GraphQLNonNull[GraphQLObjectType]", definition.type)  # pyright: ignore[reportUnknownMemberType]
    return get_named_type(kind), str(kind).count("[")

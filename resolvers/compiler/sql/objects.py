"""An operation's selections as one SQL statement that gives the answer's JSON text.

Every object becomes a ``concat`` of constant keys and column texts; a to-one relation a correlated subquery; a list an
array of texts, joined. The schema says which fields, ``represents`` says which table, the mapper knows the columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues
from sqlalchemy import ColumnElement, Select, bindparam, case, inspect, select
from sqlalchemy.orm import Mapper

from resolvers.compiler import placeholders, serializers
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Details, Field, field_of, name_of, represented
from resolvers.compiler.placeholders import Hole
from resolvers.compiler.root_queries import Asking, Page, Row
from resolvers.compiler.sql import connections, json_text
from resolvers.compiler.sql.json_text import BROKEN, Element, Piece, joined, or_else
from resolvers.compiler.sql.tables import Rows, Standing
from resolvers.fields import marks


@dataclass
class Statement:
    """One operation on its way to SQL."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    variables: VariableValues
    operation: OperationDefinitionNode
    standing: Standing
    condition: ColumnElement[bool]
    """What must hold for anything to be read. It is asked first, so that it may introduce the caller."""
    holes: list[Hole] = field(default_factory=list[Hole])
    pages: list[Any] = field(default_factory=list[Any])
    names: int = 0

    def compiled(self, roots: Sequence[tuple[str, Asking, Field | None, Details]]) -> Select[Any]:
        """The statement for root fields: each its key, what it asks for, its field and its selections. It gives null
        where the condition does not hold, and reads nothing."""
        pieces: list[Piece] = ["{"]
        for number, (key, asked, root, details) in enumerate(roots):
            pieces.append(f'{"," if number else ""}"{key}":')
            if isinstance(asked, Page):
                assert root is not None
                pieces += connections.connection(self, asked, root.named, details)
            elif isinstance(asked, Row):
                assert root is not None
                pieces += self._row(asked, root, details)
            else:
                pieces.append(asked.shape)
        return select(case((self.condition, joined([*pieces, "}"])))).add_cte(*self.pages)

    # What pages need too.

    def selected(self, type: GraphQLObjectType, details: Details) -> dict[str, Details]:
        """The selected fields of a type, as graphql-core collects them: with fragments, @skip and @include."""
        return collect_subfields(
            self.schema, self.fragments, self.variables, self.operation, type, details
        ).grouped_field_set

    def typed(self, type: Any, rows: Rows, details: Details) -> list[Piece]:
        """A row of an object type, or of an interface whose types share a table."""
        if isinstance(type, GraphQLObjectType):
            if represented(type) is not rows.mapper.class_:
                raise Fallback(f"{type} stands for another class than {rows.mapper.class_.__name__}")
            return self._object(type, rows, details)
        discriminator: Element | None = rows.mapper.polymorphic_on
        if not isinstance(type, GraphQLInterfaceType) or discriminator is None:
            raise Fallback(f"{type} is told by no column")
        kinds: list[tuple[Any, Any]] = []
        for possible in self.schema.get_possible_types(type):
            model = represented(possible)
            if model is not None and issubclass(model, rows.mapper.class_):
                mapper = mapper_of(model)
                told = rows.said_of(discriminator) == json_text.constant(str(mapper.polymorphic_identity))
                kinds.append((told, joined(self._object(possible, Rows(mapper, rows.source), details))))
        return [case(*kinds, else_=json_text.constant(BROKEN))]

    def aliased(self, model: type[Any]) -> Rows:
        """The rows of a class under a name of their own."""
        mapper = mapper_of(model)
        return Rows(mapper, mapper.local_table.alias(self.name("t")))

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    # One row, and what hangs on it.

    def _row(self, asked: Row, field: Field, details: Details) -> list[Piece]:
        shown = self.schema.get_type(asked.type_name)
        assert isinstance(shown, GraphQLObjectType)
        rows = self.aliased(asked.model)
        id = rows.attribute("id")
        named = id == bindparam(asked.parameter, type_=id.type)
        return self._one(rows, named, self._object(shown, rows, details), never_null=field.never_null)

    def _object(self, type: GraphQLObjectType, rows: Rows, details: Details) -> list[Piece]:
        pieces: list[Piece] = ["{"]
        for number, (key, chosen) in enumerate(self.selected(type, details).items()):
            pieces.append(f'{"," if number else ""}"{key}":')
            name = name_of(chosen)
            if name == "__typename":
                pieces.append(f'"{type.name}"')
            else:
                pieces += self._field(type, rows, field_of(type.fields[name]), chosen)
        return [*pieces, "}"]

    def _field(self, type: GraphQLObjectType, rows: Rows, field: Field, details: Details) -> list[Piece]:
        if field.resolver is None:
            return self._column(rows, field)
        match field.mark:
            case marks.GlobalId():
                return json_text.global_id(type.name, rows.attribute("id"))
            case marks.Related(name):
                return self._related(rows, name, field, details)
            case marks.Matching(model, condition):
                return self._matching(rows, model, condition, field, details)
            case marks.Pointing(kind, id):
                return self._pointing(rows.attribute(kind), rows.attribute(id), field, details)
            case marks.Batched(answer, columns):
                write = serializers.writer(field.type, details, self.selected)
                self.holes.append(Hole(answer, rows.mapper.class_, placeholders.columns_read(rows, columns), write))
                return placeholders.place(len(self.holes) - 1, rows, columns)
            case _:
                raise Fallback(f"{type.name}.{field.name} is answered row by row")

    @staticmethod
    def _column(rows: Rows, field: Field) -> list[Piece]:
        if field.is_list or not isinstance(field.named, GraphQLScalarType | GraphQLEnumType):
            raise Fallback(f"{field.name} is a plain field of the type {field.type}")
        pieces = json_text.written(field.named, rows.attribute(field.name))
        if rows.is_never_null(field.name):
            return pieces
        return or_else(pieces, BROKEN if field.never_null else "null")

    def _related(self, rows: Rows, name: str, field: Field, details: Details) -> list[Piece]:
        relationship = rows.mapper.relationships[name]
        pairs = relationship.local_remote_pairs or []
        if len(pairs) != 1 or relationship.secondary is not None or relationship.uselist != field.is_list:
            raise Fallback(f"{relationship} is no plain relation")
        [(local, remote)] = pairs
        target = self.aliased(relationship.mapper.class_)
        joins = target.said_of(remote) == rows.said_of(local)
        if not field.is_list:
            return self._one(target, joins, self.typed(field.named, target, details), never_null=field.never_null)
        order = [target.said_of(part) for part in relationship.order_by or ()]
        return self._many(target, joins, order, field, details)

    def _matching(
        self, rows: Rows, model: type[Any], condition: marks.OfOwner, field: Field, details: Details
    ) -> list[Piece]:
        target = self.aliased(model)
        matches = target.said_of(condition(_Owner(rows), rows.mapper.class_.__name__))
        return self._many(target, matches, [target.attribute("id")], field, details)

    def _pointing(self, kind: Element, id: Element, field: Field, details: Details) -> list[Piece]:
        """A row of one of the tables behind an interface."""
        if not isinstance(field.named, GraphQLInterfaceType) or field.never_null or field.is_list:
            raise Fallback(f"{field.name} is no nullable interface")
        kinds: list[tuple[Any, Any]] = []
        for possible in self.schema.get_possible_types(field.named):
            target = self.aliased(represented(possible))
            shown = self._object(possible, target, details)
            [one] = self._one(target, target.attribute("id") == id, shown, never_null=False)
            kinds.append((kind == json_text.constant(target.mapper.class_.__name__), one))
        return [case(*kinds, else_=json_text.constant(BROKEN))]

    def _one(self, rows: Rows, where: Element, pieces: list[Piece], *, never_null: bool) -> list[Piece]:
        found = rows.selecting(joined(pieces)).where(where, rows.seen_by(self.standing))
        return or_else([found.scalar_subquery()], BROKEN if never_null else "null")

    def _many(self, rows: Rows, where: Element, order: list[Element], field: Field, details: Details) -> list[Piece]:
        if not (field.is_list and field.never_null and field.items_never_null):
            raise Fallback(f"{field.type} may hold nulls")
        item = joined(self.typed(field.named, rows, details))
        return json_text.listed(rows.selecting(item).where(where, rows.seen_by(self.standing)).order_by(*order))


def mapper_of(model: type[Any]) -> Mapper[Any]:
    mapper: Mapper[Any] | None = inspect(model, raiseerr=False)
    if mapper is None:
        raise Fallback(f"{model} is no table")
    return mapper


class _Owner:
    """Rows as a condition sees them: their columns as attributes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> Element:
        return self._rows.attribute(name)

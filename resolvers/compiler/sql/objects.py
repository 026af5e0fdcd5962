"""A row as the JSON of what is selected of it: a ``concat`` of constant keys and column texts; a to-one relation a
correlated subquery; a list an array of texts, joined.

The schema says which fields, ``represents`` says which table, the mapper knows the columns.
"""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
)
from sqlalchemy import bindparam, case

from core.privacy import mask_of
from resolvers.compiler import serializers
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Details, FieldInfo, field_of, model_of, name_of
from resolvers.compiler.placeholders import Placeholder, reader_of
from resolvers.compiler.root_queries import RowQuery
from resolvers.compiler.sql import json_text
from resolvers.compiler.sql.json_text import INVALID, Element, Piece, coalesce, concat
from resolvers.compiler.sql.scope import Scope
from resolvers.compiler.sql.tables import Rows, mapper_of
from resolvers.fields import marks


def write_row(scope: Scope, query: RowQuery, field: FieldInfo, details: Details) -> list[Piece]:
    """The row of a root field, null where the caller may not see it."""
    type = scope.schema.get_type(query.type_name)
    assert isinstance(type, GraphQLObjectType)
    rows = scope.alias(query.model)
    id = rows.attribute("id")
    matches = id == bindparam(query.parameter, type_=id.type)
    return _write_one(scope, rows, matches, write_object(scope, type, rows, details), never_null=field.never_null)


def write_typed(scope: Scope, type: Any, rows: Rows, details: Details) -> list[Piece]:
    """A row of an object type, or of an interface whose types share a table."""
    if isinstance(type, GraphQLObjectType):
        if model_of(type) is not rows.mapper.class_:
            raise Fallback(f"{type} stands for another class than {rows.mapper.class_.__name__}")
        return write_object(scope, type, rows, details)
    discriminator: Element | None = rows.mapper.polymorphic_on
    if not isinstance(type, GraphQLInterfaceType) or discriminator is None:
        raise Fallback(f"{type} is told by no column")
    kinds: list[tuple[Any, Any]] = []
    for possible in scope.schema.get_possible_types(type):
        model = model_of(possible)
        if model is not None and issubclass(model, rows.mapper.class_):
            mapper = mapper_of(model)
            is_this = rows.adapt(discriminator) == json_text.literal(str(mapper.polymorphic_identity))
            kinds.append((is_this, concat(write_object(scope, possible, rows.read_as(mapper), details))))
    return [case(*kinds, else_=json_text.literal(INVALID))]


def write_object(scope: Scope, type: GraphQLObjectType, rows: Rows, details: Details) -> list[Piece]:
    """A row of a table as what is selected of an object type."""
    pieces: list[Piece] = ["{"]
    for number, (key, chosen) in enumerate(scope.collect_fields(type, details).items()):
        pieces.append(f'{"," if number else ""}"{key}":')
        name = name_of(chosen)
        if name == "__typename":
            pieces.append(f'"{type.name}"')
        else:
            pieces += _write_field(scope, type, rows, field_of(type.fields[name]), chosen)
    return [*pieces, "}"]


def _write_field(scope: Scope, type: GraphQLObjectType, rows: Rows, field: FieldInfo, details: Details) -> list[Piece]:
    if field.resolver is None:
        return _write_column(rows, field)
    match field.mark:
        case marks.GlobalId():
            return json_text.write_global_id(type.name, rows.attribute("id"))
        case marks.Personal(name):
            return _write_personal(scope, rows, name, field)
        case marks.Related(name):
            return _write_related(scope, rows, name, field, details)
        case marks.Matching(model, condition):
            return _write_matching(scope, rows, model, condition, field, details)
        case marks.Pointing(kind, id):
            return _write_pointing(scope, rows.attribute(kind), rows.attribute(id), field, details)
        case marks.Batched(answer, columns):
            write = serializers.make_writer(field.type, details, scope.collect_fields)
            values = {name: rows.attribute(name) for name in columns}
            readers = {name: reader_of(value.type.python_type) for name, value in values.items()}
            scope.placeholders.append(Placeholder(answer, rows.mapper.class_, readers, write))
            return json_text.write_placeholder(len(scope.placeholders) - 1, list(values.values()))
        case _:
            raise Fallback(f"{type.name}.{field.name} is answered row by row")


def _write_column(rows: Rows, field: FieldInfo) -> list[Piece]:
    if field.is_list or not isinstance(field.named, GraphQLScalarType | GraphQLEnumType):
        raise Fallback(f"{field.name} is a plain field of the type {field.type}")
    pieces = json_text.write_value(field.named, rows.attribute(field.name))
    if rows.is_never_null(field.name):
        return pieces
    return coalesce(pieces, INVALID if field.never_null else "null")


def _write_personal(scope: Scope, rows: Rows, name: str, field: FieldInfo) -> list[Piece]:
    masked = mask_of(rows.mapper.class_, name)
    assert masked is not None
    shown = masked.shown_in_sql(rows.attribute(name), rows.attribute("id"), scope.caller)
    pieces = json_text.write_value(field.named, rows.adapt(shown))
    return pieces if rows.is_never_null(name) else coalesce(pieces, INVALID if field.never_null else "null")


def _write_related(scope: Scope, rows: Rows, name: str, field: FieldInfo, details: Details) -> list[Piece]:
    relationship = rows.mapper.relationships[name]
    pairs = relationship.local_remote_pairs or []
    if len(pairs) != 1 or relationship.secondary is not None or relationship.uselist != field.is_list:
        raise Fallback(f"{relationship} is no plain relation")
    [(local, remote)] = pairs
    target = scope.alias(relationship.mapper.class_)
    joins = target.adapt(remote) == rows.adapt(local)
    if not field.is_list:
        pieces = write_typed(scope, field.named, target, details)
        return _write_one(scope, target, joins, pieces, never_null=field.never_null)
    order = [target.adapt(part) for part in relationship.order_by or ()]
    return _write_many(scope, target, joins, order, field, details)


def _write_matching(
    scope: Scope, rows: Rows, model: type[Any], condition: marks.OwnerCondition, field: FieldInfo, details: Details
) -> list[Piece]:
    if details[0].node.arguments:
        raise Fallback(f"{field.name} is asked for with an argument")
    target = scope.alias(model)
    matches = target.adapt(condition(_Owner(rows), rows.mapper.class_.__name__))
    return _write_many(scope, target, matches, [target.attribute("id")], field, details)


def _write_pointing(scope: Scope, kind: Element, id: Element, field: FieldInfo, details: Details) -> list[Piece]:
    """A row of one of the tables behind an interface."""
    if not isinstance(field.named, GraphQLInterfaceType) or field.never_null or field.is_list:
        raise Fallback(f"{field.name} is no nullable interface")
    kinds: list[tuple[Any, Any]] = []
    for possible in scope.schema.get_possible_types(field.named):
        target = scope.alias(model_of(possible))
        pieces = write_object(scope, possible, target, details)
        [one] = _write_one(scope, target, target.attribute("id") == id, pieces, never_null=False)
        kinds.append((kind == json_text.literal(target.mapper.class_.__name__), one))
    return [case(*kinds, else_=json_text.literal("null"))]


def _write_one(scope: Scope, rows: Rows, where: Element, pieces: list[Piece], *, never_null: bool) -> list[Piece]:
    found = rows.select(concat(pieces)).where(where, rows.visible_to(scope.caller))
    return coalesce([found.scalar_subquery()], INVALID if never_null else "null")


def _write_many(
    scope: Scope, rows: Rows, where: Element, order: list[Element], field: FieldInfo, details: Details
) -> list[Piece]:
    if not (field.is_list and field.never_null and field.items_never_null):
        raise Fallback(f"{field.type} may hold nulls")
    item = concat(write_typed(scope, field.named, rows, details))
    return json_text.write_list(rows.select(item).where(where, rows.visible_to(scope.caller)).order_by(*order))


class _Owner:
    """Rows as a condition sees them: their columns as attributes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> Element:
        return self._rows.attribute(name)

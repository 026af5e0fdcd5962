"""How a value is written as JSON by PostgreSQL: for each scalar the text that its Python serializer gives, in SQL.

A text is a list of pieces, constant or computed; computed ones are null where the column is, and may be of any type
that ``concat`` writes as it should be: what is not cast to text before is not copied once more. ``INVALID`` stands
where Python would raise, or where null meets a field that is never null: the generic way then says what is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLEnumType, GraphQLLeafType
from sqlalchemy import JSON, ColumnElement, Select, Text, case, cast, func, literal_column
from sqlalchemy.types import TypeEngine

from core.paging import Order
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.placeholders import EDGE, NUMBER_END

Element = ColumnElement[Any]
Piece = str | Element
INVALID = "\x02"
"""No JSON text holds a control character: PostgreSQL escapes those of the data."""

_ARGUMENTS = 90  # PostgreSQL takes a hundred


def literal(text: str) -> Element:
    return literal_column("'" + text.replace("'", "''") + "'", Text)


def concat(pieces: Sequence[Piece]) -> Element:
    """One text of many pieces, by ``concat``: it skips nulls, so no piece may be null."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    elements = [literal(piece) if isinstance(piece, str) else piece for piece in merged]
    while len(elements) > _ARGUMENTS:
        groups = [elements[i : i + _ARGUMENTS] for i in range(0, len(elements), _ARGUMENTS)]
        elements = [_concat_call(group) for group in groups]
    return elements[0] if len(elements) == 1 and isinstance(merged[0], str) else _concat_call(elements)


def coalesce(pieces: Sequence[Piece], instead: str) -> list[Piece]:
    """The pieces, or the constant when one of them is null."""
    first, *rest = [literal(piece) if isinstance(piece, str) else _as_text(piece) for piece in pieces]
    text = first
    for piece in rest:
        text = text.concat(piece)
    return [func.coalesce(text, literal(instead))]


def write_list(found: Select[Any]) -> list[Piece]:
    """The texts that a query gives, as a JSON list."""
    return ["[", func.array_to_string(func.array(found.scalar_subquery()), literal(","), type_=Text), "]"]


def write_value(type: GraphQLLeafType, value: Element) -> list[Piece]:
    """The value as JSON; null for null. Raises Fallback for a scalar of such a column that is not known here."""
    if isinstance(type, GraphQLEnumType):
        names = {_column_text(member.value): name for name, member in type.values.items()}
        whens = [(value == literal(kept), literal(f'"{name}"')) for kept, name in names.items()]
        return [case(*whens, (value.is_not(None), literal(INVALID)))]
    write = _WRITERS.get((type.name, _python_type(value.type)))
    if write is None:
        raise Fallback(f"no text in SQL for {type.name} of {value.type!r}")
    return write(value)


def write_global_id(type_name: str, id: Element) -> list[Piece]:
    """As ``resolvers.ids.encode`` writes it."""
    return [f'"{type_name}:', id, '"']


def write_cursor(order: Sequence[Order], column: Callable[[Order], Element]) -> list[Piece]:
    """As ``core.paging.cursor_of`` writes it: null is no text at all, which is how ``concat`` takes it."""
    pieces: list[Piece] = ['"']
    for number, part in enumerate(order):
        value = column(part)
        if part.python_type is str:
            quoted = cast(func.to_json(value), Text)
            value = func.substr(quoted, literal_column("2"), func.length(quoted) - literal_column("2"), type_=Text)
        pieces += [f"{',' if number else ''}{part.name}=", value]
    return [*pieces, '"']


def write_placeholder(number: int, columns: Sequence[Element]) -> list[Piece]:
    """Placeholder ``number`` of the statement, for a row with these columns."""
    pieces: list[Piece] = [f"{EDGE}{number}{NUMBER_END}["]
    for position, column in enumerate(columns):
        # A JSON number is a float to Python: an amount goes as text.
        exact = cast(column, Text) if column.type.python_type in (Decimal, datetime) else column
        pieces += ["," if position else "", *coalesce([cast(func.to_json(exact), Text)], "null")]
    return [*pieces, f"]{EDGE}"]


def _column_text(member: Any) -> str:
    """What the column holds for a member of an enumeration."""
    text: object = getattr(member, "value", member)
    if not isinstance(text, str):
        raise Fallback(f"{member!r} is not kept as text")
    return text


def _python_type(type: TypeEngine[Any]) -> str:
    """The name of the Python type of a column's values; that of JSON, whose values have many, is its own."""
    if isinstance(type, JSON):
        return "json"
    try:
        return type.python_type.__name__
    except NotImplementedError:
        return ""


def _as_text(value: Element) -> Element:
    return value if isinstance(value.type, Text) else cast(value, Text)


def _concat_call(elements: Sequence[Element]) -> Element:
    return func.concat(*elements, type_=Text)


def _write_text(value: Element) -> list[Piece]:
    return [func.to_json(value)]


def _write_quoted(value: Element) -> list[Piece]:
    return ['"', value, '"']


def _write_int(value: Element) -> list[Piece]:
    """GraphQL's Int has 32 bits."""
    fits = value.between(literal_column("-2147483648"), literal_column("2147483647"))
    return [case((fits, cast(value, Text)), (value.is_not(None), literal(INVALID)))]


def _write_boolean(value: Element) -> list[Piece]:
    return [case((value, literal("true")), (value.is_not(None), literal("false")))]


def _write_yuan(value: Element) -> list[Piece]:
    """Two places, half up: that is how PostgreSQL rounds a numeric."""
    exact = getattr(value.type, "scale", None) == 2
    return _write_quoted(value if exact else func.round(value, literal_column("2")))


def _write_rate(value: Element) -> list[Piece]:
    return _write_quoted(func.trim_scale(value))


def _write_moment(value: Element) -> list[Piece]:
    """The connection's time zone is China's."""
    in_range = value.between(literal_column("timestamptz '0002-01-01'"), literal_column("timestamptz '9999-01-01'"))
    return [case((in_range, cast(func.to_json(value), Text)), (value.is_not(None), literal(INVALID)))]


def _write_json(value: Element) -> list[Piece]:
    return [cast(func.nullif(value, literal_column("'null'::jsonb")), Text)]


_WRITERS: Mapping[tuple[str, str], Callable[[Element], list[Piece]]] = {
    ("String", "str"): _write_text,
    ("USCC", "str"): _write_text,
    ("RegionCode", "str"): _write_text,
    ("Int", "int"): _write_int,
    ("Boolean", "bool"): _write_boolean,
    ("Yuan", "Decimal"): _write_yuan,
    ("Rate", "Decimal"): _write_rate,
    ("Date", "date"): _write_quoted,
    ("DateTime", "datetime"): _write_moment,
    ("JSON", "json"): _write_json,
}
"""By the scalar's name in ``schema.scalars`` and the Python type of the column."""

"""Cutting a long list into pages by keyset: stable under inserts, an index scan however deep."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import InvalidInput

Row = TypeVar("Row")
MOST = 100
"""Rows a page may have."""
_BIGINT = range(-(2**63), 2**63)
_DIGITS = len(str(2**63))


@dataclass(frozen=True)
class Order:
    """One column of a list's order, a number or a date. ``descending`` puts the newest first; nulls come last either
    way."""

    column: InstrumentedAttribute[Any]
    descending: bool = False

    def expression(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def after(self, value: Any) -> ColumnElement[bool]:
        """The rows that come later than ``value`` in this column."""
        if value is None:
            return self.column.is_(None) & self.column.is_not(None)  # nothing comes after the nulls
        later = self.column < value if self.descending else self.column > value
        return or_(later, self.column.is_(None)) if self.nullable else later

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    @cached_property
    def name(self) -> str:
        return f"{self.column.class_.__name__}.{self.column.key}"

    @cached_property
    def nullable(self) -> bool:
        return self.column.property.columns[0].nullable

    @cached_property
    def python_type(self) -> type[date] | type[int]:
        return self.column.property.columns[0].type.python_type


@dataclass(frozen=True)
class Edge(Generic[Row]):
    cursor: str
    node: Row


@dataclass(frozen=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a longer list. ``count`` is asked only when a client wants the total."""

    edges: Sequence[Edge[Row]]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> Sequence[Row]:
        return [edge.node for edge in self.edges]


def size(first: int) -> int:
    """``first`` when it is between 1 and MOST; raises InvalidInput otherwise."""
    if not 1 <= first <= MOST:
        raise InvalidInput(("first",), "page_size", most=MOST)
    return first


def later_than(order: Sequence[Order], values: Sequence[Any]) -> ColumnElement[bool]:
    """The rows after the one that has these values in the order's columns; a value may be a parameter."""
    return or_(
        *(
            and_(*(order[i].same(values[i]) for i in range(depth)), order[depth].after(values[depth]))
            for depth in range(len(order))
        )
    )


def ordered(query: Select[tuple[Row]], order: Sequence[Order]) -> Select[tuple[Row]]:
    return query.order_by(*(part.expression() for part in order))


def cursor_of(row: Any, order: Sequence[Order]) -> str:
    """Opaque: where a row stands in the list's order, with the order's columns, so that no other list takes it. Plain
    text, for the same reasons as ids."""
    return _cursor([getattr(row, part.column.key) for part in order], order)


def values_of(cursor: str, order: Sequence[Order]) -> list[Any]:
    """Where a cursor stands; raises InvalidInput for text that is not letter for letter a cursor of this list."""
    parts = [part.partition("=") for part in cursor.split(",", len(order))]
    try:
        if [name for name, _, _ in parts] != [part.name for part in order]:
            raise ValueError(cursor)
        values = [_typed(text, part) for (_, _, text), part in zip(parts, order, strict=True)]
        if _cursor(values, order) != cursor:
            raise ValueError(cursor)
    except ValueError:
        raise InvalidInput(("after",), "cursor") from None
    return values


def _cursor(values: Sequence[Any], order: Sequence[Order]) -> str:
    return ",".join(f"{part.name}={_text(value)}" for value, part in zip(values, order, strict=True))


def _text(value: date | int | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _typed(text: str, part: Order) -> date | int | None:
    if not text and part.nullable:
        return None
    if part.python_type is date:
        return date.fromisoformat(text)
    value = int(text[: _DIGITS + 1])
    if value not in _BIGINT:
        raise ValueError(text)
    return value

"""Cutting a long list into pages: by keyset, which is stable under inserts and an index scan however deep; or by a
number, for pagers, which counts the rows before it in an index and so goes down to a depth only."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import InvalidInput

Row = TypeVar("Row")
MOST = 100
"""Rows a page may have."""
DEEPEST = 10_000
"""Rows down to which pages have numbers."""
MOST_COUNTED = 10_000
"""Rows of a narrowed list down to which they are counted: what nobody keeps count of is read to be counted."""
_BIGINT = range(-(2**63), 2**63)
_DIGITS = len(str(2**63))


@dataclass(frozen=True)
class Order:
    """One column of a list's order: a number, a date, or a text that is never null. ``descending`` puts the newest
    first; nulls come last either way, and first where the list is read from its end."""

    column: InstrumentedAttribute[Any]
    descending: bool = False
    nulls_last: bool = True

    def reverse(self) -> "Order":
        return Order(self.column, not self.descending, not self.nulls_last)

    def expression(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_last() if self.nulls_last else ordered.nulls_first()

    def after(self, value: Any) -> Sequence[ColumnElement[bool]]:
        """The rows that come later than ``value`` in this column, in parts that an index has in one piece each."""
        if value is None:
            return [] if self.nulls_last else [self.column.is_not(None)]
        later = self.column < value if self.descending else self.column > value
        return [later, self.column.is_(None)] if self.nullable and self.nulls_last else [later]

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    @cached_property
    def name(self) -> str:
        return f"{self.column.class_.__name__}.{self.column.key}"

    @cached_property
    def nullable(self) -> bool:
        return self.column.property.columns[0].nullable

    @cached_property
    def python_type(self) -> type[date] | type[int] | type[str]:
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
class Count:
    """How many rows a list has; at least so many where it is not ``exact``."""

    rows: int
    exact: bool = True

    @classmethod
    def limited(cls, found: int) -> "Count":
        """Of rows that were counted to one more than MOST_COUNTED."""
        return cls(min(found, MOST_COUNTED), found <= MOST_COUNTED)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a longer list. ``count`` is asked only when a client wants the total."""

    edges: Sequence[Edge[Row]]
    page_info: PageInfo
    count: Callable[[], Awaitable[Count]]

    @property
    def nodes(self) -> Sequence[Row]:
        return [edge.node for edge in self.edges]


@dataclass(frozen=True)
class Place:
    """Which page of a list is asked for, as a client says it."""

    first: int = 10
    after: str | None = None
    last: int | None = None
    before: str | None = None
    page: int | None = None


@dataclass(frozen=True)
class Cut:
    """Where a page begins and how long it is. ``beyond`` are the values of the order's columns in the row behind which
    it begins, or, ``backward``, before which it ends; ``skipped`` rows lie before it, where pages are numbered."""

    size: int
    beyond: Sequence[Any] | None = None
    backward: bool = False
    skipped: int | None = None

    @classmethod
    def of(cls, place: Place, order: Sequence[Order]) -> "Cut":
        """Raises InvalidInput for what is no page."""
        if place.last is not None:
            _must_stand_alone(place.page, "page")
            _must_stand_alone(place.after, "after")
            beyond = None if place.before is None else values_of(place.before, order, "before")
            return cls(_size(place.last, "last"), beyond, backward=True)
        _must_stand_alone(place.before, "before")
        size = _size(place.first, "first")
        if place.page is None:
            return cls(size, None if place.after is None else values_of(place.after, order))
        _must_stand_alone(place.after, "after")
        if place.page < 1:
            raise InvalidInput(("page",), "page_number")
        if place.page * size > DEEPEST:
            raise InvalidInput(("page",), "page_depth", most=DEEPEST)
        return cls(size, skipped=(place.page - 1) * size)

    @property
    def order_of(self) -> Callable[[Order], Order]:
        """How a column of the list's order is read, so that the page's rows come first."""
        return Order.reverse if self.backward else _keep

    def has_previous(self, *, more: bool) -> bool:
        """``more`` says whether the rows went on, in the direction in which they were read."""
        return more if self.backward else bool(self.beyond is not None or self.skipped)

    def has_next(self, *, more: bool) -> bool:
        return self.beyond is not None if self.backward else more


def _keep(part: Order) -> Order:
    return part


def _size(rows: int, name: str) -> int:
    """When it is between 1 and MOST; raises InvalidInput otherwise."""
    if not 1 <= rows <= MOST:
        raise InvalidInput((name,), "page_size", most=MOST)
    return rows


def _must_stand_alone(given: object, name: str) -> None:
    """Raises InvalidInput for an argument that another one leaves no room for."""
    if given is not None:
        raise InvalidInput((name,), "page_mixed")


@dataclass(frozen=True)
class OneOf:
    """Conditions of which no row meets two: an index gives the rows of each in the list's order."""

    conditions: Sequence[ColumnElement[bool]]

    @property
    def condition(self) -> ColumnElement[bool]:
        """All as one, for what is not a list's own table."""
        return or_(*self.conditions)


def later_than(order: Sequence[Order], values: Sequence[Any]) -> Sequence[ColumnElement[bool]]:
    """The rows after the one that has these values in the order's columns, in parts: conditions joined by OR no index
    begins with. A value may be a parameter."""
    [descending, *others] = {part.descending for part in order}
    if not others and not any(part.nullable for part in order):
        here, there = tuple_(*(part.column for part in order)), tuple_(*values)
        return [here < there if descending else here > there]
    return [
        and_(*(order[place].same(values[place]) for place in range(depth)), later)
        for depth in range(len(order))
        for later in order[depth].after(values[depth])
    ]


def ordered(query: Select[tuple[Row]], order: Sequence[Order]) -> Select[tuple[Row]]:
    return query.order_by(*(part.expression() for part in order))


def cursor_of(row: Any, order: Sequence[Order]) -> str:
    """Opaque: where a row stands in the list's order, with the order's columns, so that no other list takes it. Plain
    text, for the same reasons as ids."""
    return _cursor([getattr(row, part.column.key) for part in order], order)


def values_of(cursor: str, order: Sequence[Order], given_as: str = "after") -> list[Any]:
    """Where a cursor stands; raises InvalidInput for text that is not letter for letter a cursor of this list."""
    try:
        found = re.fullmatch(",".join(map(_pattern, order)), cursor, re.DOTALL)
        if found is None:
            raise ValueError(cursor)
        values = [_typed(text, part) for text, part in zip(found.groups(), order, strict=True)]
        if _cursor(values, order) != cursor:
            raise ValueError(cursor)
    except ValueError:
        raise InvalidInput((given_as,), "cursor") from None
    return values


def _cursor(values: Sequence[Any], order: Sequence[Order]) -> str:
    return ",".join(f"{part.name}={_text(value)}" for value, part in zip(values, order, strict=True))


def _pattern(part: Order) -> str:
    """A text may hold a comma: there is one at most in an order."""
    return f"{re.escape(part.name)}=({'.*' if part.python_type is str else '[^,]*'})"


def _text(value: date | int | str | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _typed(text: str, part: Order) -> date | int | str | None:
    if part.python_type is str:
        if "\0" in text:
            raise ValueError(text)
        return text.encode().decode()  # as text that can be sent
    if not text and part.nullable:
        return None
    if part.python_type is date:
        return date.fromisoformat(text)
    value = int(text[: _DIGITS + 1])
    if value not in _BIGINT:
        raise ValueError(text)
    return value

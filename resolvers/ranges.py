"""Filters by bounds, as clients say them: amounts, days, areas."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, false, func

from core.regions import range_of
from resolvers.fields import between
from resolvers.scalars import Yuan

_LARGEST = Decimal(10) ** 16
"""Yuan that no amount reaches."""


@strawberry.input(description="Amounts between two, both included; either may be left out (金额范围).")
class AmountRange:
    least: Yuan | None = None
    most: Yuan | None = None


@strawberry.input(description="Days between two, both included; either may be left out (日期范围).")
class DayRange:
    earliest: date | None = None
    latest: date | None = None


def amount_in(column: Any, range: AmountRange | None) -> Sequence[ColumnElement[bool]]:
    """Where bounds are given: whether the amount, in a column of fen, is between them. None at all is not."""
    if range is None or (range.least is None and range.most is None):
        return []
    least, most = max(range.least or Decimal(0), Decimal(0)), range.most
    return between(column, _fen(least), None if most is None else _fen(most))


def day_in(column: Any, range: DayRange | None) -> Sequence[ColumnElement[bool]]:
    """Where bounds are given: whether the day is between them."""
    return [] if range is None else between(column, range.earliest, range.latest)


def lies_in(column: Any, region: str) -> ColumnElement[bool]:
    """Whether the area is that or part of it. Most rows are in a region of who asks for it: PostgreSQL, which
    takes bounds for one row in 200, is not to look for them."""
    first, last = range_of(region)
    return column == region if first == last else func.coalesce(and_(column >= first, column <= last), false())


def _fen(amount: Decimal) -> int:
    return int(min(amount, _LARGEST) * 100)

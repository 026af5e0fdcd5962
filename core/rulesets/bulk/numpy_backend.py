"""A formula over columns in memory (numpy): whole numbers of 64 bits with decimal places, exact or refused.

How large every number can become is known from the smallest and largest of each column before anything is computed, so
nothing ever wraps. Rows go through in pieces that stay in the processor's cache.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decisions import Kind, Value
from core.rulesets.bulk import fixed_point
from core.rulesets.bulk.backend import Comparison, Refused
from core.rulesets.bulk.compiler import Translation
from core.rulesets.bulk.fixed_point import Bits, Whole
from core.rulesets.language.formulas import Rounding
from core.rulesets.lookup import Written

_PIECE = 1 << 16
_HELD_AS = {
    Kind.MONEY: ("i", "int64，以分计"),
    Kind.RATE: ("i", "int64，并写明小数位数 places"),
    Kind.INTEGER: ("i", "int64"),
    Kind.BOOLEAN: ("b", "bool"),
    Kind.DATE: ("M", "datetime64[D]"),
}
_COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    "is": np.equal,
    "lt": np.less,
    "before": np.less,
    "at_most": np.less_equal,
    "at_least": np.greater_equal,
    "not_before": np.greater_equal,
    "gt": np.greater,
}


@dataclass(frozen=True)
class Column:
    """One fact of all cases. Money is in fen; ``places`` is how many decimal places a rate's whole numbers stand for.

    Where ``known`` is False the case does not state the fact; None is that all do.
    """

    values: NDArray[Any]
    known: NDArray[np.bool_] | None = None
    places: int | None = None


@dataclass(frozen=True)
class Amounts:
    """A whole number for each case, of ``places`` decimal places: fen where it is 2. Not known, it is 0."""

    values: NDArray[np.int64]
    known: NDArray[np.bool_]
    places: int


def amounts(written: Written, path: str, columns: Mapping[str, Column], on: date) -> Amounts:
    """The formula's result for each case. Raises NotInBulk before anything is computed, UnknownPath for the path."""
    sizes = {len(part) for column in columns.values() for part in (column.values, column.known) if part is not None}
    if len(sizes) != 1:
        raise ValueError(f"columns of one length are needed, got lengths {sorted(sizes)}")
    [size] = sizes
    number = Translation(written, _Arrays(columns), columns, on).answer(path)
    found, known = np.empty(size, np.int64), np.ones(size, np.bool_)
    for start in range(0, size, _PIECE):
        rows = slice(start, start + _PIECE)
        found[rows], known[rows] = number.at(rows)
    if not number.sure:
        found *= known
    return Amounts(found, known, number.places)


class _Arrays:
    """The algebra over numpy columns."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def constant(self, amount: Decimal) -> fixed_point.Number:
        whole, places = fixed_point.whole(amount)
        return fixed_point.number_of(lambda rows: (whole, True), whole, whole, places, sure=True)

    def unknown(self) -> fixed_point.Number:
        return fixed_point.Number(lambda rows: (0, False), 0, 0, 0, sure=False)

    def fact(self, path: str, kind: Kind) -> fixed_point.Number:
        column = self._column(path, kind)
        places = {Kind.MONEY: 2, Kind.INTEGER: 0}.get(kind) if column.places is None else column.places
        if places is None:
            raise Refused("NO_PLACES", f"{path} 一列没有写明小数位数", "写明 places，如比例 0.015 存为 15、places=3")
        values, known = column.values.astype(np.int64, copy=False), column.known
        if known is None:
            return fixed_point.number_of(
                lambda rows: (values[rows], True), *fixed_point.ends(values), places, sure=True
            )
        stated = np.where(known, values, 0)
        return fixed_point.number_of(
            lambda rows: (stated[rows], known[rows]), *fixed_point.ends(stated), places, sure=False
        )

    def is_known(self, number: fixed_point.Number) -> bool:
        return number.sure

    def sum(self, parts: Sequence[fixed_point.Number]) -> fixed_point.Number:
        parts = fixed_point.aligned(*parts)
        low, high = sum(part.low for part in parts), sum(part.high for part in parts)
        return fixed_point.joined(np.add, parts, low, high, parts[0].places)

    def minus(self, left: fixed_point.Number, right: fixed_point.Number) -> fixed_point.Number:
        if right.sure and right.low == right.high == 0:
            return left
        left, right = fixed_point.aligned(left, right)
        return fixed_point.joined(np.subtract, [left, right], left.low - right.high, left.high - right.low, left.places)

    def times(self, left: fixed_point.Number, right: fixed_point.Number) -> fixed_point.Number:
        corners = [one * other for one, other in product((left.low, left.high), (right.low, right.high))]
        return fixed_point.joined(np.multiply, [left, right], min(corners), max(corners), left.places + right.places)

    def least(self, parts: Sequence[fixed_point.Number]) -> fixed_point.Number:
        parts = fixed_point.aligned(*parts)
        low, smallest = min(part.low for part in parts), min(parts, key=lambda part: part.high)
        matter = [part for part in parts if part is smallest or not part.sure or part.low < smallest.high]
        return fixed_point.joined(np.minimum, matter, low, smallest.high, smallest.places)

    def greatest(self, parts: Sequence[fixed_point.Number]) -> fixed_point.Number:
        parts = fixed_point.aligned(*parts)
        high, largest = max(part.high for part in parts), max(parts, key=lambda part: part.low)
        matter = [part for part in parts if part is largest or not part.sure or part.high > largest.low]
        return fixed_point.joined(np.maximum, matter, largest.low, high, largest.places)

    def rounded(self, number: fixed_point.Number, rounding: Rounding) -> fixed_point.Number:
        places = -rounding.to.adjusted()
        if number.places <= places:
            return fixed_point.scaled(number, places)
        step = 10 ** (number.places - places)
        bias = {"half_up": step // 2, "up": step - 1, "down": 0}[rounding.mode]
        fixed_point.refuse_too_large(step, number.low - bias, number.high + bias)

        def away(values: Whole) -> Whole:
            if number.low >= 0:
                return (values + bias) // step
            return np.sign(values) * ((np.abs(values) + bias) // step)

        def at(rows: slice) -> tuple[Whole, Bits]:
            values, known = number.at(rows)
            return away(values), known

        return fixed_point.number_of(at, int(away(number.low)), int(away(number.high)), places, sure=number.sure)

    def choice(
        self, condition: fixed_point.Truth, then: fixed_point.Number, otherwise: fixed_point.Number
    ) -> fixed_point.Number:
        if then is otherwise and condition.sure:
            return then
        then, otherwise = fixed_point.aligned(then, otherwise)
        sure = condition.sure and then.sure and otherwise.sure

        def at(rows: slice) -> tuple[Whole, Bits]:
            holds, fails = condition.at(rows)
            (one, one_known), (other, other_known) = then.at(rows), otherwise.at(rows)
            # Half the time of numpy.where, whose branches no processor foresees; the bounds leave room for it.
            chosen = other + (one - other) * holds
            return chosen, sure or fixed_point.both(holds, one_known) | fixed_point.both(fails, other_known)

        low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
        fixed_point.refuse_too_large(high - low)
        return fixed_point.number_of(at, low, high, then.places, sure=sure)

    def compared(
        self, left: fixed_point.Number, comparison: Comparison, right: fixed_point.Number
    ) -> fixed_point.Truth:
        left, right = fixed_point.aligned(left, right)
        compare = _COMPARE[comparison]

        def at(rows: slice) -> tuple[Bits, Bits]:
            (one, one_known), (other, other_known) = left.at(rows), right.at(rows)
            return fixed_point.told(compare(one, other), fixed_point.both(one_known, other_known))

        return fixed_point.truth_of(at, sure=left.sure and right.sure)

    def stated(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> fixed_point.Truth:
        column, compare = self._column(path, kind), _COMPARE[comparison]
        values, known = column.values, column.known
        wanted = np.datetime64(other) if isinstance(other, date) else other
        return fixed_point.truth_of(
            lambda rows: fixed_point.told(compare(values[rows], wanted), True if known is None else known[rows]),
            sure=known is None,
        )

    def missing(self, path: str, kind: Kind) -> fixed_point.Truth:
        known = self._columns[path].known
        return fixed_point.truth_of(
            lambda rows: (False, True) if known is None else (np.logical_not(known[rows]), known[rows]), sure=True
        )

    def undecided(self) -> fixed_point.Truth:
        return fixed_point.Truth(lambda rows: (False, False), sure=False)

    def every(self, parts: Sequence[fixed_point.Truth]) -> fixed_point.Truth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = zip(*(part.at(rows) for part in parts), strict=True)
            return reduce(np.logical_and, holds), reduce(np.logical_or, fails)

        return fixed_point.truth_of(at, sure=all(part.sure for part in parts))

    def some(self, parts: Sequence[fixed_point.Truth]) -> fixed_point.Truth:
        return self.negated(self.every([self.negated(part) for part in parts]))

    def negated(self, part: fixed_point.Truth) -> fixed_point.Truth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = part.at(rows)
            return fails, holds

        return fixed_point.Truth(at, part.sure)

    def surely(self, part: fixed_point.Truth) -> fixed_point.Truth:
        if part.sure:
            return part
        return fixed_point.Truth(lambda rows: (holds := part.at(rows)[0], np.logical_not(holds)), sure=True)

    def _column(self, path: str, kind: Kind) -> Column:
        column = self._columns[path]
        held, wanted = _HELD_AS.get(kind, ("U", "文字（numpy 的 str）"))
        if column.values.dtype.kind != held:
            raise Refused("WRONG_COLUMN", f"{path} 一列是 {column.values.dtype}", f"改为 {wanted}")
        if kind is Kind.DATE and np.isnat(column.values if column.known is None else column.values[column.known]).any():
            raise Refused("WRONG_COLUMN", f"{path} 一列中有 NaT", "未填写的，在 known 中写 False")
        return column

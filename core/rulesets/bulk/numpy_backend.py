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
from core.rulesets.bulk.backend import Comparison, StepRefused
from core.rulesets.bulk.compiler import FormulaCompiler
from core.rulesets.bulk.fixed_point import Bits, FixedNumber, FixedTruth, Integers
from core.rulesets.language.formulas import Rounding
from core.rulesets.lookup import RuleLookup

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


def compute_amounts(rules: RuleLookup, path: str, columns: Mapping[str, Column], on: date) -> Amounts:
    """The formula's result for each case. Raises NotInBulk before anything is computed, UnknownPath for the path."""
    sizes = {len(part) for column in columns.values() for part in (column.values, column.known) if part is not None}
    if len(sizes) != 1:
        raise ValueError(f"columns of one length are needed, got lengths {sorted(sizes)}")
    [size] = sizes
    number = FormulaCompiler(rules, _NumpyBackend(columns), columns, on).compile(path)
    found, known = np.empty(size, np.int64), np.ones(size, np.bool_)
    for start in range(0, size, _PIECE):
        rows = slice(start, start + _PIECE)
        found[rows], known[rows] = number.at(rows)
    if not number.sure:
        found *= known
    return Amounts(found, known, number.places)


class _NumpyBackend:
    """The steps over numpy columns."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def constant(self, amount: Decimal) -> FixedNumber:
        integer, places = fixed_point.to_integer(amount)
        return fixed_point.make_number(lambda rows: (integer, True), integer, integer, places, sure=True)

    def unknown_number(self) -> FixedNumber:
        return FixedNumber(lambda rows: (0, False), 0, 0, 0, sure=False)

    def fact(self, path: str, kind: Kind) -> FixedNumber:
        column = self._column(path, kind)
        places = {Kind.MONEY: 2, Kind.INTEGER: 0}.get(kind) if column.places is None else column.places
        if places is None:
            raise StepRefused(
                "NO_PLACES", f"{path} 一列没有写明小数位数", "写明 places，如比例 0.015 存为 15、places=3"
            )
        values, known = column.values.astype(np.int64, copy=False), column.known
        if known is None:
            return fixed_point.make_number(
                lambda rows: (values[rows], True), *fixed_point.find_bounds(values), places, sure=True
            )
        stated = np.where(known, values, 0)
        return fixed_point.make_number(
            lambda rows: (stated[rows], known[rows]), *fixed_point.find_bounds(stated), places, sure=False
        )

    def is_always_known(self, number: FixedNumber) -> bool:
        return number.sure

    def add(self, parts: Sequence[FixedNumber]) -> FixedNumber:
        parts = fixed_point.align(*parts)
        low, high = sum(part.low for part in parts), sum(part.high for part in parts)
        return fixed_point.combine(np.add, parts, low, high, parts[0].places)

    def subtract(self, left: FixedNumber, right: FixedNumber) -> FixedNumber:
        if right.sure and right.low == right.high == 0:
            return left
        left, right = fixed_point.align(left, right)
        return fixed_point.combine(
            np.subtract, [left, right], left.low - right.high, left.high - right.low, left.places
        )

    def multiply(self, left: FixedNumber, right: FixedNumber) -> FixedNumber:
        corners = [one * other for one, other in product((left.low, left.high), (right.low, right.high))]
        return fixed_point.combine(np.multiply, [left, right], min(corners), max(corners), left.places + right.places)

    def minimum(self, parts: Sequence[FixedNumber]) -> FixedNumber:
        parts = fixed_point.align(*parts)
        low, smallest = min(part.low for part in parts), min(parts, key=lambda part: part.high)
        matter = [part for part in parts if part is smallest or not part.sure or part.low < smallest.high]
        return fixed_point.combine(np.minimum, matter, low, smallest.high, smallest.places)

    def maximum(self, parts: Sequence[FixedNumber]) -> FixedNumber:
        parts = fixed_point.align(*parts)
        high, largest = max(part.high for part in parts), max(parts, key=lambda part: part.low)
        matter = [part for part in parts if part is largest or not part.sure or part.high > largest.low]
        return fixed_point.combine(np.maximum, matter, largest.low, high, largest.places)

    def round(self, number: FixedNumber, rounding: Rounding) -> FixedNumber:
        places = -rounding.to.adjusted()
        if number.places <= places:
            return fixed_point.scale(number, places)
        step = 10 ** (number.places - places)
        bias = {"half_up": step // 2, "up": step - 1, "down": 0}[rounding.mode]
        fixed_point.refuse_too_large(step, number.low - bias, number.high + bias)

        def round_away(values: Integers) -> Integers:
            if number.low >= 0:
                return (values + bias) // step
            return np.sign(values) * ((np.abs(values) + bias) // step)

        def at(rows: slice) -> tuple[Integers, Bits]:
            values, known = number.at(rows)
            return round_away(values), known

        return fixed_point.make_number(
            at, int(round_away(number.low)), int(round_away(number.high)), places, sure=number.sure
        )

    def choose(self, condition: FixedTruth, then: FixedNumber, otherwise: FixedNumber) -> FixedNumber:
        if then is otherwise and condition.sure:
            return then
        then, otherwise = fixed_point.align(then, otherwise)
        sure = condition.sure and then.sure and otherwise.sure

        def at(rows: slice) -> tuple[Integers, Bits]:
            holds, fails = condition.at(rows)
            (one, one_known), (other, other_known) = then.at(rows), otherwise.at(rows)
            # Half the time of numpy.where, whose branches no processor foresees; the bounds leave room for it.
            chosen = other + (one - other) * holds
            return chosen, sure or fixed_point.and_masks(holds, one_known) | fixed_point.and_masks(fails, other_known)

        low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
        fixed_point.refuse_too_large(high - low)
        return fixed_point.make_number(at, low, high, then.places, sure=sure)

    def compare(self, left: FixedNumber, comparison: Comparison, right: FixedNumber) -> FixedTruth:
        left, right = fixed_point.align(left, right)
        compare = _COMPARE[comparison]

        def at(rows: slice) -> tuple[Bits, Bits]:
            (one, one_known), (other, other_known) = left.at(rows), right.at(rows)
            return fixed_point.split_truth(compare(one, other), fixed_point.and_masks(one_known, other_known))

        return fixed_point.make_truth(at, sure=left.sure and right.sure)

    def compare_fact(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> FixedTruth:
        column, compare = self._column(path, kind), _COMPARE[comparison]
        values, known = column.values, column.known
        wanted = np.datetime64(other) if isinstance(other, date) else other
        return fixed_point.make_truth(
            lambda rows: fixed_point.split_truth(compare(values[rows], wanted), True if known is None else known[rows]),
            sure=known is None,
        )

    def is_missing(self, path: str, kind: Kind) -> FixedTruth:
        known = self._columns[path].known
        return fixed_point.make_truth(
            lambda rows: (False, True) if known is None else (np.logical_not(known[rows]), known[rows]), sure=True
        )

    def unknown_truth(self) -> FixedTruth:
        return FixedTruth(lambda rows: (False, False), sure=False)

    def all_of(self, parts: Sequence[FixedTruth]) -> FixedTruth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = zip(*(part.at(rows) for part in parts), strict=True)
            return reduce(np.logical_and, holds), reduce(np.logical_or, fails)

        return fixed_point.make_truth(at, sure=all(part.sure for part in parts))

    def any_of(self, parts: Sequence[FixedTruth]) -> FixedTruth:
        return self.negate(self.all_of([self.negate(part) for part in parts]))

    def negate(self, part: FixedTruth) -> FixedTruth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = part.at(rows)
            return fails, holds

        return FixedTruth(at, part.sure)

    def is_certain(self, part: FixedTruth) -> FixedTruth:
        if part.sure:
            return part
        return FixedTruth(lambda rows: (holds := part.at(rows)[0], np.logical_not(holds)), sure=True)

    def _column(self, path: str, kind: Kind) -> Column:
        column = self._columns[path]
        held, wanted = _HELD_AS.get(kind, ("U", "文字（numpy 的 str）"))
        if column.values.dtype.kind != held:
            raise StepRefused("WRONG_COLUMN", f"{path} 一列是 {column.values.dtype}", f"改为 {wanted}")
        if kind is Kind.DATE and np.isnat(column.values if column.known is None else column.values[column.known]).any():
            raise StepRefused("WRONG_COLUMN", f"{path} 一列中有 NaT", "未填写的，在 known 中写 False")
        return column

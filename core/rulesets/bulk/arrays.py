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
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.decisions import Kind, Value
from core.rulesets.bulk.algebra import Comparison, Refused
from core.rulesets.bulk.translation import Translation
from core.rulesets.formulas import Rounding
from core.rulesets.written import Written

Whole = NDArray[np.int64] | int
Bits = NDArray[np.bool_] | bool
Found = TypeVar("Found")

_PIECE = 1 << 15
_MOST = int(np.iinfo(np.int64).max)
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


@dataclass(frozen=True)
class _Number:
    """``at`` gives some rows' whole numbers and which are known; all lie between ``low`` and ``high``."""

    at: Callable[[slice], tuple[Whole, Bits]]
    low: int
    high: int
    places: int
    sure: bool


@dataclass(frozen=True)
class _Truth:
    """``at`` gives in which rows it holds, and in which not; a row in neither is unknown."""

    at: Callable[[slice], tuple[Bits, Bits]]
    sure: bool


class _Arrays:
    """The algebra over numpy columns."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def constant(self, amount: Decimal) -> _Number:
        whole, places = _whole(amount)
        return _number(lambda rows: (whole, True), whole, whole, places, sure=True)

    def unknown(self) -> _Number:
        return _Number(lambda rows: (0, False), 0, 0, 0, sure=False)

    def fact(self, path: str, kind: Kind) -> _Number:
        column = self._column(path, kind)
        places = {Kind.MONEY: 2, Kind.INTEGER: 0}.get(kind) if column.places is None else column.places
        if places is None:
            raise Refused("NO_PLACES", f"{path} 一列没有写明小数位数", "写明 places，如比例 0.015 存为 15、places=3")
        values, known = column.values.astype(np.int64, copy=False), column.known
        if known is None:
            return _number(lambda rows: (values[rows], True), *_ends(values), places, sure=True)
        stated = np.where(known, values, 0)
        return _number(lambda rows: (stated[rows], known[rows]), *_ends(stated), places, sure=False)

    def is_known(self, number: _Number) -> bool:
        return number.sure

    def plus(self, left: _Number, right: _Number) -> _Number:
        left, right = _aligned(left, right)
        return _joined(np.add, [left, right], left.low + right.low, left.high + right.high, left.places)

    def minus(self, left: _Number, right: _Number) -> _Number:
        if right.sure and right.low == right.high == 0:
            return left
        left, right = _aligned(left, right)
        return _joined(np.subtract, [left, right], left.low - right.high, left.high - right.low, left.places)

    def times(self, left: _Number, right: _Number) -> _Number:
        corners = [one * other for one, other in product((left.low, left.high), (right.low, right.high))]
        return _joined(np.multiply, [left, right], min(corners), max(corners), left.places + right.places)

    def least(self, parts: Sequence[_Number]) -> _Number:
        parts = _aligned(*parts)
        low, smallest = min(part.low for part in parts), min(parts, key=lambda part: part.high)
        matter = [part for part in parts if part is smallest or not part.sure or part.low < smallest.high]
        return _joined(np.minimum, matter, low, smallest.high, smallest.places)

    def greatest(self, parts: Sequence[_Number]) -> _Number:
        parts = _aligned(*parts)
        high, largest = max(part.high for part in parts), max(parts, key=lambda part: part.low)
        matter = [part for part in parts if part is largest or not part.sure or part.high > largest.low]
        return _joined(np.maximum, matter, largest.low, high, largest.places)

    def rounded(self, number: _Number, rounding: Rounding) -> _Number:
        places = -rounding.to.adjusted()
        if number.places <= places:
            return _scaled(number, places)
        step = 10 ** (number.places - places)
        bias = {"half_up": step // 2, "up": step - 1, "down": 0}[rounding.mode]
        _refuse_too_large(step, number.low - bias, number.high + bias)

        def away(values: Whole) -> Whole:
            if number.low >= 0:
                return (values + bias) // step
            return np.sign(values) * ((np.abs(values) + bias) // step)

        def at(rows: slice) -> tuple[Whole, Bits]:
            values, known = number.at(rows)
            return away(values), known

        return _number(at, int(away(number.low)), int(away(number.high)), places, sure=number.sure)

    def choice(self, condition: _Truth, then: _Number, otherwise: _Number) -> _Number:
        if then is otherwise and condition.sure:
            return then
        then, otherwise = _aligned(then, otherwise)
        sure = condition.sure and then.sure and otherwise.sure

        def at(rows: slice) -> tuple[Whole, Bits]:
            (holds, fails), (one, one_known), (other, other_known) = (
                condition.at(rows),
                then.at(rows),
                otherwise.at(rows),
            )
            return np.where(holds, one, other), sure or (holds & one_known) | (fails & other_known)

        low, high = min(then.low, otherwise.low), max(then.high, otherwise.high)
        return _number(at, low, high, then.places, sure=sure)

    def compared(self, left: _Number, comparison: Comparison, right: _Number) -> _Truth:
        left, right = _aligned(left, right)
        compare = _COMPARE[comparison]

        def at(rows: slice) -> tuple[Bits, Bits]:
            (one, one_known), (other, other_known) = left.at(rows), right.at(rows)
            return _told(compare(one, other), _both(one_known, other_known))

        return _truth(at, sure=left.sure and right.sure)

    def stated(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> _Truth:
        column, compare = self._column(path, kind), _COMPARE[comparison]
        values, known = column.values, column.known
        wanted = np.datetime64(other) if isinstance(other, date) else other
        return _truth(
            lambda rows: _told(compare(values[rows], wanted), True if known is None else known[rows]),
            sure=known is None,
        )

    def missing(self, path: str, kind: Kind) -> _Truth:
        known = self._columns[path].known
        return _truth(lambda rows: (False, True) if known is None else (~known[rows], known[rows]), sure=True)

    def undecided(self) -> _Truth:
        return _Truth(lambda rows: (False, False), sure=False)

    def every(self, parts: Sequence[_Truth]) -> _Truth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = zip(*(part.at(rows) for part in parts), strict=True)
            return reduce(np.logical_and, holds), reduce(np.logical_or, fails)

        return _truth(at, sure=all(part.sure for part in parts))

    def some(self, parts: Sequence[_Truth]) -> _Truth:
        return self.negated(self.every([self.negated(part) for part in parts]))

    def negated(self, part: _Truth) -> _Truth:
        def at(rows: slice) -> tuple[Bits, Bits]:
            holds, fails = part.at(rows)
            return fails, holds

        return _Truth(at, part.sure)

    def surely(self, part: _Truth) -> _Truth:
        if part.sure:
            return part
        return _Truth(lambda rows: (holds := part.at(rows)[0], np.logical_not(holds)), sure=True)

    def _column(self, path: str, kind: Kind) -> Column:
        column = self._columns[path]
        held, wanted = _HELD_AS.get(kind, ("U", "文字（numpy 的 str）"))
        if column.values.dtype.kind != held:
            raise Refused("WRONG_COLUMN", f"{path} 一列是 {column.values.dtype}", f"改为 {wanted}")
        return column


def _number(at: Callable[[slice], tuple[Whole, Bits]], low: int, high: int, places: int, *, sure: bool) -> _Number:
    """Refused where it could leave 64 bits; computed once for the same rows; a constant where it can be but one."""
    _refuse_too_large(low, high)
    if sure and low == high:
        return _Number(lambda rows: (low, True), low, high, places, sure)
    return _Number(_once(at), low, high, places, sure)


def _truth(at: Callable[[slice], tuple[Bits, Bits]], *, sure: bool) -> _Truth:
    return _Truth(_once(at), sure)


def _joined(step: np.ufunc, parts: Sequence[_Number], low: int, high: int, places: int) -> _Number:
    if len(parts) == 1:
        return parts[0]

    def at(rows: slice) -> tuple[Whole, Bits]:
        values, known = zip(*(part.at(rows) for part in parts), strict=True)
        return reduce(step, values), reduce(_both, known)

    return _number(at, low, high, places, sure=all(part.sure for part in parts))


def _aligned(*numbers: _Number) -> list[_Number]:
    places = max(number.places for number in numbers)
    return [_scaled(number, places) for number in numbers]


def _scaled(number: _Number, places: int) -> _Number:
    """The same number with so many decimal places, which are not fewer."""
    if number.places == places:
        return number
    factor = 10 ** (places - number.places)
    _refuse_too_large(factor)

    def at(rows: slice) -> tuple[Whole, Bits]:
        values, known = number.at(rows)
        return values * factor, known

    return _number(at, number.low * factor, number.high * factor, places, sure=number.sure)


def _told(holds: Bits, known: Bits) -> tuple[Bits, Bits]:
    return _both(holds, known), _both(np.logical_not(holds), known)


def _both(one: Bits, other: Bits) -> Bits:
    """A plain True, as most of what is known is, costs no pass over the rows."""
    return other if one is True else one if other is True else one & other


def _once(at: Callable[[slice], Found]) -> Callable[[slice], Found]:
    """Keeps the answer for the rows asked last, since one part of a formula can stand in several places."""
    kept: list[tuple[slice, Found]] = []

    def kept_at(rows: slice) -> Found:
        if not kept or kept[0][0] is not rows:
            kept[:] = [(rows, at(rows))]
        return kept[0][1]

    return kept_at


def _refuse_too_large(*wholes: int) -> None:
    largest = max(map(abs, wholes))
    if largest > _MOST:
        cause = f"中间结果可达 {largest:.3e}，超出 64 位整数".replace("e+", "e")
        raise Refused("TOO_LARGE", cause, "分批计算金额过大的各件，减少比例的小数位数，或用 SQL 计算")


def _ends(values: NDArray[np.int64]) -> tuple[int, int]:
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def _whole(amount: Decimal) -> tuple[int, int]:
    """The shortest whole number, and how many decimal places it stands for: 0.0150 is 15 of 3, 500 is 5 of -2."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    whole, places = int("".join(map(str, digits))), -exponent
    while whole and whole % 10 == 0:
        whole, places = whole // 10, places - 1
    return (-whole if sign else whole), places if whole else 0

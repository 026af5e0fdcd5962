"""Integers numbers of 64 bits with decimal places, one for each row: how they stay exact, and computed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.rulesets.bulk.backend import StepRefused

Integers = NDArray[np.int64] | int
Bits = NDArray[np.bool_] | bool
Found = TypeVar("Found")

_MOST = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class FixedNumber:
    """``at`` gives some rows' whole numbers and which are known; all lie between ``low`` and ``high``."""

    at: Callable[[slice], tuple[Integers, Bits]]
    low: int
    high: int
    places: int
    sure: bool


@dataclass(frozen=True)
class FixedTruth:
    """``at`` gives in which rows it holds, and in which not; a row in neither is unknown."""

    at: Callable[[slice], tuple[Bits, Bits]]
    sure: bool


def make_number(
    at: Callable[[slice], tuple[Integers, Bits]], low: int, high: int, places: int, *, sure: bool
) -> FixedNumber:
    """StepRefused where it could leave 64 bits; computed once for the same rows; a constant where it can be but one."""
    refuse_too_large(low, high)
    if sure and low == high:
        return FixedNumber(lambda rows: (low, True), low, high, places, sure)
    return FixedNumber(_keep_last(at), low, high, places, sure)


def make_truth(at: Callable[[slice], tuple[Bits, Bits]], *, sure: bool) -> FixedTruth:
    return FixedTruth(_keep_last(at), sure)


def combine(step: np.ufunc, parts: Sequence[FixedNumber], low: int, high: int, places: int) -> FixedNumber:
    if len(parts) == 1:
        return parts[0]

    def at(rows: slice) -> tuple[Integers, Bits]:
        values, known = zip(*(part.at(rows) for part in parts), strict=True)
        return reduce(step, values), reduce(and_masks, known)

    return make_number(at, low, high, places, sure=all(part.sure for part in parts))


def align(*numbers: FixedNumber) -> list[FixedNumber]:
    places = max(number.places for number in numbers)
    return [scale(number, places) for number in numbers]


def scale(number: FixedNumber, places: int) -> FixedNumber:
    """The same number with so many decimal places, which are not fewer."""
    if number.places == places:
        return number
    factor = 10 ** (places - number.places)
    refuse_too_large(factor)

    def at(rows: slice) -> tuple[Integers, Bits]:
        values, known = number.at(rows)
        return values * factor, known

    return make_number(at, number.low * factor, number.high * factor, places, sure=number.sure)


def split_truth(holds: Bits, known: Bits) -> tuple[Bits, Bits]:
    return and_masks(holds, known), and_masks(np.logical_not(holds), known)


def and_masks(one: Bits, other: Bits) -> Bits:
    """A plain True, as most of what is known is, costs no pass over the rows."""
    return other if one is True else one if other is True else one & other


def _keep_last(at: Callable[[slice], Found]) -> Callable[[slice], Found]:
    """Keeps the answer for the rows asked last, since one part of a formula can stand in several places."""
    kept: list[tuple[slice, Found]] = []

    def kept_at(rows: slice) -> Found:
        if not kept or kept[0][0] is not rows:
            kept[:] = [(rows, at(rows))]
        return kept[0][1]

    return kept_at


def refuse_too_large(*integers: int) -> None:
    largest = max(map(abs, integers))
    if largest > _MOST:
        cause = f"中间结果可达 {largest:.3e}，超出 64 位整数".replace("e+", "e")
        raise StepRefused("TOO_LARGE", cause, "分批计算金额过大的各件，减少比例的小数位数，或用 SQL 计算")


def find_bounds(values: NDArray[np.int64]) -> tuple[int, int]:
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


def to_integer(amount: Decimal) -> tuple[int, int]:
    """The shortest whole number, and how many decimal places it stands for: 0.0150 is 15 of 3, 500 is 5 of -2."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    integer, places = int("".join(map(str, digits))), -exponent
    while integer and integer % 10 == 0:
        integer, places = integer // 10, places - 1
    return (-integer if sign else integer), places if integer else 0

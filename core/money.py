"""Yuan and rates: the one rounding of amounts, and how both are written in a sentence."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, InvalidOperation
from typing import Literal

Rounding = Literal["half_up", "up", "down"]

_FEN = Decimal("0.01")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MODES = {"half_up": ROUND_HALF_UP, "up": ROUND_UP, "down": ROUND_DOWN}
# A context of our own: what another library sets on the thread's context must not change an amount.
_CONTEXT = Context(prec=40)


def yuan(value: Decimal | int | str) -> Decimal:
    """`value` with two places, half up. TypeError for a float, ValueError for what is not a finite plain number."""
    return round_to(value, _FEN, "half_up")


def round_to(value: Decimal | int | str, to: Decimal, mode: Rounding) -> Decimal:
    """`value` as a multiple of `to`, a power of ten (0.00001, 1, 10000), for rules that write their own rounding.

    Up is away from zero and down towards it, so a refund is rounded as the payment was.
    """
    step = to.normalize(_CONTEXT) if to.is_finite() else to
    if step.as_tuple().digits != (1,) or step < 0:
        raise ValueError(f"cannot round to {to}; write a power of ten such as 0.01, 1 or 10000")
    try:
        number = _exact(value).quantize(step, _MODES[mode], _CONTEXT)
        result = number.quantize(min(step, Decimal(1)), context=_CONTEXT)  # 12E+3 is written 12000
    except InvalidOperation:
        raise ValueError(f"no amount has more than {_CONTEXT.prec} digits") from None
    return result or result.copy_abs()  # a negative zero would show as -0.00


def yuan_text(amount: Decimal) -> str:
    """For sentences: "2,600,000.00", the unit left to the sentence."""
    return f"{yuan(amount):,f}"


def rate_text(rate: Decimal) -> str:
    """The fraction as an exact percentage: 0.015 is "1.5%"."""
    return f"{_exact(rate).scaleb(2, _CONTEXT).normalize(_CONTEXT):f}%"


def _exact(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(
            f"{value!r} is a {type(value).__name__}, which cannot hold an amount; pass a Decimal or a string"
        )
    # Decimal() itself would take "NaN", "1e9", "1_000" and the digits of every script.
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError(f"{value!r:.60} is not a number; write digits and at most one point, such as 2600000.00")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not an amount")
    return number

"""Cases stated one by one, computed together: their facts as numpy columns, an amount for each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import numpy as np

from core.decisions import Kind, Value
from core.rulesets.bulk import fixed_point
from core.rulesets.bulk.backend import BulkProblem, NotInBulk
from core.rulesets.bulk.numpy_backend import Column, compute_amounts
from core.rulesets.language.conditions import Facts
from core.rulesets.lookup import RuleLookup

_FEWEST_PLACES = {Kind.MONEY: 2, Kind.RATE: 0, Kind.INTEGER: 0}
_IN_PLACE_OF_NONE: dict[Kind, Any] = {Kind.BOOLEAN: False, Kind.DATE: date(1970, 1, 1)}
_DTYPES: dict[Kind, Any] = {Kind.BOOLEAN: np.bool_, Kind.DATE: "datetime64[D]"}
_LISTS = frozenset({Kind.CODES, Kind.TEXTS})
"""No column holds a list: a formula that asks for one is refused."""


def compute_each(rules: RuleLookup, path: str, cases: Sequence[Facts], on: date) -> list[Decimal | None]:
    """Each case's result as ``decide`` gives it, None where it gives none. Raises NotInBulk, UnknownPath."""
    kinds = {fact: kind for fact, kind in rules.fact_kinds.items() if kind not in _LISTS}
    try:
        columns = {fact: _make_column(kind, [case.get(fact) for case in cases]) for fact, kind in kinds.items()}
    except OverflowError:
        too_large = BulkProblem("TOO_LARGE", path, "有的数字超出 64 位整数", "逐件计算")
        raise NotInBulk([too_large]) from None
    found = compute_amounts(rules, path, columns, on)
    pairs = zip(found.values.tolist(), found.known.tolist(), strict=True)
    return [Decimal(amount).scaleb(-found.places) if known else None for amount, known in pairs]


def _make_column(kind: Kind, stated: Sequence[Value | None]) -> Column:
    known = np.array([fact is not None for fact in stated], np.bool_)
    if kind in _FEWEST_PLACES:
        return _make_number_column(kind, cast("Sequence[Decimal | int | None]", stated), known)
    filled = [_IN_PLACE_OF_NONE.get(kind, "") if fact is None else fact for fact in stated]
    return Column(np.array(filled, _DTYPES.get(kind, np.str_)), None if known.all() else known)


def _make_number_column(kind: Kind, stated: Sequence[Decimal | int | None], known: Any) -> Column:
    """Whole numbers of as many decimal places as the longest needs. Raises OverflowError beyond 64 bits."""
    shortest = [fixed_point.to_integer(Decimal(fact or 0)) for fact in stated]
    places = max(_FEWEST_PLACES[kind], *(places for _, places in shortest))
    scaled = [integer * 10 ** (places - own) for integer, own in shortest]
    return Column(np.array(scaled, np.int64), None if known.all() else known, places)

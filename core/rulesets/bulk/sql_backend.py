"""A formula as a PostgreSQL expression over the columns of a statement: ``numeric``, exact at any length."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import add, eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
)
from sqlalchemy.types import TypeEngine

from core.decisions import Kind, Value
from core.rulesets.bulk.backend import Comparison, Refused
from core.rulesets.bulk.compiler import Translation
from core.rulesets.language.formulas import Rounding
from core.rulesets.lookup import Written

Number = ColumnElement[Decimal]
Truth = ColumnElement[bool]

_EXACT = Numeric(asdecimal=True)
_COMPARE: dict[Comparison, Callable[[Any, Any], Truth]] = {
    "is": eq,
    "lt": lt,
    "before": lt,
    "at_most": le,
    "at_least": ge,
    "not_before": ge,
    "gt": gt,
}
_HELD_AS: dict[Kind, tuple[tuple[type[TypeEngine[Any]], ...], str]] = {
    Kind.MONEY: ((Numeric,), "numeric，以元计"),
    Kind.RATE: ((Numeric,), "numeric"),
    Kind.INTEGER: ((Integer, Numeric), "bigint"),
    Kind.BOOLEAN: ((Boolean,), "boolean"),
    Kind.DATE: ((Date,), "date"),
}


def amount(written: Written, path: str, columns: Mapping[str, ColumnElement[Any]], on: date) -> Number:
    """The formula over these columns, by fact; NULL where a case gives none. Raises NotInBulk, UnknownPath."""
    return Translation(written, _Sql(columns), columns, on).answer(path)


def fen(column: ColumnElement[int]) -> Number:
    """Yuan of a column that holds whole fen."""
    return cast(column, _EXACT) * literal(Decimal("0.01"), _EXACT)


class _Sql:
    """The algebra over SQL. NULL is unknown, and SQL's three-valued logic is that of conditions."""

    def __init__(self, columns: Mapping[str, ColumnElement[Any]]) -> None:
        self._columns = columns

    def constant(self, amount: Decimal) -> Number:
        return literal(amount, _EXACT)

    def unknown(self) -> Number:
        return cast(null(), _EXACT)

    def fact(self, path: str, kind: Kind) -> Number:
        column = self._column(path, kind)
        return cast(column, _EXACT) if isinstance(column.type, Integer) else column

    def is_known(self, number: Number) -> bool:
        return isinstance(number, BindParameter)

    def sum(self, parts: Sequence[Number]) -> Number:
        return reduce(add, parts)

    def minus(self, left: Number, right: Number) -> Number:
        return left - right

    def times(self, left: Number, right: Number) -> Number:
        return left * right

    def least(self, parts: Sequence[Number]) -> Number:
        return _all_known(parts, func.least(*parts, type_=_EXACT))

    def greatest(self, parts: Sequence[Number]) -> Number:
        return _all_known(parts, func.greatest(*parts, type_=_EXACT))

    def rounded(self, number: Number, rounding: Rounding) -> Number:
        places = literal(-rounding.to.adjusted(), Integer)
        match rounding.mode:
            case "half_up":
                return func.round(number, places, type_=_EXACT)
            case "down":
                return func.trunc(number, places, type_=_EXACT)
            case "up":
                steps = func.ceil(func.abs(number) * self.constant(1 / rounding.to), type_=_EXACT)
                return func.sign(number, type_=_EXACT) * steps * self.constant(rounding.to)

    def choice(self, condition: Truth, then: Number, otherwise: Number) -> Number:
        return case((condition, then), (not_(condition), otherwise))

    def compared(self, left: Number, comparison: Comparison, right: Number) -> Truth:
        return _COMPARE[comparison](left, right)

    def stated(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> Truth:
        column = self._column(path, kind)
        return _COMPARE[comparison](column, literal(other, column.type))

    def missing(self, path: str, kind: Kind) -> Truth:
        return self._columns[path].is_(None)

    def undecided(self) -> Truth:
        return cast(null(), Boolean)

    def every(self, parts: Sequence[Truth]) -> Truth:
        return and_(*parts)

    def some(self, parts: Sequence[Truth]) -> Truth:
        return or_(*parts)

    def negated(self, part: Truth) -> Truth:
        return not_(part)

    def surely(self, part: Truth) -> Truth:
        return func.coalesce(part, false(), type_=Boolean)

    def _column(self, path: str, kind: Kind) -> ColumnElement[Any]:
        column = self._columns[path]
        held, wanted = _HELD_AS.get(kind, ((String,), "text"))
        if not isinstance(column.type, held):
            raise Refused("WRONG_COLUMN", f"{path} 一列是 {column.type!r}", f"改为 {wanted}")
        return column


def _all_known(parts: Sequence[Number], result: Number) -> Number:
    """LEAST and GREATEST pass over NULL; a figure that is not known makes the smaller of two not known."""
    return case((and_(*(part.is_not(None) for part in parts)), result))

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
from core.rulesets.bulk.backend import Comparison, StepRefused
from core.rulesets.bulk.compiler import FormulaCompiler
from core.rulesets.language.formulas import Rounding
from core.rulesets.lookup import RuleLookup

SqlNumber = ColumnElement[Decimal]
SqlTruth = ColumnElement[bool]

_EXACT = Numeric(asdecimal=True)
_COMPARE: dict[Comparison, Callable[[Any, Any], SqlTruth]] = {
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


def amount_expression(rules: RuleLookup, path: str, columns: Mapping[str, ColumnElement[Any]], on: date) -> SqlNumber:
    """The formula over these columns, by fact; NULL where a case gives none. Raises NotInBulk, UnknownPath."""
    return FormulaCompiler(rules, _SqlBackend(columns), columns, on).compile(path)


def yuan_from_fen(column: ColumnElement[int]) -> SqlNumber:
    """Yuan of a column that holds whole fen."""
    return cast(column, _EXACT) * literal(Decimal("0.01"), _EXACT)


class _SqlBackend:
    """The steps in SQL. NULL is unknown, and SQL's three-valued logic is that of conditions."""

    def __init__(self, columns: Mapping[str, ColumnElement[Any]]) -> None:
        self._columns = columns

    def constant(self, amount: Decimal) -> SqlNumber:
        return literal(amount, _EXACT)

    def unknown_number(self) -> SqlNumber:
        return cast(null(), _EXACT)

    def fact(self, path: str, kind: Kind) -> SqlNumber:
        column = self._column(path, kind)
        return cast(column, _EXACT) if isinstance(column.type, Integer) else column

    def is_always_known(self, number: SqlNumber) -> bool:
        return isinstance(number, BindParameter)

    def add(self, parts: Sequence[SqlNumber]) -> SqlNumber:
        return reduce(add, parts)

    def subtract(self, left: SqlNumber, right: SqlNumber) -> SqlNumber:
        return left - right

    def multiply(self, left: SqlNumber, right: SqlNumber) -> SqlNumber:
        return left * right

    def minimum(self, parts: Sequence[SqlNumber]) -> SqlNumber:
        return _all_known(parts, func.least(*parts, type_=_EXACT))

    def maximum(self, parts: Sequence[SqlNumber]) -> SqlNumber:
        return _all_known(parts, func.greatest(*parts, type_=_EXACT))

    def round(self, number: SqlNumber, rounding: Rounding) -> SqlNumber:
        places = literal(-rounding.to.adjusted(), Integer)
        match rounding.mode:
            case "half_up":
                return func.round(number, places, type_=_EXACT)
            case "down":
                return func.trunc(number, places, type_=_EXACT)
            case "up":
                steps = func.ceil(func.abs(number) * self.constant(1 / rounding.to), type_=_EXACT)
                return func.sign(number, type_=_EXACT) * steps * self.constant(rounding.to)

    def choose(self, condition: SqlTruth, then: SqlNumber, otherwise: SqlNumber) -> SqlNumber:
        return case((condition, then), (not_(condition), otherwise))

    def compare(self, left: SqlNumber, comparison: Comparison, right: SqlNumber) -> SqlTruth:
        return _COMPARE[comparison](left, right)

    def compare_fact(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> SqlTruth:
        column = self._column(path, kind)
        return _COMPARE[comparison](column, literal(other, column.type))

    def is_missing(self, path: str, kind: Kind) -> SqlTruth:
        return self._columns[path].is_(None)

    def unknown_truth(self) -> SqlTruth:
        return cast(null(), Boolean)

    def all_of(self, parts: Sequence[SqlTruth]) -> SqlTruth:
        return and_(*parts)

    def any_of(self, parts: Sequence[SqlTruth]) -> SqlTruth:
        return or_(*parts)

    def negate(self, part: SqlTruth) -> SqlTruth:
        return not_(part)

    def is_certain(self, part: SqlTruth) -> SqlTruth:
        return func.coalesce(part, false(), type_=Boolean)

    def _column(self, path: str, kind: Kind) -> ColumnElement[Any]:
        column = self._columns[path]
        held, wanted = _HELD_AS.get(kind, ((String,), "text"))
        if not isinstance(column.type, held):
            raise StepRefused("WRONG_COLUMN", f"{path} 一列是 {column.type!r}", f"改为 {wanted}")
        return column


def _all_known(parts: Sequence[SqlNumber], result: SqlNumber) -> SqlNumber:
    """LEAST and GREATEST pass over NULL; a figure that is not known makes the smaller of two not known."""
    return case((and_(*(part.is_not(None) for part in parts)), result))

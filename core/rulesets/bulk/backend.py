"""The steps a formula is made of, over all cases at once; and what is said when one cannot be taken exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from core.decisions import Kind, Value
from core.rulesets.language.formulas import Rounding

Number = TypeVar("Number")
Truth = TypeVar("Truth")
Comparison = Literal["is", "lt", "at_most", "at_least", "gt", "before", "not_before"]


@dataclass(frozen=True)
class Problem:
    """One reason why a formula cannot be computed for many cases: which, where, why, and what to do."""

    code: str
    place: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.cause}；{self.remedy} [{self.code}]"


class NotInBulk(ValueError):
    """A formula that is not computed, because it would not be exact or a column is not as it must be."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Refused(Exception):
    """A step that an algebra cannot take exactly, or a column that does not hold what its fact is declared to be."""

    def __init__(self, code: str, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.code, self.cause, self.remedy = code, cause, remedy


class Algebra(Protocol[Number, Truth]):
    """Numbers and truths, one for each case, any of which may be unknown; unknown in one part is unknown in the whole.

    ``choice``, ``every`` and ``some`` answer without an unknown part that does not matter. Any step may raise Refused.
    """

    def constant(self, amount: Decimal) -> Number: ...
    def unknown(self) -> Number: ...
    def fact(self, path: str, kind: Kind) -> Number: ...

    def is_known(self, number: Number) -> bool:
        """Whether it is known for every case, whatever the columns hold."""
        ...

    def sum(self, parts: Sequence[Number]) -> Number: ...
    def minus(self, left: Number, right: Number) -> Number: ...
    def times(self, left: Number, right: Number) -> Number: ...
    def least(self, parts: Sequence[Number]) -> Number: ...
    def greatest(self, parts: Sequence[Number]) -> Number: ...
    def rounded(self, number: Number, rounding: Rounding) -> Number: ...

    def choice(self, condition: Truth, then: Number, otherwise: Number) -> Number:
        """Per case the one or the other; unknown where the condition is."""
        ...

    def compared(self, left: Number, comparison: Comparison, right: Number) -> Truth: ...

    def stated(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> Truth:
        """A fact that is no number, compared."""
        ...

    def missing(self, path: str, kind: Kind) -> Truth: ...
    def undecided(self) -> Truth: ...
    def every(self, parts: Sequence[Truth]) -> Truth: ...
    def some(self, parts: Sequence[Truth]) -> Truth: ...
    def negated(self, part: Truth) -> Truth: ...

    def surely(self, part: Truth) -> Truth:
        """Whether it is known to hold; never unknown."""
        ...

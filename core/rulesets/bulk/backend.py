"""The steps a formula is made of, over all cases at once; and what is said when one cannot be taken exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from core.decisions import Kind, Value
from core.rulesets.language.formulas import Rounding

NumberT = TypeVar("NumberT")
TruthT = TypeVar("TruthT")
Comparison = Literal["is", "lt", "at_most", "at_least", "gt", "before", "not_before"]


@dataclass(frozen=True)
class BulkProblem:
    """One reason why a formula cannot be computed for many cases: which, where, why, and what to do."""

    code: str
    place: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.cause}；{self.remedy} [{self.code}]"


class NotInBulk(ValueError):
    """A formula that is not computed, because it would not be exact or a column is not as it must be."""

    def __init__(self, problems: Sequence[BulkProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class StepRefused(Exception):
    """A step that a backend cannot take exactly, or a column that does not hold what its fact is declared to be."""

    def __init__(self, code: str, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.code, self.cause, self.remedy = code, cause, remedy


class Backend(Protocol[NumberT, TruthT]):
    """Numbers and truths, one for each case, any of which may be unknown; unknown in one part is unknown in the whole.

    ``choose``, ``all_of`` and ``any_of`` answer without an unknown part that does not matter. Any step may raise
    StepRefused.
    """

    def constant(self, amount: Decimal) -> NumberT: ...
    def unknown_number(self) -> NumberT: ...
    def fact(self, path: str, kind: Kind) -> NumberT: ...

    def is_always_known(self, number: NumberT) -> bool:
        """Whether it is known for every case, whatever the columns hold."""
        ...

    def add(self, parts: Sequence[NumberT]) -> NumberT: ...
    def subtract(self, left: NumberT, right: NumberT) -> NumberT: ...
    def multiply(self, left: NumberT, right: NumberT) -> NumberT: ...
    def minimum(self, parts: Sequence[NumberT]) -> NumberT: ...
    def maximum(self, parts: Sequence[NumberT]) -> NumberT: ...
    def round(self, number: NumberT, rounding: Rounding) -> NumberT: ...

    def choose(self, condition: TruthT, then: NumberT, otherwise: NumberT) -> NumberT:
        """Per case the one or the other; unknown where the condition is."""
        ...

    def compare(self, left: NumberT, comparison: Comparison, right: NumberT) -> TruthT: ...

    def compare_fact(self, path: str, kind: Kind, comparison: Comparison, other: Value) -> TruthT:
        """A fact that is no number, compared."""
        ...

    def is_missing(self, path: str, kind: Kind) -> TruthT: ...
    def unknown_truth(self) -> TruthT: ...
    def all_of(self, parts: Sequence[TruthT]) -> TruthT: ...
    def any_of(self, parts: Sequence[TruthT]) -> TruthT: ...
    def negate(self, part: TruthT) -> TruthT: ...

    def is_certain(self, part: TruthT) -> TruthT:
        """Whether it is known to hold; never unknown."""
        ...

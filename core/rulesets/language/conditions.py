"""When a rule applies: structured conditions on facts. No expression strings, nothing evaluated."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, Protocol, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from core.decisions import Value
from core.rulesets.language.strict_yaml import Location

Facts = Mapping[str, Value | None]
"""What is known of a case, by fact path. A missing fact and a None are the same: not known."""


class Unknown(Exception):
    """Something that an answer hangs on is not known."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class FactMissing(Unknown):
    """A rule needed a fact that the case does not state."""


class NotConfigured(Unknown):
    """No figure is known for this path on this day. The platform says so instead of guessing."""

    def __init__(self, path: str, label: str) -> None:
        super().__init__(path)
        self.label = label


class ConditionInputs(Protocol):
    """Where a condition finds what it compares; each answer may leave its own reason in the chain."""

    def fact_value(self, fact: str) -> Value | None:
        """The fact's value, None where the case does not state it."""
        ...

    def term_value(self, term: str) -> Value:
        """The term's value; raises NotConfigured."""
        ...


class ValueRef(BaseModel):
    """The value of a term, on the day of the case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: str


def _require_plain(raw: object) -> object:
    if not isinstance(raw, (bool, int, Decimal, date, str)):
        raise PydanticCustomError("not_plain", "one value is compared at a time")
    return raw


Plain = Annotated[
    bool | int | Decimal | date | str,
    PlainValidator(_require_plain),
    WithJsonSchema({"type": ["boolean", "number", "string"]}),
]


def _comparand_tag(raw: Any) -> str:
    return "ref" if isinstance(raw, (dict, ValueRef)) else "literal"


Comparand = Annotated[Annotated[ValueRef, Tag("ref")] | Annotated[Plain, Tag("literal")], Discriminator(_comparand_tag)]

COMPARISONS = ("is", "in", "lt", "at_most", "at_least", "gt", "before", "not_before", "missing")


class Comparison(BaseModel):
    """One fact compared. Exactly one of the comparisons is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    fact: str
    is_: Plain | None = Field(None, alias="is", description="等于")
    in_: list[Plain] | None = Field(None, alias="in", min_length=1, description="是其中之一")
    lt: Comparand | None = Field(None, description="小于（不含）")
    at_most: Comparand | None = Field(None, description="不超过（含）")
    at_least: Comparand | None = Field(None, description="不低于（含）")
    gt: Comparand | None = Field(None, description="大于（不含）")
    before: Comparand | None = Field(None, description="早于该日（不含）")
    not_before: Comparand | None = Field(None, description="不早于该日（含）")
    missing: Literal[True] | None = Field(None, description="未填写")

    def stated_operators(self) -> list[tuple[str, Any]]:
        """The comparisons stated; the loader refuses any number but one."""
        pairs = ((name, getattr(self, {"is": "is_", "in": "in_"}.get(name, name))) for name in COMPARISONS)
        return [(name, comparand) for name, comparand in pairs if comparand is not None]

    @cached_property
    def one(self) -> tuple[str, Any]:
        """The only comparison, once the loader has let it pass."""
        [stated] = self.stated_operators()
        return stated


class AllOf(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    all: list["Condition"] = Field(min_length=1)


class AnyOf(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    any: list["Condition"] = Field(min_length=1)


class Not(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    not_: "Condition" = Field(alias="not")


def _condition_tag(raw: Any) -> str:
    for word, model in (("all", AllOf), ("any", AnyOf), ("not", Not)):
        if isinstance(raw, model) or (isinstance(raw, dict) and word in raw):
            return word
    return "fact"


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Comparison, Tag("fact")],
    Discriminator(_condition_tag),
]

for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()


def walk_comparisons(condition: Condition, at: Location = ()) -> Iterator[tuple[Location, Comparison]]:
    """Every comparison inside, with its place, for checking names and types."""
    match condition:
        case Comparison():
            yield at, condition
        case AllOf():
            for index, part in enumerate(condition.all):
                yield from walk_comparisons(part, (*at, "all", index))
        case AnyOf():
            for index, part in enumerate(condition.any):
                yield from walk_comparisons(part, (*at, "any", index))
        case Not():
            yield from walk_comparisons(condition.not_, (*at, "not"))


def holds(condition: Condition, inputs: ConditionInputs) -> bool:
    """Whether the condition holds; raises Unknown where the answer hangs on a fact or figure that is not known.

    ``all`` and ``any`` answer without the unknown part when the known ones decide.
    """
    match condition:
        case Comparison():
            return _compare(condition, inputs)
        case Not():
            return not holds(condition.not_, inputs)
        case AllOf():
            return _combine(condition.all, inputs, decisive=False)
        case AnyOf():
            return _combine(condition.any, inputs, decisive=True)


def _combine(parts: list[Condition], inputs: ConditionInputs, *, decisive: bool) -> bool:
    first: Unknown | None = None
    for part in parts:
        try:
            if holds(part, inputs) is decisive:
                return decisive
        except Unknown as unknown:
            first = first or unknown
    if first:
        raise first
    return not decisive


def _compare(comparison: Comparison, inputs: ConditionInputs) -> bool:
    operator, comparand = comparison.one
    # The loader has checked that both sides are of one kind, and that the kind has an order where one is needed.
    fact = cast("Any", inputs.fact_value(comparison.fact))
    if operator == "missing":
        return fact is None
    if fact is None:
        raise FactMissing(comparison.fact)
    other: Any = inputs.term_value(comparand.value) if isinstance(comparand, ValueRef) else comparand
    match operator:
        case "in":
            return fact in other
        case "is":
            return fact == other
        case "lt" | "before":
            return fact < other
        case "at_most":
            return fact <= other
        case "at_least" | "not_before":
            return fact >= other
        case _:
            return fact > other

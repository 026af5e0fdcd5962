"""How an amount comes about: a closed set of shapes. Each computes exactly and says its sum in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated, Any, Literal, Protocol, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Strict, Tag, WithJsonSchema

from core.decisions import Kind
from core.money import rate_text, yuan_text
from core.rulesets.language.strict_yaml import Location
from core.rulesets.language.values import number_text

# Exact or nothing: a sum that would need rounding raises, whatever another library set on the thread's context.
_EXACT = Context(prec=1000, traps=[Inexact, InvalidOperation, Overflow])


class Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _to_decimal(raw: Any) -> Any:
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


# Editors read 10% and 10_000_000 as text; the schema must not tell a clerk that our own spelling is wrong.
_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9][0-9_]*(\.[0-9]+)?%?$"}]}
Number = Annotated[Decimal, BeforeValidator(_to_decimal), Strict(), WithJsonSchema(_NUMBER_SCHEMA)]


class FactOperand(Node):
    fact: str


class ValueOperand(Node):
    value: str


class FormulaOperand(Node):
    formula: str


class PercentOf(Node):
    kind: Literal["percent_of"]
    of: "Operand"
    rate: "Operand"


class Tier(Node):
    up_to: Number | None = Field(description="该档上限（含）；最后一档写 null")
    rate: "Operand"


class MarginalTiers(Node):
    """Each rate applies only to the slice inside its tier (超额累进)."""

    kind: Literal["marginal_tiers"]
    of: "Operand"
    tiers: list[Tier] = Field(min_length=1)


class BracketRow(Node):
    up_to: Number | None = Field(description="上限（含）；最后一行写 null")
    then: "Operand"


class Bracket(Node):
    """The whole amount falls into one row."""

    kind: Literal["bracket"]
    of: "Operand"
    rows: list[BracketRow] = Field(min_length=1)


class Combination(Node):
    kind: Literal["min_of", "max_of", "sum"]
    of: list["Operand"] = Field(min_length=1)


class Clamp(Node):
    kind: Literal["clamp"]
    of: "Operand"
    at_least: "Operand | None" = None
    at_most: "Operand | None" = None


class Lookup(Node):
    """The branch that a decision table's outcome selects."""

    kind: Literal["lookup"]
    table: str
    cases: dict[str, "Operand"]


class Hook(Node):
    """The city's own calculation; the named facts are all it sees."""

    kind: Literal["hook"]
    name: str
    facts: list[str]


def _formula_tag(raw: Any) -> str:
    """Which shape a piece of YAML (or an already read node) has."""
    if not isinstance(raw, dict):
        return _SHAPES.get(cast("type[Any]", type(raw)), "number")
    mapping = cast("dict[str, Any]", raw)
    if "kind" in mapping:
        shape = str(mapping["kind"])
        return "combination" if shape in ("min_of", "max_of", "sum") else shape
    return next((word for word in ("fact", "value", "formula") if word in mapping), "?")


_SHAPES: dict[type[Any], str] = {
    PercentOf: "percent_of",
    MarginalTiers: "marginal_tiers",
    Bracket: "bracket",
    Combination: "combination",
    Clamp: "clamp",
    Lookup: "lookup",
    Hook: "hook",
    FactOperand: "fact",
    ValueOperand: "value",
    FormulaOperand: "formula",
}

Formula = Annotated[
    Annotated[PercentOf, Tag("percent_of")]
    | Annotated[MarginalTiers, Tag("marginal_tiers")]
    | Annotated[Bracket, Tag("bracket")]
    | Annotated[Combination, Tag("combination")]
    | Annotated[Clamp, Tag("clamp")]
    | Annotated[Lookup, Tag("lookup")]
    | Annotated[Hook, Tag("hook")]
    | Annotated[FactOperand, Tag("fact")]
    | Annotated[ValueOperand, Tag("value")]
    | Annotated[FormulaOperand, Tag("formula")]
    | Annotated[Number, Tag("number")],
    Discriminator(_formula_tag),
]
"""A formula, or an operand of one. A bare number is the constant."""
Operand = Formula

for _node in _SHAPES:
    _node.model_rebuild()
Tier.model_rebuild()
BracketRow.model_rebuild()


class Rounding(Node):
    """Written in the rule, never assumed. ``to`` is the smallest step, in yuan or as a fraction."""

    to: Annotated[Number, Field(gt=0)]
    mode: Literal["half_up", "up", "down"]


class FormulaInputs(Protocol):
    """Where a formula finds what it refers to. Each answer leaves its own reason in the chain."""

    def fact_number(self, path: str) -> Decimal: ...
    def term_number(self, path: str) -> Decimal: ...
    def formula_number(self, path: str) -> Decimal: ...
    def table_outcome(self, table: str) -> str: ...
    def hook_number(self, name: str, facts: list[str]) -> Decimal: ...
    def kind_of(self, operand: "FactOperand | ValueOperand | FormulaOperand") -> Kind: ...


@dataclass(frozen=True)
class Result:
    """An exact amount and how it came about, in words."""

    amount: Decimal
    words: str
    shape: Literal["number", "product", "sum", "clauses"] = "number"

    def words_inside(self, *plain: str) -> str:
        """The words as part of a longer sum: in brackets unless of a shape that reads well there without."""
        return self.words if self.shape in ("number", *plain) else f"（{self.words}）"


def compute(node: Formula, inputs: FormulaInputs) -> Result:
    """The exact result, not yet rounded. Raises ArithmeticError when it would need more than a thousand digits."""
    match node:
        case Decimal():
            return Result(node, number_text(node))
        case FactOperand():
            return _operand_result(inputs.fact_number(node.fact), inputs.kind_of(node))
        case ValueOperand():
            return _operand_result(inputs.term_number(node.value), inputs.kind_of(node))
        case FormulaOperand():
            return _operand_result(inputs.formula_number(node.formula), inputs.kind_of(node))
        case PercentOf():
            base, rate = compute(node.of, inputs), compute(node.rate, inputs)
            rate_words = rate_text(rate.amount) if isinstance(node.rate, Decimal) else rate.words_inside()
            amount = _EXACT.multiply(base.amount, rate.amount)
            return Result(amount, f"{base.words_inside('product')} × {rate_words}", "product")
        case MarginalTiers():
            return _compute_marginal(node, inputs)
        case Bracket():
            base = compute(node.of, inputs)
            row = next(row for row in node.rows if row.up_to is None or base.amount <= row.up_to)
            return compute(row.then, inputs)
        case Combination():
            return _compute_combination(node, [compute(part, inputs) for part in node.of])
        case Clamp():
            return _compute_clamp(node, inputs)
        case Lookup():
            return compute(node.cases[inputs.table_outcome(node.table)], inputs)
        case Hook():
            amount = inputs.hook_number(node.name, node.facts)
            return Result(amount, number_text(amount))


def _operand_result(amount: Decimal, kind: Kind) -> Result:
    show = {Kind.RATE: rate_text, Kind.MONEY: yuan_text}.get(kind, number_text)
    return Result(amount, show(amount))


def _compute_marginal(node: MarginalTiers, inputs: FormulaInputs) -> Result:
    base = compute(node.of, inputs).amount
    total, below, words = Decimal(0), Decimal(0), list[str]()
    for tier in node.tiers:
        top = base if tier.up_to is None else min(base, tier.up_to)
        if top <= below:
            break
        part = _EXACT.subtract(top, below)
        rate = compute(tier.rate, inputs).amount
        total = _EXACT.add(total, _EXACT.multiply(part, rate))
        words.append(f"{yuan_text(part)} × {rate_text(rate)}")
        below = top
    return Result(
        total, " + ".join(words) or yuan_text(total), "sum" if words[1:] else "product" if words else "number"
    )


def _compute_combination(node: Combination, parts: list[Result]) -> Result:
    if len(parts) == 1:
        return parts[0]
    if node.kind == "sum":
        total = Decimal(0)
        for part in parts:
            total = _EXACT.add(total, part.amount)
        return Result(total, " + ".join(part.words_inside("product", "sum") for part in parts), "sum")
    amounts = [part.amount for part in parts]
    *first, last = (part.words_inside("product") for part in parts)
    words = f"{'、'.join(first)} 与 {last} 取{'较小' if node.kind == 'min_of' else '较大'}者"
    return Result(min(amounts) if node.kind == "min_of" else max(amounts), words, "clauses")


def _compute_clamp(node: Clamp, inputs: FormulaInputs) -> Result:
    base = compute(node.of, inputs)
    if node.at_least is not None and base.amount < (floor := compute(node.at_least, inputs)).amount:
        return Result(floor.amount, f"{base.words}，低于下限，按 {floor.words_inside()} 计", "clauses")
    if node.at_most is not None and base.amount > (cap := compute(node.at_most, inputs)).amount:
        return Result(cap.amount, f"{base.words}，超过上限，按 {cap.words_inside()} 计", "clauses")
    return base


def walk_formula(node: Formula, at: Location = ()) -> Iterator[tuple[Location, Formula]]:
    """The node and everything inside it, each with its place, for checking names."""
    yield at, node
    for part, inside in list_parts(node):
        yield from walk_formula(inside, (*at, *part))


def list_parts(node: Formula) -> Iterator[tuple[Location, Formula]]:
    match node:
        case PercentOf():
            yield from ((("of",), node.of), (("rate",), node.rate))
        case MarginalTiers():
            yield ("of",), node.of
            yield from ((("tiers", index, "rate"), tier.rate) for index, tier in enumerate(node.tiers))
        case Bracket():
            yield ("of",), node.of
            yield from ((("rows", index, "then"), row.then) for index, row in enumerate(node.rows))
        case Combination():
            yield from ((("of", index), part) for index, part in enumerate(node.of))
        case Clamp():
            yield ("of",), node.of
            yield from (
                ((name,), limit)
                for name, limit in (("at_least", node.at_least), ("at_most", node.at_most))
                if limit is not None
            )
        case Lookup():
            yield from ((("cases", outcome), case) for outcome, case in node.cases.items())
        case _:
            return

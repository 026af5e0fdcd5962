"""Facts as a client or a clerk states them: read by their declared kind, every problem told at once."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from core.decisions import Kind, Value
from core.messages import Message
from core.rulesets.bounds import find_excess
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts
from core.rulesets.language.format import Fact
from core.rulesets.lookup import RuleLookup

Comparable = TypeVar("Comparable", Decimal, date)


def not_less(value: Comparable | None, least: Comparable | None) -> bool | None:
    """Whether ``value`` reaches ``least``; None where either is not known."""
    return None if value is None or least is None else value >= least


@dataclass(frozen=True)
class FactProblem:
    """One fact that cannot be used: which, why, and what to write instead. ``said`` is a form's sentence for it."""

    path: str
    code: str
    cause: str
    remedy: str
    said: Message | None = None

    def __str__(self) -> str:
        return f"{self.path}：{self.cause}；{self.remedy}"


class FactsInvalid(ValueError):
    """Facts that cannot be used, with every problem found."""

    def __init__(self, problems: Sequence[FactProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def facts_from_text(stated: Mapping[str, str | None], ruleset: RuleLookup) -> dict[str, Value | None]:
    """Facts in canonical text (``2600000.00``, ``0.015`` or ``1.5%``, ``2024-07-01``, ``true``), typed.

    None is "not known". Raises FactsInvalid with all problems.
    """
    return read(stated, ruleset, values.from_text)


def read(
    stated: Mapping[str, Any], ruleset: RuleLookup, reader: Callable[[Any, Kind], Value]
) -> dict[str, Value | None]:
    """Facts in any form, typed by ``reader``, which raises WrongKind. Raises FactsInvalid with all problems."""
    problems: list[FactProblem] = []
    typed: dict[str, Value | None] = {}
    for path, raw in stated.items():
        if not ruleset.has("facts", path):
            problems.append(_describe_unknown(path, ruleset))
            continue
        fact = ruleset.fact(path)
        try:
            value = None if raw is None else reader(raw, fact.kind)
            typed[path] = ruleset.find_choice(path, value) if isinstance(value, str) else value
        except values.WrongKind as wrong:
            problems.append(FactProblem(path, "WRONG_KIND", f"“{fact.label}”{wrong}", "按所要求的类型填写"))
            continue
        problems += _check_options(path, fact, typed[path])
    problems += find_out_of_bounds(typed, ruleset)
    if problems:
        raise FactsInvalid(problems)
    return typed


def find_out_of_bounds(facts: Facts, ruleset: RuleLookup) -> list[FactProblem]:
    """Facts that are typed, and yet cannot be so; said as a form says it of its field."""
    found: list[FactProblem] = []
    for path, value in facts.items():
        fact = ruleset.fact(path)
        said = find_excess(fact.kind, value, label=fact.label, field=path.rpartition(".")[2])
        if said:
            found.append(FactProblem(path, "OUT_OF_BOUNDS", said.zh.rstrip("。"), "改到范围之内", said))
    return found


def _describe_unknown(path: str, ruleset: RuleLookup) -> FactProblem:
    near = difflib.get_close_matches(path, ruleset.paths("facts"), 1)
    remedy = f"是不是 {near[0]}？" if near else "对照 facts 中声明的名称"
    return FactProblem(path, "UNKNOWN_NAME", f"没有名为“{path}”的事实", remedy)


def _check_options(path: str, fact: Fact, value: Value | None) -> list[FactProblem]:
    codes = value if isinstance(value, tuple) else (value,)
    if value is None or fact.options is None or set(codes) <= fact.options.keys():
        return []
    allowed = "、".join(f"{code}（{label}）" for code, label in fact.options.items())
    shown = "、".join(str(code) for code in codes if code not in fact.options)
    cause = f"“{fact.label}”不能是“{shown}”"
    return [FactProblem(path, "NOT_AN_OPTION", cause, f"改为下列之一：{allowed}")]

"""One file of a ruleset among its layers: how the checks look names up and say what is wrong, and where."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from core.decisions import Kind
from core.rulesets.language import values
from core.rulesets.language.conditions import Comparison, Condition, ValueRef, walk_comparisons
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Bounds, Cited, Fact, FormulaBounds, RulesetFile
from core.rulesets.language.strict_yaml import Document, Location
from core.rulesets.lookup import PLACEHOLDER

_BRACE = re.compile(r"[{}｛｝][^{}｛｝]{0,20}[}｝]?")

_ORDERED = {
    "lt": values.NUMERIC,
    "at_most": values.NUMERIC,
    "at_least": values.NUMERIC,
    "gt": values.NUMERIC,
    "before": {Kind.DATE},
    "not_before": {Kind.DATE},
}


@dataclass(frozen=True)
class LintContext:
    """The file being checked, and the layers under it, nearest first."""

    document: Document
    file: RulesetFile
    below: Sequence[RulesetFile]
    _entries: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], init=False, repr=False)

    @property
    def layers(self) -> list[RulesetFile]:
        return [self.file, *self.below]

    def entries(self, section: str) -> dict[str, Any]:
        """Every entry of a section, by name; the file's own in place of those below. Joined once: all checks ask."""
        if section not in self._entries:
            joined: dict[str, Any] = {}
            for layer in reversed(self.layers):
                joined.update(getattr(layer, section))
            self._entries[section] = joined
        return self._entries[section]

    def diagnostic(self, at: Location, code: str, message: str, remedy: str, *, key: bool = False) -> Diagnostic:
        return self.document.diagnostic(at, code, message, remedy, key=key)

    def warning(self, at: Location, code: str, message: str, remedy: str, *, key: bool = False) -> Diagnostic:
        """What may be meant: told, not refused."""
        return replace(self.diagnostic(at, code, message, remedy, key=key), warns=True)

    def cite(self, entry: Cited | Bounds | FormulaBounds) -> str:
        """The title and the article an entry rests on, as a refusal names them."""
        source = self.entries("sources").get(entry.source)
        return f"《{source.title}》{entry.locator}" if source else entry.locator

    def check_name(
        self, at: Location, section: str, name: str, what: str, *, key: bool = False
    ) -> Iterator[Diagnostic]:
        """The name must be declared in that section of this file or one below."""
        known = self.entries(section)
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            remedy = f"是不是 {near[0]}？" if near else f"在 {section} 中声明，或检查拼写"
            yield self.diagnostic(at, "UNKNOWN_NAME", f"没有名为“{name}”的{what}", remedy, key=key)

    def check_dates(self, at: Location, entries: Sequence[Cited]) -> Iterator[Diagnostic]:
        """Days ascend, each once."""
        for index, (entry, later) in enumerate(pairwise(entries), 1):
            if later.since <= entry.since:
                remedy = "按日期从早到晚排列；不要改动过去的值，另加新日期"
                yield self.diagnostic(
                    (*at, index, "from"), "DATES_NOT_ASCENDING", f"{later.since} 不晚于上一条", remedy
                )

    def check_message(self, at: Location, template: str) -> Iterator[Diagnostic]:
        """Every placeholder is a fact or a term, and every brace is one of a placeholder's."""
        if left := _BRACE.search(PLACEHOLDER.sub("", template)):
            what = f"花括号“{left[0]}”会原样显示给人看"
            remedy = "占位符写成 {application.requested_amount}：半角花括号，里面只有名称，没有空格"
            yield self.diagnostic(at, "BAD_PLACEHOLDER", what, remedy)
        known = [*self.entries("facts"), *self.entries("terms")]
        for match in PLACEHOLDER.finditer(template):
            if match[1] not in known:
                near = difflib.get_close_matches(match[1], known, 1)
                remedy = f"是不是 {{{near[0]}}}？" if near else "占位符须是 facts 或 terms 中的名称"
                yield self.diagnostic(at, "UNKNOWN_PLACEHOLDER", f"占位符 {{{match[1]}}} 没有对应的名称", remedy)

    def check_condition(self, at: Location, condition: Condition | None) -> Iterator[Diagnostic]:
        for place, comparison in walk_comparisons(condition, at) if condition else ():
            yield from self._check_comparison(place, comparison)

    def check_literal(
        self, at: Location, raw: Any, kind: Kind, options: Sequence[str] | Mapping[str, str] | None
    ) -> Iterator[Diagnostic]:
        """A value as written is of its kind, and one of the options where there are any."""
        try:
            typed = values.from_yaml(raw, kind)
        except values.WrongKind as wrong:
            yield self.diagnostic(at, "WRONG_KIND", str(wrong), "按声明的类型书写")
            return
        for part in typed if isinstance(typed, tuple) else (str(typed),):
            if options is not None and part not in options:
                near = difflib.get_close_matches(part, list(options), 1)
                remedy = f"是不是 {near[0]}？" if near else f"改为下列之一：{'、'.join(options)}"
                yield self.diagnostic(at, "NOT_AN_OPTION", f"“{part}”不在允许的取值之内", remedy)

    def _check_comparison(self, at: Location, comparison: Comparison) -> Iterator[Diagnostic]:
        stated = comparison.stated_operators()
        if len(stated) != 1:
            remedy = "每个 fact 后只写一个：is、in、lt、at_most、at_least、gt、before、not_before 或 missing"
            yield self.diagnostic(at, "ONE_COMPARISON", f"“{comparison.fact}”后写了 {len(stated)} 个比较", remedy)
        yield from self.check_name((*at, "fact"), "facts", comparison.fact, "事实")
        fact: Fact | None = self.entries("facts").get(comparison.fact)
        if fact is None:
            return
        for operator, comparand in stated:
            place = (*at, operator)
            if operator in _ORDERED and fact.kind not in _ORDERED[operator]:
                remedy = "日期用 before、not_before；金额、比例、整数用 lt、at_most、at_least、gt；其他用 is、in"
                message = f"“{fact.label}”是{values.NAMES[fact.kind]}，不能用 {operator} 比较"
                yield self.diagnostic(place, "NO_ORDER", message, remedy)
            elif isinstance(comparand, ValueRef):
                yield from self._check_reference(place, comparand, fact)
            elif operator != "missing":
                for literal in comparand if operator == "in" else [comparand]:
                    yield from self.check_literal(place, literal, fact.kind, fact.options)

    def _check_reference(self, at: Location, reference: ValueRef, fact: Fact) -> Iterator[Diagnostic]:
        yield from self.check_name(at, "terms", reference.value, "参数")
        term = self.entries("terms").get(reference.value)
        if term and term.kind is not fact.kind:
            kinds = f"“{fact.label}”是{values.NAMES[fact.kind]}，“{term.label}”是{values.NAMES[term.kind]}"
            yield self.diagnostic(at, "KINDS_DIFFER", f"{kinds}，不能比较", "换用同类的参数")

"""What a ruleset says, where it says it, and which of it is in force on a day. Nothing is computed here."""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from core import texts
from core.decisions import Certainty, Citation, Kind, RulesetRef, Value
from core.messages import Language
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts, NotConfigured
from core.rulesets.language.format import (
    AuthorityVersion,
    Check,
    Cited,
    DirectoryEntry,
    Fact,
    FormulaRule,
    FormulaVersion,
    FormVersion,
    Interpretation,
    MaterialVersion,
    NoticeVersion,
    ProcedureVersion,
    RulesetFile,
    Source,
    TableRule,
    TableVersion,
    Term,
    ValueEntry,
)

Entry = TypeVar("Entry", bound=Cited)
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_SPACED_PLACEHOLDER = re.compile(rf"( ?){PLACEHOLDER.pattern}( ?)")
_ABSENT: Mapping[Language, tuple[str, str]] = {"zh": ("（未填写）", "（未配置）"), "en": ("(not stated)", "(not set)")}
"""In place of a fact, and of a value."""

_FORMER = {
    "guarantee_order": "bank_guarantee",
    "guarantee_issue": "bank_guarantee_result",
    "letter_submission": "offline_guarantee",
}
_FORMER_NAMES: Mapping[str, Mapping[str, str]] = {
    "procedures": _FORMER,
    "forms": _FORMER,
    "checks": {"wage_deposit_letter": "offline_guarantee"},
}
"""What rules that were kept before had as the name of a procedure, a form or the checks of an act: cases that began
under them go on."""

_FROM_FIRM_TO_NONE = list(Certainty)
_BY_EVIDENCE = {"text": Certainty.CONFIRMED, "platform_decision": Certainty.INTERPRETED}


class UnknownPath(LookupError):
    """A name that the ruleset does not have."""


@dataclass(frozen=True)
class RuleLookup:
    """One city's rules at one content. ``layers`` go from the city's own file to the national base."""

    ref: RulesetRef
    layers: Sequence[RulesetFile]

    @property
    def city(self) -> str:
        return self.ref.city

    @property
    def own(self) -> RulesetFile:
        return self.layers[0]

    @cached_property
    def fact_kinds(self) -> Mapping[str, Kind]:
        """Of every fact, by its path."""
        return {path: fact.kind for layer in reversed(self.layers) for path, fact in layer.facts.items()}

    @cached_property
    def _choices(self) -> Mapping[str, Mapping[str, str]]:
        labels = {path: dict(fact.options or {}) for layer in self.layers for path, fact in layer.facts.items()}
        for form in (form for layer in reversed(self.layers) for form in layer.forms.values()):
            for item in (item for version in form.versions for item in version.fields if item.options):
                labels.setdefault(item.code, {}).update(item.options or {})
        return labels

    # Declared, whatever the day -------------------------------------------------------------------------------------

    def paths(self, section: str) -> list[str]:
        """Every name in a section of the city and its base, in file order, the city's own first."""
        return list(dict.fromkeys(name for layer in self.layers for name in getattr(layer, section)))

    def has(self, section: str, name: str) -> bool:
        return any(name in getattr(layer, section) for layer in self.layers)

    def term(self, path: str) -> Term:
        return self._find_declared(path, "terms")

    def fact(self, path: str) -> Fact:
        return self._find_declared(path, "facts")

    def source(self, code: str) -> Source:
        return self._find_declared(code, "sources")

    def formula(self, path: str) -> FormulaRule:
        return self._find_declared(path, "formulas")

    def table(self, path: str) -> TableRule:
        return self._find_declared(path, "tables")

    def interpretation(self, code: str) -> Interpretation:
        return self._find_declared(code, "interpretations")

    def procedure_label(self, code: str) -> str:
        return self._find_declared(code, "procedures").label

    def is_to_come(self, code: str) -> bool:
        """Whether the procedure is written down for an area to come: until then nothing is done by it."""
        return self.has("procedures", code) and self._find_declared(code, "procedures").read_by is not None

    def form_label(self, code: str) -> str:
        return self._find_declared(code, "forms").label

    def label_and_kind(self, path: str) -> tuple[str, Kind]:
        """The label and kind of a formula, a decision table or a value, whichever the path names."""
        if self.has("formulas", path):
            return self.formula(path).label, self.formula(path).kind
        if self.has("tables", path):
            return self.table(path).label, Kind.CODE
        return self.term(path).label, self.term(path).kind

    # In force on a day ----------------------------------------------------------------------------------------------

    def value_entry(self, path: str, on: date) -> ValueEntry | None:
        """The dated entry in force, be its value null or not: a city's null never falls through to the base."""
        return _find_in_force((layer.values.get(path) for layer in self.layers), on)

    def value(self, path: str, on: date) -> Any:
        """The typed value in force; raises NotConfigured where none is known, UnknownPath for a name not declared."""
        term = self.term(path)
        entry = self.value_entry(path, on)
        if entry is None or entry.value is None:
            raise NotConfigured(path, term.label)
        return values.from_yaml(entry.value, term.kind)

    def value_or_none(self, path: str, on: date) -> Any:
        """The typed value in force, or None where it is not configured."""
        try:
            return self.value(path, on)
        except NotConfigured:
            return None

    def formula_version(self, path: str, on: date) -> FormulaVersion | None:
        return self._find_version("formulas", path, on)

    def table_version(self, path: str, on: date) -> TableVersion | None:
        return self._find_version("tables", path, on)

    def form(self, code: str, on: date) -> FormVersion | None:
        return self._find_version("forms", code, on)

    def procedure(self, code: str, on: date) -> ProcedureVersion | None:
        """How the procedure goes on that day; None where the city does not know it."""
        return self._find_version("procedures", code, on)

    def material_list(self, code: str, on: date) -> MaterialVersion | None:
        return self._find_version("materials", code, on)

    def notice(self, code: str, on: date) -> NoticeVersion | None:
        return self._find_version("notices", code, on)

    def checks(self, act: str, on: date) -> list[Check]:
        """The rules of an act in force: the base's first, each replaced where the city writes the same id.

        Within one file the later ``from`` wins; the loader refuses equal or descending ones.
        """
        for known in _names("checks", act):
            held = [check for layer in reversed(self.layers) for check in layer.checks.get(known, [])]
            if held:
                return list({check.id: check for check in held if check.since <= on}.values())
        return []

    def authorities(self, on: date) -> AuthorityVersion | None:
        return _find_in_force((layer.authorities for layer in self.layers), on)

    def directory(self, on: date) -> list[DirectoryEntry]:
        """What may be published; a code that the city repeats with a later ``from`` replaces the earlier one."""
        held = (entry for layer in reversed(self.layers) for entry in layer.directory if entry.since <= on)
        return [entry for entry in {entry.code: entry for entry in held}.values() if entry.public]

    def enquiries(self, area: str | None, on: date) -> list[DirectoryEntry]:
        """Whom to ask about a matter in an area: its own entries first, then those for the whole city."""
        entries = self.directory(on)
        own = [entry for entry in entries if area is not None and entry.region == area]
        return [*own, *(entry for entry in entries if entry.region is None)]

    # Cited ----------------------------------------------------------------------------------------------------------

    def citation(self, entry: Cited, locator: str | None = None) -> Citation:
        return self.cite(entry.source, locator or entry.locator)

    def cite(self, code: str, locator: str) -> Citation:
        source = self.source(code)
        evidence = "platform_decision" if source.kind == "platform_decision" else source.evidence
        in_force = source.in_force.isoformat() if source.in_force else None
        return Citation(code, source.title, source.number, locator, evidence, in_force)

    def certainty_of(self, entry: Cited) -> Certainty:
        """How firmly an entry stands: by how its source was read, and by the open question it touches."""
        sure = self.certainty_of_source(entry.source)
        return weakest(sure, Certainty.INTERPRETED) if self._is_open(entry.interpretation) else sure

    def certainty_of_source(self, code: str) -> Certainty:
        """How firmly it stands by itself: by how it was read, and whether its first day is only supposed."""
        sure = _certainty_by_evidence(self.cite(code, ""))
        return weakest(sure, Certainty.INTERPRETED) if self._is_open(self.source(code).interpretation) else sure

    def _is_open(self, question: str | None) -> bool:
        return question is not None and self.interpretation(question).status == "needs_confirmation"

    # Said to a person -----------------------------------------------------------------------------------------------

    def choices(self, path: str) -> Mapping[str, str]:
        """Of a fact that is chosen from a list its options' labels by their codes, as the city's forms word them."""
        return self._choices.get(path, {})

    def find_choice(self, path: str, written: str) -> str:
        """The code of the option written by its code or its label, however wide; what is none of them as it is."""
        return find_choice(self.choices(path), written)

    def fact_text(self, path: str, value: Value, language: Language = "zh") -> str:
        """A fact's value for a sentence: the options by their labels (in English by their codes, for the labels are
        Chinese), an amount with its 元, no other unit."""
        return _label(value, self.fact(path).kind, self.choices(path), language)

    def answer_text(self, path: str, value: Value, language: Language = "zh") -> str:
        """What a formula, table or value comes to, for a sentence: codes by their labels, in English by themselves."""
        _, kind = self.label_and_kind(path)
        if self.has("tables", path):
            return _label(value, kind, self.table(path).outcomes, language)
        options = self.term(path).options if self.has("terms", path) else None
        return _label(value, kind, options or {}, language)

    def missing_facts(self, path: str, facts: Facts) -> list[str]:
        """What somebody has to state before the fact is known: the fact itself, or what it is computed from."""
        return [part for part in self.fact(path).derived_from if facts.get(part) is None] or [path]

    def fill_template(
        self,
        template: str,
        facts: Facts,
        on: date,
        language: Language = "zh",
        *,
        said: MutableMapping[str, str] | None = None,
    ) -> str:
        """A message with its placeholders filled: facts by path, values by path. ``said`` is given what stands for
        each."""

        def fill(match: re.Match[str]) -> str:
            before, path, after = match.groups()
            if is_fact := self.has("facts", path):
                stated = facts.get(path)
                text = None if stated is None else self.fact_text(path, stated, language)
            else:
                value = self.value_or_none(path, on)
                text = None if value is None else self.answer_text(path, value, language)
            if said is not None:
                said[path] = _ABSENT[language][not is_fact] if text is None else text
            if text is None:
                absent = _ABSENT[language][not is_fact]
                return absent if language == "zh" else f"{before}{absent}{after}"  # brackets of full width bring a gap
            return f"{before}{text}{after}"

        return _SPACED_PLACEHOLDER.sub(fill, template)

    def _find_declared(self, name: str, section: str) -> Any:
        for known in _names(section, name):
            for layer in self.layers:
                if known in (entries := getattr(layer, section)):
                    return entries[known]
        raise UnknownPath(f"{self.city}: {section} 中没有 {name}")

    def _find_version(self, section: str, name: str, on: date) -> Any:
        for known in _names(section, name):
            rules = [rule for layer in self.layers if (rule := getattr(layer, section).get(known))]
            if rules:
                return _find_in_force((rule.versions for rule in rules), on)
        return None


def _label(value: Value, kind: Kind, labels: Mapping[str, str], language: Language) -> str:
    codes = value if isinstance(value, tuple) else (str(value),)
    if not codes or not labels.keys() >= set(codes):
        return values.display_text(value, kind, language)
    if language == "en":
        return ", ".join(code.replace("_", " ") for code in codes)
    return "、".join(labels[code] for code in codes)


def find_choice(options: Mapping[str, str], written: str) -> str:
    """The code of the option written by its code or its label; what is none of them as it is."""
    if written in options:
        return written
    folded = texts.fold(written)
    codes = {texts.fold(known): code for code, label in options.items() for known in (label, code)}
    return codes.get(folded, written)


def _certainty_by_evidence(citation: Citation) -> Certainty:
    """How firmly a source stands that was read as the citation says."""
    return _BY_EVIDENCE.get(citation.evidence, Certainty.UNVERIFIED)


def _names(section: str, name: str) -> Sequence[str]:
    former = _FORMER_NAMES.get(section, {}).get(name)
    return (name,) if former is None else (name, former)


def weakest(*certainties: Certainty) -> Certainty:
    return max(certainties, key=_FROM_FIRM_TO_NONE.index)


def _find_in_force(layers: Iterable[Sequence[Entry] | None], on: date) -> Entry | None:
    """The latest entry begun by that day, of the nearest layer that has one."""
    for entries in layers:
        if held := [entry for entry in entries or () if entry.since <= on]:
            return max(held, key=_since)
    return None


def _since(entry: Cited) -> date:
    return entry.since

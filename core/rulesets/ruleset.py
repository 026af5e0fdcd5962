"""A city's rules, joined with their base, and the questions they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from core.decisions import Citation, Decision, Violation
from core.rulesets import decision, violations
from core.rulesets.evaluation import Evaluation
from core.rulesets.hooks import HookFailed, Hooks, NoHooks, Supervisors
from core.rulesets.language.conditions import Condition, Facts, NotConfigured, Unknown
from core.rulesets.language.format import FormField
from core.rulesets.lookup import RuleLookup, UnknownPath

__all__ = ["NotConfigured", "RequiredMaterial", "Ruleset", "UnknownPath"]


@dataclass(frozen=True)
class RequiredMaterial:
    """A material a case needs, with the text that asks for it. Limits that the source does not state are None."""

    code: str
    name: str
    required: bool
    max_files: int | None
    max_mb: int | None
    template: str | None
    citation: Citation
    recommended: bool = False


@dataclass(frozen=True)
class Ruleset(RuleLookup):
    """What its layers say, and the answers to a case: facts and a day in, decisions out."""

    hooks: Hooks = field(default_factory=NoHooks)
    contents: Sequence[bytes] = ()
    """The layers exactly as they were read, for keeping."""
    hooks_source: bytes = b""

    def decide(self, path: str, facts: Facts, on: date) -> Decision:
        """The answer to a formula, a decision table or a value, whichever the path names; raises UnknownPath."""
        return decision.decide(self, self.hooks, path, facts, on)

    def check(self, act: str, facts: Facts, on: date) -> list[Violation]:
        """Every rule of an act that is broken, the warnings among them, in the order they are written."""
        return violations.find_violations(self, self.hooks, act, facts, on)

    def materials(self, procedure: str, facts: Facts, on: date) -> list[RequiredMaterial]:
        """What a case must or may hand in. Lists and rows whose condition hangs on something unknown are left out."""
        version = self.procedure(procedure, on)
        return [
            RequiredMaterial(
                row.code,
                row.name,
                row.need == "required",
                row.max_files,
                row.max_mb,
                row.template,
                self.citation(rows, row.locator),
                row.need == "recommended",
            )
            for use in (version.materials if version else [])
            if self._applies(use.when, facts, on) and (rows := self.material_list(use.list, on))
            for row in rows.rows
            if self._applies(row.when, facts, on)
        ]

    def required_fields(self, form: str, facts: Facts, on: date) -> list[tuple[FormField, Citation]]:
        """The fields of a form that must be filled in for these facts, each with the text that asks for it."""
        version = self.form(form, on)
        return [
            (item, self.citation(version, item.locator))
            for item in (version.fields if version else [])
            if version and item.need == "required" and self._applies(item.when, facts, on)
        ]

    def supervisors(self, facts: Facts, on: date) -> tuple[Supervisors, Citation | None] | None:
        """Who supervises a project, by industry and area; None where nobody knows: no such row, or the hook failed."""
        try:
            if own := self.hooks.supervisors(facts, on):
                return own, None
        except HookFailed:
            return None
        version = self.authorities(on)
        industry, area = facts.get("project.industry_kind"), facts.get("project.supervising_area")
        for row in version.rows if version else []:
            if version and row.area == area and self.find_choice("project.industry_kind", row.industry) == industry:
                return Supervisors(row.industry_authority, row.hrss_office), self.citation(version)
        return None

    def decide_field_refusal(self, form: str, item: FormField, citation: Citation, on: date, message: str) -> Decision:
        """The decision behind "this field is missing or wrong"."""
        return violations.decide_refusal(self, f"forms.{form}.{item.code}", message, citation, on)

    def decide_material_refusal(self, procedure: str, material: RequiredMaterial, on: date, message: str) -> Decision:
        """The decision behind "this material is missing or too much"."""
        return violations.decide_refusal(self, f"materials.{procedure}.{material.code}", message, material.citation, on)

    def _applies(self, condition: Condition | None, facts: Facts, on: date) -> bool:
        try:
            return condition is None or Evaluation(self, self.hooks, facts, on).holds(condition)
        except Unknown:
            return False

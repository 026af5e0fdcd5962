"""What somebody had to hand in or fill in before, or has to by the superior rule, and no longer has to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from core.rulesets.language.conditions import Condition
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import Cited, ProcedureVersion
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint.context import LintContext

Version = TypeVar("Version", bound=Cited)


class _Asked(Protocol):
    """A paper or a field."""

    @property
    def code(self) -> str: ...
    @property
    def need(self) -> str: ...
    @property
    def when(self) -> Condition | None: ...


def check_dropped(context: LintContext) -> Iterator[Diagnostic]:
    for name, materials in context.file.materials.items():
        for index, version in enumerate(materials.versions):
            if not version.rows:
                at: Location = ("materials", name, "versions", index, "rows")
                message = f"“{materials.label}”一项也没有，什么也不必交"
                yield context.warning(at, "NOTHING_REQUIRED", message, "确实不必交的不用改；否则补上材料")
        for index, earlier, version in _pair(context, "materials", name, materials.versions):
            labels = {row.code: row.name for row in earlier.rows}
            for code, found in _compare(earlier.rows, version.rows):
                at = ("materials", name, "versions", index, "rows")
                yield _tell(context, at, found, labels[code], earlier, "MATERIAL_DROPPED")
    for name, form in context.file.forms.items():
        for index, earlier, version in _pair(context, "forms", name, form.versions):
            labels = {item.code: item.label for item in earlier.fields}
            for code, found in _compare(earlier.fields, version.fields):
                at = ("forms", name, "versions", index, "fields")
                yield _tell(context, at, found, labels[code], earlier, "FIELD_DROPPED")
    for name, procedure in context.file.procedures.items():
        for index, earlier, version in _pair(context, "procedures", name, procedure.versions):
            yield from _compare_procedures(context, ("procedures", name, "versions", index), earlier, version)


def _pair(
    context: LintContext, section: str, name: str, own: Sequence[Version]
) -> Iterator[tuple[int, Version, Version]]:
    """Each own version, by its number, with the one before it; the first one with the last of the layers below."""
    below = (getattr(layer, section).get(name) for layer in context.below)
    superior: Version | None = next((entry.versions[-1] for entry in below if entry), None)
    earlier = [superior, *own]
    yield from ((index, before, each) for index, (before, each) in enumerate(zip(earlier, own, strict=False)) if before)


def _compare(earlier: Sequence[_Asked], later: Sequence[_Asked]) -> Iterator[tuple[str, str]]:
    """The codes that were asked for from everybody it concerned, and what became of them."""
    now: Mapping[str, _Asked] = {item.code: item for item in later}
    for item in earlier:
        if item.need != "required":
            continue
        found = now.get(item.code)
        if found is None or found.need != "required":
            yield item.code, "不再必交" if found is None else "改成了选填"
        elif found.when is not None and found.when != item.when:
            yield item.code, "加了条件，不再人人都要"


def _compare_procedures(
    context: LintContext, at: Location, earlier: ProcedureVersion, version: ProcedureVersion
) -> Iterator[Diagnostic]:
    lists = {use.list for use in version.materials}
    for use in earlier.materials:
        if use.list not in lists:
            yield _tell(context, (*at, "materials"), "不再要求", f"材料清单 {use.list}", earlier, "MATERIAL_DROPPED")
    if earlier.form and not version.form:
        yield _tell(context, at, "不再填写", f"表单 {earlier.form}", earlier, "FIELD_DROPPED")
    for name, what in (("review_within", "审核期限"), ("reviewer", "审核人"), ("four_eyes", "两人审核")):
        if getattr(earlier, name) and not getattr(version, name):
            yield _tell(context, at, "不再写", what, earlier, "REVIEW_DROPPED")


def _tell(context: LintContext, at: Location, found: str, what: str, earlier: Cited, code: str) -> Diagnostic:
    message = f"“{what}”原来要求（{context.cite(earlier)}），这里{found}"
    return context.warning(at, code, message, "确有新规定的不用改；否则改回来")

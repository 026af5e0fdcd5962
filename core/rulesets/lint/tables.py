"""What is wrong with a decision table: rows never reached, rows that meet in one case, outcomes no row gives."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from core.decisions import Kind
from core.rulesets.language.diagnostics import Diagnostic
from core.rulesets.language.format import TableRule, TableVersion
from core.rulesets.language.strict_yaml import Location
from core.rulesets.lint import trial
from core.rulesets.lint.context import LintContext
from core.rulesets.lint.trial import Case


def check_tables(context: LintContext) -> Iterator[Diagnostic]:
    for path, table in context.file.tables.items():
        for index, version in enumerate(table.versions):
            at: Location = ("tables", path, "versions", index, "rows")
            later = table.versions[index + 1].since if index + 1 < len(table.versions) else None
            found = [*_check_rows(context, at, table, version), *_check_shape(context, at, table, version)]
            yield from found or _try_cases(context, at, version, later)


def _check_rows(context: LintContext, at: Location, table: TableRule, version: TableVersion) -> Iterator[Diagnostic]:
    ids = [row.id for row in version.rows]
    for number, row in enumerate(version.rows):
        here = (*at, number)
        yield from context.check_condition((*here, "when"), row.when)
        yield from context.check_message((*here, "message"), row.message)
        yield from context.check_literal((*here, "outcome"), row.outcome, Kind.CODE, table.outcomes)
        if row.id in ids[:number]:
            yield context.diagnostic((*here, "id"), "DUPLICATE_ID", f"行“{row.id}”重复", "换一个 id")
        if row.when is None and number != len(version.rows) - 1:
            yield context.diagnostic(here, "UNREACHABLE", "默认行之后的行永远不会用到", "把默认行移到最后")


def _check_shape(context: LintContext, at: Location, table: TableRule, version: TableVersion) -> Iterator[Diagnostic]:
    if version.hit_policy == "first" and version.rows[-1].when is not None:
        yield context.diagnostic(at, "NO_DEFAULT", "判定表没有默认行", "最后加一行不写 when 的默认行")
    for outcome in sorted(set(table.outcomes) - {row.outcome for row in version.rows}):
        yield context.diagnostic(at, "OUTCOME_UNUSED", f"没有一行得出“{outcome}”", "补上这一行或删去该结果")


def _try_cases(context: LintContext, at: Location, version: TableVersion, until: date | None) -> Iterator[Diagnostic]:
    """On the table's first day everything; on a later one, when a limit changes, what is new."""
    rules = trial.make_lookup(context)
    compared = trial.list_comparisons(row.when for row in version.rows)
    told, met = set[int](), set[tuple[int, int]]()
    for day in trial.list_days(rules, compared, version.since, until):
        later = f"自 {day} 起" if day != version.since else ""
        reached, overlaps = _try_day(rules, compared, version, day)
        for number, row in enumerate(version.rows):
            if number in reached or number in told:
                continue
            told.add(number)
            what = f"行“{row.id}”{later}永远不会用到"
            if later or trial.is_too_wide(rules, compared, day):
                yield context.warning((*at, number), "UNREACHABLE", what, "检查取值与条件，或另写一版判定表")
            else:
                yield context.diagnostic((*at, number), "UNREACHABLE", what, "检查条件，或删去这一行")
        for pair, case in overlaps.items():
            if pair in met:
                continue
            met.add(pair)
            first, second = (version.rows[number].id for number in pair)
            shown = trial.describe_case(case)
            message = f"{later}行“{first}”与“{second}”同时符合（{shown}）"
            place = (*at, pair[1], "when")
            yield context.diagnostic(place, "ROWS_OVERLAP", message, "改到互不重叠，或用 hit_policy: first")


def _try_day(
    rules: trial.RuleLookup, compared: list[trial.Comparison], version: TableVersion, on: date
) -> tuple[set[int], dict[tuple[int, int], Case]]:
    """The rows that some case reaches, or could, and for each two that meet a case that shows it."""
    reached, met = set[int](), dict[tuple[int, int], Case]()
    for case in trial.list_cases(rules, compared, on):
        answers = [case.answer(row.when) if row.when else None for row in version.rows]
        hits = [number for number, answer in enumerate(answers) if answer]
        if version.hit_policy == "first":
            hits = hits[:1]
        # What hangs on a figure not configured may come to hold; so may what stands behind it.
        open_rows = [number for number, answer in enumerate(answers) if answer is None]
        reached.update(hits)
        reached.update(number for number in open_rows if version.hit_policy != "first" or not hits or number < hits[0])
        for pair in pairwise(hits):
            met.setdefault(pair, case)
    return reached, met

"""``anxin rules what-if``: one formula over a file of cases, under today's rules or beside changed ones."""

import csv
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from anxin.commands import case_file, city_folders
from anxin.commands.case_file import CaseFile, CaseFileInvalid, CaseRow, RowUnreadable
from anxin.commands.terminal import fail, parse_day, suggest
from core.decisions import Kind
from core.rulesets.bulk.backend import NotInBulk
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts
from core.rulesets.ruleset import Ruleset
from plugins.cities import Place

_TOGETHER = 5_000
"""Cases computed in one go; after each the progress is said."""
_MOST_LISTED = 20
_ALONE = ("结果", "原因")
_BESIDE = ("现行结果", "拟改结果", "差额", "原因")


@dataclass(frozen=True)
class CaseResult:
    """``amount`` None where there is none; then ``reason`` says why. A row that states no case is ``unreadable``."""

    amount: Decimal | None
    reason: str = ""
    unreadable: bool = False


class FormulaRun:
    """One formula of one ruleset: many cases together where that is exact and numpy is there, else one by one."""

    def __init__(self, ruleset: Ruleset, path: str, on: date) -> None:
        self._ruleset = ruleset
        self._path = path
        self._on = on
        self._said = False
        self.kind = ruleset.formula(path).kind

    def compute(self, file: CaseFile, rows: Sequence[CaseRow]) -> list[CaseResult]:
        """A result for each row, in their order."""
        results: dict[int, CaseResult] = {}
        cases: dict[int, Facts] = {}
        for place, row in enumerate(rows):
            try:
                cases[place] = file.facts(row, self._ruleset)
            except RowUnreadable as unreadable:
                results[place] = CaseResult(None, str(unreadable), unreadable=True)
        amounts = self._compute_together(list(cases.values()))
        for (place, facts), amount in zip(cases.items(), amounts, strict=True):
            results[place] = self._decide(facts) if amount is None else CaseResult(amount)
        return [results[place] for place in range(len(rows))]

    def _compute_together(self, cases: list[Facts]) -> Sequence[Decimal | None]:
        if not cases:
            return []
        try:
            from core.rulesets.bulk import cases as bulk  # numpy is an extra
        except ImportError:
            self._say_why("没有安装 numpy（anxin[bulk]）")
            return [None] * len(cases)
        try:
            return bulk.compute_each(self._ruleset, self._path, cases, self._on)
        except NotInBulk as refused:
            self._say_why("；".join(problem.cause for problem in refused.problems))
            return [None] * len(cases)

    def _decide(self, facts: Facts) -> CaseResult:
        """What bulk cannot give, and why there is no amount."""
        decision = self._ruleset.decide(self._path, facts, self._on)
        return CaseResult(None, decision.sentence) if decision.value is None else CaseResult(Decimal(decision.value))

    def _say_why(self, reason: str) -> None:
        if not self._said:
            typer.echo(f"逐件计算，会慢一些：{reason}", err=True)
            self._said = True


def what_if(
    city: Annotated[str, typer.Argument(help="城市代码，如 xiamen")],
    path: Annotated[str, typer.Argument(help="公式的路径，如 wage_deposit.required_amount")],
    cases: Annotated[Path, typer.Argument(help="CSV 文件：第一行写事实的路径，以下每行一件；其他列原样带出")],
    on: Annotated[str | None, typer.Option("--on", help="适用的日期，如 2025-01-15；不写为今天")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="写到文件；不写则显示")] = None,
    against: Annotated[Path | None, typer.Option("--against", help="拟改的城市文件夹，与现行规则逐件对照")] = None,
    rules: Annotated[Path | None, typer.Option("--rules", envvar="ANXIN_RULES", help="另一个规则文件夹")] = None,
) -> None:
    """对一批案件试算一条公式；可与拟改的规则对照：哪些件改变，合计改变多少。"""
    [place] = city_folders.find_named([city], rules)
    rulesets = [city_folders.load(place)]
    if against is not None:
        rulesets.append(_load_draft(against, city))
    for ruleset in rulesets:
        _require_formula(ruleset, path)
    if out is not None and out.resolve() == cases.resolve():
        fail("--out 不能是案件文件本身；换一个文件名")
    runs = [FormulaRun(ruleset, path, parse_day(on)) for ruleset in rulesets]
    added = _ALONE if against is None else _BESIDE
    try:
        file = case_file.read(cases)
        others = file.other_columns(rulesets)
    except CaseFileInvalid as invalid:
        fail(str(invalid))
    for name in added:
        if name in file.header:
            fail(f"案件文件里已有“{name}”一列；先改名")
    if others:
        typer.echo(f"不是事实、原样带出的列：{'、'.join(others)}", err=True)
    with _open_output(out) as output:
        tally = _write_results(file, runs, added, output)
    for line in tally.lines(runs[0].kind):
        typer.echo(line, err=True)
    if tally.unreadable:
        raise typer.Exit(1)


def _load_draft(folder: Path, city: str) -> Ruleset:
    inside = (folder.parent if folder.is_file() else folder).resolve()
    if not (inside / "ruleset.yaml").is_file():
        fail(f"{folder} 中没有 ruleset.yaml；写拟改的城市文件夹的路径")
    return city_folders.load(Place(city, inside))


def _require_formula(ruleset: Ruleset, path: str) -> None:
    if ruleset.has("formulas", path):
        return
    if any(ruleset.has(section, path) for section in ("tables", "terms")):
        fail(f"“{path}”不是公式，不能成批试算；用 anxin rules explain 逐件说明")
    fail(f"{ruleset.city} 没有名为“{path}”的公式{suggest(path, ruleset.paths('formulas'))}")


@contextmanager
def _open_output(out: Path | None) -> Generator[TextIO]:
    """Standard output, or a file that is there when it is finished and not before. Spreadsheets want the mark."""
    if out is None:
        yield sys.stdout
        return
    draft = out.with_name(f"{out.name}.new")
    try:
        with draft.open("w", encoding="utf-8-sig", newline="") as output:
            yield output
        draft.replace(out)
    except OSError as error:
        fail(f"不能写入 {out}（{error.strerror}）")
    finally:
        draft.unlink(missing_ok=True)


class Tally:
    """What came of the cases, added up as they are written."""

    def __init__(self, cases: int, *, beside: bool) -> None:
        self._cases = cases
        self._beside = beside
        self._sums = [Decimal(0), Decimal(0)]
        self._computed = 0
        self._changed = 0
        self.unreadable: list[tuple[int, str]] = []

    def add(self, row: CaseRow, results: Sequence[CaseResult]) -> None:
        if any(result.unreadable for result in results):
            self.unreadable.append((row.line, _join_reasons(results)))
        amounts = [result.amount for result in results if result.amount is not None]
        self._changed += len({result.amount for result in results}) > 1
        if len(amounts) == len(results):
            self._computed += 1
            for place, amount in enumerate(amounts):
                self._sums[place] += amount

    def lines(self, kind: Kind) -> Iterator[str]:
        for line, reason in self.unreadable[:_MOST_LISTED]:
            yield f"第 {line} 行不能计算：{reason}"
        unreadable = len(self.unreadable)
        if unreadable > _MOST_LISTED:
            yield f"另有 {unreadable - _MOST_LISTED:,} 行不能计算，原因见结果"
        undecided = self._cases - self._computed - unreadable
        counts = f"得出 {self._computed:,} 件，没有结果 {undecided:,} 件，不能读取 {unreadable:,} 件"
        yield f"共 {self._cases:,} 件：{counts}"
        before, after = (values.display_text(total, kind) for total in self._sums)
        if self._beside:
            yield f"改变 {self._changed:,} 件"
        if kind is Kind.RATE:
            return
        if self._beside:
            difference = values.display_text(self._sums[1] - self._sums[0], kind)
            yield f"两边都得出的各件合计：现行 {before}，拟改 {after}，差额 {difference}"
        else:
            yield f"合计 {before}"


def _write_results(file: CaseFile, runs: Sequence[FormulaRun], added: Sequence[str], output: TextIO) -> Tally:
    writer = csv.writer(output, lineterminator="\r\n" if output is not sys.stdout else "\n")
    writer.writerow([*file.header, *added])
    tally = Tally(len(file.rows), beside=len(runs) > 1)
    for start in range(0, len(file.rows), _TOGETHER):
        rows = file.rows[start : start + _TOGETHER]
        for row, *results in zip(rows, *(run.compute(file, rows) for run in runs), strict=True):
            writer.writerow([*_fit(row.cells, len(file.header)), *_show(results, runs)])
            tally.add(row, results)
        typer.echo(f"已计算 {start + len(rows):,} / {len(file.rows):,} 件", err=True)
    return tally


def _fit(cells: Sequence[str], width: int) -> list[str]:
    """As many cells as the header has; what is too much stands together in the last one, so that nothing is lost."""
    if len(cells) <= width:
        return [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], ",".join(cells[width - 1 :])]


def _show(results: Sequence[CaseResult], runs: Sequence[FormulaRun]) -> list[str]:
    shown = [
        "" if result.amount is None else values.canonical_text(result.amount, run.kind)
        for result, run in zip(results, runs, strict=True)
    ]
    amounts = [result.amount for result in results if result.amount is not None]
    if len(results) > 1:
        both = len(amounts) == len(results)
        shown.append(values.canonical_text(amounts[1] - amounts[0], runs[0].kind) if both else "")
    return [*shown, _join_reasons(results)]


def _join_reasons(results: Sequence[CaseResult]) -> str:
    reasons = [result.reason for result in results]
    if len(set(reasons)) == 1:
        return reasons[0]
    named: list[Any] = [f"{name}：{reason}" for name, reason in zip(("现行", "拟改"), reasons, strict=True) if reason]
    return "；".join(named)

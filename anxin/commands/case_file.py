"""A file of cases, as a spreadsheet writes it: a row for each case, a column for each fact it states."""

import csv
import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anxin.commands import cells
from core.rulesets.facts import FactsInvalid
from core.rulesets.facts import read as read_facts
from core.rulesets.language.conditions import Facts
from core.rulesets.lookup import RuleLookup

_LOOKS_LIKE_A_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_NEAR = 0.8


class CaseFileInvalid(ValueError):
    """A file that cannot be taken at all; the text says why and what to do."""


class RowUnreadable(ValueError):
    """One row that states no case; the text says every reason."""


@dataclass(frozen=True)
class CaseRow:
    """``line`` is where the row ends in the file, which spreadsheets call its number."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class CaseFile:
    header: Sequence[str]
    rows: Sequence[CaseRow]

    def facts(self, row: CaseRow, rules: RuleLookup) -> Facts:
        """What the row states under these rules; an empty cell is not known. Raises RowUnreadable."""
        if len(row.cells) != len(self.header):
            raise RowUnreadable(f"这一行有 {len(row.cells)} 格，表头有 {len(self.header)} 格")
        stated = {
            path: cell.strip() or None
            for path, cell in zip(self.header, row.cells, strict=True)
            if rules.has("facts", path)
        }
        try:
            return read_facts(stated, rules, cells.read)
        except FactsInvalid as invalid:
            raise RowUnreadable("；".join(map(str, invalid.problems))) from None

    def other_columns(self, rulesets: Sequence[RuleLookup]) -> list[str]:
        """The columns that state no fact, such as a project's name. Raises CaseFileInvalid for a misspelt fact."""
        facts = [path for rules in rulesets for path in rules.paths("facts")]
        others = [name for name in self.header if name not in facts]
        for name in others:
            near = difflib.get_close_matches(name, facts, 1, _NEAR)
            if near or _LOOKS_LIKE_A_PATH.fullmatch(name):
                hint = f"是不是 {near[0]}？" if near else "对照规则中 facts 的名称；不是事实的列，用中文作列名"
                raise CaseFileInvalid(f"没有名为“{name}”的事实；{hint}")
        if len(others) == len(self.header):
            raise CaseFileInvalid("没有一列是事实；第一行写事实的路径，如 application.contract_amount")
        return others


def read(path: Path) -> CaseFile:
    """Raises CaseFileInvalid for what is no table with a header."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CaseFileInvalid(f"不能读取 {path}（{error.strerror}）") from error
    rows = list(_rows(_decode(content, path), path))
    if not rows:
        raise CaseFileInvalid(f"{path} 是空的；第一行写事实的路径，以下每行一件")
    header = [name.strip() for name in rows[0].cells]
    for place, name in enumerate(header, 1):
        if not name:
            raise CaseFileInvalid(f"第 {place} 列没有列名；写事实的路径，或删去这一列")
        if name in header[: place - 1]:
            raise CaseFileInvalid(f"有两列都叫“{name}”；删去一列，或改名")
    return CaseFile(header, rows[1:])


def _decode(content: bytes, path: Path) -> str:
    """Spreadsheets in China write GB 18030 unless they are asked for UTF-8."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CaseFileInvalid(f"{path} 既不是 UTF-8 也不是 GB 18030 编码的文字；另存为“CSV UTF-8”")


def _rows(text: str, path: Path) -> Iterator[CaseRow]:
    """Rows with anything in them."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield CaseRow(reader.line_num, cells)
    except csv.Error as error:
        raise CaseFileInvalid(f"{path} 第 {reader.line_num} 行不成表格（{error}）；检查引号是否成对") from error

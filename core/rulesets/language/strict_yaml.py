"""YAML read so that what a clerk wrote is what the platform understands, and every part knows its line.

Stock YAML drops the first of two equal keys, turns ``on`` into True, ``12:30`` into 750, ``0460000`` into an octal and
``1.10`` into a float. Here only ``true``, ``false`` and ``null`` are words of the language; numbers are ``Decimal`` or
``int`` from their text; ``10%`` is a rate; everything that would make two readers disagree is refused. The file is read
in one pass over PyYAML's events: nothing is constructed, so nothing can be executed or expanded.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

import yaml

from core import texts
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.language.slips import mend

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 20
MOST_VALUES = 50_000
"""Ten times the longest city; more would stall whoever waits for the reader."""
MOST_DIGITS = 30

Location = tuple[str | int, ...]
Mark = tuple[int, int]
"""Line and column, from 1."""


class Rate(Decimal):
    """A fraction that was written with a percent sign: ``1.5%`` is ``Rate("0.015")``."""


@dataclass(frozen=True)
class Document:
    """A file's content, and the place of every value and key in it."""

    file: str
    data: Any
    marks: Mapping[Location, Mark]
    key_marks: Mapping[Location, Mark]

    def known(self, location: Location) -> Location:
        """The part of ``location`` that exists in the file.

        A validator adds tags, which are stepped over. A tag may be named like a key beside the place that is meant
        (``fact``), so the longest way down counts, and of equal ones that which ends as asked.
        """
        ways: list[Location] = [()]
        for part in location:
            ways += [(*way, part) for way in ways if (*way, part) in self.marks]
        return max(ways, key=lambda way: (len(way), way[-1:] == location[-1:]))

    def value(self, location: Location) -> Any:
        """What stands at a place that exists."""
        found = self.data
        for part in location:
            found = found[part]
        return found

    def diagnostic(self, location: Location, code: str, message: str, remedy: str, *, key: bool = False) -> Diagnostic:
        """A finding at the nearest place that exists; ``key`` points at the key instead of its value."""
        known = self.known(location)
        line, column = (self.key_marks if key else self.marks).get(known, self.marks.get(known, (1, 1)))
        return Diagnostic(self.file, line, column, dotted_path(known), code, message, remedy)


def dotted_path(location: Location) -> str:
    """``("tiers", 1, "rate")`` as ``tiers[1].rate``."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def parse(content: bytes, file: str) -> Document:
    """The document in ``content``; raises RulesetInvalid with every trap. ``file`` is the name that findings show."""
    document, problems = read(content, file)
    if problems:
        raise RulesetInvalid(problems)
    return document


def read(content: bytes, file: str) -> tuple[Document, list[Diagnostic]]:
    """The document and its traps, so that a caller can look for more before it tells them all.

    What cannot be understood is None in the document. Raises RulesetInvalid where nothing more can be read.
    """
    text, slips = mend(_text(content, file), file)
    if slips:
        return _read_on(text, file, slips)
    if _LIBYAML is not None and not _READ_OTHERWISE.search(text):
        with suppress(yaml.MarkedYAMLError, RulesetInvalid):
            document, problems = _document(text, file, _LIBYAML)
            if not problems:
                return document, problems
    return _document(text, file, yaml.SafeLoader)


def _read_on(text: str, file: str, slips: list[Diagnostic]) -> tuple[Document, list[Diagnostic]]:
    """What else is wrong, beside the slips and not on their lines, where one mistake would be told twice."""
    told = {slip.line for slip in slips}
    try:
        document, problems = _document(text, file, yaml.SafeLoader)
    except RulesetInvalid as invalid:
        raise RulesetInvalid([*slips, *(each for each in invalid.diagnostics if each.line not in told)]) from None
    return document, [*slips, *(each for each in problems if each.line not in told)]


def _document(text: str, file: str, loader: type[Any]) -> tuple[Document, list[Diagnostic]]:
    reader = _Reader(file, _events(text, loader))
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        found = _syntax(error, text, file)
        if loader is _LIBYAML:
            raise RulesetInvalid([found]) from None
        return _read_around(text, file, [*reader.problems, found])
    return Document(file, data, reader.marks, reader.key_marks), reader.problems


def _read_around(text: str, file: str, found: list[Diagnostic]) -> tuple[Document, list[Diagnostic]]:
    """The rest of a file with one line that is no YAML, so that all else is told in the same wave.

    Raises RulesetInvalid where leaving that line out does not help: then nothing more can be read.
    """
    lines = text.split("\n")
    lines[min(found[-1].line, len(lines)) - 1] = ""
    reader = _Reader(file, _events("\n".join(lines), yaml.SafeLoader))
    try:
        data = reader.document()
    except (yaml.MarkedYAMLError, RulesetInvalid):
        raise RulesetInvalid(found) from None
    places = {(each.line, each.column) for each in found}
    beside = range(found[-1].line - 1, found[-1].line + 2)
    also = [each for each in reader.problems if (each.line, each.column) not in places and each.line not in beside]
    return Document(file, data, reader.marks, reader.key_marks), [*found, *also]


def _events(text: str, loader: type[Any]) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=loader)  # pyright: ignore[reportUnknownMemberType] -- the stubs leave parse untyped


_LIBYAML: type[Any] | None = getattr(yaml, "CSafeLoader", None)
"""Ten times as fast; None where PyYAML was built without it.

It reads what is in order. A file with anything wrong is read again by PyYAML's own parser: what a clerk is told, and
where, does not hang on how PyYAML was built.
"""
_READ_OTHERWISE = re.compile(r"[\t?]|[|>][0-9+-]*#")
"""libyaml takes tabs and a comment close behind | where PyYAML refuses them, and question marks in lists for text."""
_NUMBER = re.compile(r"[-+]?[0-9０-９][0-9０-９_,，]*([.．][0-9０-９_]*)?[%％]?")
_DIGITS = r"(0|[1-9][0-9]*(_[0-9]+)*)"
_INTEGER = re.compile(rf"-?{_DIGITS}")
_DECIMAL = re.compile(rf"-?{_DIGITS}\.[0-9]+")
_PERCENT = re.compile(rf"-?{_DIGITS}(\.[0-9]+)?%")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BREAK = re.compile(r"\r\n|[\r\n]")
# The thread's own context may round what a clerk wrote.
_EXACT = Context(prec=2 * MOST_DIGITS)


class _Reader:
    """Walks the events once: values out, places and problems kept."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.marks: dict[Location, Mark] = {}
        self.key_marks: dict[Location, Mark] = {}
        self.problems: list[Diagnostic] = []
        self.count = 0

    def document(self) -> Any:
        next(self.events)  # the stream's start
        start = next(self.events)
        if not isinstance(start, yaml.DocumentStartEvent):
            self._problem(start, (), "EMPTY", "文件为空", "写入 format: 1 和 ruleset 段，或由 anxin rules new 生成")
            return None
        if start.version or start.tags:
            self._problem(start, (), "DIRECTIVE", "不允许使用 % 开头的指令", "删去该行")
        data = self._value(next(self.events), ())
        next(self.events)  # the document's end
        if isinstance(another := next(self.events), yaml.DocumentStartEvent):
            self._problem(another, (), "MULTIPLE_DOCUMENTS", "一个文件里有多个文档", "删去 --- 之后的内容，另存为文件")
        return data

    def _value(self, event: yaml.Event, location: Location, *, inline: bool = False) -> Any:
        self._refuse_borrowed(event, location)
        self.marks[location] = _mark(event)
        self.count += 1
        if self.count > MOST_VALUES:
            self._problem(event, location, "TOO_MANY_VALUES", f"内容超过 {MOST_VALUES} 项", "拆分或删减内容")
            raise RulesetInvalid(self.problems)
        match event:
            case yaml.AliasEvent():
                return None
            case yaml.ScalarEvent():
                return self._scalar(event, location, inline=inline)
            case yaml.MappingStartEvent():
                self._refuse_depth(event, location)
                return dict(self._pairs(location, inline=bool(event.flow_style)))
            case _:
                self._refuse_depth(event, location)
                return list(self._items(location))

    def _items(self, location: Location) -> Iterator[Any]:
        index = 0
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self._value(event, (*location, index))
            index += 1

    def _pairs(self, location: Location, *, inline: bool) -> Iterator[tuple[str, Any]]:
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, location)
            value = self._value(next(self.events), (*location, key), inline=inline)
            yield key, value

    def _key(self, event: yaml.Event, location: Location) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._problem(event, location, "KEY_NOT_TEXT", "键必须是文字", "把复合键改写为文字键")
            self._value(event, (*location, "?"))
            return "?"
        self._refuse_borrowed(event, location)
        key = str(event.value)
        here = (*location, key)
        if here in self.key_marks:
            message = f"重复的键“{key}”，第 {self.key_marks[here][0]} 行已经写过"
            self._problem(event, here, "DUPLICATE_KEY", message, "删去其中一个")
        if key == "<<":
            self._problem(event, location, "MERGE_KEY", "不允许合并键 <<", "把内容完整写出")
        self.key_marks[here] = _mark(event)
        return key

    def _scalar(self, event: yaml.ScalarEvent, location: Location, *, inline: bool) -> Any:
        text = str(event.value)
        if event.style:  # None where nothing quotes it, by libyaml empty
            return text
        if text in ("true", "false"):
            return text == "true"
        if text == "null":
            return None
        if text in ("", "~"):
            remedy = "未配置请明确写 null；含花括号的文字请加引号" if inline else "未配置请明确写 null"
            return self._problem(event, location, "EMPTY_VALUE", "没有写值", remedy)
        if _DATE.fullmatch(text):
            return self._date(event, text, location)
        if _NUMBER.fullmatch(text):
            return self._number(event, text, location)
        return text

    def _date(self, event: yaml.Event, text: str, location: Location) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return self._problem(
                event, location, "NO_SUCH_DATE", f"没有这一天：{text}", "按 2024-07-01 的格式写存在的日期"
            )

    def _number(self, event: yaml.Event, text: str, location: Location) -> int | Decimal | None:
        plain = text.replace("_", "")
        if unicodedata.normalize("NFKC", text) != text:
            return self._problem(event, location, "FULL_WIDTH", f"数字“{text:.40}”含全角字符", "改用半角数字")
        if sum(map(str.isdigit, text)) > MOST_DIGITS:
            return self._problem(
                event, location, "TOO_MANY_DIGITS", f"数字超过 {MOST_DIGITS} 位", "检查是否多写；编号请加引号"
            )
        if _INTEGER.fullmatch(text):
            return int(plain)
        if _DECIMAL.fullmatch(text):
            return Decimal(plain)
        if _PERCENT.fullmatch(text):
            return Rate(Decimal(plain[:-1]).scaleb(-2, _EXACT))
        if re.fullmatch(r"0[0-9]+", text):
            message = f"“{text}”以 0 开头，会被误读为八进制数"
            return self._problem(event, location, "LEADING_ZERO", message, f'代码请加引号："{text}"')
        remedy = "写成 10_000_000、0.05 或 5%；文字请加引号"
        return self._problem(event, location, "BAD_NUMBER", f"“{text}”不是明确的数字", remedy)

    def _refuse_borrowed(self, event: yaml.Event, location: Location) -> None:
        """Anchors, aliases and tags make one place speak for another; diffs and line numbers would lie."""
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._problem(event, location, "ALIAS", "不允许使用锚点或别名（& 和 *）", "把内容完整写出")
        if isinstance(event, (yaml.CollectionStartEvent, yaml.ScalarEvent)) and event.tag:
            self._problem(event, location, "TAG", f"不允许使用标签 {event.tag}", "删去标签")

    def _refuse_depth(self, event: yaml.Event, location: Location) -> None:
        """At once, not collected: what lies deeper could exhaust the stack."""
        if len(location) >= MOST_DEPTH:
            self._problem(event, location, "TOO_DEEP", "嵌套过深", f"最多 {MOST_DEPTH} 层")
            raise RulesetInvalid(self.problems)

    def _problem(self, event: yaml.Event, location: Location, code: str, message: str, remedy: str) -> None:
        line, column = _mark(event)
        self.problems.append(Diagnostic(self.file, line, column, dotted_path(location), code, message, remedy))


def _text(content: bytes, file: str) -> str:
    """The file's text. A byte order mark and Windows line ends, which editors add on their own, are accepted."""
    if len(content) > MOST_BYTES:
        raise RulesetInvalid([Diagnostic(file, 1, 1, "", "TOO_LARGE", "文件超过 1 MiB", "拆分或删减内容")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RulesetInvalid(
            [Diagnostic(file, line, 1, "", "NOT_UTF8", "文件不是 UTF-8 编码", "另存为 UTF-8")]
        ) from None
    if problems := list(_odd_characters(text, file)):
        raise RulesetInvalid(problems)
    return text


def _odd_characters(text: str, file: str) -> Iterator[Diagnostic]:
    for number, line in enumerate(_BREAK.split(text), 1):
        if not unicodedata.is_normalized("NFC", line):
            yield Diagnostic(file, number, 1, "", "NOT_NFC", "含有未规范化的字符（非 NFC）", "重新输入该行文字")
        if unseen := texts.find_unseen(line, remark=True):  # a tab is refused where it indents
            message, remedy = f"含有看不见的字符 {unseen.number}", "删去该字符，或重新输入该行"
            yield Diagnostic(file, number, unseen.place, "", "INVISIBLE", message, remedy)


_SYNTAX = {
    "cannot start any token": "此处的字符不能开头",
    "mapping values are not allowed": "一行里出现了第二个“: ”",
    "<block end>": "此处与上面的层级对不上",
    "expected ',' or": "行内的 { } 或 [ ] 没有正确分隔或结束",
    "unexpected end of stream": "引号没有结束",
    "could not find expected ':'": "缺少冒号",
}


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = _BREAK.split(text)
    # The mark stands where the reader gave up, which can be a line after the cause.
    source = "\n".join(lines[max(0, line - 2) : line])
    remedy = "检查缩进、冒号后的空格和引号是否成对"
    if "\t" in source:
        remedy = "缩进用空格，不用制表符"
    elif "{" in source:
        remedy += "；含花括号的文字请加引号"
    said = str(error.problem or error.context)
    cause = next((cause for words, cause in _SYNTAX.items() if words in said), said)
    return Diagnostic(file, line, column, "", "SYNTAX", f"YAML 语法错误（{cause}）", remedy)


def _mark(event: yaml.Event) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1

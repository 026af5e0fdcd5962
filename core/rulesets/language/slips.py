"""Slips of the hand that YAML would misread, named as what they are: each at its own line, told once.

What was meant is plain, so the text is read on as if it were written; the file is refused all the same.
"""

import re
from collections.abc import Callable

from core.rulesets.language.diagnostics import Diagnostic

_KEY = r"[a-z_][a-z0-9_.]*"
_HEAD = rf"(?P<head>^\s*(?:- )?|[{{,]\s*)(?P<key>{_KEY})"
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|(?:^|(?<=\s))#.*$")
_Mend = Callable[[re.Match[str]], str]

_SLIPS: tuple[tuple[re.Pattern[str], str, str, str, _Mend], ...] = (
    (
        re.compile("\u00a0"),
        "ODD_BLANK",
        "有一个不间断空格（U+00A0），多半是从网页或文档粘贴来的",
        "删去，重新输入普通空格",
        lambda found: " ",
    ),
    (
        re.compile("(?P<before>^ *|[-:,{\\[] *)\u3000"),
        "ODD_BLANK",
        "有一个全角空格",
        "改用半角空格",
        lambda found: f"{found['before']} ",
    ),
    (
        re.compile(rf"{_HEAD}\s*：\s*"),
        "FULL_WIDTH_SIGN",
        "键的后面是全角冒号“：”",
        "改用半角冒号加空格“: ”",
        lambda found: f"{found['head']}{found['key']}: ",
    ),
    (
        re.compile(rf"，\s*(?={_KEY}\s*: )"),
        "FULL_WIDTH_SIGN",
        "两项之间是全角逗号“，”",
        "改用半角逗号加空格“, ”",
        lambda found: ", ",
    ),
    (
        re.compile(rf"{_HEAD}:(?=[^\s:/,}}\]])"),
        "MISSING_BLANK",
        "冒号后面少了空格",
        "冒号后加一个空格",
        lambda found: f"{found['head']}{found['key']}: ",
    ),
    (
        re.compile(r"(?<=: )(?P<number>-?\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?)(?=\s*(?:$|[,}]))"),
        "THOUSANDS",
        "数字里有千分位的逗号",
        "去掉逗号，或用下划线分隔：5_000_000.00",
        lambda found: re.sub("[,，]", "", found["number"]),
    ),
)
_CONFLICT = re.compile(r"(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)( |$)")


def mend(text: str, file: str) -> tuple[str, list[Diagnostic]]:
    """The text as it was meant, line by line, and what was wrong with it."""
    lines, found = _take_one_side(text.split("\n"), file)
    mended = list[str]()
    for number, line in enumerate(lines, 1):
        plain = _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), line)
        for pattern, code, message, remedy, instead in _SLIPS:
            if match := pattern.search(plain):
                column = match.end("key") if "key" in match.groupdict() else match.start()
                found.append(Diagnostic(file, number, column + 1, "", code, message, remedy))
                plain, line = pattern.sub(instead, plain), _replace(pattern, instead, plain, line)  # noqa: PLW2901
        mended.append(line)
    return "\n".join(mended), found


def _replace(pattern: re.Pattern[str], instead: _Mend, plain: str, line: str) -> str:
    """The same replacements in the line itself, whose quoted parts the plain one hides."""
    parts, end = list[str](), 0
    for match in pattern.finditer(plain):
        parts += [line[end : match.start()], instead(match)]
        end = match.end()
    return "".join([*parts, line[end:]])


def _take_one_side(lines: list[str], file: str) -> tuple[list[str], list[Diagnostic]]:
    """The upper side of every conflict that a merge left, the other lines blank, so that all keep their numbers."""
    taken, found, hidden = list[str](), list[Diagnostic](), False
    for number, line in enumerate(lines, 1):
        marker = _CONFLICT.match(line)
        if marker and marker[1] == "<<<<<<<":
            message = "合并留下的冲突标记（<<<<<<<、=======、>>>>>>>）"
            remedy = "比较两边，留下一边，删去三行标记"
            found.append(Diagnostic(file, number, 1, "", "GIT_CONFLICT", message, remedy))
        if marker:
            hidden = marker[1] in ("=======", "|||||||")
        taken.append("" if marker or hidden else line)
    return (taken, found) if found else (lines, [])

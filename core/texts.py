"""What people type, fit to be kept, shown and compared: the one place that trims it and says what no text may hold.

Nothing here asks Python whether it knows a character: names are written with ones newer than its tables, in every
extension of the CJK ideographs and in private use, and those stay as they are.
"""

import re
import unicodedata
from dataclasses import dataclass

MOST_OF_A_LINE = 200
MOST_OF_A_REMARK = 2_000
"""Characters, where the form does not say; no text is longer than a remark."""
_REMARKS = frozenset({"remarks", "reason"})

# By Unicode's list of what shows nothing (Default_Ignorable_Code_Point) and what is no character, and two blanks that
# look like nothing at all: Hangul's filler and the empty pattern of Braille.
_HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
)
# They choose the shape of the character before them, as names need it, and are nothing without one.
_VARIATIONS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_BREAKS = "\t\n\r"

_PLAIN = re.compile("[0-9A-Za-z\u4e00-\u9fff（）]{0,200}")
"""Most of what is typed: nothing needs to be looked for in it."""
_UNSEEN_IN_REMARKS = re.compile(f"[{_HIDDEN}]")
_UNSEEN_IN_LINES = re.compile(f"[{_HIDDEN}{_BREAKS}]")
_BEFORE = re.compile(rf"[\s{_HIDDEN}{_VARIATIONS}]*")
_BEHIND = re.compile(rf"[\s{_HIDDEN}]*")


@dataclass(frozen=True)
class Unseen:
    """A character of a text that nobody sees: its place, from 1, and its number."""

    place: int
    number: str


def is_remark(field: str) -> bool:
    """Whether the field of that name takes several lines; any other is one."""
    return field.rpartition(".")[2] in _REMARKS


def is_plain(text: str) -> bool:
    """Whether a text is surely fit for any field as it is; most are, and this is told at once."""
    return _PLAIN.fullmatch(text) is not None


def tidy(text: str) -> str:
    """Without blanks and what nobody sees at both ends, where pasting leaves them; empty where nothing else is there.
    Lines end as they do in Unix."""
    text = text[: len(text) - _length(_BEHIND, text[::-1])]  # backwards: a search from the front is quadratic
    return text[_length(_BEFORE, text) :].replace("\r\n", "\n").replace("\r", "\n")


def find_unseen(text: str, *, remark: bool = False) -> Unseen | None:
    """The first character that does not belong into a line, or into a remark, where lines may be broken."""
    found = (_UNSEEN_IN_REMARKS if remark else _UNSEEN_IN_LINES).search(text)
    return Unseen(found.start() + 1, f"U+{ord(found[0]):04X}") if found else None


def drop_unseen(text: str) -> str:
    """What a text that nobody can be asked about keeps: a file's name."""
    return _UNSEEN_IN_LINES.sub("", text)


def one_line(text: str) -> str:
    """With a blank for whatever breaks a line: of what was stored before it was refused."""
    return " ".join(_UNSEEN_IN_LINES.sub(" ", text).split())


def fold(text: str) -> str:
    """What two ways to write the same have in common: width, case, brackets and blanks make no difference. Only to
    compare: it is never shown nor kept."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s", "", plain).translate(_BRACKETS)


def search_key_in_sql(column: str) -> str:
    """What of a column's text is looked for, for a column that is generated from it: width, case of Latin letters,
    blanks and brackets make no difference (1号楼 and １ 号楼, 建〔2024〕1号 and 建[2024]1号)."""
    kept = f"normalize(coalesce({column}, ''), NFKC)"
    return f"translate({kept}, '{_CAPITALS}{_PASSED_OVER}', '{_CAPITALS.lower()}')"


def _length(pattern: re.Pattern[str], text: str) -> int:
    """Of what the pattern, which may be nothing, finds at the beginning."""
    found = pattern.match(text)
    return found.end() if found else 0


_BRACKETS = str.maketrans("〔〕【】", "[][]")
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PASSED_OVER = " ()[]〔〕【】"
SEARCHED = str.maketrans(_CAPITALS, _CAPITALS.lower(), _PASSED_OVER)
"""The same of what is typed, for ``str.translate`` of its form NFKC."""

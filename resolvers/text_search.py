"""Looks for a part of a text as people type it: in full or half width, whichever the text was written in.

Letters, digits and brackets of either width are one character to whoever searches (１号楼 and 1号楼). A part
without them is compared as it is, which costs PostgreSQL a quarter.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, false

MOST = 500
"""Characters that are looked for; no name and no title has as many."""
_SHIFT = 0xFEE0
"""From a printable character of ASCII to the same in full width."""
_WIDE_BLANK = "\u3000"
_OF_TWO_WIDTHS = re.compile("[\u0020-\u007e\u3000\uff01-\uff5e]")


def contains(column: Any, part: str) -> ColumnElement[bool]:
    """Whether the column's text has the part somewhere."""
    if len(part) > MOST:
        return false()
    if not _OF_TWO_WIDTHS.search(part):
        return column.contains(part, autoescape=True)
    return column.regexp_match("".join(map(_either_width, part)))


def _either_width(character: str) -> str:
    """As PostgreSQL's expressions take it: by numbers, so that no character means anything but itself."""
    narrow = " " if character == _WIDE_BLANK else character
    if "\uff01" <= character <= "\uff5e":
        narrow = chr(ord(character) - _SHIFT)
    if not " " <= narrow <= "~":
        return f"\\U{ord(character):08x}"
    wide = _WIDE_BLANK if narrow == " " else chr(ord(narrow) + _SHIFT)
    return f"[\\u{ord(narrow):04x}\\u{ord(wide):04x}]"

"""What a clerk's spreadsheet writes in a cell, as the value it means; what could mean two things means nothing."""

import re

from core.decisions import Kind, Value
from core.rulesets.language import values

_HALF_WIDTH = {**{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}, 0x3000: 0x20}
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_BOOLEANS = {"true": "true", "是": "true", "false": "false", "否": "false"}
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|年([0-9]{1,2})月)([0-9]{1,2})日?")


def read(cell: str, kind: Kind) -> Value:
    """The value of a cell of that kind; raises WrongKind, which repeats the cell as it is written."""
    try:
        return values.from_text(_canonical(cell, kind), kind)
    except values.WrongKind:
        return values.from_text(cell, kind)


def _canonical(cell: str, kind: Kind) -> str:
    """As the API would take it: 1,000.00 without its commas, TRUE and 是 as true, 2024/7/1 as 2024-07-01."""
    if kind not in (*values.NUMERIC, Kind.BOOLEAN, Kind.DATE):
        return cell
    text = cell.translate(_HALF_WIDTH).strip()
    match kind:
        case Kind.BOOLEAN:
            return _BOOLEANS.get(text.lower(), text)
        case Kind.MONEY | Kind.INTEGER if _GROUPED.fullmatch(text):
            return text.replace(",", "")
        case Kind.DATE if day := _DAY.fullmatch(text):
            year, *months, of_month = day.groups()
            return f"{year}-{next(filter(None, months)):0>2}-{of_month:0>2}"
        case _:
            return text

"""Division codes (行政区划代码) of GB/T 2260, as far as they can be told from any six digits."""

import re

_PROVINCES = frozenset(
    {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82}
)


def can_be(code: str) -> bool:
    """Whether the code is six digits that begin with a province's."""
    return re.fullmatch(r"[0-9]{6}", code) is not None and int(code[:2]) in _PROVINCES


def range_of(region: str) -> tuple[str, str]:
    """The first and the last code of what lies in a region, itself included."""
    begins = re.sub("(00)+$", "", region)
    return begins.ljust(len(region), "0"), begins.ljust(len(region), "9")


def lies_in(code: str, region: str) -> bool:
    """Whether an area is a region or part of it: a code begins with that of what it lies in, two digits a level."""
    return code.startswith(re.sub("(00)+$", "", region))

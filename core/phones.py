"""Telephone numbers of mainland China, as people write them and as they are kept."""

import re
import unicodedata

_EXTENSION = re.compile(r"(?:转|轉|分机号?|ext\.?|x|#)[:.\s]*([0-9]{1,6})\Z")
_GAPS = re.compile(r"[\s\-‐‑‒–—―−.·・]+")
_COUNTRY = re.compile(r"(?:\+|00)86")
_MOBILE = re.compile(r"(?:86)?(1[3-9][0-9]{9})")
_SERVICE = re.compile(r"([48]00)([0-9]{3})([0-9]{4})")
# Three digits where the first two are 01 or 02, four elsewhere.
_AREA = r"(0(?:10|2[0-9])|0[3-9][0-9]{2})"
_LANDLINE = re.compile(rf"{_AREA}([0-9]{{7,8}})")
_LANDLINE_WITH_EXTENSION = re.compile(rf"{_AREA}-?([0-9]{{7,8}})-([0-9]{{1,6}})")


def read(text: str) -> str | None:
    """The number as it is kept: 13900000009, 024-12345678, 024-12345678转801, 400-123-4567; None for what is none.

    Taken with +86 or 0086 before it, blanks, hyphens, full width, brackets around the area, an extension behind 转,
    分机, ext, # or a last hyphen.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    extension = ""
    if behind := _EXTENSION.search(plain):
        plain, extension = plain[: behind.start()].rstrip(" -,，;；"), behind[1]
    plain = _GAPS.sub("-", plain.replace("(", "").replace(")", "-")).strip("-")
    country = _COUNTRY.match(plain)
    plain = plain[country.end() :].strip("-") if country else plain
    if country and not plain.startswith("0") and not _MOBILE.fullmatch(plain.replace("-", "")):
        plain = f"0{plain}"  # abroad the area's zero is not dialled
    if not extension and (found := _LANDLINE_WITH_EXTENSION.fullmatch(plain)):
        return f"{found[1]}-{found[2]}转{found[3]}"
    digits = plain.replace("-", "")
    if found := _MOBILE.fullmatch(digits):
        return None if extension else found[1]
    if found := _SERVICE.fullmatch(digits.removeprefix("0") if country else digits):
        number = f"{found[1]}-{found[2]}-{found[3]}"
    elif found := _LANDLINE.fullmatch(digits):
        number = f"{found[1]}-{found[2]}"
    else:
        return None
    return f"{number}转{extension}" if extension else number


def as_kept(text: str) -> str:
    """The number as it is kept; what is none as it is written, for a form or a log-in to refuse it."""
    return read(text) or text

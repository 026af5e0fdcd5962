"""Reading and showing the values that rules speak of: one text form each, in files, answers and kept decisions."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from typing import Any, cast

from core import texts
from core.decisions import Kind, Value
from core.messages import Language
from core.money import rate_text, yuan, yuan_text
from core.rulesets.language.strict_yaml import MOST_DIGITS, Rate
from core.workdays import Span

NUMERIC = frozenset({Kind.MONEY, Kind.RATE, Kind.INTEGER})

NAMES = {
    Kind.MONEY: "金额",
    Kind.RATE: "比例",
    Kind.INTEGER: "整数",
    Kind.BOOLEAN: "是否",
    Kind.DATE: "日期",
    Kind.SPAN: "期限",
    Kind.CODE: "代码",
    Kind.TEXT: "文字",
    Kind.CODES: "代码列表",
    Kind.TEXTS: "文字列表",
}

EXPECTED = {
    Kind.MONEY: "金额（元，最多两位小数），如 2600000.00",
    Kind.RATE: "比例，写 0.05 或 5%",
    Kind.INTEGER: "整数",
    Kind.BOOLEAN: "true 或 false",
    Kind.DATE: "日期，如 2024-07-01",
    Kind.SPAN: "期限，如 5 working_day、30 day、1 month",
    Kind.CODE: "代码",
    Kind.TEXT: "文字",
    Kind.CODES: "代码列表",
    Kind.TEXTS: "文字列表",
}

_DIGITS = rf"-?[0-9]{{1,{MOST_DIGITS}}}"
_MONEY = re.compile(rf"{_DIGITS}(\.[0-9]{{1,2}})?")
_RATE = re.compile(rf"{_DIGITS}(\.[0-9]{{1,{MOST_DIGITS}}})?%?")
_INTEGER = re.compile(_DIGITS)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PYTHON_TYPES: Mapping[Kind, type | None] = {
    **dict.fromkeys(Kind, str),
    Kind.MONEY: None,  # Decimals are of that kind if they are finite
    Kind.RATE: None,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.CODES: tuple,
    Kind.TEXTS: tuple,
}
# What another library sets on the thread's context must not change a value.
_EXACT = Context(prec=4 * MOST_DIGITS)


class WrongKind(ValueError):
    """A value that is not of the kind its declaration names; the text says what was expected."""


def from_yaml(raw: Any, kind: Kind) -> Value:
    """The typed value of what the strict reader gave; raises WrongKind."""
    match kind, raw:
        case Kind.BOOLEAN, bool():
            return raw
        case _, bool():
            pass
        case Kind.MONEY, int() | Decimal() if Decimal(raw) == yuan(raw):
            return yuan(raw)
        case Kind.RATE, int() | Decimal() if isinstance(raw, Rate) or abs(raw) <= 1:
            return Decimal(raw)
        case Kind.INTEGER, int():
            return raw
        case Kind.DATE, date():
            return raw
        case Kind.SPAN, str():
            return _parse_span(raw)
        case Kind.CODE | Kind.TEXT, str():
            return raw
        case Kind.CODES | Kind.TEXTS, list() if all(isinstance(item, str) for item in cast("list[Any]", raw)):
            return tuple(cast("list[str]", raw))
        case _:
            pass
    raise WrongKind(f"应为{EXPECTED[kind]}，写的是 {_quote(raw)}")


def from_text(text: str, kind: Kind) -> Value:
    """The typed value of canonical text, as the API takes facts; raises WrongKind."""
    try:
        return _TEXT_READERS[kind](text)
    except (ValueError, KeyError):
        raise WrongKind(f"应为{EXPECTED[kind]}，写的是 {_quote(text)}") from None


def has_kind(value: object, kind: Kind) -> bool:
    """Whether a value that code passes has the Python type of its kind."""
    if type(value) is _PYTHON_TYPES[kind]:
        return True
    match kind:
        case Kind.MONEY | Kind.RATE:
            # Whole numbers are exact too; a float never is.
            if type(value) is Decimal:
                return value.is_finite()
            return isinstance(value, Decimal | int) and not isinstance(value, bool) and Decimal(value).is_finite()
        case Kind.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.DATE:
            return type(value) is date
        case Kind.CODES | Kind.TEXTS:
            return isinstance(value, tuple)
        case Kind.SPAN | Kind.CODE | Kind.TEXT:
            return isinstance(value, str)


def canonical_text(value: Value, kind: Kind) -> str:
    """Text that a machine reads: plain digits, ISO dates, ``true``; lists joined by commas."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(value)
        case date():
            return value.isoformat()
        case Decimal() | int() if kind is Kind.MONEY:
            return f"{yuan(value):f}"
        case Decimal():
            return _strip_zeros(f"{value:f}")
        case _:
            return str(value)


def display_text(value: Value, kind: Kind, language: Language = "zh") -> str:
    """Text that a person reads."""
    english = language == "en"
    match kind, value:
        case _, bool():
            return ("yes" if value else "no") if english else ("是" if value else "否")
        case Kind.MONEY, Decimal() | int():
            return f"{yuan_text(yuan(value))} {'yuan' if english else '元'}"
        case Kind.RATE, Decimal() | int():
            return rate_text(Decimal(value))
        case Kind.SPAN, str():
            return Span.parse(value).en() if english else Span.parse(value).zh()
        case _, tuple():
            return (", " if english else "、").join(value)
        case _:
            return str(value)


def number_text(amount: Decimal) -> str:
    """Digits with thousands separators and no needless zeros."""
    return _strip_zeros(f"{amount:,f}")


def _strip_zeros(digits: str) -> str:
    text = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if text == "-0" else text


def _parse_span(text: str) -> str:
    try:
        return str(Span.parse(text))
    except ValueError:
        raise WrongKind(f"应为{EXPECTED[Kind.SPAN]}，写的是 {_quote(text)}") from None


def _parse_money(text: str) -> Decimal:
    return yuan(_require_match(_MONEY, text))


def _parse_rate(text: str) -> Decimal:
    if _require_match(_RATE, text).endswith("%"):
        return Decimal(text[:-1]).scaleb(-2, _EXACT)
    if abs(rate := Decimal(text)) > 1:
        raise ValueError(text)
    return rate


def _parse_integer(text: str) -> int:
    return int(_require_match(_INTEGER, text))


def _parse_date(text: str) -> date:
    return date.fromisoformat(_require_match(_DATE, text))


def _parse_boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _parse_text(text: str) -> str:
    """As an input's text is taken, but that nobody says which character it is."""
    text = texts.tidy(text)
    if texts.find_unseen(text, remark=True) or len(text) > texts.MOST_OF_A_REMARK:
        raise ValueError(text)
    return text


def _parse_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_TEXT_READERS: Mapping[Kind, Callable[[str], Value]] = {
    Kind.MONEY: _parse_money,
    Kind.RATE: _parse_rate,
    Kind.INTEGER: _parse_integer,
    Kind.BOOLEAN: _parse_boolean,
    Kind.DATE: _parse_date,
    Kind.SPAN: _parse_span,
    Kind.CODE: _parse_text,
    Kind.TEXT: _parse_text,
    Kind.CODES: _parse_list,
    Kind.TEXTS: _parse_list,
}


def _require_match(pattern: re.Pattern[str], text: str) -> str:
    """Stricter than int(), Decimal() and fromisoformat(), which take blanks, other scripts' digits and 20240701."""
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _quote(raw: object) -> str:
    words = {True: "true", False: "false", None: "null"}
    return f"“{words.get(raw, raw) if isinstance(raw, bool | None) else raw!s:.60}”"

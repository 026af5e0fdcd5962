"""How values are written: amounts and rates as text, so that no float ever touches them."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

from core import uscc
from core.actor import CHINA
from core.messages import Message
from core.money import yuan
from resolvers.scalars import Rate, RegionCode, Uscc, Yuan
from schema.error_codes import ValueRefused
from schema.input_errors import seen

# Thirteen digits of yuan times a rate of three still fit into the eighteen of an amount's column.
_YUAN = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")
_RATE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _parse_yuan(value: Any) -> Decimal:
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise _refused(value, "yuan")
    return yuan(value)


def _parse_rate(value: Any) -> Decimal:
    if not isinstance(value, str) or not _RATE.fullmatch(value):
        raise _refused(value, "rate")
    return Decimal(value)


def _parse_uscc(value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(value, "uscc_no_text")
    try:
        return uscc.check(value)
    except uscc.InvalidUscc as invalid:
        raise ValueRefused(Message("value.uscc", seen=_seen(value), wrong=invalid.wrong)) from None


def _parse_region(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{6}", value):
        raise _refused(value, "region")
    return value


def _parse_date(value: Any) -> date:
    try:
        return date.fromisoformat(value if _DATE.fullmatch(value) else "")
    except (ValueError, TypeError):
        raise _refused(value, "date") from None


def _moment(moment: datetime) -> str:
    """As PostgreSQL writes it, too: of a second's fraction no more digits than it has."""
    whole, dot, fraction = moment.astimezone(CHINA).isoformat().partition(".")
    return whole + (dot + fraction[:6].rstrip("0") + fraction[6:] if dot else "")


def _parse_moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _refused(value, "moment")
    return moment


def _refused(value: Any, kind: str) -> ValueRefused:
    return ValueRefused(Message(f"value.{kind}", seen=_seen(value)))


def _seen(value: Any) -> Message:
    return seen(value, json.dumps(value, ensure_ascii=False, default=str))


SCALARS: dict[object, ScalarDefinition] = {
    Yuan: strawberry.scalar(
        name="Yuan",
        description='An amount in yuan as text with two places, "2600000.00"; JSON numbers are refused (金额).',
        serialize=lambda value: f"{yuan(value):f}",
        parse_value=_parse_yuan,
    ),
    Rate: strawberry.scalar(
        name="Rate",
        description='A fraction as text: "0.015" is 1.5 %; JSON numbers are refused (比率).',
        serialize=lambda value: f"{Decimal(value).normalize():f}",
        parse_value=_parse_rate,
    ),
    Uscc: strawberry.scalar(
        name="USCC",
        description="A credit code, GB 32100-2015: 18 characters with a valid check character (统一社会信用代码).",
        serialize=str,
        parse_value=_parse_uscc,
    ),
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description='A GB/T 2260 division code of six digits as text: "210500" is Benxi (行政区划代码).',
        serialize=str,
        parse_value=_parse_region,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A legal day in China, "2024-07-01" (日期).',
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A moment with its offset, shown in Asia/Shanghai: "2024-07-01T09:00:00+08:00" (时间).',
        serialize=_moment,
        parse_value=_parse_moment,
    ),
}

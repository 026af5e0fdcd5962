"""How values are written: amounts and rates as text, so that no float ever touches them."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

from core import uscc
from core.acting import CHINA
from core.money import yuan
from resolvers.scalars import Rate, RegionCode, Uscc, Yuan

_YUAN = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_RATE = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?")


def _parse_yuan(value: Any) -> Decimal:
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise ValueError(f'金额应为文字形式的元，最多两位小数，如 "2600000.00"；收到 {value!r}')
    return yuan(value)


def _parse_rate(value: Any) -> Decimal:
    if not isinstance(value, str) or not _RATE.fullmatch(value):
        raise ValueError(f'比例应为文字形式的小数，如 "0.13" 表示 13%；收到 {value!r}')
    return Decimal(value)


def _parse_uscc(value: Any) -> str:
    try:
        return uscc.check(value if isinstance(value, str) else "")
    except uscc.InvalidUscc as invalid:
        raise ValueError(f"统一社会信用代码{invalid.reason}；收到 {value!r}") from None


def _parse_region(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{6}", value):
        raise ValueError(f'行政区划代码应为六位数字文字，如 "210500"；收到 {value!r}')
    return value


def _parse_date(value: Any) -> date:
    try:
        return date.fromisoformat(value if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else "")
    except (ValueError, TypeError):
        raise ValueError(f'日期应为 "2024-07-01" 的形式；收到 {value!r}') from None


def _parse_moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError(f'时间应为带时区的 ISO 8601，如 "2024-07-01T09:00:00+08:00"；收到 {value!r}') from None
    if moment.tzinfo is None:
        raise ValueError(f"时间须带时区；收到 {value!r}")
    return moment


SCALARS: dict[object, ScalarDefinition] = {
    Yuan: strawberry.scalar(
        name="Yuan",
        description='An amount in yuan as text with two places, "2600000.00". JSON numbers are refused.',
        serialize=lambda value: f"{yuan(value):f}",
        parse_value=_parse_yuan,
    ),
    Rate: strawberry.scalar(
        name="Rate",
        description='A fraction as text: "0.015" is 1.5 %. JSON numbers are refused.',
        serialize=lambda value: f"{Decimal(value).normalize():f}",
        parse_value=_parse_rate,
    ),
    Uscc: strawberry.scalar(
        name="USCC",
        description="统一社会信用代码 (GB 32100-2015): 18 characters with a valid check character.",
        serialize=str,
        parse_value=_parse_uscc,
    ),
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description='A GB/T 2260 division code of six digits as text: "210500" is Benxi.',
        serialize=str,
        parse_value=_parse_region,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A legal day in China, "2024-07-01".',
        serialize=date.isoformat,
        parse_value=_parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A moment with its offset, shown in Asia/Shanghai: "2024-07-01T09:00:00+08:00".',
        serialize=lambda moment: moment.astimezone(CHINA).isoformat(),
        parse_value=_parse_moment,
    ),
}

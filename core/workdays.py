"""Working days of mainland China, make-up days (调休) counted, and the day a period ends."""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

# What the State Council's own list fixes by the solar calendar (全国年节及纪念日放假办法, 2024 revision): all that can
# be known of a year whose notice is not out. The festivals of the moon wait for the notice.
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}
_ZH = {"working_day": "个工作日", "day": "日", "month": "个月", "year": "年"}
_DAY = timedelta(days=1)


class Unit(StrEnum):
    """What a period is counted in."""

    WORKING_DAY = "working_day"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Span:
    """A period as a rule writes it: "5 working_day", "1 month"."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.count <= 9999:
            raise ValueError(f"a period of {self.count}: the count must be between 0 and 9999")

    @classmethod
    @lru_cache(256)
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything but a count, one space and a unit in the singular."""
        match = re.fullmatch(r"([0-9]{1,4}) (working_day|day|month|year)", text)
        if not match:
            raise ValueError(f'{text!r} is not a period; write "5 working_day", "30 day", "1 month" or "3 year"')
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    def zh(self) -> str:
        """For a sentence: 5个工作日, 30日, 1个月, 3年."""
        return f"{self.count}{_ZH[self.unit]}"

    def en(self) -> str:
        """For a sentence: 5 working days, 1 month."""
        return f"{self.count} {self.unit.replace('_', ' ')}{'' if self.count == 1 else 's'}"


class HolidayNotice(BaseModel):
    """The State Council's yearly notice that a table rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    number: str
    published: date


@dataclass(frozen=True)
class Calendar:
    """Days off and make-up days; a year without an entry in `notices` has no published table.

    `local` holds days off that a minority area sets for itself (art. 4 of the same text), such as 三月三 in a county of
    Hainan: `dataclasses.replace(national(), local={...})`.
    """

    notices: Mapping[int, HolidayNotice]
    holidays: Mapping[date, str]
    makeup_days: frozenset[date]
    local: Mapping[date, str] = field(default_factory=dict[date, str])

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From `cn-<year>.yaml` files. Raises ValueError naming the file that does not hold."""
        tables = [_read_table(path) for path in sorted(folder.glob("cn-*.yaml"))]
        return cls(
            notices={table.year: table.notice for table in tables},
            holidays={day: holiday.name for table in tables for holiday in table.holidays for day in holiday.days()},
            makeup_days=frozenset(day for table in tables for day in table.makeup_days),
        )


@dataclass(frozen=True)
class Skipped:
    """A day that did not count, and why: the holiday's name, or 周末."""

    date: date
    reason: str


@dataclass(frozen=True)
class DueDate:
    """The last day of a period.

    Provisional when it rests on a year without a published table: recompute when the notice is out. `calendar` names
    the notices used, empty where no calendar was needed.
    """

    on: date
    provisional: bool = False
    skipped: tuple[Skipped, ...] = ()
    calendar: str = ""


@cache
def national() -> Calendar:
    """The calendar shipped with the platform."""
    return Calendar.load(Path(__file__).parent / "calendars")


def day_off(day: date, calendar: Calendar) -> str | None:
    """Why nobody works on `day`; None on a working day."""
    if day in calendar.local:
        return calendar.local[day]
    if day in calendar.makeup_days:
        return None
    holiday = calendar.holidays.get(day)
    if holiday is None and day.year not in calendar.notices:
        holiday = _FIXED.get((day.month, day.day))
    return holiday or ("周末" if day.weekday() >= 5 else None)


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Provisional in a year that is not in `calendar.notices`."""
    return day_off(day, calendar) is None


def due(start: date, span: Span, *, calendar: Calendar, roll_forward: bool = False) -> DueDate:
    """The last day of `span` after `start`, which is itself not counted (Civil Code art. 201).

    Months and years end on the corresponding day, or on the month's last (art. 202). A last day off moves to the next
    working day only with `roll_forward` (art. 203): an act's own rule may say otherwise (art. 204).
    """
    try:
        if span.unit is Unit.WORKING_DAY:
            return _count_working_days(start, span.count, calendar)
        last = _find_corresponding(start, span)
        return _count_working_days(last - _DAY, 1, calendar) if roll_forward else DueDate(last)
    except OverflowError:  # registers write 9999-12-31 for "no end"
        return DueDate(date.max, provisional=True)


def before(end: date, span: Span) -> date:
    """The day a reminder `span` ahead of `end` falls on. Raises ValueError for working days."""
    if span.unit is Unit.WORKING_DAY:
        raise ValueError("a reminder is counted in days, months or years, not in working days")
    return _find_corresponding(end, span, sign=-1)


def latest_end(on: date, span: Span) -> date:
    """The last end of which a reminder `span` ahead has fallen by `on`: a month before March 31 is February 28, too."""
    end = _find_corresponding(on, span)
    while before(end + _DAY, span) <= on:
        end += _DAY
    return end


def inclusive_days(start: date, end: date) -> int:
    """Days of cover, both ends counted. Raises ValueError if it ends before it starts."""
    if end < start:
        raise ValueError(f"the period ends on {end}, before it starts on {start}")
    return (end - start).days + 1


def _count_working_days(start: date, count: int, calendar: Calendar) -> DueDate:
    day, skipped = start, list[Skipped]()
    while count:
        day += _DAY
        if reason := day_off(day, calendar):
            skipped.append(Skipped(day, reason))
        else:
            count -= 1
    years = range((start + _DAY).year, day.year + 1)
    return DueDate(
        day,
        provisional=any(year not in calendar.notices for year in years),
        skipped=tuple(skipped),
        calendar="；".join(_describe_basis(year, calendar) for year in years),
    )


def _describe_basis(year: int, calendar: Calendar) -> str:
    notice = calendar.notices.get(year)
    return notice.number if notice else f"{year}年放假安排未公布，按周末和固定日期的法定节假日推算"


def _find_corresponding(start: date, span: Span, *, sign: int = 1) -> date:
    if span.unit is Unit.DAY:
        return start + timedelta(days=sign * span.count)
    months = sign * (span.count * 12 if span.unit is Unit.YEAR else span.count)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError(year)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


class _Holiday(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


class _Table(BaseModel):
    """A year as its notice sets it; `working_days` is the sum that a slip of the pen would break."""

    model_config = ConfigDict(extra="forbid")

    year: int
    notice: HolidayNotice
    holidays: list[_Holiday]
    makeup_days: list[date]
    working_days: int


def _read_table(path: Path) -> _Table:
    try:
        table = _Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"{path.name} is not a calendar: {error}") from error
    holidays = {day for holiday in table.holidays for day in holiday.days()}
    for day in table.makeup_days:
        if day.weekday() < 5 or day in holidays:
            raise ValueError(
                f"{path.name}: makeup_days: {day} is not a day off that could be made up; check the notice"
            )
    year = (date(table.year, 1, 1) + timedelta(days=n) for n in range(366))
    working = [
        day
        for day in year
        if day.year == table.year and (day in table.makeup_days or (day.weekday() < 5 and day not in holidays))
    ]
    if len(working) != table.working_days:
        raise ValueError(
            f"{path.name}: working_days: the dates give {len(working)}, the file says {table.working_days}; check both"
        )
    return table

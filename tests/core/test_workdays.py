"""Working days, the ends of periods, and the tables they rest on."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from core.workdays import Calendar, Skipped, Span, Unit, day_off, due, inclusive_days, is_working_day, national

D = date.fromisoformat
FIVE = Span(5, Unit.WORKING_DAY)


@pytest.mark.parametrize(
    ("year", "days"), [(2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)]
)
def test_the_working_days_of_a_year(year, days):
    every = (date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year == 2024)))
    assert sum(is_working_day(day, national()) for day in every) == days


def test_every_shipped_table_names_its_notice():
    numbers = {year: notice.number for year, notice in national().notices.items()}
    assert numbers == {
        2021: "国办发明电〔2020〕27号",
        2022: "国办发明电〔2021〕11号",
        2023: "国办发明电〔2022〕16号",
        2024: "国办发明电〔2023〕7号",
        2025: "国办发明电〔2024〕12号",
        2026: "国办发明电〔2025〕7号",
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-09-24", "2025-09-30"),  # Sunday 28 is made up
        ("2025-09-30", "2025-10-14"),  # eight days off, Saturday 11 is made up
        ("2026-09-30", "2026-10-13"),
        ("2023-09-25", "2023-10-08"),  # eight days off, Saturday 7 and Sunday 8 are made up
        ("2024-02-09", "2024-02-22"),  # Sunday 18 is made up
    ],
)
def test_five_working_days(start, end):
    answer = due(D(start), FIVE, calendar=national())
    assert (answer.on, answer.provisional) == (D(end), False)


def test_a_due_date_tells_the_days_that_did_not_count_and_the_notice():
    answer = due(D("2025-09-30"), FIVE, calendar=national())
    assert [skipped.date.day for skipped in answer.skipped] == [1, 2, 3, 4, 5, 6, 7, 8, 12]
    assert answer.skipped[0] == Skipped(D("2025-10-01"), "国庆节、中秋节")
    assert answer.skipped[-1] == Skipped(D("2025-10-12"), "周末")
    assert answer.calendar == "国办发明电〔2024〕12号"


def test_the_first_day_is_not_counted_even_when_it_is_off():
    saturday = D("2026-03-07")
    assert due(saturday, Span(1, Unit.WORKING_DAY), calendar=national()).on == D("2026-03-09")
    assert due(saturday, Span(0, Unit.WORKING_DAY), calendar=national()).on == saturday


def test_a_deadline_in_a_year_without_a_table_is_provisional_and_never_raises():
    answer = due(D("2026-12-29"), FIVE, calendar=national())
    assert (answer.on, answer.provisional) == (D("2027-01-06"), True)
    assert Skipped(D("2027-01-01"), "元旦") in answer.skipped
    assert answer.calendar == "国办发明电〔2025〕7号；2027年放假安排未公布，按周末和固定日期的法定节假日推算"


@pytest.mark.parametrize("day", ["2031-01-01", "2031-05-01", "2031-05-02", "2031-10-01", "2031-10-02", "2031-10-03"])
def test_the_fixed_statutory_days_are_known_without_a_table(day):
    assert day_off(D(day), national()) in ("元旦", "劳动节", "国庆节")


def test_a_published_year_takes_its_days_off_from_the_notice_alone():
    table = replace(national(), holidays={})
    assert is_working_day(D("2025-05-01"), table)


def test_the_corresponding_day_or_the_end_of_the_month():
    def end(start, span):
        return due(D(start), Span.parse(span), calendar=national()).on

    assert end("2025-01-31", "1 month") == D("2025-02-28")
    assert end("2024-01-31", "1 month") == D("2024-02-29")
    assert end("2025-12-15", "1 month") == D("2026-01-15")
    assert end("2024-02-29", "1 year") == D("2025-02-28")
    assert end("2024-02-29", "4 year") == D("2028-02-29")
    assert end("2025-11-30", "14 month") == D("2027-01-30")
    assert end("2025-09-01", "30 day") == D("2025-10-01")


def test_a_last_day_off_moves_only_where_the_rule_says_so():
    thirty = Span(30, Unit.DAY)
    still = due(D("2025-09-01"), thirty, calendar=national())
    assert (still.on, still.provisional, still.skipped, still.calendar) == (D("2025-10-01"), False, (), "")
    moved = due(D("2025-09-01"), thirty, calendar=national(), roll_forward=True)
    assert (moved.on, len(moved.skipped), moved.calendar) == (D("2025-10-09"), 8, "国办发明电〔2024〕12号")


def test_a_last_day_that_is_a_working_day_stays_where_it_is():
    moved = due(D("2025-09-01"), Span(27, Unit.DAY), calendar=national(), roll_forward=True)
    assert (moved.on, moved.skipped) == (D("2025-09-28"), ())  # a Sunday made up


def test_a_last_day_rolled_in_a_year_without_a_table_is_provisional():
    moved = due(D("2026-01-01"), Span(1, Unit.YEAR), calendar=national(), roll_forward=True)
    assert (moved.on, moved.provisional) == (D("2027-01-04"), True)


def test_a_local_holiday_does_not_count_in_its_place_only():
    county = replace(national(), local={D("2026-04-20"): "三月三"})
    answer = due(D("2026-04-17"), Span(1, Unit.WORKING_DAY), calendar=county)
    assert answer.on == D("2026-04-21")
    assert Skipped(D("2026-04-20"), "三月三") in answer.skipped
    assert due(D("2026-04-17"), Span(1, Unit.WORKING_DAY), calendar=national()).on == D("2026-04-20")


@pytest.mark.parametrize("span", ["5 working_day", "30 day", "1 month", "3 year"])
@pytest.mark.parametrize("roll_forward", [True, False])
def test_a_date_that_means_no_end_has_no_later_deadline(span, roll_forward):
    answer = due(date.max, Span.parse(span), calendar=national(), roll_forward=roll_forward)
    assert (answer.on, answer.provisional) == (date.max, True)


@pytest.mark.parametrize(
    ("text", "zh"),
    [("5 working_day", "5个工作日"), ("30 day", "30日"), ("1 month", "1个月"), ("3 year", "3年")],
)
def test_a_span_is_read_and_written(text, zh):
    assert str(Span.parse(text)) == text
    assert Span.parse(text).zh() == zh


@pytest.mark.parametrize(
    "text", ["", "5", "5 days", "-1 day", "1.5 month", "5  day", "５ day", "five day", "10000 day", "5 day\n"]
)
def test_a_text_that_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match='is not a period; write "5 working_day"'):
        Span.parse(text)


@pytest.mark.parametrize("count", [-1, 10_000])
def test_a_span_of_impossible_length_is_refused(count):
    with pytest.raises(ValueError, match="between 0 and 9999"):
        Span(count, Unit.DAY)


def test_cover_counts_both_ends():
    assert inclusive_days(D("2024-05-27"), D("2024-06-30")) == 35
    assert inclusive_days(D("2024-09-30"), D("2025-11-29")) == 426
    assert inclusive_days(D("2026-01-01"), D("2026-01-01")) == 1


def test_cover_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends on 2026-01-01, before it starts on 2026-01-02"):
        inclusive_days(D("2026-01-02"), D("2026-01-01"))


def _table(folder: Path, **changes: object) -> Path:
    text = (Path(__file__).parents[2] / "core" / "calendars" / "cn-2026.yaml").read_text(encoding="utf-8")
    (folder / "cn-2026.yaml").write_text(yaml.safe_dump(yaml.safe_load(text) | changes), encoding="utf-8")
    return folder


def test_a_table_is_read_from_any_folder(tmp_path):
    assert Calendar.load(_table(tmp_path)).holidays[D("2026-02-16")] == "春节"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"working_days": 249}, "cn-2026.yaml: working_days: the dates give 248, the file says 249"),
        ({"makeup_days": [date(2026, 3, 3)]}, "cn-2026.yaml: makeup_days: 2026-03-03 is not a day off"),
        ({"makeup_days": [date(2026, 10, 3)]}, "cn-2026.yaml: makeup_days: 2026-10-03 is not a day off"),
        ({"makeup": []}, "cn-2026.yaml is not a calendar"),
        ({"holidays": [{"name": "元旦", "from": "2026-01-01"}]}, "cn-2026.yaml is not a calendar"),
    ],
)
def test_a_table_with_a_slip_is_refused_by_name(tmp_path, changes, words):
    with pytest.raises(ValueError, match=words):
        Calendar.load(_table(tmp_path, **changes))


def test_a_table_that_is_not_yaml_is_refused_by_name(tmp_path):
    (tmp_path / "cn-2027.yaml").write_text("year: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"cn-2027\.yaml is not a calendar"):
        Calendar.load(tmp_path)


def test_a_notice_may_change_the_december_before_its_year(tmp_path):
    _table(tmp_path)
    text = (tmp_path / "cn-2026.yaml").read_text(encoding="utf-8")
    later = yaml.safe_load(text) | {"year": 2027, "holidays": [], "makeup_days": [D("2026-12-26")], "working_days": 261}
    (tmp_path / "cn-2027.yaml").write_text(yaml.safe_dump(later), encoding="utf-8")
    both = Calendar.load(tmp_path)
    assert is_working_day(D("2026-12-26"), both)
    assert not is_working_day(D("2026-12-26"), national())

"""The bench, small: its Python sides answer and write alike, and its figures mean what they say."""

import asyncio
from datetime import UTC, datetime
from xml.etree import ElementTree

import psycopg
import pytest

from bench import act, ratios, sides
from bench.chart import Bar, Panel, drawn
from bench.comparison import running
from bench.database import Filled, described, fill
from bench.load import length
from bench.measuring import Measured
from bench.operations import normal, numbered, written
from bench.ratios import reached
from resolvers import ids

PROJECTS = 80
TEXTS = """
    SELECT (SELECT count(DISTINCT (channel, subject, regexp_replace(body, '[0-9]{12}', ''))) FROM message
            WHERE notice = 'deposit_used'),
           (SELECT count(DISTINCT body) FROM kept_decision WHERE act = 'record')"""
"""Different messages and decisions of uses, the notice's number left out."""


@pytest.fixture
def filled(database_url: str) -> Filled:
    asyncio.run(fill(database_url, PROJECTS, lambda _: None))
    return asyncio.run(described(database_url))


def test_both_ways_of_ours_and_hand_written_sql_answer_and_write_alike(filled: Filled) -> None:
    with running(filled, [sides.ANXIN, sides.DATALOADER, sides.LIMIT], lambda _: None) as runners:
        [ours, *others] = [runner.asked for runner in runners]
    twice = {"message": 2, "procrastinate_jobs": 2, "procrastinate_events": 2}
    assert ours.written == {**dict.fromkeys(act.TABLES, 1), **twice}
    assert len(ours.requests["Q2"]) == len(filled.projects) == PROJECTS / 4
    assert all(other.answers.items() <= ours.answers.items() for other in others)
    with psycopg.connect(filled.dsn) as connection:
        assert connection.execute(TEXTS).fetchall() == [(2, 1)]


def test_an_answer_that_differs_ends_the_run(filled: Filled) -> None:
    blind = Filled(**{**vars(filled), "office": filled.office + 1})
    with (
        pytest.raises(SystemExit, match="the limit answers Q1 otherwise"),
        running(blind, [sides.ANXIN, sides.LIMIT], lambda _: None),
    ):
        pass


def test_sides_differ_only_in_how_they_write_ids_states_moments_and_cursors() -> None:
    ours = {"id": ids.made("Project", 7), "state": "SECURED", "createdAt": "2024-01-01T08:00:00+08:00", "cursor": "x"}
    theirs = {"id": "7", "state": "secured", "createdAt": "2024-01-01T00:00:00.000000+00:00", "cursor": "y"}
    expected = {"id": 7, "state": "SECURED", "createdAt": datetime(2024, 1, 1, tzinfo=UTC), "cursor": True}
    assert normal(ours) == normal(theirs) == expected
    assert normal({"cursor": ""}) != normal({"cursor": "x"})
    assert normal({"amount": "1.0"}) != normal({"amount": "1.00"})


def test_every_notice_has_a_number_of_its_own() -> None:
    requests = numbered([written({"noticeNumber": "?" * 12}, "token")])
    first, second = next(requests), next(requests)
    assert first != second
    assert len(first) == len(second)
    assert b"?" not in first


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 40),
        (b"HTTP/1.1 200 OK\r\ncontent-length:2\r\nx: y\r\n\r\n", 45),
        (b"HTTP/1.1 200 OK\r\nContent-Le", 0),
    ],
)
def test_an_answer_ends_where_its_head_says(answer: bytes, whole: int) -> None:
    assert length(bytearray(answer)) == whole


def test_ratios_are_better_above_one_against_peers_and_below_against_the_limit() -> None:
    ours, peer = Measured(200, 10, 30, 1, 2), Measured(100, 40, 40, 1, 2)
    figures = {"Q1": {"anxin": ours, "postgraphile": peer, "limit": Measured(400, 5, 15, 1, 2)}}
    assert ratios.ratios(figures, "anxin")["Q1"] == {
        "postgraphile": {"rps": 2, "web_cpu": 4, "total_cpu": 2},
        "limit": {"total_cpu": 2},
    }
    assert reached("Q1", "postgraphile", "rps", 2.9) is False
    assert reached("Q1", "postgraphile", "rps", 3.0) is True
    assert reached("Q1", "limit", "total_cpu", 1.3) is False
    assert reached("Q1", "postgraphile", "total_cpu", 1.0) is None


def test_a_bar_far_beyond_the_others_is_cut_so_that_they_can_be_seen() -> None:
    tree = ElementTree.fromstring(drawn([Panel("a < b", [Bar("x", 10, 10), Bar("y", 900, 100), Bar("z", 5, 5)])]))
    svg = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f"{svg}path")) == 1
    assert max(float(bar.get("width", 0)) for bar in tree.findall(f"{svg}rect[@class='web']")) < 880

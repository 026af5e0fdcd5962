"""The bench, small: its sides answer and write alike, and its figures mean what they say."""

import asyncio
import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from bench import act, decisions, node, plans, ratios, row_security, sides
from bench.chart import Bar, Panel, draw
from bench.comparison import run_sides
from bench.database import Filled, describe, fill
from bench.load import length
from bench.measuring import Measured
from bench.operations import encode_request, normalize, number_notices
from bench.ratios import verdict
from bench.wire import listen
from core.access import Concerning
from plugins import cities
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
    return asyncio.run(describe(database_url))


def test_both_ways_of_ours_and_hand_written_sql_answer_and_write_alike(filled: Filled) -> None:
    with run_sides(filled, sides.PYTHON, lambda _: None) as runners:
        [ours, *others] = [runner.asked for runner in runners]
    twice = {"message": 2, "procrastinate_jobs": 2, "procrastinate_events": 2}
    rows = {table: len(rows) for table, rows in ours.written.items()}
    assert rows == {**dict.fromkeys(act.TABLES, 1), **twice, "wage_deposit": 1}
    [deposit] = ours.written["wage_deposit"]
    assert (deposit["state"], deposit["replenish_by"] is None) == ("to_replenish", False)
    assert len(ours.requests["Q2"]) == len(filled.projects) == PROJECTS / 4
    assert all(other.answers.items() <= ours.answers.items() for other in others)
    shown = {who: sum(node is not None for node in answers["Q2"]) for who, answers in ours.others.items()}
    assert shown == {
        "the officer": PROJECTS / 4,
        "an industry authority's officer": PROJECTS / 4,
        "an enterprise's handler": 5,
        "somebody who acts for nobody": 0,
        "somebody whose session has ended": 0,
        "a stranger": 0,
    }
    assert {act for answers in ours.others.values() for act in answers["M1"]} == {"refused"}
    with psycopg.connect(filled.dsn) as connection:
        assert connection.execute(TEXTS).fetchall() == [(2, 1)]


@pytest.mark.skipif(not node.is_installed(), reason="the peers' packages come with the first `make bench`")
def test_peers_do_equal_work_for_whoever_asks(filled: Filled) -> None:
    row_security.install(filled.dsn)
    with run_sides(filled, [sides.ANXIN, *sides.EQUAL_PEERS], lambda _: None) as runners:
        ours = runners[0].asked
    assert all(runner.asked.others == ours.others for runner in runners)
    assert all(runner.asked.written == ours.written for runner in runners)


def test_policies_of_a_role_show_the_rows_that_its_column_names(filled: Filled) -> None:
    row_security.install(filled.dsn)
    row_security.install(filled.dsn)
    column_of_role = {role: column for role, (column,) in Concerning.column_of_role.items()}
    for role, column in {**column_of_role, "nobody": None, "stranger": None}.items():
        with psycopg.connect(filled.dsn) as connection:
            by = sql.Identifier(column or "office_id")
            mine = sql.SQL("SELECT {}, count(*) FROM project GROUP BY 1 LIMIT 1").format(by)
            [(organization, rows)] = connection.execute(mine).fetchall()
            settings = {"anxin.account": 1, "anxin.organization": organization, "role": f"bench_{role}"}
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, true)", [name, str(value)])
            assert connection.execute("SELECT count(*) FROM project").fetchall() == [(rows if column else 0,)]
            named = connection.execute("SELECT count(*) > 0 FROM organization").fetchall()
            assert named == [(role != "stranger",)]


def test_tables_for_another_engine_say_what_the_rules_say() -> None:
    [benxi] = [ruleset for ruleset in cities.load(None) if ruleset.city == "benxi"]
    version = decisions.export(benxi, date(2026, 3, 2))
    tables = {node["id"]: node["content"] for node in version["tables"]["nodes"] if node["type"] == "decisionTableNode"}
    secured, left = tables["checks"]["rules"]
    assert (secured["deposit.secured"], secured["says"]) == ("false", '"DEPOSIT_NOT_SECURED"')
    assert (left["deposit_use.not_more_than_left"], left["says"]) == ("false", '"USE_EXCEEDS_DEPOSIT"')
    assert (left["deposit.secured"], left["deposit_use.amount"]) == ("true", "$ != null")
    first, otherwise = tables["period"]["rules"]
    period = version["periods"]["2021-11-01"]
    assert first["says"] == '"2021-11-01"'
    assert (period["days"], period["decision"]["value"]) == (10, "10 working_day")
    assert version["periods"][json.loads(otherwise["says"])]["days"] is None
    assert "10个工作日" in version["notice"]["body"]
    assert "{deposit_use.amount}" in version["notice"]["body"]


def test_statements_are_heard_with_the_role_in_which_they_run(database_url: str) -> None:
    dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with listen(dsn) as wire, psycopg.connect(wire.dsn) as connection:
        connection.execute("SELECT 1 WHERE %s", [True])
        roles = json.dumps([["role", "pg_monitor"]], separators=(",", ":"))
        connection.execute("SELECT set_config(el->>0, el->>1, true) FROM json_array_elements(%s::json) el", [roles])
        connection.execute("SELECT 2")
        connection.commit()
        connection.execute("SELECT 3")
        connection.execute("SET \"role\" TO 'anxin_reader'")
        connection.execute("SELECT 4")
    heard = dict(wire.heard)
    assert [("SELECT 1 WHERE $1", None) in heard, ("SELECT 3", None) in heard] == [True, True]
    assert [("SELECT 2", "pg_monitor") in heard, ("SELECT 4", "anxin_reader") in heard] == [True, True]


def test_a_plan_that_reads_a_table_along_an_index_reads_all_of_it_unless_a_limit_ends_it() -> None:
    def plan(kind: str, *nodes: dict[str, object]) -> dict[str, object]:
        return {"Node Type": kind, "Plans": list(nodes)}

    found: dict[str, object] = {"Node Type": "Index Scan", "Relation Name": "project", "Index Cond": "(id = $1)"}
    along: dict[str, object] = {"Node Type": "Index Scan", "Relation Name": "project", "Index Name": "pk_project"}
    all: dict[str, object] = {"Node Type": "Seq Scan", "Relation Name": "project"}
    written: dict[str, object] = {"Node Type": "ModifyTable", "Relation Name": "message"}
    assert plans.indexed_tables([plan("Sort", found, written)]) == {"project", "message"}
    assert plans.indexed_tables([plan("Sort", found, all)]) == set()
    for reads_all in (
        plan("Sort", along),
        plan("Limit", plan("Sort", along)),
        plan("Limit", all),
        plan("Limit", {**along, "Subplan Name": "InitPlan 1"}),
    ):
        assert plans.scanned_tables([reads_all]) == {"project"}
    for ends in (plan("Sort", found, written), plan("Limit", along), plan("Limit", plan("Nested Loop", along))):
        assert plans.scanned_tables([ends]) == set()


def test_an_answer_that_differs_ends_the_run(filled: Filled) -> None:
    blind = Filled(**{**vars(filled), "office": filled.office + 1})
    with (
        pytest.raises(SystemExit, match="the limit answers Q1 otherwise"),
        run_sides(blind, [sides.ANXIN, sides.LIMIT], lambda _: None),
    ):
        pass


def test_sides_differ_only_in_how_they_write_ids_states_moments_and_cursors() -> None:
    ours = {"id": ids.encode("Project", 7), "state": "SECURED", "createdAt": "2024-01-01T08:00:00+08:00", "cursor": "x"}
    theirs = {"id": "7", "state": "secured", "createdAt": "2024-01-01T00:00:00.000000+00:00", "cursor": "y"}
    expected = {"id": 7, "state": "SECURED", "createdAt": datetime(2024, 1, 1, tzinfo=UTC), "cursor": True}
    assert normalize(ours) == normalize(theirs) == expected
    assert normalize({"cursor": ""}) != normalize({"cursor": "x"})
    assert normalize({"amount": "1.0"}) != normalize({"amount": "1.00"})


def test_every_notice_has_a_number_of_its_own() -> None:
    requests = number_notices([encode_request({"noticeNumber": "?" * 12}, "token")])
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


def test_a_ratio_reaches_its_goal_or_lies_between_floor_and_goal_or_below() -> None:
    said = [verdict("Q1", "mercurius", ratio) for ratio in (3.0, 2.99, 2.0, 1.99)]
    assert said == ["goal 3 reached", *["between floor 2 and goal 3"] * 2, "BELOW floor 2, goal 3"]
    assert verdict("Q1", "mercurius_bare", 0.5) is None


def test_a_bar_far_beyond_the_others_is_cut_so_that_they_can_be_seen() -> None:
    tree = ElementTree.fromstring(draw([Panel("a < b", [Bar("x", 10, 10), Bar("y", 900, 100), Bar("z", 5, 5)])]))
    svg = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f"{svg}path")) == 1
    assert max(float(bar.get("width", 0)) for bar in tree.findall(f"{svg}rect[@class='web']")) < 880

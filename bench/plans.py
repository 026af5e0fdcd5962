"""How PostgreSQL runs the statements of our server and of those that do equal work: their plans, kept and compared."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.answers import Asker
from bench.database import Filled
from bench.operations import OPERATIONS
from bench.servers import run_server
from bench.sides import Side
from bench.wire import Statement, listen

FILE = Path(__file__).with_name("plans.json")
_KEPT = ("Node Type", "Subplan Name", "Relation Name", "Index Name", "Index Cond", "Filter", "Sort Key", "Plan Rows")
_STREAMING = ("Nested Loop", "Result", "Memoize", "Subquery Scan", "LockRows")
"""Nodes that ask for no more rows than they are asked for."""
_PLANNED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
_SETTINGS = "-c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1"
Plans = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
"""By operation and side: each statement, the role it is planned in, its plan."""


def compare(filled: Filled, sides: Sequence[Side], say: Callable[[str], None]) -> Plans:
    """The plans of every side, the first of which is ours; the run ends if another one reads more than ours."""
    found: dict[str, dict[str, Sequence[Mapping[str, Any]]]] = {operation: {} for operation in OPERATIONS}
    for side in sides:
        for operation, statements in _listen_to(side, filled).items():
            found[operation][side.name] = _explain_all(filled.dsn, statements)
    for operation, by_side in found.items():
        ours = indexed_tables([entry["plan"] for entry in by_side[sides[0].name]])
        for side in sides[1:]:
            for entry in by_side[side.name]:
                if more := scanned_tables([entry["plan"]]) & ours:
                    sys.exit(f"{side.label} scans {more}, which we read by an index, at {operation}:\n{entry}")
    if len(sides) > 1:
        say("plans compared: nobody scans a table that we read by an index")
    return found


def keep(plans: Plans) -> None:
    FILE.write_text(json.dumps(plans, ensure_ascii=False, indent=1) + "\n", "utf-8")


def scanned_tables(plans: Sequence[Mapping[str, Any]]) -> set[str]:
    """The tables of which a plan reads all rows, be it along an index. A walk along an index that a LIMIT ends is none:
    our own later pages are such walks, past the rows of other offices."""
    return {
        node["Relation Name"]
        for node, ended in _nodes(plans)
        if "Relation Name" in node and not _by_index(node) and not (ended and node["Node Type"].startswith("Index"))
    }


def indexed_tables(plans: Sequence[Mapping[str, Any]]) -> set[str]:
    """The tables that are only read by an index."""
    return {node["Relation Name"] for node, _ in _nodes(plans) if _by_index(node)} - scanned_tables(plans)


def _by_index(node: Mapping[str, Any]) -> bool:
    """An insertion names its table, too; it reads nothing."""
    return "Index Cond" in node or node["Node Type"] in ("Bitmap Heap Scan", "ModifyTable")


def _nodes(plans: Sequence[Mapping[str, Any]], *, ended: bool = False) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Every node, and whether a LIMIT above it ends it: not one above a sort, and not one outside its sub-plan."""
    for plan in plans:
        within = ended and "Subplan Name" not in plan
        yield plan, within
        kind = plan["Node Type"]
        yield from _nodes(plan.get("Plans", ()), ended=kind == "Limit" or (within and kind in _STREAMING))


def _listen_to(side: Side, filled: Filled) -> Mapping[str, Sequence[Statement]]:
    """What the side asks for each operation, once it has warmed up."""
    with listen(filled.dsn) as wire:
        there = replace(filled, url=wire.url, dsn=wire.dsn)
        with run_server(f"{side.name}_heard", side.command, side.environment(there)) as server:
            asker = Asker(side, server, there, filled.token)
            found: dict[str, Sequence[Statement]] = {}
            for operation in (*OPERATIONS, *OPERATIONS):
                wire.heard.clear()
                if operation == "Q1":
                    asker.pages(2)
                else:
                    asker.answers(operation, side.language.variables(operation, filled)[:1])
                found[operation] = list(wire.heard)
    return found


def _explain_all(dsn: str, statements: Sequence[Statement]) -> Sequence[Mapping[str, Any]]:
    return [_explain(dsn, *statement) for statement in statements if statement[0].lstrip().upper().startswith(_PLANNED)]


def _explain(dsn: str, statement: str, role: str | None) -> Mapping[str, Any]:
    """By the plan that is made without knowing the values."""
    with psycopg.connect(dsn, autocommit=True, options=_SETTINGS) as connection:
        if role is not None:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        connection.execute(f"PREPARE heard AS {statement}".encode())
        [[count]] = connection.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements").fetchall()
        nulls = f"({', '.join(['NULL'] * count)})" if count else ""
        [[[plan]]] = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE heard{nulls}".encode()).fetchall()
    return {"statement": statement, "role": role, "plan": _essentials(plan["Plan"])}


def _essentials(node: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = {name: node[name] for name in _KEPT if name in node}
    return {**parts, "Plans": [_essentials(inner) for inner in node["Plans"]]} if "Plans" in node else parts

"""What PostgreSQL does for a query: the plan it makes without knowing the values, and the rows that plan then reads."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import Select

from anxin.database.embedded import EmbeddedPostgres
from bench import data
from core.actor import Actor
from core.db import RANDOM_PAGE_COST, Base, Database, PendingQuery
from core.db.prepared import DIALECT
from core.db.row_security import READER
from resolvers.context import Context, Services
from schema.root import schema
from tests.helpers.app import open_application


class Overheard(Database):
    """Remembers the last compiled read."""

    last: tuple[str, Sequence[Any]]

    def read_text(self, sql: str, values: Sequence[Any]) -> PendingQuery:
        self.last = sql, values
        return super().read_text(sql, values)


_PARTIAL = {
    index.name
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["postgresql"]["where"] is not None
}
"""Indexes of some rows: what PostgreSQL finds by one it need not compare."""


@dataclass(frozen=True)
class Work:
    """What was done for a query. ``read`` counts rows by table, those that a condition then discarded too."""

    unindexed: set[str] = field(default_factory=set[str])
    sorted: Counter[str] = field(default_factory=Counter[str])
    read: Counter[str] = field(default_factory=Counter[str])
    fetched: Counter[str] = field(default_factory=Counter[str])
    """Of those read, the rows that were looked at in the table, and not in an index alone."""


@dataclass(frozen=True)
class Crowd:
    """A database with very many rows, and the means to ask it."""

    services: Services
    overheard: Overheard
    connection: psycopg.Connection

    async def answer(self, actor: Actor, query: str, **variables: Any) -> Any:
        context = Context(replace(self.services, db=self.overheard), actor=actor, at=datetime.now(UTC), request_id="")
        return orjson.loads((await schema.query_executor.execute(context, query, None, variables)).data)

    async def work(self, actor: Actor, query: str, **variables: Any) -> Work:
        await self.answer(actor, query, **variables)
        text, values = self.overheard.last
        work = Work()
        for node in _nodes(self._plan(text, values)):
            _add(work, node)
        return work

    def work_of_all(self, query: Select[*tuple[Any, ...]]) -> Work:
        """Of a query of the platform's own, with its values, as the application."""
        text = str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
        self.connection.execute("SET ROLE NONE")
        [[[found]]] = self.connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}".encode()).fetchall()
        self.connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(READER)))
        work = Work()
        for node in _nodes(found["Plan"]):
            _add(work, node)
        return work

    def _plan(self, text: str, values: Sequence[Any]) -> dict[str, Any]:
        """As compiled reads are run: by the generic plan."""
        given = sql.SQL(", ").join(map(sql.Literal, values))
        self.connection.execute("SET plan_cache_mode = force_generic_plan")
        self.connection.execute(f"PREPARE asked AS {text}".encode())
        explain = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE asked")
        [[[found]]] = self.connection.execute(explain + sql.SQL("({})").format(given) if values else explain).fetchall()
        self.connection.execute("DEALLOCATE asked")
        return found["Plan"]


@asynccontextmanager
async def crowded(
    server: EmbeddedPostgres, template: str, var: Path, projects: int, besides: LiteralString = ""
) -> AsyncIterator[Crowd]:
    name = f"crowd_{uuid.uuid4().hex}"
    server.create_database(name, template=template)
    async with open_application(server.url(name), var) as app:
        data.fill(app.owner_dsn, projects, lambda _: None)
        with psycopg.connect(app.owner_dsn, autocommit=True) as owner:
            for statement in filter(None, besides.split(";")):
                owner.execute(statement.encode())
            owner.execute("VACUUM")  # as the database does by itself sooner or later
        overheard = Overheard(app.services.db.dsn)
        with psycopg.connect(
            app.services.db.dsn, autocommit=True, options=f"-c role={READER} -c random_page_cost={RANDOM_PAGE_COST}"
        ) as connection:
            yield Crowd(app.services, overheard, connection)
        await overheard.close()
    server.drop_database(name)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _add(work: Work, node: dict[str, Any]) -> None:
    if node["Node Type"] == "Sort":
        work.sorted[node["Sort Key"][0]] += _rows(node["Plans"][0])
    table = node.get("Relation Name", node.get("Index Name"))
    if table is not None:
        work.read[table] += _rows(node)
        work.fetched[table] += node.get("Heap Fetches", _rows(node)) if node["Node Type"] != "Bitmap Index Scan" else 0
        narrowed = "Index Cond" in node or node.get("Index Name") in _PARTIAL or node["Node Type"] == "Bitmap Heap Scan"
        if not narrowed:
            work.unindexed.add(table)


def _rows(node: dict[str, Any]) -> int:
    """Those that a condition discarded too."""
    kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(node.get(kind, 0) for kind in kinds) * node["Actual Loops"])

"""``make bench``: what a page of projects, one project's tree and one row cost, through the whole application.

One process answers; the caller is in the same process, so figures are CPU time of both, without a network. Each
operation is answered both ways, compiled and generic (graphql-core and loaders), and the ratio is printed.
"""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from sqlalchemy import select

from anxin import migrate
from anxin.app import create_app
from anxin.embedded_postgres import EmbeddedPostgres
from bench import data
from core.acting import PLATFORM, Act, Role
from core.identity import actions, sessions
from core.identity.models import Account, Authority
from core.settings import Settings
from resolvers import ids
from resolvers.context import House
from resolvers.reading.fallback import Fallback
from schema.root import schema

PROJECTS = int(os.environ.get("BENCH_PROJECTS", "10000"))
ROUNDS = 15
TREE = """id number name state contractAmount plannedStart createdAt contractor { name uscc }
  wageDeposits { id amountDue state offlineGuarantees { id amount state issuer } }"""
# Every fourth project is Benxi's, whose officer asks.
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "Q1 a page of 50 projects with deposits and letters": (
        f"query Q1 {{ projects(first: 50) {{ edges {{ cursor node {{ {TREE} }} }} pageInfo {{ endCursor }} }} }}",
        {},
    ),
    "Q2 one project's tree": (
        f"query Q2($id: ID!) {{ node(id: $id) {{ ... on Project {{ {TREE} }} }} }}",
        {"id": ids.made("Project", 4)},
    ),
    "Q3 one row": (
        "query Q3($id: ID!) { node(id: $id) { ... on Enterprise { id name } } }",
        {"id": ids.made("Enterprise", 20)},
    ),
}


async def measure(url: str) -> None:
    app = create_app(Settings(database_url=url, log_format="json"))
    async with app.router.lifespan_context(app):
        house: House = app.state.house
        dsn = house.db.dsn
        async with house.db.read() as session:
            filled = await session.scalar(select(Account.id).limit(1))
        if filled is None:
            print(f"making {PROJECTS} projects (BENCH_PROJECTS) …", flush=True)
            data.fill(dsn, PROJECTS, lambda step: print(step, flush=True))
        token = await _officer(house)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://bench") as http:
            for name, (query, variables) in OPERATIONS.items():
                await _both(http, token, name, query, variables)


async def _both(http: httpx2.AsyncClient, token: str, name: str, query: str, variables: dict[str, Any]) -> None:
    """Turn by turn, so that a busy moment of the machine meets both; the answers must be the same."""
    found: dict[str, list[tuple[float, float]]] = {"compiled": [], "generic": []}
    answers: dict[str, Any] = {}
    for _ in range(ROUNDS):
        for way, times in found.items():
            with _reading(way):
                began, busy = time.perf_counter(), time.process_time()
                answer = await http.post(
                    "/graphql",
                    json={"query": query, "variables": variables},
                    headers={"Authorization": f"Bearer {token}"},
                )
                times.append((time.perf_counter() - began, time.process_time() - busy))
            answers[way] = json.loads(answer.content)
            assert "errors" not in answers[way], answers[way]
            assert all(answers[way]["data"].values()), answers[way]
    assert answers["compiled"] == answers["generic"]
    medians = {way: [median(column) * 1000 for column in zip(*times, strict=True)] for way, times in found.items()}
    for way, (wall, cpu) in medians.items():
        print(f"{name}, {way}: {wall:.1f} ms, {cpu:.1f} ms of CPU here", flush=True)
    wall, cpu = (generic / compiled for compiled, generic in zip(*medians.values(), strict=True))
    print(f"{name}: compiled is {wall:.1f} times as fast, with {cpu:.1f} times less CPU here", flush=True)


@contextmanager
def _reading(way: str) -> Iterator[None]:
    """Requests answered one way only."""

    async def refuse(*_: Any) -> bytes:
        raise Fallback("the bench asks for the generic way")

    answer = schema.reader.answer
    if way == "generic":
        schema.reader.answer = refuse
    try:
        yield
    finally:
        schema.reader.answer = answer


async def _officer(house: House) -> str:
    """A session of an officer of Benxi's office, who sees a quarter of all projects."""
    act = Act(PLATFORM, datetime.now(UTC))
    async with house.db.write() as session:
        account = (await session.scalars(select(Account))).first()
        office = (await session.scalars(select(Authority).where(Authority.region_code == "210500"))).first()
        assert account
        assert office
        membership = await actions.add_member(session, act, account, office, Role.HRSS_OFFICER)
        token, _ = await sessions.open_for(session, act, account, membership, life=timedelta(hours=1))
    return token


def main() -> None:
    if url := os.environ.get("DATABASE_URL"):
        migrate.upgrade(url)
        asyncio.run(measure(url))
        return
    with EmbeddedPostgres(Path("var/bench/postgres")) as server:
        name = f"bench_{PROJECTS}"
        server.create_database(name)
        migrate.upgrade(server.url(name))
        asyncio.run(measure(server.url(name)))


if __name__ == "__main__":
    main()

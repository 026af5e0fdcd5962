"""``python -m bench.restarts``: PostgreSQL restarted again and again under people who write, and what became of what
they wrote. One restart is in the tests; what ten did to the processes of ``anxin serve`` is kept in
``bench/restarts.json``."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from anxin.database.embedded import EmbeddedPostgres
from bench import forms, report
from bench.cpu import postmaster
from bench.database import VAR, Filled, describe, fill
from bench.servers import run_server
from core import uscc

RESULT = Path(__file__).with_name("restarts.json")
WRITERS = 8
RESTARTS = 10
BETWEEN = 3.0
"""Seconds of writing before each restart, and after the last."""
PROJECTS = 80
BROKEN = "坏约束"
"""A project of this name breaks a constraint that no rule knows of: a fault of the platform, and told as one."""
_CONSTRAINT = f"ALTER TABLE project ADD CONSTRAINT ck_project_broken CHECK (name <> '{BROKEN}')"
_ENTER = """mutation Enter($input: ProjectInput!) { enterProject(input: $input) {
    __typename ... on Project { id } ... on Problem { code message } } }"""
_READ = "{ projects(first: 5) { nodes { id name } } }"
WELL = "ok"
AWAY = "SERVICE_UNAVAILABLE"
FAULT = "INTERNAL_SERVER_ERROR"


@dataclass
class Told:
    """What the server answered, while it was asked and its database restarted."""

    acts: Counter[str] = field(default_factory=Counter[str])
    reads: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    """Of the act that breaks a constraint."""
    others: list[str] = field(default_factory=list[str])
    """Whatever was neither done nor told to be unavailable with 503."""
    acknowledged: dict[str, str] = field(default_factory=dict[str, str])
    """Ids by the projects' names."""
    with_key: set[str] = field(default_factory=set[str])
    back_after: list[float] = field(default_factory=list[float])
    """Seconds from each return of PostgreSQL to the first act that was done after it."""
    returned_at: float | None = None
    first_act: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Books:
    """What is in the database in the end."""

    lost: Sequence[str]
    """Acknowledged, and not there."""
    doubled: Sequence[str]
    """With a key, and there twice."""
    projects: int


async def run(
    http: httpx2.AsyncClient, token: str, restart: Callable[[], Any], *, restarts: int, between: float = BETWEEN
) -> Told:
    """Let people write and read while PostgreSQL is restarted; half of those who write do so with a key, and ask again
    until it is done."""
    told, over = Told(), asyncio.Event()
    people = [_write(http, token, told, over, number) for number in range(WRITERS)]
    tasks = [
        asyncio.create_task(one) for one in (*people, _read(http, token, told, over), _break(http, token, told, over))
    ]
    for _ in range(restarts):
        await asyncio.sleep(between)
        await asyncio.to_thread(restart)
        told.first_act = asyncio.Event()
        told.returned_at = time.monotonic()
        await told.first_act.wait()
    await asyncio.sleep(between)
    over.set()
    await asyncio.gather(*tasks)
    return told


async def _write(http: httpx2.AsyncClient, token: str, told: Told, over: asyncio.Event, number: int) -> None:
    done = 0
    while not over.is_set():
        done += 1
        name = f"重启 {number}-{done}"
        key = {"idempotencyKey": name} if number % 2 else {}
        if key:
            told.with_key.add(name)
        while True:
            outcome, id = await _enter(http, token, told, name, **key)
            told.acts[outcome] += 1
            if id is not None:
                told.acknowledged[name] = id
                if told.returned_at is not None:
                    told.back_after.append(time.monotonic() - told.returned_at)
                    told.returned_at = None
                    told.first_act.set()
            if outcome != AWAY or not key:
                break


async def _read(http: httpx2.AsyncClient, token: str, told: Told, over: asyncio.Event) -> None:
    while not over.is_set():
        answer = await _post(http, token, _READ, {})
        told.reads[_outcome(answer, told)] += 1
        await asyncio.sleep(0.02)


async def _break(http: httpx2.AsyncClient, token: str, told: Told, over: asyncio.Event) -> None:
    while not over.is_set():
        answer = await _post(http, token, _ENTER, {"input": _input(BROKEN)})
        told.faults[_outcome(answer, told, expected=FAULT)] += 1
        await asyncio.sleep(0.2)


async def _enter(http: httpx2.AsyncClient, token: str, told: Told, name: str, **more: str) -> tuple[str, str | None]:
    answer = await _post(http, token, _ENTER, {"input": _input(name, **more)})
    outcome = _outcome(answer, told)
    if outcome != WELL:
        return outcome, None
    entered = answer.json()["data"]["enterProject"]
    if "id" not in entered:
        told.others.append(str(entered))
        return "refused", None
    return outcome, entered["id"]


def _input(name: str, **more: str) -> dict[str, Any]:
    return {"city": "benxi", "fields": {**forms.PROJECT, "name": name}, **more}


async def _post(http: httpx2.AsyncClient, token: str, query: str, variables: dict[str, Any]) -> httpx2.Response:
    asked = {"query": query, "variables": variables}
    return await http.post("/graphql", json=asked, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def _outcome(answer: httpx2.Response, told: Told, *, expected: str = WELL) -> str:
    said = answer.json()
    outcome = said["errors"][0]["extensions"]["code"] if "errors" in said else WELL
    if outcome not in (expected, AWAY) or (outcome == AWAY) != (answer.status_code == 503):
        told.others.append(f"{answer.status_code} {answer.text[:200]}")
    return outcome


def prepare(dsn: str) -> None:
    """Give the table of projects its broken constraint, and enterprises codes by which they may enter some."""
    with psycopg.connect(dsn) as connection:
        for (id,) in connection.execute("SELECT id FROM organization WHERE uscc LIKE 'BENCH%'").fetchall():
            connection.execute("UPDATE organization SET uscc = %s WHERE id = %s", (uscc.make(id), id))
        connection.execute(_CONSTRAINT)


def read_books(dsn: str, told: Told) -> Books:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT id, name FROM project WHERE name LIKE '重启 %'").fetchall()
    ids, names = {f"Project:{id}" for id, _ in rows}, Counter(name for _, name in rows)
    return Books(
        [name for name, id in told.acknowledged.items() if id not in ids],
        [name for name, many in names.items() if many > 1],
        len(rows),
    )


def restart(data: Path, dsn: str, how: signal.Signals, *, durable: bool = True) -> None:
    """End the embedded server on that folder, by SIGINT (at once, in good order) or SIGQUIT (as a crash does), and
    start it; returns when it answers."""
    pid = postmaster(dsn)
    os.kill(pid, how)
    while _lives(pid):
        time.sleep(0.02)
    with EmbeddedPostgres(data, durable=durable):  # whoever opened it first goes on using it
        return


def _lives(pid: int) -> bool:
    """A zombie does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def main() -> None:
    with EmbeddedPostgres(VAR / "restarts") as server:
        server.drop_database("restarts")
        server.create_database("restarts")
        url, dsn = server.url("restarts"), server.dsn("restarts")
        asyncio.run(fill(url, PROJECTS, report.say))
        filled = asyncio.run(describe(url))
        prepare(dsn)
        told = _run_served(server.data, filled)
        books = read_books(dsn, told)
        server.drop_database("restarts")
    kept = {
        "day": datetime.now(UTC).date().isoformat(),
        "machine": report.machine(),
        "restarts": RESTARTS,
        "writers": WRITERS,
        "acts": dict(told.acts),
        "reads": dict(told.reads),
        "broken constraint": dict(told.faults),
        "neither done nor unavailable": len(told.others),
        "acknowledged": len(told.acknowledged),
        "lost": len(books.lost),
        "doubled": len(books.doubled),
        "seconds from PostgreSQL's return to the first act": [round(one, 2) for one in told.back_after],
    }
    report.say(json.dumps(kept, ensure_ascii=False, indent=1))
    for other in told.others[:10]:
        report.say(other)
    RESULT.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _run_served(data: Path, filled: Filled) -> Told:
    serve = [sys.executable, "-m", "anxin.commands.main", "serve", "--port", "0", "--workers", "2", "--no-worker"]
    hows = [signal.SIGINT, signal.SIGQUIT]

    def again() -> None:
        how = hows.pop(0)
        hows.append(how)
        restart(data, filled.dsn, how)

    async def ask(port: int) -> Told:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            handler = filled.others["an enterprise's handler"] or ""
            return await run(http, handler, again, restarts=RESTARTS)

    with run_server("restarts", serve, {"DATABASE_URL": filled.url, "ANXIN_LOG_FORMAT": "json"}) as served:
        return asyncio.run(ask(served.port))


if __name__ == "__main__":
    main()

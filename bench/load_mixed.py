"""``python -m bench.load_mixed``: lists and acts at a fixed rate on 100,000 projects, for a quarter of an hour.

Not who asks again as soon as he is answered, but people who come whether or not the last one was answered: what takes
long makes a queue, and a latency counts from the moment at which the request was due. Lists are those of the screens,
without ``totalCount``; acts are thirds of entering a project, applying for its quota, approving the application. What
came of it last is kept in ``bench/load_mixed.json``, by its rates.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, cast

import psycopg
import uvloop
from sqlalchemy import select

from anxin.processes.startup import open_services
from bench import cpu, forms, report
from bench.database import VAR, Filled, for_application, open_database
from bench.load import length
from bench.operations import encode_request
from bench.restarts import prepare
from bench.servers import run_server
from core.act import Act
from core.actor import PLATFORM, Role
from core.identity import actions, sessions
from core.identity.models import Account, Membership, Organization
from core.settings import Settings
from resolvers import ids

RESULT = Path(__file__).with_name("load_mixed.json")
PROJECTS = int(os.environ.get("LOAD_PROJECTS", "100000"))
READS = int(os.environ.get("LOAD_READS", "200"))
ACTS = int(os.environ.get("LOAD_ACTS", "50"))
"""Requests a second."""
SECONDS = float(os.environ.get("LOAD_SECONDS", "900"))
WARMING = 20.0
"""Seconds before counting begins."""
HANDLERS = 200
CONNECTIONS = 64
LIMITS = {"lists": 250.0, "acts": 400.0}
"""Milliseconds of the 99th percentile."""
MOST_GROWTH = 30.0
"""MB by which a process that answers may grow."""
_CASE = "id state createdAt project { number name contractor { name } }"
LISTS = {
    "projects": "{ projects(first: 20) { nodes { id number name state contractAmount contractor { name } } "
    "pageInfo { hasNextPage endCursor } } }",
    "quotaApplications": f"{{ quotaApplications(first: 20) {{ nodes {{ {_CASE} requestedAmount }} }} }}",
    "wageDeposits": "{ wageDeposits(first: 20) { nodes { id state amountDue project { name } "
    "letterSubmissions { issuer amount endsOn } } } }",
    "reviewQueue": "{ reviewQueue(first: 20) { nodes { id procedure title dueOn } } }",
    "alerts": "{ alerts(first: 20) { nodes { id message endsOn } } }",
    "messages": "{ messages(first: 20) { nodes { id title } } }",
}
"""What the screens of an officer and of a handler begin with."""
_PROBLEM = "... on Problem { code message }"
_ENTER = (
    "mutation E($input: ProjectInput!) { enterProject(input: $input) { __typename ... on Project { id } " + _PROBLEM
) + " } }"
_APPLY = (
    "mutation Q($input: SubmitQuotaApplicationInput!) { submitQuotaApplication(input: $input) "
    "{ __typename ... on QuotaApplication { id } " + _PROBLEM
) + " } }"
_APPROVE = (
    "mutation A($input: ApproveReviewInput!) { approveReview(input: $input) { __typename ... on Review { id } "
    + _PROBLEM
) + " } }"


@dataclass
class People:
    """Their tokens; the officer's is made when it is known before which office the applications come."""

    handlers: Sequence[str]
    officer: str


@dataclass
class Counted:
    """Of lists or of acts: latencies in seconds from when they were due, and what was not answered well."""

    latencies: list[float] = field(default_factory=list[float])
    wrong: Counter[str] = field(default_factory=Counter[str])
    of: Counter[str] = field(default_factory=Counter[str])
    """By the root field."""

    def told(self, seconds: float) -> dict[str, Any]:
        p50, p95, p99 = (round(quantiles(self.latencies, n=100)[i - 1] * 1000, 1) for i in (50, 95, 99))
        done = len(self.latencies)
        figures = {"a second": round(done / seconds, 1), "answered": done, "p50 ms": p50, "p95 ms": p95, "p99 ms": p99}
        longest = round(max(self.latencies) * 1000, 1)
        return {**figures, "longest ms": longest, "of": dict(self.of), "wrong": dict(self.wrong)}


class Connection(asyncio.Protocol):
    """One keep-alive connection: one request at a time."""

    def __init__(self) -> None:
        self._answer = bytearray()
        self._whole = 0
        self._waiting: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        self._whole = self._whole or length(self._answer)
        if self._whole and len(self._answer) >= self._whole and self._waiting is not None:
            answer, self._whole = bytes(self._answer), 0
            self._answer.clear()
            self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError())

    async def ask(self, request: bytes) -> bytes:
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Load:
    """What comes, at its rates, and what becomes of it."""

    def __init__(self, dsn: str, people: People) -> None:
        self.dsn, self.people = dsn, people
        self.lists, self.acts = Counted(), Counted()
        self.counting = False
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()
        self._entered = deque[tuple[str, str]]()
        """Projects that wait for their application, each with its handler's token."""
        self._to_approve = deque[int]()
        self._last_review = 0
        self._number = 0

    async def run(self, port: int, seconds: float, on_edge: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
            self._idle.put_nowait(connection)
        over = loop.time() + WARMING + seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._come(READS, over, self._list))
            group.create_task(self._come(ACTS, over, self._act))
            finding = group.create_task(self._find_reviews())
            await asyncio.sleep(WARMING)
            self.counting = True
            on_edge()
            await asyncio.sleep(seconds)
            on_edge()
            finding.cancel()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    async def _come(self, rate: int, over: float, do: Callable[[float, int], Awaitable[None]]) -> None:
        loop, began, number = asyncio.get_running_loop(), asyncio.get_running_loop().time(), 0
        async with asyncio.TaskGroup() as group:
            while (due := began + number / rate) < over:
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
                group.create_task(do(due, number))  # pyright: ignore[reportArgumentType] -- a coroutine
                number += 1

    async def _list(self, due: float, number: int) -> None:
        name = list(LISTS)[number % len(LISTS)]
        by_officer = (number // len(LISTS)) % 2 == 0
        token = self.people.officer if by_officer else self.people.handlers[number % len(self.people.handlers)]
        await self._ask(self.lists, due, {"query": LISTS[name]}, token)

    async def _act(self, due: float, number: int) -> None:
        if number % 3 == 1 and self._entered:
            project, token = self._entered.popleft()
            await self._ask(self.acts, due, _call(_APPLY, projectId=project, quota=forms.QUOTA), token)
        elif number % 3 == 2 and self._to_approve:
            review = ids.encode("Review", self._to_approve.popleft())
            await self._ask(self.acts, due, _call(_APPROVE, reviewId=review), self.people.officer)
        else:
            self._number += 1
            token = self.people.handlers[self._number % len(self.people.handlers)]
            fields = {**forms.PROJECT, "name": f"负荷 {self._number}"}
            data = await self._ask(self.acts, due, _call(_ENTER, city="benxi", fields=fields), token)
            if data:
                self._entered.append((data["enterProject"]["id"], token))

    async def _ask(self, counted: Counted, due: float, body: dict[str, Any], token: str) -> Any:
        connection = await self._idle.get()
        try:
            answer = await connection.ask(encode_request(body, token))
        finally:
            self._idle.put_nowait(connection)
        took = asyncio.get_running_loop().time() - due
        head, _, content = answer.partition(b"\r\n\r\n")
        said = json.loads(content)
        wrong = "" if head.startswith(b"HTTP/1.1 200") and "errors" not in said else content.decode()[:200]
        if not wrong and "code" in (first := next(iter(said["data"].values()))) and "message" in first:
            wrong = str(first)[:200]
        if self.counting:
            counted.latencies.append(took)
            counted.of[next(iter(said["data"]), "") if said.get("data") else ""] += 1
            if wrong:
                counted.wrong[wrong] += 1
        return None if wrong else said["data"]

    async def _find_reviews(self) -> None:
        """As an officer opens what his queue shows him; the look is the bench's own and costs the server nothing."""
        async with await psycopg.AsyncConnection.connect(self.dsn, autocommit=True) as database:
            newest = await database.execute("SELECT coalesce(max(id), 0) FROM review")
            self._last_review = (await newest.fetchone() or (0,))[0]
            while True:
                await asyncio.sleep(0.5)
                query = "SELECT id FROM review WHERE id > %s AND procedure = 'quota_application' ORDER BY id"
                for (id,) in await (await database.execute(query, [self._last_review])).fetchall():
                    self._to_approve.append(id)
                    self._last_review = id


def _call(document: str, **input: Any) -> dict[str, Any]:
    return {"query": document, "variables": {"input": input}}


async def sign_in(url: str) -> People:
    """Handlers of as many enterprises; and an officer of the office before which Benxi's applications come."""
    settings = Settings(database_url=url, log_format="json")
    async with open_services(settings) as services, services.db.write() as session:
        act = Act(session, services.rulesets, PLATFORM, datetime.now(UTC))
        members = select(Membership, Account).join(Account, Account.id == Membership.account_id)
        handlers = (await session.execute(members.where(Membership.role == Role.HANDLER).limit(HANDLERS))).all()
        tokens = [(await sessions.open_for(act, who, of, life=timedelta(hours=12)))[0] for of, who in handlers]
        office = await actions.authority(session, "辽宁省本溪市人力资源和社会保障局", "210500")
        account = Account(
            mobile="13900000099",
            name="负荷",
            password_hash="",
            registered_at=act.at,
            agreement_accepted_at=act.at,
            agreement_version="bench",
        )
        session.add(account)
        await session.flush()
        membership = await actions.add_member(act, account, cast("Organization", office), Role.HRSS_OFFICER)
        officer, _ = await sessions.open_for(act, account, membership, life=timedelta(hours=12))
        return People(tokens, officer)


def resident(root: int) -> dict[str, float]:
    """MB of a process and of each below it, by its id and what it is."""
    found: dict[str, float] = {}
    for pid in cpu.read_times(root):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        named = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        found[str(pid)] = int(named["VmRSS"].split()[0]) / 1024
    return found


def main() -> None:
    with open_database(PROJECTS, report.say) as filled:
        prepare(filled.dsn)
        people = asyncio.run(sign_in(filled.url))
        report.say(f"{READS} lists and {ACTS} acts a second for {SECONDS:.0f} s")
        kept = _run_served(filled, people)
    report.say(json.dumps(kept, ensure_ascii=False, indent=1))
    if SECONDS < 900 or PROJECTS < 100_000:
        report.say("A smaller run: bench/load_mixed.json stays as it is.")
        return
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    results[f"{READS} + {ACTS}"] = kept
    RESULT.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _run_served(filled: Filled, people: People) -> dict[str, Any]:
    serve = [sys.executable, "-m", "anxin.commands.main", "serve", "--port", "0", "--workers", "2"]
    environment = {
        "DATABASE_URL": for_application(filled.url),
        "ANXIN_LOG_FORMAT": "json",
        "ANXIN_VAR": str((VAR / "mixed").resolve()),
    }
    load = Load(filled.dsn, people)
    memory: list[dict[str, float]] = []
    times: list[list[float]] = []
    with run_server("load_mixed", serve, environment) as served:
        postgres = cpu.postmaster(filled.dsn)

        def edge() -> None:
            memory.append(resident(served.pid))
            used = [sum(cpu.read_times(root).values()) for root in (served.pid, postgres)]
            times.append([time.monotonic(), *used])

        uvloop.run(load.run(served.port, SECONDS, edge))
    (began, *before), (ended, *after) = times
    cores = [round((now - then) / (ended - began) / 1e9, 2) for then, now in zip(before, after, strict=True)]
    growth = {pid: memory[1][pid] - mb for pid, mb in memory[0].items() if pid in memory[1]}
    told = {"lists": load.lists.told(ended - began), "acts": load.acts.told(ended - began)}
    held = all(told[kind]["p99 ms"] <= limit and not told[kind]["wrong"] for kind, limit in LIMITS.items())
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "machine": report.machine(),
        "projects": PROJECTS,
        "seconds": round(ended - began),
        **told,
        "cores of the application": cores[0],
        "cores of PostgreSQL": cores[1],
        "most growth of a process, MB": round(max(growth.values()), 1),
        "holds": held and max(growth.values()) < MOST_GROWTH,
    }


if __name__ == "__main__":
    main()

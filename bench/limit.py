"""The limit: SQL written by hand that returns the answer, behind the barest server. No GraphQL, nobody is asked who
they are; what remains is HTTP, the driver and PostgreSQL.

The answers are those of our server, global ids and cursors included. Where the schema allows anything in a text, it is
escaped; a credit code or a project's number needs no escaping.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import asyncpg
import orjson
import uvloop

from bench.load import length

CONNECTIONS = 16
MOST = 2**63 - 1


def _id(kind: str, column: str) -> str:
    """Base64 of so plain a text never holds a character that a URL would mind."""
    return f"rtrim(encode(concat('{kind}:', {column})::bytea, 'base64'), '=')"


def _cursor(column: str) -> str:
    return f"""rtrim(encode(concat('{{"Project.id": ', {column}, '}}')::bytea, 'base64'), '=')"""


_TREE = f"""concat('{{"id":"', {_id("Project", "p.id")}, '","number":"', p.number,
    '","name":', coalesce(to_json(p.name)::text, 'null'), ',"state":"', upper(p.state),
    '","contractAmount":', coalesce('"' || p.contract_amount || '"', 'null'),
    ',"plannedStart":', coalesce('"' || p.planned_start || '"', 'null'), ',"createdAt":', to_json(p.created_at),
    ',"contractor":', (
        SELECT concat('{{"name":', to_json(o.name), ',"uscc":', coalesce('"' || o.uscc || '"', 'null'), '}}')
        FROM organization AS o WHERE o.id = p.applicant_id
    ), ',"wageDeposits":[', array_to_string(array(
        SELECT concat('{{"id":"', {_id("WageDeposit", "d.id")}, '","amountDue":"', d.amount_due,
            '","state":"', upper(d.state), '","offlineGuarantees":[', array_to_string(array(
                SELECT concat('{{"id":"', {_id("OfflineGuarantee", "g.id")}, '","amount":"', g.amount,
                    '","state":"', upper(g.state), '","issuer":', to_json(g.issuer), '}}')
                FROM offline_guarantee AS g WHERE g.wage_deposit_id = d.id ORDER BY g.id
            ), ','), ']}}')
        FROM wage_deposit AS d WHERE d.project_id = p.id ORDER BY d.id
    ), ','), ']}}')"""
STATEMENTS: Mapping[str, str] = {
    "Q1": f"""
        WITH page AS MATERIALIZED (
            SELECT id, number, name, state, contract_amount, planned_start, created_at, applicant_id
            FROM project WHERE office_id = $1 AND id < $2 ORDER BY id DESC LIMIT 50
        ), last AS MATERIALIZED (SELECT min(id) AS id FROM page)
        SELECT convert_to(concat('{{"data":{{"projects":{{"edges":[', array_to_string(array(
            SELECT concat('{{"cursor":"', {_cursor("p.id")}, '","node":', {_TREE}, '}}') FROM page AS p
        ), ','), '],"pageInfo":{{"hasNextPage":', CASE WHEN EXISTS (
            SELECT FROM project WHERE office_id = $1 AND id < (SELECT id FROM last)
        ) THEN 'true' ELSE 'false' END,
        ',"endCursor":', (SELECT coalesce('"' || {_cursor("id")} || '"', 'null') FROM last), '}}}}}}}}'), 'UTF8')""",
    "Q2": f"""
        SELECT convert_to(concat('{{"data":{{"node":', (
            SELECT {_TREE} FROM project AS p WHERE p.id = $1
        ), '}}}}'), 'UTF8')""",
    "Q3": f"""
        SELECT convert_to(concat('{{"data":{{"node":{{"id":"', {_id("Enterprise", "id")}, '","name":', to_json(name),
            '}}}}}}'), 'UTF8')
        FROM organization WHERE id = $1""",
    "M1": f"""
        SELECT convert_to(concat('{{"data":{{"recordDepositUse":{{"id":"', {_id("DepositUse", "used.id")},
            '","noticeNumber":', to_json(used.notice_number), ',"amount":"', used.amount, '","usedOn":"', used.used_on,
            '","reason":', to_json(used.reason), ',"replenishBy":', coalesce('"' || used.replenish_by || '"', 'null'),
            ',"wageDeposit":{{"id":"', {_id("WageDeposit", "d.id")}, '","amountDue":"', d.amount_due, '","state":"',
            upper(d.state), '","project":{{"id":"', {_id("Project", "p.id")}, '","name":', to_json(p.name),
            ',"contractor":{{"name":', to_json(o.name), ',"uscc":', coalesce('"' || o.uscc || '"', 'null'),
            '}}}}}}}}}}}}'), 'UTF8')
        FROM bench.record_deposit_use($1, $2, $3, $4, $5) AS used
        JOIN wage_deposit AS d ON d.id = used.wage_deposit_id
        JOIN project AS p ON p.id = d.project_id JOIN organization AS o ON o.id = p.applicant_id""",
}


def _page(variables: Mapping[str, Any]) -> Sequence[Any]:
    after = variables["after"]
    return variables["office"], MOST if after is None else _after(after)


def _after(cursor: str) -> int:
    import base64

    return orjson.loads(base64.b64decode(cursor + "=="))["Project.id"]


def _row(variables: Mapping[str, Any]) -> Sequence[Any]:
    return (int(variables["id"]),)


def _use(variables: Mapping[str, Any]) -> Sequence[Any]:
    use = variables["input"]
    amount, on = Decimal(use["amount"]), date.fromisoformat(use["usedOn"])
    return int(use["wageDepositId"]), use["noticeNumber"], amount, on, use["reason"]


_VALUES: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Any]]] = {"Q1": _page, "Q2": _row, "Q3": _row, "M1": _use}


class Pool:
    """Connections that keep every statement prepared."""

    def __init__(self) -> None:
        self._free: asyncio.LifoQueue[Mapping[str, Any]] = asyncio.LifoQueue()

    async def open(self, dsn: str) -> None:
        settings = {"plan_cache_mode": "force_generic_plan", "jit": "off", "TimeZone": "Asia/Shanghai"}
        for _ in range(CONNECTIONS):
            connection: Any = await asyncpg.connect(dsn, server_settings=settings)
            self._free.put_nowait({name: await connection.prepare(sql) for name, sql in STATEMENTS.items()})

    async def answer(self, body: bytes) -> bytes:
        asked = orjson.loads(body)
        operation = asked["operationName"]
        statements = await self._free.get()
        try:
            return await statements[operation].fetchval(*_VALUES[operation](asked["variables"]))
        finally:
            self._free.put_nowait(statements)


class Bare(asyncio.Protocol):
    """HTTP as far as the load needs it: one request after another, each with its length."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._request = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, which only looks like one

    def data_received(self, data: bytes) -> None:
        self._request += data
        whole = length(self._request)
        if whole and len(self._request) >= whole:
            body = bytes(self._request[self._request.index(b"\r\n\r\n") + 4 :])
            self._request.clear()
            task = asyncio.get_running_loop().create_task(self._answer(body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, body: bytes) -> None:
        answer = await self._pool.answer(body)
        assert self._transport is not None
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(answer)
        self._transport.write(head + answer)


async def serve() -> None:
    pool = Pool()
    await pool.open(os.environ["DATABASE_URL"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Bare(pool), "127.0.0.1", 0)
    print(f"serves http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", flush=True)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(serve())

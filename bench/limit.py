"""The limit: SQL written by hand that returns the answer, behind the barest server. No GraphQL, nobody is asked who
they are; what remains is HTTP, PostgreSQL, and between them the connections of our own server.

The answers are those of our server, global ids and cursors included. A text in which anything may stand is escaped; a
credit code, a project's number and a state are not.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import orjson
import uvloop

from bench.load import length
from core.db.read_pool import ReadPool

MOST = 2**63 - 1
SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "random_page_cost": "1.1",
    "TimeZone": "Asia/Shanghai",
}


def _statements() -> Mapping[str, str]:
    """By operation, whose name stands above each."""
    _, *parts = Path(__file__).with_name("limit.sql").read_text("utf-8").split("-- ")
    return dict(part.split("\n", 1) for part in parts)


STATEMENTS = _statements()


def _page(variables: Mapping[str, Any]) -> Sequence[Any]:
    after = variables["after"]
    return variables["office"], MOST if after is None else _after(after)


def _after(cursor: str) -> int:
    return int(cursor.removeprefix("Project.id="))


def _row(variables: Mapping[str, Any]) -> Sequence[Any]:
    return (int(variables["id"]),)


def _use(variables: Mapping[str, Any]) -> Sequence[Any]:
    use = variables["input"]
    amount, on = Decimal(use["amount"]), date.fromisoformat(use["usedOn"])
    return int(use["wageDepositId"]), use["noticeNumber"], amount, on, use["reason"]


_VALUES: Mapping[str, Callable[[Mapping[str, Any]], Sequence[Any]]] = {"Q1": _page, "Q2": _row, "Q3": _row, "M1": _use}


class Bare(asyncio.Protocol):
    """HTTP as far as the load needs it: one request after another, each with its length."""

    def __init__(self, readers: ReadPool) -> None:
        self._readers = readers
        self._request = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, which only looks like one

    def data_received(self, data: bytes) -> None:
        self._request += data
        whole = length(self._request)
        if whole and len(self._request) >= whole:
            asked = orjson.loads(self._request[self._request.index(b"\r\n\r\n") + 4 :])
            self._request.clear()
            operation = asked["operationName"]
            question = self._readers.execute(STATEMENTS[operation], _VALUES[operation](asked["variables"]))
            question.add_done_callback(self._answer)

    def _answer(self, question: asyncio.Future[bytes | None]) -> None:
        failed = question.exception()
        answer = orjson.dumps({"errors": [str(failed)]}) if failed else question.result()
        assert answer is not None
        assert self._transport is not None
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(answer)
        self._transport.write(head + answer)


async def serve() -> None:
    readers = ReadPool(os.environ["DATABASE_URL"], SETTINGS)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Bare(readers), "127.0.0.1", 0)
    print(f"serves http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", flush=True)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(serve())

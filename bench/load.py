"""Load: connections that each ask again as soon as they are answered, and count.

A client of our own, because it must not need more than Python: an asyncio.Protocol on uvloop that writes requests made
beforehand and only looks for the end of each answer. It takes the CPU of the bench's own process, not of a side's.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import uvloop

CONNECTIONS = 16
TOUCH = 1.0
"""Seconds of load before counting begins: connections open, plans are made, code is warm, JavaScript is compiled."""
LEAST = 2 * CONNECTIONS
"""Answers that a window waits for, however long that takes, up to ``LONGEST`` seconds."""
LONGEST = 60


@dataclass
class Window:
    """What was answered in some seconds. Latencies in seconds."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list[float])
    wrong: bytes | None = None
    """An answer that is not what was asked for."""
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self, latency: float) -> None:
        self.latencies.append(latency)
        if len(self.latencies) == LEAST:
            self.enough.set()


def run(port: int, requests: Iterator[bytes], expected: bytes, seconds: float, on_edge: Callable[[], None]) -> Window:
    """Ask for at least so long; ``on_edge`` is called where counting begins and where it ends. Every right answer holds
    the ``expected`` bytes."""
    return uvloop.run(_run(port, requests, expected, seconds, on_edge))


async def _run(
    port: int, requests: Iterator[bytes], expected: bytes, seconds: float, on_edge: Callable[[], None]
) -> Window:
    loop = asyncio.get_running_loop()
    window = Window()
    connections = [_Connection(requests, expected, window) for _ in range(CONNECTIONS)]
    for connection in connections:
        await loop.create_connection(lambda made=connection: made, "127.0.0.1", port)
    await asyncio.sleep(TOUCH)
    on_edge()
    window.latencies.clear()
    window.enough.clear()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    with suppress(TimeoutError):
        await asyncio.wait_for(window.enough.wait(), LONGEST)
    window.seconds = time.perf_counter() - began
    counted = Window(window.seconds, window.latencies.copy(), window.wrong)
    on_edge()
    for connection in connections:
        connection.close()
    return counted


class _Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], expected: bytes, window: Window) -> None:
        self._requests, self._expected, self._window = requests, expected, window
        self._answer = bytearray()
        self._whole = 0
        self._asked = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own, which only looks like one
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        self._whole = self._whole or length(self._answer)
        if not self._whole or len(self._answer) < self._whole:
            return
        self._window.answered(time.perf_counter() - self._asked)
        if not self._answer.startswith(b"HTTP/1.1 200") or self._expected not in self._answer:
            self._window.wrong = bytes(self._answer)
        self._answer.clear()
        self._whole = 0
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._window.wrong = b"connection lost"

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def _ask(self) -> None:
        if self._transport is not None:
            self._asked = time.perf_counter()
            self._transport.write(next(self._requests))


def length(answer: bytearray) -> int:
    """Bytes of the whole answer by its content-length; 0 while its head is not all there."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(answer[:end]).lower()
    _, found, rest = head.partition(b"\r\ncontent-length:")
    assert found, f"an answer without a length: {head!r}"
    return end + 4 + int(rest.partition(b"\r\n")[0])

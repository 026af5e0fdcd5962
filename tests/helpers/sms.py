"""A provider of short messages on a free port of this machine: a real HTTP server, in the test's own event loop."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Provider:
    """Keeps what it is sent, and answers each request with ``status`` and ``answer``."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"result": {"code": "OK"}})
    received: list[Received] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        """The port it listens on."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=tls)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append(Received(line.split()[1], headers, body))
        said = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        head = f"HTTP/1.1 {self.status} X\r\nlocation: /elsewhere\r\ncontent-length: {len(said)}\r\nconnection: close"
        writer.write(f"{head}\r\n\r\n".encode() + said)
        await writer.drain()
        writer.close()

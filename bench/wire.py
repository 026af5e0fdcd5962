"""What goes over the wire to PostgreSQL: a socket between a server and its database that notes every statement.

It reads PostgreSQL's own protocol, so that it hears every side alike, whatever driver it has. Only for looking: what is
measured has nothing in between.
"""

import asyncio
import struct
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import URL

_PORT = "5432"
_STARTUP = 3 << 16
"""The protocol's version, with which the only message begins that has no letter, but for requests to encrypt."""


@dataclass
class Wire:
    """The address of a database as it is listened to, and by operation the statements that were heard, once each."""

    dsn: str
    url: str
    operation: str = ""
    heard: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def note(self, statement: str) -> None:
        statements = self.heard.setdefault(self.operation, [])
        if statement not in statements:
            statements.append(statement)


@contextmanager
def listening(dsn: str) -> Generator[Wire]:
    """Listens on a socket of its own until the block ends."""
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    with tempfile.TemporaryDirectory() as folder:
        address = URL.create(
            "postgresql+psycopg",
            parts.get("user"),
            parts.get("password"),
            database=parts.get("dbname"),
            query={"host": folder, "port": _PORT},
        )
        wire = Wire(make_conninfo(dsn, host=folder, port=_PORT), address.render_as_string(hide_password=False))
        loop, listens, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
        serving = _serve(wire, parts, Path(folder) / f".s.PGSQL.{_PORT}", listens, ended)
        thread = threading.Thread(target=loop.run_until_complete, args=[serving])
        thread.start()
        listens.wait()
        try:
            yield wire
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join()
            loop.close()


async def _serve(
    wire: Wire, parts: Mapping[str, str], socket: Path, listens: threading.Event, ended: asyncio.Event
) -> None:
    """Until that has ended, and whoever was connected, too."""
    connections: set[asyncio.Task[Any]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await _connect(parts)
        ways = [asyncio.ensure_future(way) for way in (_hear(wire, reader, there), _pass(there_reader, writer))]
        connections.update(ways)

    async with await asyncio.start_unix_server(connected, socket):
        listens.set()
        await ended.wait()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _connect(parts: Mapping[str, str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = parts.get("host", "127.0.0.1"), parts.get("port", _PORT)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, int(port))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
    writer.close()


async def _hear(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    prepared: dict[bytes, str] = {}
    begun = False
    with suppress(asyncio.IncompleteReadError):
        while True:
            letter = await reader.readexactly(1) if begun else b""
            length = await reader.readexactly(4)
            body = await reader.readexactly(struct.unpack("!I", length)[0] - 4)
            writer.write(letter + length + body)
            begun = begun or struct.unpack("!I", body[:4])[0] >> 16 == _STARTUP >> 16
            _note(wire, prepared, letter, body)
    writer.close()


def _note(wire: Wire, prepared: dict[bytes, str], letter: bytes, body: bytes) -> None:
    """A statement counts where it is run, not where it is prepared."""
    match letter:
        case b"Q":
            wire.note(body[:-1].decode())
        case b"P":
            name, statement, _ = body.split(b"\0", 2)
            prepared[name] = statement.decode()
        case b"B":
            _, name, _ = body.split(b"\0", 2)
            wire.note(prepared[name])
        case _:
            pass

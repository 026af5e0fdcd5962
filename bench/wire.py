"""What goes over the wire to PostgreSQL: a socket between a server and its database that notes every statement.

It reads PostgreSQL's own protocol, so that it hears every side alike, whatever driver it has. Only for looking: what is
measured has nothing in between.
"""

import asyncio
import re
import struct
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import URL

_PORT = "5432"
_PROTOCOL = 3
"""The version, with which the only message begins that has no letter, but for requests to encrypt."""


Statement = tuple[str, str | None]
"""Its text, and its role unless that is who connected."""
_SET_ROLE = re.compile(r"""SET "?role"? (?:TO|=) '?"?([a-z_]+)""", re.IGNORECASE)
"""For as long as the connection lasts."""
_SET_LOCAL_ROLE = re.compile(r"""\["role","([a-z_]+)"\]""")
"""Until the transaction ends, as PostGraphile says it, in the parameter of a statement."""
_ENDS = ("commit", "rollback")


@dataclass
class Wire:
    """The address of a database as it is listened to, and what was heard since it was last cleared: each statement
    once, with the role in which it ran."""

    dsn: str
    url: str
    heard: dict[Statement, None] = field(default_factory=dict[Statement, None])


@contextmanager
def listen(dsn: str) -> Generator[Wire]:
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
        await asyncio.sleep(0)  # in which their sockets are closed


async def _connect(parts: Mapping[str, str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = parts.get("host", "127.0.0.1"), parts.get("port", _PORT)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, int(port))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        while some := await reader.read(65536):
            writer.write(some)


async def _hear(wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection, begun = _Connection(wire), False
    with closing(writer), suppress(asyncio.IncompleteReadError):
        while True:
            letter = await reader.readexactly(1) if begun else b""
            length = await reader.readexactly(4)
            body = await reader.readexactly(struct.unpack("!I", length)[0] - 4)
            writer.write(letter + length + body)
            begun = begun or struct.unpack("!H", body[:2])[0] == _PROTOCOL
            connection.hear(letter, body)


class _Connection:
    """What is known of one connection: its prepared statements, and in which role it is."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._prepared: dict[bytes, str] = {}
        self._role: str | None = None
        self._local_role: str | None = None

    def hear(self, letter: bytes, body: bytes) -> None:
        """A statement counts where it is run, not where it is prepared."""
        match letter:
            case b"Q":
                self._run(body[:-1].decode())
            case b"P":
                name, statement, _ = body.split(b"\0", 2)
                self._prepared[name] = statement.decode()
            case b"B":
                _, name, parameters = body.split(b"\0", 2)
                self._run(self._prepared[name], parameters.decode(errors="replace"))
            case _:
                pass

    def _run(self, statement: str, parameters: str = "") -> None:
        self._wire.heard[statement, self._local_role or self._role] = None
        if local := _SET_LOCAL_ROLE.search(parameters):
            self._local_role = local[1]
        elif lasting := _SET_ROLE.match(statement):
            self._role = lasting[1]
        elif statement.lower().startswith(_ENDS):
            self._local_role = None

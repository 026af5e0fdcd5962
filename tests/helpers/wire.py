"""What goes over the wire between the application and PostgreSQL, counted by somebody who sits in between."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Round trips, each with what was sent in it: whatever the client then waits for, the last message of it is a Sync
    or a simple query. One that only prepares a statement is none of them: a connection does that once."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []

    async def relay(self, client: asyncio.StreamReader, back: asyncio.StreamWriter, server: Path) -> None:
        answers, forth = await asyncio.open_unix_connection(server)
        answering = asyncio.create_task(_copy(answers, back))
        heard, said, sent = Messages(), dict[bytes, str](), deque[str]()
        try:
            while data := await client.read(65_536):
                for kind, body in heard.read(data):
                    self._hear(kind, body, said, sent)
                forth.write(data)
        finally:
            answering.cancel()
            forth.close()
            back.close()

    def _hear(self, kind: bytes, body: bytes, said: dict[bytes, str], sent: deque[str]) -> None:
        name, _, rest = body.partition(b"\0")
        match kind:
            case b"P":
                said[name] = rest.partition(b"\0")[0].decode()
            case b"B":
                sent.append(said[rest.partition(b"\0")[0]])
            case b"Q":
                self.trips.append([name.decode()])
            case b"S" if sent:
                self.trips.append([*sent])
                sent.clear()
            case _:
                pass


class Messages:
    """The messages in a stream. The first of a connection has no kind."""

    def __init__(self) -> None:
        self._begun = False
        self._rest = b""

    def read(self, data: bytes) -> list[tuple[bytes, bytes]]:
        self._rest += data
        found: list[tuple[bytes, bytes]] = []
        while len(self._rest) >= (place := int(self._begun)) + 4:
            end = place + int.from_bytes(self._rest[place : place + 4])
            if len(self._rest) < end:
                break
            found.append((self._rest[:place], self._rest[place + 4 : end]))
            self._rest, self._begun = self._rest[end:], True
        return found


@asynccontextmanager
async def tapped(database_url: str, folder: Path) -> AsyncIterator[tuple[str, Wire]]:
    """The address of the same database by way of a listener, and what it hears."""
    url, wire, folder = make_url(database_url), Wire(), folder.resolve()
    server = Path(str(url.query["host"])) / SOCKET
    relays = set[asyncio.Task[None]]()

    def accept(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        relays.add(asyncio.create_task(wire.relay(client, back, server)))

    listener = await asyncio.start_unix_server(accept, folder / SOCKET)
    try:
        yield url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False), wire
    finally:
        listener.close()
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)

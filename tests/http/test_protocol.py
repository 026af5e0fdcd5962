"""Heads that do not end, clients that are slow, and refusals that are read: over real sockets, byte by byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from anxin.http.body_limits import MIB, BodyLimits
from anxin.http.protocol import Protocol
from anxin.http.response_headers import ResponseHeaders
from anxin.processes import serve

HOST = b"Host: x\r\n"
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
JSON = b"Content-Type: application/json\r\n"


async def count(scope: Any, receive: Any, send: Any) -> None:
    """Says how long a body is; refuses what is for /early before it reads it."""
    if scope["type"] != "http":
        return
    body = b"" if scope["path"] == "/early" else await Request(scope, receive).body()
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    await PlainTextResponse(str(len(body)), 401 if scope["path"] == "/early" else 200)(scope, receive, send)


@asynccontextmanager
async def serving(**attributes: float) -> AsyncIterator[int]:
    """The port of a server whose limits are these."""
    protocol = type("Hasty", (Protocol,), attributes)
    app = ResponseHeaders(BodyLimits(count))
    with serve.bind("127.0.0.1", 0) as listening:
        config = uvicorn.Config(app, http=protocol, ws="websockets-sansio", lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await running


async def answers(
    port: int, pieces: Iterator[bytes] | list[bytes], *, pause: float = 0, then_close: bool = False
) -> bytes:
    """All that the server says until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def write() -> None:
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            if then_close:
                writer.write_eof()
        except ConnectionError:
            pass  # it hears us no more

    writing = asyncio.create_task(write())
    said = b""
    async with asyncio.timeout(20):
        try:
            while chunk := await reader.read(65536):
                said += chunk
        except ConnectionError:
            pass
    writing.cancel()
    writer.close()
    return said


def refused(said: bytes, status: int, word: str) -> None:
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0].startswith(b"http/1.1 %d " % status), said[:200]
    for line in (b"connection: close", b"cache-control: no-store", b"x-content-type-options: nosniff"):
        assert line in lines
    [error] = json.loads(body)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert word in error["message"]


def cookie(size: int) -> bytes:
    return b"Cookie: " + b"x" * size + b"\r\n"


@pytest.mark.parametrize("kind", [b"", UPGRADE], ids=["request", "WebSocket"])
@pytest.mark.parametrize("step", [100, 1500, 40_000], ids=["crumbs", "packets", "one piece"])
async def test_a_head_of_33_kb_is_refused_however_it_comes(kind: bytes, step: int) -> None:
    head = b"GET /graphql HTTP/1.1\r\n" + HOST + kind + b"".join(cookie(3_000) for _ in range(11)) + b"\r\n"
    assert len(head) > 33_000
    async with serving() as port:
        said = await answers(port, [head[at : at + step] for at in range(0, len(head), step)])
    refused(said, 431, "请求头超过 32768 字节")


async def test_a_head_of_30_kb_is_taken() -> None:
    head = b"GET / HTTP/1.1\r\n" + HOST + cookie(30_000) + b"Connection: close\r\n\r\n"
    async with serving() as port:
        for step in (1_000, 40_000):
            said = await answers(port, [head[at : at + step] for at in range(0, len(head), step)])
            assert said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("begin", [b"GET /" + b"a" * 100, b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n" + UPGRADE])
async def test_an_endless_head_is_refused_before_it_ends(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    take = Protocol._take
    monkeypatch.setattr(Protocol, "_take", lambda self, piece: (parsed.append(len(piece)), take(self, piece)))

    def endless() -> Iterator[bytes]:
        yield begin
        while True:
            yield (b"Y: " + b"y" * 1000 + b"\r\n") * 20 if begin.endswith(b"\n") else b"y" * 20_000

    async with serving(linger_seconds=0.1) as port:
        said = await answers(port, endless())
    refused(said, 431, "请求头超过")
    assert sum(parsed) == 32 * 1024  # all that was ever kept


async def test_bodies_and_what_follows_them_are_not_taken_for_heads() -> None:
    body = b"x" * 200_000
    one = b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 200000\r\n\r\n" + body
    small = b"GET /b HTTP/1.1\r\n" + HOST + cookie(20_000) + b"\r\n"
    last = b"GET /c HTTP/1.1\r\n" + HOST + cookie(20_000) + b"Connection: close\r\n\r\n"
    async with serving() as port:
        for step in (7_000, 300_000):
            whole = one + small + one + last
            said = await answers(port, [whole[at : at + step] for at in range(0, len(whole), step)])
            assert said.count(b"HTTP/1.1 200 ") == 4
            assert said.count(b"200000") == 2


@pytest.mark.parametrize(
    "begin",
    [
        b"GET / HTT",
        b"GET / HTTP/1.1\r\n" + HOST,
        b"GET /graphql HTTP/1.1\r\n" + HOST + UPGRADE,
        b"GET / HTTP/1.1\r\n" + HOST + b"\r\nGET / HTTP/1.1\r\n",
    ],
    ids=["request line", "head", "WebSocket", "second request"],
)
async def test_a_head_that_does_not_end_in_time_is_refused(begin: bytes) -> None:
    async with serving(head_seconds=0.3) as port:
        said = await answers(port, [begin])
    if said.startswith(b"HTTP/1.1 200 "):
        said = said[said.index(b"HTTP/1.1 408") :]
    refused(said, 408, "未在规定时间内")


async def test_drops_do_not_prolong_a_head() -> None:
    def drops() -> Iterator[bytes]:
        yield b"GET / HTTP/1.1\r\nX: "
        while True:
            yield b"x"

    async with serving(head_seconds=0.5, linger_seconds=0.1) as port:
        said = await answers(port, drops(), pause=0.02)
    refused(said, 408, "未在规定时间内")


async def test_a_body_that_does_not_come_is_refused() -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nbegun"
    async with serving(body_seconds=0.3) as port:
        said = await answers(port, [head])
    refused(said, 408, "未在规定时间内")


async def test_drops_do_not_prolong_a_body() -> None:
    def drops() -> Iterator[bytes]:
        yield b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"
        while True:
            yield b"x"

    async with serving(body_seconds=0.5, linger_seconds=0.1) as port:
        said = await answers(port, drops(), pause=0.02)
    refused(said, 408, "未在规定时间内")


@pytest.mark.parametrize("more", [b"Content-Length: 1000\r\n", cookie(9_000)], ids=["body", "long header"])
async def test_a_handshake_that_nobody_can_read_is_refused_at_once(more: bytes) -> None:
    async with serving() as port:
        said = await answers(port, [b"GET /graphql HTTP/1.1\r\n" + HOST + UPGRADE + more + b"\r\nbegun"])
    refused(said, 400, "WebSocket 握手")


async def test_a_body_that_comes_slowly_but_steadily_is_taken() -> None:
    async with serving(body_seconds=2.0, bytes_per_second=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 60\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.5)
            writer.write(b"x" * 10)
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        writer.close()


async def test_a_bad_head_behind_a_request_is_not_taken_for_its_answer() -> None:
    body = b"POST /slow HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nnull"
    async with serving() as port:
        said = await answers(port, [body + b"GET / HTTP/1.1\r\n" + cookie(40_000)])
    first, _, second = said.partition(b"HTTP/1.1 431 ")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.endswith(b"}")


@pytest.mark.parametrize("together", [True, False])
async def test_what_was_asked_before_nonsense_is_answered_before_that_is_refused(together: bool) -> None:
    asked = [b"POST /slow HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nnull"] * 2
    nonsense = b"nonsense\r\n\r\n"
    async with serving() as port:
        said = await answers(port, [b"".join([*asked, nonsense])] if together else [*asked, nonsense], pause=0.05)
    assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"400"]


CHUNKED = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n"


@pytest.mark.parametrize("begin", [b"0\r\n", b"0\r\nX: ", b"4;x="], ids=["trailers", "a trailer", "an extension"])
async def test_what_stands_around_chunks_is_counted(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    take = Protocol._take
    monkeypatch.setattr(Protocol, "_take", lambda self, piece: (parsed.append(len(piece)), take(self, piece)))

    def endless() -> Iterator[bytes]:
        yield CHUNKED + begin
        while True:
            yield b"Y: y\r\n" * 200 if begin.endswith(b"\n") else b"y" * 1200

    async with serving(linger_seconds=0.1) as port:
        refused(await answers(port, endless()), 431, "32768")
    assert sum(parsed) < 200_000


async def test_a_body_in_small_chunks_is_taken() -> None:
    chunks = b"1\r\nx\r\n" * 20_000
    async with serving() as port:
        said = await answers(port, [CHUNKED + chunks + b"0\r\n\r\n" + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"])
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"20004" in said


async def test_blank_lines_are_counted_and_timed() -> None:
    async with serving(head_seconds=0.3) as port:
        assert await answers(port, iter([b"\r\n"] * 100), pause=0.05) == b""
    async with serving() as port:
        refused(await answers(port, [b"\r\n" * 20_000]), 431, "32768")


async def test_who_goes_on_slowly_after_a_refusal_has_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BodyLimits, "drained_seconds", 0.1)
    head = b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    async with serving(body_seconds=0.5) as port:
        said = await answers(port, iter([head, *[b"slow"] * 40]), pause=0.05)
    assert said.count(b"HTTP/1.1 ") == 1
    assert said.startswith(b"HTTP/1.1 401 ")


async def test_a_connection_on_which_nothing_is_asked_is_closed() -> None:
    async with serving(head_seconds=0.2) as port:
        assert await answers(port, []) == b""


async def test_what_is_no_http_is_refused_in_json() -> None:
    async with serving() as port:
        refused(await answers(port, [b"\x16\x03\x01 what\r\n\r\n"]), 400, "HTTP")


async def test_an_answered_request_is_never_late() -> None:
    async with serving(head_seconds=1.0, body_seconds=1.0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n0")
            await asyncio.sleep(1.2)  # idle: that is for uvicorn to end
        writer.close()


# Refusals before a body is read.


def body_of(size: int) -> Iterator[bytes]:
    for _ in range(size // 10_000):
        yield b"x" * 10_000


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (b"/early", b"Content-Type: application/pdf\r\n", 401),
        (b"/graphql", b"Content-Type: multipart/form-data; boundary=b\r\n", 403),
        (b"/hook", JSON, 413),
        (b"/graphql", b"Content-Type: text/plain\r\n", 415),
    ],
)
@pytest.mark.parametrize("how", ["length", "chunks"])
async def test_who_sends_a_large_body_reads_why_it_is_refused(
    path: bytes, headers: bytes, status: int, how: str
) -> None:
    size = MIB + 900_000
    head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + headers

    def sent() -> Iterator[bytes]:
        if how == "length":
            yield head + b"Content-Length: %d\r\n\r\n" % (size // 10_000 * 10_000)
            yield from body_of(size)
        else:
            yield head + b"Transfer-Encoding: chunked\r\n\r\n"
            for part in body_of(size):
                yield b"%x\r\n%b\r\n" % (len(part), part)
            yield b"0\r\n\r\n"

    async with serving() as port:
        said = await answers(port, sent())
    assert said.startswith(b"HTTP/1.1 %d " % status), said[:100]
    assert b"connection: close" in said.lower()


async def test_no_more_than_a_mebibyte_is_drained_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    take = Protocol._take
    monkeypatch.setattr(Protocol, "_take", lambda self, piece: (taken.append(len(piece)), take(self, piece)))
    head = b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Type: application/pdf\r\nContent-Length: 90000000\r\n\r\n"

    def sent() -> Iterator[bytes]:
        yield head
        yield from body_of(90_000_000)

    async with serving() as port:
        said = await answers(port, sent())
    assert said.startswith(b"HTTP/1.1 401 ")
    assert sum(taken) < 4 * MIB  # what lay in buffers besides


async def test_who_stops_sending_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BodyLimits, "drained_seconds", 0.1)
    head = b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Type: application/pdf\r\nContent-Length: 5000000\r\n\r\n"
    async with serving() as port:
        said = await answers(port, [head])
    assert said.startswith(b"HTTP/1.1 401 ")


async def test_who_asks_before_he_sends_is_not_told_to_send() -> None:
    head = b"POST /early HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n"
    async with serving() as port:
        said = await answers(port, [head], then_close=True)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in said


async def test_a_small_body_that_was_not_read_costs_no_connection() -> None:
    one = b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 4\r\n\r\nnull"
    last = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    async with serving() as port:
        said = await answers(port, [one + one + last])
    assert said.count(b"HTTP/1.1 401 ") == 2
    assert said.count(b"HTTP/1.1 200 ") == 1

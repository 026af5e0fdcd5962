"""The file store: what it keeps, what it refuses, and that a refusal leaves nothing."""

import asyncio
import hashlib
import io
import os
import re
import socket
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.content_types import OFD, PDF, PNG
from core.files import FileRefused, FileStore, FileTooLarge, FileTypeRefused, safe_name
from plugins.file_store import LocalOrS3Store
from plugins.signed_heads import SignedHeadsKeeper

MIB = 1024 * 1024
ACCEPTED = frozenset({PDF, OFD, PNG})


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def pdf(size: int) -> AsyncIterator[bytes]:
    """A file of exactly `size` bytes that begins like a PDF."""
    yield b"%PDF-1.7\n"
    left, block = size - 9, bytes(MIB)
    while left:
        yield block[:left]
        left -= min(left, MIB)


def zipped(*names: str, filling: bytes = b"<x/>") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, filling)
    return held.getvalue()


@pytest.fixture
def store(tmp_path) -> FileStore:
    return LocalOrS3Store(tmp_path / "files")


def kept(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


async def put(store: FileStore, *parts: bytes, most_bytes: int = MIB):
    return await store.put(chunks(*parts), most_bytes=most_bytes, accepted=ACCEPTED)


async def content(store: FileStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in await store.open(key)])


async def test_a_file_comes_back_as_it_went_in(store):
    whole = b"%PDF-1.7\n" + os.urandom(3 * MIB)
    stored = await put(store, whole[:5], b"", whole[5:], most_bytes=4 * MIB)
    assert (stored.size, stored.media_type) == (len(whole), PDF)
    assert stored.sha256 == hashlib.sha256(whole).hexdigest()
    assert await content(store, stored.key) == whole


async def test_a_key_is_of_the_stores_making(store):
    first, second = await put(store, b"%PDF-1.7"), await put(store, b"%PDF-1.7")
    assert re.fullmatch(r"\d{4}/\d{2}/[0-9a-f]{32}", first.key)
    assert first.key != second.key


async def test_a_file_is_read_in_chunks_of_at_most_a_mebibyte(store):
    stored = await store.put(pdf(5 * MIB), most_bytes=5 * MIB, accepted=ACCEPTED)
    sizes = [len(chunk) async for chunk in await store.open(stored.key)]
    assert sum(sizes) == 5 * MIB
    assert max(sizes) <= MIB


async def test_a_hundred_mebibytes_pass_and_one_byte_more_does_not(store, tmp_path):
    most = 100 * MIB
    stored = await store.put(pdf(most), most_bytes=most, accepted=ACCEPTED)
    assert stored.size == most
    await store.delete(stored.key)
    with pytest.raises(FileTooLarge) as caught:
        await store.put(pdf(most + 1), most_bytes=most, accepted=ACCEPTED)
    assert caught.value.most_bytes == most
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([], None),
        ([b"", b""], None),
        (["合同".encode()], None),
        ([b"<html>", bytes(20_000)], "text/html"),
        ([b"MZ", bytes(MIB)], "application/x-msdownload"),
        ([zipped("readme.txt")], "application/zip"),
        ([b"\xff\xd8\xff\xe0" + bytes(100)], "image/jpeg"),  # known, but not accepted here
    ],
)
async def test_a_file_of_another_type_is_refused_and_leaves_nothing(store, tmp_path, parts, found):
    with pytest.raises(FileTypeRefused) as caught:
        await put(store, *parts, most_bytes=2 * MIB)
    assert isinstance(caught.value, FileRefused)
    assert (caught.value.found, caught.value.accepted) == (found, ACCEPTED)
    assert kept(tmp_path) == []


async def test_a_wrong_type_is_refused_before_the_rest_is_received(store):
    received = 0

    async def film() -> AsyncIterator[bytes]:
        nonlocal received
        while True:
            received += 1
            yield b"\x1aE\xdf\xa3" + bytes(9000)

    with pytest.raises(FileTypeRefused):
        await store.put(film(), most_bytes=100 * MIB, accepted=ACCEPTED)
    assert received == 1


@pytest.mark.parametrize("size", [1, 700, 100_000])
async def test_an_ofd_is_known_however_it_is_cut_up(store, size):
    whole = zipped("Doc_0/Document.xml", "OFD.xml", filling=b"x" * 5000)
    stored = await put(store, *(whole[at : at + size] for at in range(0, len(whole), size)))
    assert (stored.media_type, stored.size) == (OFD, len(whole))


async def test_a_client_that_fails_midway_leaves_nothing(store, tmp_path):
    async def broken() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7" + bytes(3 * MIB)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken(), most_bytes=100 * MIB, accepted=ACCEPTED)
    assert kept(tmp_path) == []


async def test_a_cancelled_upload_leaves_nothing(store, tmp_path):
    reached, never = asyncio.Event(), asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7" + bytes(3 * MIB)
        reached.set()
        await never.wait()

    upload = asyncio.create_task(store.put(hanging(), most_bytes=100 * MIB, accepted=ACCEPTED))
    await reached.wait()
    assert kept(tmp_path) != []  # the upload is on the disk, under a name that no key has
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert kept(tmp_path) == []


async def test_a_killed_process_leaves_a_part_that_the_sweep_removes(store, tmp_path):
    stored = await put(store, b"%PDF-1.7")
    left = tmp_path / "files" / (stored.key[:-1] + "0#1")
    left.write_bytes(b"%PDF")
    old = datetime(2026, 1, 1, tzinfo=UTC)
    os.utime(left, (old.timestamp(), old.timestamp()))
    assert await store.sweep(before=old) == 0
    assert await store.sweep(before=old + timedelta(hours=1)) == 1
    assert [path.name for path in kept(tmp_path)] == [stored.key.rpartition("/")[2]]


async def test_a_deleted_file_is_gone_and_deleting_twice_is_no_error(store, tmp_path):
    stored = await put(store, b"%PDF-1.7")
    await store.delete(stored.key)
    await store.delete(stored.key)
    assert kept(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        await store.open(stored.key)


@pytest.mark.parametrize("key", ["", "../secret", "secret", "2026/11/../../../secret", "2026/11/" + "0" * 32, "a\0b"])
async def test_what_is_not_a_key_of_a_kept_file_opens_and_deletes_nothing(store, tmp_path, key):
    (tmp_path / "secret").write_text("kept")
    (tmp_path / "files" / "secret").write_text("kept")
    with pytest.raises(FileNotFoundError):
        await store.open(key)
    await store.delete(key)
    assert len(kept(tmp_path)) == 2


async def test_the_folder_is_closed_to_other_users(tmp_path):
    LocalOrS3Store(tmp_path / "var" / "files")
    assert (tmp_path / "var" / "files").stat().st_mode & 0o077 == 0


class Bucket:
    """As much of S3 as the store speaks."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, list[bytes]] = {}

    async def answer(self, request: Request) -> Response:
        key, query, body = request.path_params.get("key", ""), request.query_params, await request.body()
        tag = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
        upload = query.get("uploadId", "")
        match request.method:
            case "POST" if "uploads" in query:
                self.uploads[key] = []
                return Response(f"<I><Bucket>b</Bucket><Key>k</Key><UploadId>{key}</UploadId></I>")
            case "PUT" if upload:
                self.uploads[upload].append(body)
            case "POST" if upload:
                self.objects[key] = b"".join(self.uploads.pop(upload))
                return Response("<C><ETag>1</ETag></C>")
            case "DELETE" if upload:
                del self.uploads[upload]
            case "PUT":
                self.objects[key] = body
            case "POST":
                names = re.findall(r"<Key>(.*?)</Key>", body.decode())
                for name in names:
                    self.objects.pop(name, None)
                deleted = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
                return Response(f"<DeleteResult>{deleted}</DeleteResult>")
            case "GET" if key in self.objects:
                return Response(self.objects[key], headers=tag)
            case _:
                return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        return Response(headers=tag)


@pytest.fixture
async def bucket(monkeypatch) -> AsyncIterator[Bucket]:
    bucket = Bucket()
    routes = [Route("/anxin/{key:path}", bucket.answer, methods=["GET", "PUT", "POST", "DELETE"])]
    routes.append(Route("/anxin", bucket.answer, methods=["POST"]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for name, value in {
            "AWS_ENDPOINT": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "cn-test",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            monkeypatch.setenv(name, value)
        server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes), ws="none", lifespan="off", log_level="warning")
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield bucket
        server.should_exit = True
        await serving


async def test_a_bucket_keeps_files_as_a_folder_does(bucket):
    store = LocalOrS3Store("s3://anxin/files")
    small = await put(store, b"%PDF-1.7")
    large = await store.put(pdf(12 * MIB), most_bytes=12 * MIB, accepted=ACCEPTED)
    assert set(bucket.objects) == {f"files/{small.key}", f"files/{large.key}"}
    sizes = [len(chunk) async for chunk in await store.open(large.key)]
    assert (sum(sizes), max(sizes) <= MIB) == (12 * MIB, True)
    await store.delete(large.key)
    await store.delete(large.key)
    assert list(bucket.objects) == [f"files/{small.key}"]
    with pytest.raises(FileNotFoundError):
        await store.open(large.key)
    assert await store.sweep(before=datetime.now(UTC)) == 0
    keeper = SignedHeadsKeeper("s3://anxin/heads")  # an object for each time
    for hour in (8, 9):
        await keeper.keep(f"{hour}\n", datetime(2026, 11, 28, hour, 0, 3, tzinfo=UTC))
    heads = {key: content for key, content in bucket.objects.items() if key.startswith("heads/")}
    assert heads == {"heads/2026/11/28/080003.jsonl": b"8\n", "heads/2026/11/28/090003.jsonl": b"9\n"}


async def test_a_refused_upload_leaves_no_part_in_a_bucket(bucket):
    store = LocalOrS3Store("s3://anxin/files")
    with pytest.raises(FileTooLarge):
        await store.put(pdf(12 * MIB), most_bytes=12 * MIB - 1, accepted=ACCEPTED)
    with pytest.raises(FileTypeRefused):
        await put(store, b"<html>" + bytes(9000))
    assert (bucket.objects, bucket.uploads) == ({}, {})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("营业执照.pdf", "营业执照.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\用户\\保函.pdf", "保函.pdf"),
        ("a/b\\c.pdf", "c.pdf"),
        ("保函\u202efdp.exe", "保函fdp.exe"),
        ("保\x00函\r\n.pdf", "保函.pdf"),
        ("保\u200b函\ufeff\u2028.pdf", "保函.pdf"),
        ("保\ud800函.pdf", "保函.pdf"),
        ("\u3000 保函.pdf. ", "保函.pdf"),
        ("\U00031350\ue863.pdf", "\U00031350\ue863.pdf"),
        ("", "未命名"),
        ("..", "未命名"),
        ("folder/", "未命名"),
        ("\u202e", "未命名"),
        (".pdf", "pdf"),
        ("<img src=x>\x07合同.pdf", "img src=x合同.pdf"),
        ("工" * 200 + ".pdf", "工" * 116 + ".pdf"),
        ("工" * 200, "工" * 120),
        ("a." + "b" * 200, "a." + "b" * 118),
        ("工" * 120, "工" * 120),
    ],
)
def test_a_name_is_fit_to_be_shown(name, shown):
    assert safe_name(name) == shown

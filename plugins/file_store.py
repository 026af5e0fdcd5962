"""The file store: a local folder, or S3 by its address, both through obstore."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from core.content_types import HEAD, MOST_UNPACKED, TAIL, is_accepted, is_archive, sniff, unpacked_size
from core.files import ArchiveTooLarge, FileTooLarge, FileTypeRefused, PictureTooLarge, StoredFile
from core.pictures import MOST_PIXELS, DeclaredSize

_MIB = 1024 * 1024
_S3_PART = 5 * _MIB  # the least S3 takes for a part that is not the last
_KEY = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9a-f]{32}")


class LocalOrS3Store:
    """Satisfies `core.files.FileStore`.

    `where` is a folder, made if missing and closed to other users, or `s3://bucket/prefix`, whose account and endpoint
    come from the AWS_* variables of the environment. One upload holds some 2 MiB of memory on disk, 11 MiB on S3.
    """

    def __init__(self, where: str | Path) -> None:
        self._folder: Path | None = None
        self._store: ObjectStore
        if isinstance(where, str) and where.startswith("s3://"):
            self._store = S3Store.from_url(where)
            self._part = _S3_PART
        else:
            self._folder = Path(where)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(self._folder)
            self._part = _MIB

    async def put(self, chunks: AsyncIterator[bytes], *, most_bytes: int, accepted: frozenset[str]) -> StoredFile:
        key = f"{datetime.now(UTC):%Y/%m}/{secrets.token_hex(16)}"
        size, digest, head, tail, picture = 0, hashlib.sha256(), bytearray(), bytearray(), DeclaredSize()
        # Leaving this block by an exception, a cancellation too, aborts the upload: the key never comes to exist.
        async with obstore.open_writer_async(self._store, key, buffer_size=self._part, max_concurrency=1) as writer:
            async for chunk in chunks:
                for piece in _split(chunk):
                    size += len(piece)
                    if size > most_bytes:
                        raise FileTooLarge(most_bytes)
                    digest.update(piece)
                    picture.feed(piece)
                    if (picture.pixels or 0) > MOST_PIXELS:
                        raise PictureTooLarge(MOST_PIXELS)
                    tail += piece
                    del tail[:-TAIL]
                    if len(head) < HEAD:
                        head += piece[: HEAD - len(head)]
                        if len(head) == HEAD and not is_archive(bytes(head)):
                            _accept_type(bytes(head), b"", accepted)  # early: nobody wants the rest of a film
                    await writer.write(piece)
            media_type = _accept_type(bytes(head), bytes(tail), accepted)
            if unpacked_size(bytes(head), bytes(tail)) > MOST_UNPACKED:
                raise ArchiveTooLarge(MOST_UNPACKED)
        return StoredFile(key, size, digest.hexdigest(), media_type)

    async def open(self, key: str) -> AsyncIterator[bytes]:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        found = await obstore.get_async(self._store, key)
        return found.stream(min_chunk_size=_MIB // 4)

    async def put_back(self, key: str, chunks: AsyncIterator[bytes]) -> None:
        """A file of a backup, under the key it had. Raises ValueError for what is no key of ours."""
        if not _KEY.fullmatch(key):
            raise ValueError(key)
        async with obstore.open_writer_async(self._store, key, buffer_size=self._part, max_concurrency=1) as writer:
            async for chunk in chunks:
                await writer.write(chunk)

    async def delete(self, key: str) -> None:
        if _KEY.fullmatch(key):
            with suppress(FileNotFoundError):
                await obstore.delete_async(self._store, key)

    async def sweep(self, *, before: datetime) -> int:
        """On S3 the bucket's lifecycle rule for incomplete uploads does this; 0 is returned."""
        return await asyncio.to_thread(_sweep, self._folder, before) if self._folder else 0


def _accept_type(head: bytes, tail: bytes, accepted: frozenset[str]) -> str:
    media_type = sniff(head, tail)
    if media_type is None or not is_accepted(media_type, accepted):
        raise FileTypeRefused(media_type, accepted)
    return media_type


def _split(chunk: bytes) -> Iterator[memoryview]:
    view = memoryview(chunk)
    return (view[start : start + _MIB] for start in range(0, len(view), _MIB))


def _sweep(folder: Path, before: datetime) -> int:
    # obstore writes to `<key>#<number>` and renames at the end; its own listing hides these files.
    cut_off = [path for path in folder.rglob("*#*") if path.stat().st_mtime < before.timestamp()]
    for path in cut_off:
        path.unlink(missing_ok=True)
    return len(cut_off)

"""Files as the domain knows them: what was kept, why one is refused, and the store that keeps them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core import texts
from core.content_types import endings
from core.errors import DomainError
from core.messages import Message

_LONGEST_NAME = 120
_LONGEST_SUFFIX = 10
_OF_MARKUP = str.maketrans("", "", "<>")


@dataclass(frozen=True)
class StoredFile:
    """What the store says of a file it took; the name a client gave it is no part of the key."""

    key: str
    size: int
    sha256: str
    media_type: str


class FileRefused(DomainError):
    """Nothing of the file was kept."""

    code = "FILE_REFUSED"
    path = ("file",)


@dataclass(eq=False)
class FileTooLarge(FileRefused):
    """The sender was cut off at the first byte beyond `most_bytes`; how long the file is, is not known."""

    most_bytes: int

    @property
    def said(self) -> Message:
        return Message("FileTooLarge", megabytes=self.most_bytes // 1024 // 1024)


@dataclass(eq=False)
class FileTypeRefused(FileRefused):
    """`found` is what the content is, None when it is nothing we know (an empty file too)."""

    found: str | None
    accepted: frozenset[str]

    @property
    def said(self) -> Message:
        kinds = sorted(kind.rpartition("/")[2].upper() for kind in self.accepted)
        return Message("FileTypeRefused" if self.found else "FileTypeRefused.unknown", found=self.found, kinds=kinds)


@dataclass(eq=False)
class PictureTooLarge(FileRefused):
    """By the size that the picture states; it was not unfolded."""

    most_pixels: int

    @property
    def said(self) -> Message:
        return Message("PictureTooLarge", millions=self.most_pixels // 1_000_000)


@dataclass(eq=False)
class ArchiveTooLarge(FileRefused):
    """By the sizes that the archive states; nothing was unpacked."""

    most_bytes: int

    @property
    def said(self) -> Message:
        return Message("ArchiveTooLarge", megabytes=self.most_bytes // 1024 // 1024)


class FileStore(Protocol):
    """Keeps files under keys of its own making. `plugins.file_store` is the one we ship."""

    async def put(self, chunks: AsyncIterator[bytes], *, most_bytes: int, accepted: frozenset[str]) -> StoredFile:
        """Raises FileRefused; whatever ends it early, a client that hangs up too, nothing stays behind."""
        ...

    async def open(self, key: str) -> AsyncIterator[bytes]:
        """Raises FileNotFoundError before the first byte, so that a download can still be refused."""
        ...

    async def delete(self, key: str) -> None:
        """A key that is not there is no error: a job may run twice."""
        ...

    async def sweep(self, *, before: datetime) -> int:
        """Removes what a killed process left of uploads last written to before `before`; returns how many."""
        ...


def safe_name(name: str, media_type: str = "") -> str:
    """The file name a clerk gave, fit to be shown and opened: no folders, nothing that nobody sees or that turns its
    order, no ``<`` and ``>``, 120 characters at most. It ends as files of that type do: what ends otherwise is opened
    by another program than the content's."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = texts.drop_unseen(name).translate(_OF_MARKUP).strip(" .\u00a0\u3000") or "未命名"
    known = endings(media_type)
    if known and not name.casefold().endswith(known):
        return _shorten(name + known[0])
    return _shorten(name)


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        return name[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(dot + suffix)] + dot + suffix

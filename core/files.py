"""Files as the domain knows them: what was kept, why one is refused, and the store that keeps them."""

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.errors import DomainError
from core.messages import Message

_LONGEST_NAME = 120
_LONGEST_SUFFIX = 10
# Controls, bidirectional overrides and zero-width characters, halves of a pair, line and paragraph separators. Not the
# unassigned and private ones: names of people are written with characters newer than Python's tables.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


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


def safe_name(name: str) -> str:
    """The file name a clerk gave, fit to be shown: no folders, no invisible or reversing characters, 120 at most."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if unicodedata.category(character) not in _UNSEEN)
    name = name.strip(" .\u00a0\u3000") or "未命名"
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        return name[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(dot + suffix)] + dot + suffix

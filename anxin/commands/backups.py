"""``anxin backup`` and ``anxin restore``: the database and the files in one folder, and back into an empty place.

The dump comes first and the files after it: a file is never changed, so a later copy holds all that the dump speaks of.
A folder gets its name when all of it is there; each file is compared with its digest both times.
"""

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from anxin.database import dumps, migrate
from anxin.database.dumps import DumpFailed
from anxin.processes.startup import CannotStart, explain_database_errors, open_files
from core.audit import trail
from core.db import Database
from core.documents.models import Document
from core.settings import Settings
from plugins.file_store import LocalOrS3Store

DUMP, FILES, MANIFEST = "database.dump", "files", "manifest.json"
_CHUNK = 256 * 1024


class Copied(NamedTuple):
    """How much there is."""

    entries: int
    files: int


async def back_up(settings: Settings, url: str, folder: Path) -> Copied:
    """Raises CannotStart for what cannot be, and where a file is missing or another one than the database says."""
    draft = _make_draft(folder)
    db, store = Database(url), open_files(settings)
    try:
        with explain_database_errors():
            async with db.read_everything() as session:
                heads = await trail.read_heads(session)  # before the dump, which holds these and what comes after
            _do(dumps.dump, db.dsn, draft / DUMP)
            wrong: list[str] = []
            files = 0
            for document in await _documents(db):
                files += 1
                target = draft / FILES / document.key
                target.parent.mkdir(parents=True, exist_ok=True)
                if not await _copy(store, document, target):
                    wrong.append(document.key)
    finally:
        await db.close()
    if wrong:
        raise CannotStart(f"{draft} is not whole: files are missing or changed: {', '.join(wrong)}")
    (draft / MANIFEST).write_text(json.dumps({"revision": migrate.head_revision(), "heads": heads}, indent=1) + "\n")
    draft.rename(folder)
    return Copied(sum(number for number, _ in heads.values()), files)


def _make_draft(folder: Path) -> Path:
    """Closed to others: it will hold everything that people entered."""
    if folder.exists():
        raise CannotStart(f"{folder} is there already; name a folder that is not")
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    return draft


async def restore(settings: Settings, url: str, folder: Path) -> Copied:
    """Into an empty database, brought to this release; then the trail is proved whole, up to where it was, and
    each file to be the one it was. Raises CannotStart."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        heads = {chain: (int(number), str(digest)) for chain, (number, digest) in manifest["heads"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"{folder} is no backup that is whole: {MANIFEST} is missing or spoilt") from error
    if not migrate.is_known(str(manifest.get("revision"))):
        raise CannotStart(f"{folder} is of a newer release than this one; restore it with that release")
    db, store = Database(url), open_files(settings)
    try:
        with explain_database_errors():
            _do(dumps.restore, db.dsn, folder / DUMP)
            await asyncio.to_thread(migrate.upgrade, url)
            wrong: list[str] = []
            documents = await _documents(db)
            for document in documents:
                source = folder / FILES / document.key
                if not source.is_file() or _digest(source) != document.sha256:
                    wrong.append(f"file {document.key}: missing or changed")
                else:
                    await store.put_back(document.key, _chunks(source))
            async with db.read_everything() as session:
                wrong += [f"{at.chain} #{at.number}: {at.reason}" async for at in trail.verify(session, heads)]
                entries = sum(number for number, _ in (await trail.read_heads(session)).values())
    finally:
        await db.close()
    if wrong:
        raise CannotStart("\n".join(["restored, but not whole:", *wrong]))
    return Copied(entries, len(documents))


async def _documents(db: Database) -> list[Document]:
    async with db.read_everything() as session:
        return list(await session.scalars(select(Document).order_by(Document.id)))


async def _copy(store: LocalOrS3Store, document: Document, target: Path) -> bool:
    """Whether the file is there and the one that the database says."""
    digest = hashlib.sha256()
    try:
        chunks = await store.open(document.key)
    except FileNotFoundError:
        return False
    with target.open("wb") as copy:
        async for chunk in chunks:
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest() == document.sha256


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _do(act: Callable[[str, Path], None], dsn: str, file: Path) -> None:
    try:
        act(dsn, file)
    except DumpFailed as failed:
        raise CannotStart(str(failed)) from failed

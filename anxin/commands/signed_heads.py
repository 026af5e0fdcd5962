"""Keys and files of signed heads, for ``anxin audit key`` and ``anxin audit verify --signed``."""

import os
from pathlib import Path

from anxin.processes.startup import CannotStart
from core.actor import CHINA
from core.audit import signing
from core.audit.signing import Heads, KeyUnusable, SignedFile


def make_key(file: Path) -> Path:
    """Where the public key is. Raises CannotStart for a file that is there."""
    public = file.with_name(f"{file.name}.pub")
    for path, content, mode in zip((file, public), signing.make_key(), (0o600, 0o644), strict=True):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
                opened.write(content)
        except OSError as error:
            raise CannotStart(f"{path}: {error.strerror}; name a file that is not there yet") from error
    return public


def read(where: Path | None, public_key: str | None) -> SignedFile:
    """What was signed; nothing where nothing is named. Raises CannotStart."""
    if where is None and public_key is None:
        return SignedFile((), ())
    if where is None or public_key is None:
        raise CannotStart("--signed and --public-key go together: what was signed, and by whom")
    try:
        key = signing.read_public_key(public_key)
        files = sorted(where.rglob("*.jsonl")) if where.is_dir() else [where]
        lines = [line for file in files for line in file.read_text("utf-8", errors="replace").splitlines()]
    except KeyUnusable as unusable:
        raise CannotStart(f"--public-key: {unusable}") from unusable
    except OSError as error:
        raise CannotStart(f"{error.filename or where}: {error.strerror}; name what ANXIN_AUDIT_HEADS names") from error
    found = signing.read_signed(lines, key)
    if not found.signed and not found.wrong_lines:
        raise CannotStart(f"{where} holds no signed heads: nothing is proved")
    return found


def describe(proof: SignedFile, heads: Heads) -> str:
    """How far signatures reach: what came after the last one, only the chain itself proves."""
    last = proof.signed[-1]
    behind = sum(number - last.heads.get(chain, (0, ""))[0] for chain, (number, _) in heads.items())
    return (
        f"signed {len(proof.signed)} times, last at {last.at.astimezone(CHINA):%Y-%m-%d %H:%M}; {behind} entries since"
    )

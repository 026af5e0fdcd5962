"""What a file is, told from its content: a name or a header would be the sender's word for it; and how such a file's
name ends."""

import io
import zipfile

import filetype  # pyright: ignore[reportMissingTypeStubs] - it ships no types

HEAD = 8 * 1024
"""Bytes from the beginning that `sniff` wants."""
TAIL = 512 * 1024
"""Bytes from the end that it wants of an archive: room for the list of some five thousand names."""

PDF = "application/pdf"
OFD = "application/ofd"
JPEG = "image/jpeg"
PNG = "image/png"

_ENDINGS = {PDF: (".pdf",), OFD: (".ofd",), JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), PNG: (".png",)}

MOST_UNPACKED = 500 * 1024 * 1024
"""Bytes that an archive may say it unpacks to."""

RUNNABLE = frozenset(
    {
        "text/html",
        "text/xml",
        "text/x-script",
        "image/svg+xml",
        "application/x-msdownload",
        "application/x-executable",
        "application/x-shockwave-flash",
        "application/wasm",
    }
)
"""What a browser or a machine would run: refused even where a ruleset lists it by mistake."""

_ZIP = b"PK\x03\x04"
_PDF_WITHIN = 1024
_BOM = b"\xef\xbb\xbf"
# The library takes the first three or four bytes for proof; these are the whole signatures.
_SIGNATURES = {JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}


def sniff(head: bytes, tail: bytes = b"") -> str | None:
    """The media type, or None for what nothing is known of. An OFD is a zip until its `tail`, too, is seen."""
    return _sniff_markup(head) or (_sniff_archive(head, tail) if is_archive(head) else _sniff_other(head))


def is_archive(head: bytes) -> bool:
    """Whether only the end of the file can say what it is."""
    return head.startswith(_ZIP)


def is_accepted(media_type: str | None, accepted: frozenset[str]) -> bool:
    """Whether a file of this type may be kept where the ruleset accepts these."""
    return media_type in accepted - RUNNABLE


def endings(media_type: str) -> tuple[str, ...]:
    """How the name of a file of this type may end, the usual one first; empty where nothing is known."""
    known = filetype.get_type(mime=media_type)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - it ships no types
    return _ENDINGS.get(media_type) or ((f".{known.extension}",) if known else ())


def unpacked_size(head: bytes, tail: bytes) -> int:
    """Bytes that an archive says it unpacks to; 0 of what is none, or does not say it within its ``tail``."""
    return sum(entry.file_size for entry in _entries(tail)) if is_archive(head) else 0


def _sniff_markup(head: bytes) -> str | None:
    text = head.removeprefix(_BOM).lstrip().lower()
    if text.startswith(b"#!"):
        return "text/x-script"
    if not text.startswith(b"<"):
        return None
    if b"<svg" in text:
        return "image/svg+xml"
    return "text/xml" if text.startswith(b"<?xml") else "text/html"


def _sniff_archive(head: bytes, tail: bytes) -> str | None:
    return OFD if "OFD.xml" in [entry.filename for entry in _entries(tail)] else _sniff_other(head)


def _entries(tail: bytes) -> list[zipfile.ZipInfo]:
    """They stand at the end of a zip, and are read without what comes before; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(tail)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return []


def _sniff_other(head: bytes) -> str | None:
    media_type: str | None = filetype.guess_mime(head)  # pyright: ignore[reportUnknownMemberType] - it ships no types
    if media_type in (None, PDF):  # whose header may stand anywhere in the first kilobyte
        return PDF if b"%PDF-" in head[:_PDF_WITHIN] else None
    signature = _SIGNATURES.get(media_type or "", b"")
    return media_type if head.startswith(signature) else None

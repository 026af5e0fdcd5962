"""What a file is, told from its content: a name or a header would be the sender's word for it."""

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
_BOM = b"\xef\xbb\xbf"
# The library takes the first three or four bytes for proof; these are the whole signatures.
_SIGNATURES = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}


def sniff(head: bytes, tail: bytes = b"") -> str | None:
    """The media type, or None for what nothing is known of. An OFD is a zip until its `tail`, too, is seen."""
    return _sniff_markup(head) or (_sniff_archive(head, tail) if is_archive(head) else _sniff_other(head))


def is_archive(head: bytes) -> bool:
    """Whether only the end of the file can say what it is."""
    return head.startswith(_ZIP)


def is_accepted(media_type: str | None, accepted: frozenset[str]) -> bool:
    """Whether a file of this type may be kept where the ruleset accepts these."""
    return media_type in accepted - RUNNABLE


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
    # The names stand at the end of a zip, and are read without what comes before; nothing is unpacked.
    try:
        with zipfile.ZipFile(io.BytesIO(tail)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        names = list[str]()
    return OFD if "OFD.xml" in names else _sniff_other(head)


def _sniff_other(head: bytes) -> str | None:
    media_type: str | None = filetype.guess_mime(head)  # pyright: ignore[reportUnknownMemberType] - it ships no types
    signature = _SIGNATURES.get(media_type or "", b"")
    return media_type if head.startswith(signature) else None

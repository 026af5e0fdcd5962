"""What a file is, told from its content alone."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content_types import (
    HEAD,
    JPEG,
    OFD,
    PDF,
    PNG,
    RUNNABLE,
    TAIL,
    endings,
    is_accepted,
    is_archive,
    sniff,
    unpacked_size,
)
from core.pictures import DeclaredSize

PNG_BYTES = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
ACCEPTED = frozenset({PDF, OFD, JPEG, PNG})


def zipped(*names: str, filling: bytes = b"<x/>") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), filling)
    return held.getvalue()


def read_all(content: bytes) -> str | None:
    return sniff(content[:HEAD], content[-TAIL:])


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40), JPEG),
        (PNG_BYTES, PNG),
        (zipped("OFD.xml", "Doc_0/Document.xml"), OFD),
        (zipped("Doc_0/Document.xml", "Doc_0/页.xml", "OFD.xml"), OFD),
    ],
)
def test_the_types_of_the_rulesets_are_recognised(content, media_type):
    assert read_all(content) == media_type
    assert is_accepted(read_all(content), ACCEPTED)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<!DOCTYPE html><html></html>", "text/html"),
        (b"\xef\xbb\xbf\n  <HTML>", "text/html"),
        (b"<script>alert(1)</script>", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?><!-- --><SVG/>', "image/svg+xml"),
        (b'<?xml version="1.0"?><a/>', "text/xml"),
        (b"#!/bin/sh\nrm -rf /\n", "text/x-script"),
        (b"MZ\x90\x00" + bytes(60), "application/x-msdownload"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "application/x-executable"),
        (b"\x00asm\x01\x00\x00\x00", "application/wasm"),
    ],
)
def test_what_would_run_is_refused_even_where_a_ruleset_lists_it(content, media_type):
    assert read_all(content) == media_type
    assert media_type in RUNNABLE
    assert not is_accepted(media_type, ACCEPTED | {media_type})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PD",
        b"%PDFX-1.7",
        b"\xff\xd8",
        b"\x89PNG but not quite" + bytes(40),
        "保函".encode(),
        b"<\x00h\x00t\x00m\x00l\x00>\x00".join([b"\xff\xfe", b""]),
        b"\x00" * 5000,
        zipped("a/OFD.xml"),
        zipped("ofd.xml", "readme.txt"),
        zipped("[Content_Types].xml", "word/document.xml"),
        zipped("OFD.xml")[:-30],
    ],
)
def test_what_is_not_proved_is_not_accepted(content):
    assert not is_accepted(read_all(content), ACCEPTED)


def test_an_ofd_longer_than_the_tail_is_known_by_its_last_bytes():
    content = zipped("OFD.xml", *(f"Doc_0/Pages/Page_{n}/Content.xml" for n in range(3000)), filling=b"x" * 1000)
    assert len(content) > 2 * TAIL
    assert read_all(content) == OFD


def test_an_archive_is_only_a_zip_until_its_end_is_seen():
    head = zipped("OFD.xml")[:30]
    assert is_archive(head)
    assert sniff(head) == "application/zip"
    assert not is_archive(PNG_BYTES)


@given(
    st.sampled_from([b"", b"PK\x03\x04", b"<", b"\x00\x00\x00\x18ftyp", zipped("OFD.xml")]),
    st.binary(max_size=200),
    st.binary(max_size=60),
)
def test_no_content_is_too_strange_to_be_judged(head, middle, end):
    content = head + middle + end
    media_type = sniff(content, middle + zipped("OFD.xml")[-60:] + end)
    assert media_type is None or "/" in media_type


@pytest.mark.parametrize("before", [b"\r\n", b"\xef\xbb\xbf", b"x" * 1019])
def test_a_pdfs_header_may_stand_anywhere_in_the_first_kilobyte(before: bytes):
    assert read_all(before + b"%PDF-1.4\n1 0 obj") == PDF
    assert read_all(b"x" * 1024 + b"%PDF-1.4\n1 0 obj") is None
    for other in (
        b"<html>%PDF-1.4",
        b"MZ\x90\x00" + bytes(60) + b"%PDF-1.4",
        b"#!/bin/sh\n%PDF-1.4",
        PNG_BYTES + b"%PDF-",
    ):
        assert read_all(other) != PDF


@pytest.mark.parametrize(
    ("media_type", "ends"),
    [(PDF, ".pdf"), (OFD, ".ofd"), (JPEG, ".jpg"), (PNG, ".png"), ("image/tiff", ".tif"), ("text/unheard-of", None)],
)
def test_a_type_has_its_usual_ending(media_type: str, ends: str | None):
    assert next(iter(endings(media_type)), None) == ends


def test_an_archive_says_what_it_unpacks_to():
    content = zipped("OFD.xml", "a.xml", filling=b"x" * 1000)
    assert unpacked_size(content[:HEAD], content[-TAIL:]) == 2000
    assert unpacked_size(PNG_BYTES, PNG_BYTES) == 0


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + bytes(40)


def jpeg(width: int, height: int, *, notes: int = 3) -> bytes:
    """With as many notes of 65,000 bytes before its frame, as cameras write them."""
    note = b"\xff\xe1" + (65_002).to_bytes(2) + b"\xff\xc0" * 32_500
    table = b"\xff\xc4\x00\x05abc"
    frame = b"\xff\xc2\x00\x11\x08" + height.to_bytes(2) + width.to_bytes(2) + bytes(8)
    return b"\xff\xd8" + note * notes + b"\xff\xff" + table + frame + b"\xff\xda" + b"\xff\xc0" * 500


@pytest.mark.parametrize("size", [1, 7, 1000, 10_000_000])
@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (png(1200, 800), 960_000),
        (jpeg(1200, 800), 960_000),
        (jpeg(1200, 800, notes=0), 960_000),
        (jpeg(60_000, 60_000), 3_600_000_000),
        (b"\xff\xd8\xff\xda" + jpeg(60_000, 60_000), None),
        (b"\xff\xd8\xff\xe1\x00\x00" + bytes(100), None),
        (b"%PDF-1.7" + png(9, 9), None),
        (b"", None),
    ],
)
def test_a_picture_states_its_size_however_it_is_cut_up(content: bytes, pixels: int | None, size: int):
    declared = DeclaredSize()
    for start in range(0, len(content), size):
        declared.feed(content[start : start + size])
    assert declared.pixels == pixels

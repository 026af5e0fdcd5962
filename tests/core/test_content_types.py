"""What a file is, told from its content alone."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content_types import HEAD, JPEG, OFD, PDF, PNG, RUNNABLE, TAIL, is_accepted, is_archive, sniff

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

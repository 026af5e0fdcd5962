"""Reads a GraphQL request out of whatever was sent; each refusal says which part is wrong."""

import re
from collections.abc import Mapping
from contextlib import aclosing
from types import NoneType
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from anxin.http import refusals
from anxin.http.refusals import RequestRefused, Sentence
from schema.error_codes import ErrorCode

MAX_FILES = 20  # of one multipart request, and as many fields beside them

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TEXT = (str, NoneType), refusals.NO_TEXT_OR_NULL
_OBJECT = (dict, NoneType), refusals.NO_OBJECT_OR_NULL
_PARTS = {"query": _TEXT, "operationName": _TEXT, "documentId": _TEXT, "variables": _OBJECT, "extensions": _OBJECT}
"""Of a request: the type of each, and what is said of another."""


class ParsedRequest(NamedTuple):
    """What a request asks for. ``query`` is the document itself, however it was named."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_body(receive: Receive) -> bytes:
    """Raises ClientDisconnect."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return message.get("body", b"")
    parts: list[bytes] = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise ClientDisconnect


def parse_json(body: bytes, documents: Mapping[str, str]) -> ParsedRequest:
    """Of a body. ``documents`` are those that may be named by their id alone."""
    return _build(_expect_object(refusals.BODY, _decode(refusals.BODY, body)), documents)


def parse_query_string(query_string: bytes, documents: Mapping[str, str]) -> ParsedRequest:
    sent: dict[str, object] = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        sent[name] = _decode(_name(name), sent.get(name) or "null")
    return _build(sent, documents)


def parse_message(payload: Mapping[str, Any], documents: Mapping[str, str]) -> ParsedRequest:
    """Of a WebSocket's message that begins an operation."""
    return _build(payload, documents)


class _FormParser(MultiPartParser):
    """Starlette's, which takes no notice of ``filename*``: a part that has nothing else is a file as well, and it wins
    over a ``filename`` beside it, which .NET fills with an encoded word."""

    def on_headers_finished(self) -> None:
        part = self._current_part
        part.content_disposition = _with_plain_name(part.content_disposition or b"", self._charset)
        super().on_headers_finished()


_PARAMETER = re.compile(rb';\s*([^\s=;]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)')
_EXTENDED = re.compile(rb"(utf-8|iso-8859-1|gb18030|gbk)'[^']*'([!-~]*)", re.IGNORECASE)
"""By RFC 5987: a charset, a language, and what is not ASCII by percent signs."""


def _with_plain_name(disposition: bytes, charset: str) -> bytes:
    """A part's disposition with its ``filename*``, where it has one that can be read, as its ``filename``."""
    parameters = {name.lower(): value.strip() for name, value in _PARAMETER.findall(disposition)}
    extended = _EXTENDED.fullmatch(parameters.pop(b"filename*", b"").strip(b'"'))
    if extended is None:
        return disposition
    name = unquote_to_bytes(extended[2]).decode(extended[1].decode(), "replace")
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    parameters[b"filename"] = b'"' + quoted.encode(charset, "replace") + b'"'
    return b"; ".join([b"form-data", *(name + b"=" + value for name, value in parameters.items())])


async def parse_form(request: Request, documents: Mapping[str, str]) -> ParsedRequest:
    """By the GraphQL multipart request specification; a file's own name is not looked at. The number of its parts is
    capped here, their bytes were before, by ``anxin.http.body_limits``."""
    try:
        async with aclosing(request.stream()) as stream:
            form = await _FormParser(request.headers, stream, max_files=MAX_FILES, max_fields=MAX_FILES).parse()
    except (MultiPartException, HTTPException, ValueError) as error:
        raise RequestRefused(refusals.NO_FORM) from error
    request._form = form  # pyright: ignore[reportPrivateUsage] -- what its close() closes
    part = _name("operations")
    operations = _expect_object(part, _decode(part, form.get("operations")))
    part = _name("map")
    for field, paths in _expect_object(part, _decode(part, form.get("map"))).items():
        file = form.get(field)
        if not isinstance(file, UploadFile):
            raise RequestRefused(refusals.NO_FILE)
        if not isinstance(paths, list):
            raise RequestRefused(refusals.NO_PATHS)
        for path in cast("list[object]", paths):
            _place(operations, path, file)
    return _build(operations, documents)


def _build(sent: Mapping[str, Any], documents: Mapping[str, str]) -> ParsedRequest:
    """Each part of its type or None; an empty operation name is none."""
    for name, (kind, sentence) in _PARTS.items():
        if not isinstance(sent.get(name), kind):
            raise RequestRefused(sentence, part=name)
    query, document_id, extensions = sent.get("query"), sent.get("documentId"), sent.get("extensions")
    if document_id is not None:
        if query is not None:
            raise RequestRefused(refusals.QUERY_AND_DOCUMENT)
        query = documents.get(document_id)
        if query is None:
            raise RequestRefused(refusals.UNKNOWN_DOCUMENT, status=404, code=ErrorCode.NOT_FOUND)
    if query is None and extensions and "persistedQuery" in extensions:
        raise RequestRefused(refusals.PERSISTED_QUERY, code=ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED)
    return ParsedRequest(query, sent.get("variables"), sent.get("operationName") or None, extensions)


def _place(operations: dict[str, object], path: object, file: UploadFile) -> None:
    """Only a null among the variables gives way to a file."""
    steps = path.split(".") if isinstance(path, str) else []
    holder: object = operations if steps[:1] == ["variables"] else None
    for step in steps[:-1]:
        holder = _children(holder).get(step)
    if _children(holder).get(steps[-1] if steps else "", file) is not None:
        raise RequestRefused(refusals.NO_PLACE)
    if isinstance(holder, list):
        cast("list[object]", holder)[int(steps[-1])] = file
    else:
        cast("dict[str, object]", holder)[steps[-1]] = file


def _children(holder: object) -> dict[str, object]:
    """Of an object by name, of a list by index, of anything else none."""
    if isinstance(holder, list):
        return {str(index): item for index, item in enumerate(cast("list[object]", holder))}
    return cast("dict[str, object]", holder) if isinstance(holder, dict) else {}


def _decode(part: Sentence, text: object) -> object:
    """Strict: UTF-8, no lone surrogates, no NaN, bounded nesting, numbers no longer than a float's. A byte order mark
    before it is taken (RFC 8259, 8.1)."""
    if isinstance(text, bytes):
        text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        return orjson.loads(cast("bytes | str", text))  # anything else is refused as JSON, too
    except orjson.JSONDecodeError as error:
        raise RequestRefused(refusals.NO_JSON, part=part) from error


def _expect_object(part: Sentence, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RequestRefused(refusals.BATCH if isinstance(value, list) else refusals.NO_OBJECT, part=part)
    return cast("dict[str, object]", value)


def _name(part: str) -> Sentence:
    return Sentence(part, part)

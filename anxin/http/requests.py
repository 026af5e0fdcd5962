"""Reads a GraphQL request out of whatever was sent; each refusal says which part is wrong."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, NamedTuple, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, FormData, StarletteRequestAdapter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

MAX_FILES = 20  # of one multipart request, and as many fields beside them

_TEXT = (str, NoneType), "字符串"
_OBJECT = (dict, NoneType), " JSON 对象"
_PARTS = {"query": _TEXT, "operationName": _TEXT, "documentId": _TEXT, "variables": _OBJECT, "extensions": _OBJECT}
"""Of a request: the type of each, and what it is called."""


class RequestRefused(Exception):
    """No GraphQL request, or not one for this method: answered with `status` whatever media type was asked for."""

    def __init__(self, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message, self.status, self.headers = message, status, headers


class RequestAdapter(StarletteRequestAdapter):
    """Strawberry's, with a cap on the number of parts; their bytes are capped before, by `anxin.http.body_limits`."""

    async def get_form_data(self) -> FormData:
        form = await self._request.form(max_files=MAX_FILES, max_fields=MAX_FILES)
        return FormData(files=form, form=form)


class Sent(NamedTuple):
    """What a request holds. ``query`` is the document itself, however it was named."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def parameters(request: AsyncHTTPRequestAdapter, documents: Mapping[str, str]) -> Sent:
    """``documents`` are those that may be named by their id alone."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if request.method == "GET":
        sent: dict[str, object] = {**request.query_params}
        for name in ("variables", "extensions"):
            sent[name] = _decoded(name, sent.get(name) or "null")
        return _typed(sent, documents)
    if kind == "application/json":
        return sent_as_json(await request.get_body(), documents)
    if kind == "multipart/form-data":
        return _typed(await _multipart(request), documents)
    raise RequestRefused("请以 application/json 或 multipart/form-data 发送请求。", status=415)


def sent_as_json(body: bytes, documents: Mapping[str, str]) -> Sent:
    return _typed(_object("请求体", _decoded("请求体", body)), documents)


def _typed(sent: dict[str, Any], documents: Mapping[str, str]) -> Sent:
    """Each part of its type or None."""
    for name, (kind, said) in _PARTS.items():
        if not isinstance(sent.get(name), kind):
            raise RequestRefused(f"{name} 应当是{said}或 null。")
    query, document_id = sent.get("query"), sent.get("documentId")
    if document_id is not None:
        if query is not None:
            raise RequestRefused("query 与 documentId 只能给出一个。")
        query = documents.get(document_id)
        if query is None:
            raise RequestRefused("没有登记这个 documentId 的查询文档，请核对，或以 query 发送全文。", status=404)
    return Sent(query, sent.get("variables"), sent.get("operationName"), sent.get("extensions"))


async def _multipart(request: AsyncHTTPRequestAdapter) -> dict[str, object]:
    """By the GraphQL multipart request specification; a file's own name is not looked at."""
    try:
        form = (await request.get_form_data()).form
    except (MultiPartException, HTTPException, ValueError) as error:
        raise RequestRefused("multipart 请求体无法解析，请检查 boundary、文件数和各部分的大小。") from error
    operations = _object("operations", _decoded("operations", form.get("operations")))
    for field, paths in _object("map", _decoded("map", form.get("map"))).items():
        file = form.get(field)
        if not isinstance(file, UploadFile):
            raise RequestRefused("map 提到的文件不在请求中，请让 map 的键与文件部分同名。")
        if not isinstance(paths, list):
            raise RequestRefused('map 的每一项应当是路径的列表，例如 ["variables.file"]。')
        for path in cast("list[object]", paths):
            _place(operations, path, file)
    return operations


def _place(operations: dict[str, object], path: object, file: UploadFile) -> None:
    """Only a null among the variables gives way to a file."""
    steps = path.split(".") if isinstance(path, str) else []
    holder: object = operations if steps[:1] == ["variables"] else None
    for step in steps[:-1]:
        holder = _children(holder).get(step)
    if _children(holder).get(steps[-1] if steps else "", file) is not None:
        raise RequestRefused('map 中的路径应当指向 variables 中的 null，例如 "variables.file"。')
    if isinstance(holder, list):
        cast("list[object]", holder)[int(steps[-1])] = file
    else:
        cast("dict[str, object]", holder)[steps[-1]] = file


def _children(holder: object) -> dict[str, object]:
    """Of an object by name, of a list by index, of anything else none."""
    if isinstance(holder, list):
        return {str(index): item for index, item in enumerate(cast("list[object]", holder))}
    return cast("dict[str, object]", holder) if isinstance(holder, dict) else {}


def _decoded(name: str, text: object) -> object:
    """Strict: UTF-8, no lone surrogates, no NaN, bounded nesting, numbers no longer than a float's."""
    try:
        return orjson.loads(cast("bytes | str", text))  # anything else is refused as JSON, too
    except orjson.JSONDecodeError as error:
        raise RequestRefused(f"{name} 不是有效的 JSON（UTF-8）。") from error


def _object(name: str, value: object) -> dict[str, object]:
    if isinstance(value, list):
        raise RequestRefused(f"{name} 应当是一个 JSON 对象；不支持批量请求，请逐个发送。")
    if not isinstance(value, dict):
        raise RequestRefused(f"{name} 应当是 JSON 对象。")
    return cast("dict[str, object]", value)

"""Plays a case against a running demo, and tells where the answer is not the right one."""

import base64
import http.client
import json
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resolvers.compiler.executor import MAX_LENGTH
from tests.helpers.demo import Demo

Json = Any
Case = Mapping[str, Json]
Answer = dict[str, Json]
"""The fields of a GraphQL response, or `text`; with the `status` and the `headers` it came with."""

CASES: list[Case] = json.loads(Path(__file__).with_name("cases.json").read_text("utf-8"))

ABSENT = "<absent>"
COMPARISONS = {
    "equals": lambda found, right: found == right,
    "not": lambda found, wrong: found != wrong,
    "one_of": lambda found, right: found in right,
    "contains": lambda found, part: part in json.dumps(found, ensure_ascii=False),
    "exists": lambda found, _: found != ABSENT,
    "absent": lambda found, _: found == ABSENT,
}

_MOBILES = {
    "handler": "13900000011",
    "officer": "13900000012",
    "bank": "13900000003",
    "certification_reviewer": "13900000002",
    "administrator": "13900000001",
    "new_user": "13900000041",
}
_PADDING = "#" + "x" * MAX_LENGTH + "\n"
"""Before a document: so long a one is not compiled."""


def differences(case: Case, demo: Demo) -> list[str]:
    """What is not as the case says, in words; nothing where it holds."""
    known, found = {"run": uuid.uuid4().hex[:6]}, list[str]()
    for number, plan in enumerate(case.get("steps", [case])):
        step = _fill(plan, known)
        answer = _play(step, demo)
        for name, path in step.get("save", {}).items():
            known[name] = at(answer, path)
            if known[name] == ABSENT:
                return [*found, f"step {number}: nothing to save at {path}: {_text(answer)}"]
        found += [f"step {number}: {one}" for one in unmet(step.get("expect", []), answer)]
        if step.get("same_on_both_paths"):
            found += _differing_paths(step, answer, demo)
    return found


def unmet(expectations: list[Mapping[str, Json]], answer: Answer) -> Iterator[str]:
    """Of these expectations; a comparison that is not known raises KeyError."""
    for expectation in expectations:
        found = at(answer, expectation["path"])
        for comparison, right in expectation.items():
            if comparison != "path" and not COMPARISONS[comparison](found, right):
                yield f"{expectation['path']} is {_text(found)}, but: {comparison} {_text(right)}"


def at(value: Json, path: str) -> Json:
    """What stands there; steps are names and indexes, with dots between them."""
    for step in path.split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return ABSENT
    return value


def _play(step: Case, demo: Demo) -> Answer:
    if "http" in step:
        return _send_bare(step["http"], demo)
    if "upload" in step:
        return _upload(step, demo)
    return _ask(step, step["document"], demo)


def _differing_paths(step: Case, first: Answer, demo: Demo) -> Iterator[str]:
    """An answer is the same when its document was just seen, and when it is executed without being compiled."""
    document = step["document"]
    again = _ask(step, document, demo)
    if _comparable(again) != _comparable(first):
        yield f"the second answer is another one: {_text(_comparable(again))}"
    generic = _ask(step, _PADDING + document.removeprefix("\ufeff"), demo)
    if _comparable(generic) != _comparable(first):
        yield f"the generic answer is another one: {_text(_comparable(generic))}"


def _comparable(answer: Answer) -> Answer:
    """Without headers, and without the places that the padding moves."""
    kept = {name: answer[name] for name in ("status", "data", "errors") if name in answer}
    if "errors" in kept:
        kept["errors"] = [{k: v for k, v in error.items() if k != "locations"} for error in kept["errors"]]
    return kept


def _ask(step: Case, document: str, demo: Demo) -> Answer:
    request = {"query": document} | {name: step[name] for name in ("variables", "operationName") if name in step}
    headers = {"Content-Type": "application/json"} | _authorization(step.get("role"), demo)
    return _send(demo, "POST", "/graphql", headers, json.dumps(request, ensure_ascii=False).encode())


def _upload(step: Case, demo: Demo) -> Answer:
    """By the GraphQL multipart request specification; a file may bring a `disposition` of its own."""
    upload, boundary = step["upload"], uuid.uuid4().hex
    body = b""
    for name in ("operations", "map"):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        body += head.encode() + json.dumps(upload[name], ensure_ascii=False).encode() + b"\r\n"
    for name, file in upload["files"].items():
        disposition = file.get("disposition", f'form-data; name="{name}"; filename="{file.get("filename")}"')
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n"
        body += head.encode() + base64.b64decode(file["content_b64"]) + b"\r\n"
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "GraphQL-Preflight": "1"}
    headers |= _authorization(step.get("role"), demo)
    return _send(demo, "POST", "/graphql", headers, body + f"--{boundary}--\r\n".encode())


def _send_bare(request: Case, demo: Demo) -> Answer:
    body = base64.b64decode(request["body_b64"]) if "body_b64" in request else request.get("body", "").encode()
    headers = _authorization(request.get("role"), demo) | request.get("headers", {})
    return _send(demo, request["method"], request["path"], headers, body, request.get("version", "1.1"))


def _send(demo: Demo, method: str, path: str, headers: Mapping[str, str], body: bytes, version: str = "1.1") -> Answer:
    """No HTTP library: none sends all that is asked for here."""
    every = {"Host": f"127.0.0.1:{demo.port}", "Connection": "close", **headers}
    if body:
        every["Content-Length"] = str(len(body))
    head = [f"{method} {path} HTTP/{version}", *(f"{name}: {value}" for name, value in every.items())]
    with socket.create_connection(("127.0.0.1", demo.port), timeout=30) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        text = response.read().decode("utf-8", "replace")
        response.close()
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text
    fields = answer if isinstance(answer, dict) else {"text": answer}
    return fields | {"status": response.status, "headers": {k.lower(): v for k, v in response.getheaders()}}


def _authorization(role: str | None, demo: Demo) -> dict[str, str]:
    if role is None or role == "stranger":
        return {}
    return {"Authorization": f"Bearer {demo.token(_MOBILES[role])}"}


def _fill(value: Json, known: Mapping[str, Json]) -> Json:
    """With `${name}` replaced by what is known under it, of its own type where nothing stands beside it."""
    if isinstance(value, dict):
        return {key: _fill(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, known) for inner in value]
    if isinstance(value, str):
        for name, saved in known.items():
            if value == f"${{{name}}}":
                return saved
            value = value.replace(f"${{{name}}}", str(saved))
    return value


def _text(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:300] + "…"

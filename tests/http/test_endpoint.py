"""The HTTP edge: hostile bytes, media types, methods, masked errors, uploads, streams and sockets."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx2
import orjson
import pytest
import strawberry
import uvicorn
import websockets
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from strawberry.file_uploads import Upload
from strawberry.types import ExecutionResult
from structlog.testing import capture_logs

from anxin.http.authentication import Authenticator
from anxin.http.body_limits import MIB, BodyLimits
from anxin.http.endpoint import Endpoint
from anxin.http.protocol import Protocol
from anxin.http.response_headers import ResponseHeaders
from anxin.processes.log import RequestLog
from core.actor import STRANGER, Actor
from core.db import DatabaseAway
from core.errors import NotConfiguredHere, Unauthenticated, WrongState
from core.settings import Settings
from schema.error_codes import CodedErrors
from schema.limits.operations import OperationLimits

URL = "http://anxin.test/graphql"
NEWER = {"accept": "application/graphql-response+json"}
PREFLIGHT = {"graphql-preflight": "1"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Foreign(Exception):
    code = "NOT_FOUND"  # SQLAlchemy's exceptions have a `code`, too
    message = "relation secrets not found"


@strawberry.type
class Project:
    name: str = "滨江一期"

    @strawberry.field
    def number(self) -> int:
        raise RuntimeError("password=hunter2")


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "你好"

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def projects(self) -> list[Project]:
        return [Project() for _ in range(100)]

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def conflict(self) -> str | None:
        raise WrongState("WageDeposit", "42", state="secured", act="cancel")

    @strawberry.field
    def foreign(self) -> str | None:
        raise Foreign

    @strawberry.field
    def unconfigured(self) -> str | None:
        raise NotConfiguredHere("supervisors", "haikou", "海口市")

    @strawberry.field
    async def slow(self) -> int:
        await asyncio.sleep(60)
        return 1


@strawberry.type
class Mutation:
    @strawberry.mutation
    def greet(self) -> str:
        return "好"

    @strawberry.mutation
    async def keep(self, file: Upload, more: list[Upload] | None = None) -> int:
        return sum([len(await part.read()) for part in (file, *(more or []))])


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, count: int = 3) -> AsyncIterator[int]:
        for tick in range(count):
            yield tick

    @strawberry.subscription
    async def endless(self) -> AsyncIterator[int]:
        tick = 0
        while True:
            yield (tick := tick + 1)
            await asyncio.sleep(0.01)

    @strawberry.subscription
    async def silent(self) -> AsyncIterator[int]:
        await asyncio.Event().wait()
        yield 1

    @strawberry.subscription
    async def breaks(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError("password=hunter2")


class Schema(CodedErrors, strawberry.Schema):
    async def execute(self, query: str | None, *args: Any, **options: Any) -> ExecutionResult:
        if query == "{ ready }":  # as the compiled reader answers
            return ExecutionResult(data=orjson.Fragment(b'{"ready":1.10}'), errors=None)
        if query == "{ pool }":
            raise TimeoutError("no connection at db.internal")
        return await super().execute(query, *args, **options)


SCHEMA = Schema(Query, Mutation, Subscription, extensions=[OperationLimits])


class OnePerson(Authenticator):
    """Knows one person, and who is nobody any more."""

    def __init__(self) -> None:
        super().__init__(SERVICES)

    async def authenticate(self, authorization: str | None, at: datetime) -> Actor:
        match authorization:
            case "expired":
                raise Unauthenticated
            case "away":
                raise DatabaseAway("the database is restarting")
            case "broken":
                raise RuntimeError("password=hunter2")
            case None:
                return STRANGER
            case _:
                return Actor(1, "张三")


async def ide(request: Request) -> Response:
    return HTMLResponse("<title>GraphiQL</title>")


SERVICES: Any = SimpleNamespace(documents={}, settings=Settings())
ORIGIN = "https://app.example.cn"
SOMEBODY = {"authorization": "Bearer somebody"}


def edge(**options: Any) -> Any:
    """All that stands around the endpoint, and it."""
    return around(Endpoint(SCHEMA, SERVICES, OnePerson(), **options), uploads=2 * MIB)


def around(app: Any, **limits: int) -> Any:
    return ResponseHeaders(RequestLog(BodyLimits(app, **limits)), [ORIGIN])


APP = edge(page=ide, deadline=0.05, origins=[ORIGIN])


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=APP)) as client:
        yield client


async def ask(client: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **rest: object) -> Any:
    return (await client.post(URL, json={"query": query, **rest}, headers=headers)).json()


def refused(response: httpx2.Response, status: int, code: str = "BAD_USER_INPUT") -> str:
    """The message; the body is a GraphQL error without data, whatever went wrong."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].endswith("json; charset=utf-8")
    answer = response.json()
    assert list(answer) == ["errors"]
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == code
    return error["message"]


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"1",
            b'"x"',
            b"null",
            b"true",
            b"[]",
            b'{"query": 1}',
            b'{"query": null}',
            b"{}",
            b'{"query": ""}',
            b'{"query": ["{ hello }"]}',
            b'{"query": "{ hello }", "variables": [1]}',
            b'{"query": "{ hello }", "variables": "x"}',
            b'{"query": "{ hello }", "extensions": 1}',
            b'{"query": "{ hello }", "operationName": {}}',
            b'{"query": "\xff\xfe"}',
            b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
            b'{"query": "{ hello }", "variables": {"a": NaN}}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'[{"query": "{ hello }"}, {"query": "{ hello }"}]',
            gzip.compress(b'{"query": "{ hello }"}', mtime=0),
        ],
    )
    async def test_bytes_that_are_no_request_get_a_400_in_json(self, client: httpx2.AsyncClient, body: bytes):
        refused(await client.post(URL, content=body, headers={"content-type": "application/json"}), 400)

    async def test_a_number_of_4300_digits_is_no_crash(self, client: httpx2.AsyncClient):
        body = b'{"query": "query($n: Int) { echo(text: \\"a\\") }", "variables": {"n": ' + b"9" * 5000 + b"}}"
        response = await client.post(URL, content=body, headers={"content-type": "application/json"})
        assert response.status_code < 500
        assert response.json()["errors"][0]["extensions"]["code"] != "INTERNAL_SERVER_ERROR"

    async def test_a_literal_of_4300_digits_is_no_crash(self, client: httpx2.AsyncClient):
        answer = await ask(client, f"subscription {{ ticks(count: {'9' * 5000}) }}")
        assert answer["errors"][0]["extensions"]["code"] != "INTERNAL_SERVER_ERROR"

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
    async def test_another_media_type_is_refused(self, client: httpx2.AsyncClient, kind: str):
        headers = {"content-type": kind} if kind else {}
        refused(await client.post(URL, content=b'{"query": "{ hello }"}', headers=headers), 415)

    async def test_the_endpoint_alone_refuses_another_media_type(self):
        transport = httpx2.ASGITransport(app=RequestLog(Endpoint(SCHEMA, SERVICES, OnePerson())))
        async with httpx2.AsyncClient(transport=transport) as bare:
            refused(await bare.post(URL, content=b"query=x", headers={"content-type": "text/plain"}), 415)

    async def test_a_compressed_body_is_refused(self, client: httpx2.AsyncClient):
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        refused(await client.post(URL, content=gzip.compress(b"{}"), headers=headers), 415)

    async def test_too_much_json_is_refused_by_its_length(self, client: httpx2.AsyncClient):
        refused(await client.post(URL, json={"query": "#" * 1024 * 1024}), 413)

    async def test_too_much_json_is_refused_by_its_count(self, client: httpx2.AsyncClient):
        async def endless() -> AsyncIterator[bytes]:
            while True:  # only the limit ends it
                yield b" " * 65536

        refused(await client.post(URL, content=endless(), headers={"content-type": "application/json"}), 413)

    @pytest.mark.parametrize("length", ["x", "-1", "9" * 5000])
    async def test_a_false_length_is_refused(self, client: httpx2.AsyncClient, length: str):
        headers = {"content-type": "application/json", "content-length": length}
        response = await client.post(URL, content=b"{}", headers=headers)
        refused(response, 413 if length[0] == "9" else 400)

    async def test_headers_beyond_32_kib_are_refused(self, client: httpx2.AsyncClient):
        refused(await client.post(URL, json={"query": "{ hello }"}, headers={"cookie": "a" * 33_000}), 431)

    async def test_other_paths_keep_their_media_types_and_the_larger_cap(self):
        async def count(scope: Any, receive: Any, send: Any) -> None:
            body = await Request(scope, receive).body()
            await PlainTextResponse(str(len(body)))(scope, receive, send)

        transport = httpx2.ASGITransport(app=BodyLimits(count, json=10, uploads=100))
        async with httpx2.AsyncClient(transport=transport) as files:
            kind = {"content-type": "application/pdf"}
            assert (await files.put("http://anxin.test/files/1", content=b"x" * 100, headers=kind)).text == "100"
            refused(await files.put("http://anxin.test/files/1", content=b"x" * 101, headers=kind), 413)
            refused(await files.post("http://anxin.test/hook", json={"a": "more than ten"}), 413)

            async def unannounced() -> AsyncIterator[bytes]:
                yield b"x" * 60
                yield b"x" * 60

            refused(await files.put("http://anxin.test/files/1", content=unannounced(), headers=kind), 413)

    async def test_an_answer_already_begun_is_not_cut_off(self):
        async def hasty(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 202, "headers": []})
            assert (await receive())["type"] == "http.disconnect"
            await send({"type": "http.response.body", "body": b"done"})

        async def large() -> AsyncIterator[bytes]:
            yield b"x" * 11

        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=BodyLimits(hasty, json=10))) as client:
            response = await client.post("http://anxin.test/hook", content=large())
        assert (response.status_code, response.text) == (202, "done")

    async def test_an_application_that_shrugs_the_limit_off_is_overruled(self):
        async def shrugging(scope: Any, receive: Any, send: Any) -> None:
            assert (await receive())["type"] == "http.disconnect"
            await PlainTextResponse("well")(scope, receive, send)

        async def large() -> AsyncIterator[bytes]:
            yield b"x" * 11

        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=BodyLimits(shrugging, json=10))) as client:
            refused(await client.post("http://anxin.test/hook", content=large()), 413)

    async def test_a_crash_within_the_limits_is_not_hidden(self):
        async def broken(scope: Any, receive: Any, send: Any) -> None:
            raise RuntimeError("mine")

        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=BodyLimits(broken))) as client:
            with pytest.raises(RuntimeError, match="mine"):
                await client.get("http://anxin.test/")

    async def test_who_hangs_up_mid_body_gets_nothing_and_breaks_nothing(self):
        async def hung_up() -> dict[str, object]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        sent: list[Any] = []
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
        await APP(scope, hung_up, send)
        assert sent == []


class TestUploads:
    KEEP = "mutation($file: Upload!, $more: [Upload!]) { keep(file: $file, more: $more) }"

    async def send(
        self, client: httpx2.AsyncClient, operations: object, paths: object, headers: dict[str, str] = PREFLIGHT
    ) -> httpx2.Response:
        data = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in (("operations", operations), ("map", paths))
            if value is not None
        }
        files = {"0": b"12345", "1": b"678"}
        return await client.post(URL, data=data, files=files, headers={**SOMEBODY, **headers})

    async def test_files_arrive_where_the_map_says(self, client: httpx2.AsyncClient):
        operations = {"query": self.KEEP, "variables": {"file": None, "more": [None]}}
        response = await self.send(client, operations, {"0": ["variables.file"], "1": ["variables.more.0"]})
        assert response.json() == {"data": {"keep": 8}}

    async def test_a_form_of_another_site_is_refused(self, client: httpx2.AsyncClient):
        operations = {"query": self.KEEP, "variables": {"file": None}}
        refused(await self.send(client, operations, {"0": ["variables.file"]}, headers={}), 403, "FORBIDDEN")

    @pytest.mark.parametrize(
        "operations", [None, '"x"', "null", "1", "true", "{", "[]", [{"query": "{ hello }"}], "[" * 100_000]
    )
    async def test_operations_that_are_no_object_are_refused(self, client: httpx2.AsyncClient, operations: object):
        refused(await self.send(client, operations, {}), 400)

    @pytest.mark.parametrize(
        "paths",
        [
            None,
            "[]",
            "1",
            "null",
            "{",
            {"0": 1},
            {"0": None},
            {"0": [1]},
            {"0": [""]},
            {"0": ["query"]},
            {"0": ["variables"]},
            {"0": ["variables.text"]},
            {"0": ["variables.missing"]},
            {"0": ["variables.list.7"]},
            {"0": ["variables.list.-1"]},
            {"0": ["variables.list.x"]},
            {"0": ["variables.text.0.a"]},
            {"0": ["extensions.x"]},
            {"9": ["variables.file"]},
            {"map": ["variables.file"]},
        ],
    )
    async def test_a_map_that_leads_nowhere_is_refused(self, client: httpx2.AsyncClient, paths: object):
        variables = {"file": None, "text": "a", "list": [None]}
        operations = {"query": self.KEEP, "variables": variables, "extensions": {"x": None}}
        refused(await self.send(client, operations, paths), 400)

    @pytest.mark.parametrize("body", [b"", b"--b\r\n", b"no parts at all", b"\xff" * 100])
    async def test_a_body_that_is_no_form_is_refused(self, client: httpx2.AsyncClient, body: bytes):
        for kind in ("multipart/form-data; boundary=b", "multipart/form-data"):
            response = await client.post(URL, content=body, headers={"content-type": kind, **PREFLIGHT, **SOMEBODY})
            refused(response, 400)

    async def test_too_many_files_are_refused(self, client: httpx2.AsyncClient):
        for count in (20, 21):
            data = {"operations": '{"query": "{ hello }"}', "map": "{}"}
            files = {str(n): b"x" for n in range(count)}
            response = await client.post(URL, data=data, files=files, headers={**PREFLIGHT, **SOMEBODY})
            assert (response.status_code == 200) == (count == 20)
        refused(response, 400)

    async def test_too_large_a_file_is_refused_by_its_count(self, client: httpx2.AsyncClient):
        async def large() -> AsyncIterator[bytes]:
            yield b'--b\r\ncontent-disposition: form-data; name="0"; filename="a"\r\n\r\n'
            for _ in range(64):
                yield b"x" * 65536

        headers = {"content-type": "multipart/form-data; boundary=b", **PREFLIGHT, **SOMEBODY}
        refused(await client.post(URL, content=large(), headers=headers), 413)


class TestMediaTypesAndStatus:
    @pytest.mark.parametrize(
        ("accept", "answered"),
        [
            ("*/*", "application/json"),
            ("application/json", "application/json"),
            ("application/graphql-response+json", "application/graphql-response+json"),
            ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
            ("application/graphql-response+json;q=0.5, application/json", "application/json"),
            ("application/graphql-response+json;q=0, */*", "application/json"),
            ("application/graphql-response+json;q=x;;,,", "application/graphql-response+json"),
        ],
    )
    async def test_the_answer_has_the_accepted_media_type(self, client: httpx2.AsyncClient, accept: str, answered: str):
        response = await client.post(URL, json={"query": "{ hello }"}, headers={"accept": accept})
        assert response.headers.get_list("content-type") == [f"{answered}; charset=utf-8"]
        assert response.json() == {"data": {"hello": "你好"}}

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ('{ echo(text: "\\ud800") }', "GRAPHQL_PARSE_FAILED"),
            ("{ a" * 300, "QUERY_TOO_COMPLEX"),
            ("query($t: String!) { echo(text: $t) }", "BAD_USER_INPUT"),
            ("subscription { ticks }", "BAD_USER_INPUT"),
            ("fragment F on Query { hello }", "BAD_USER_INPUT"),
        ],
    )
    async def test_a_refused_request_is_400_to_the_newer_type_and_200_to_json(
        self, client: httpx2.AsyncClient, query: str, code: str
    ):
        refused(await client.post(URL, json={"query": query}, headers=NEWER), 400, code)
        refused(await client.post(URL, json={"query": query}), 200, code)

    async def test_an_unknown_operation_is_refused(self, client: httpx2.AsyncClient):
        body = {"query": "query A { hello }", "operationName": "B"}
        assert "B" in refused(await client.post(URL, json=body, headers=NEWER), 400)

    async def test_a_null_with_its_error_is_200_on_both(self, client: httpx2.AsyncClient):
        for headers in (NEWER, {}):
            response = await client.post(URL, json={"query": "{ hello conflict }"}, headers=headers)
            assert response.status_code == 200
            assert response.json()["data"] == {"hello": "你好", "conflict": None}

    async def test_a_null_that_reaches_the_root_is_200_with_data_null(self, client: httpx2.AsyncClient):
        response = await client.post(URL, json={"query": "{ projects { number } }"}, headers=NEWER)
        assert response.status_code == 200
        assert response.json()["data"] is None

    async def test_ready_bytes_go_out_untouched(self, client: httpx2.AsyncClient):
        assert (await client.post(URL, json={"query": "{ ready }"})).content == b'{"data":{"ready":1.10}}'

    async def test_past_the_deadline_the_client_hears_it(self, client: httpx2.AsyncClient):
        refused(await client.post(URL, json={"query": "{ slow }"}, headers=NEWER), 503, "SERVICE_UNAVAILABLE")
        assert (await ask(client, "{ hello }"))["data"] == {"hello": "你好"}

    async def test_a_time_out_of_another_is_not_taken_for_the_deadline(self, client: httpx2.AsyncClient):
        message = refused(await client.post(URL, json={"query": "{ pool }"}), 500, "INTERNAL_SERVER_ERROR")
        assert "db.internal" not in message


class TestMethods:
    async def test_a_browser_gets_the_page(self, client: httpx2.AsyncClient):
        response = await client.get(URL, headers={"accept": BROWSER})
        assert response.text == "<title>GraphiQL</title>"

    async def test_without_a_page_a_browser_is_told_what_is_missing(self):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=edge())) as bare:
            assert "query" in refused(await bare.get(URL, headers={"accept": BROWSER}), 400)

    async def test_a_get_runs_a_query(self, client: httpx2.AsyncClient):
        variables = {"query": "query($t: String!) { echo(text: $t) }", "variables": '{"t": "好"}'}
        assert (await client.get(URL, params=variables)).json() == {"data": {"echo": "好"}}

    @pytest.mark.parametrize(
        "params",
        [{}, {"query": ""}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "extensions": "[1]"}],
    )
    async def test_a_get_that_is_no_request_is_refused(self, client: httpx2.AsyncClient, params: dict[str, str]):
        refused(await client.get(URL, params=params), 400)

    async def test_a_get_never_runs_a_mutation(self, client: httpx2.AsyncClient):
        response = await client.get(URL, params={"query": "mutation { greet }"})
        refused(response, 405)
        assert response.headers["allow"] == "POST"

    async def test_a_get_for_events_never_runs_a_mutation(self, client: httpx2.AsyncClient):
        headers = {"accept": "text/event-stream"}
        response = await client.get(URL, params={"query": "mutation { greet }"}, headers=headers)
        assert '"data":null' not in response.text
        assert "BAD_USER_INPUT" in response.text

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
    async def test_other_methods_are_refused(self, client: httpx2.AsyncClient, method: str):
        response = await client.request(method, URL)
        refused(response, 405)
        assert response.headers["allow"] == "GET, HEAD, POST"

    async def test_a_subscription_by_post_is_told_where_to_go(self, client: httpx2.AsyncClient):
        message = refused(await client.post(URL, json={"query": "subscription { ticks }"}), 200)
        assert "text/event-stream" in message


class TestErrors:
    async def test_a_crash_shows_a_number_and_nothing_else(self, client: httpx2.AsyncClient):
        with capture_logs() as logs:
            response = await client.post(URL, json={"query": "{ crash }"})
        assert "hunter2" not in response.text
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["path"] == ["crash"]
        assert error["message"] == f"服务器内部错误，编号 {error['extensions']['id']}。"
        entry, request = logs
        assert request["event"] == "request"
        assert (entry["log_level"], entry["id"]) == ("error", error["extensions"]["id"])
        assert "hunter2" in str(entry["exc_info"])
        assert entry["exc_info"].__traceback__ is not None

    async def test_a_domain_error_shows_its_code_and_words(self, client: httpx2.AsyncClient):
        (error,) = (await ask(client, "{ conflict }"))["errors"]
        assert (error["message"], error["extensions"]) == (
            "该工资保证金已缴纳，不能办理注销。",
            {"code": "CONFLICT"},
        )

    async def test_a_domain_error_with_a_code_of_its_own_shows_it_as_the_problem(self, client: httpx2.AsyncClient):
        (error,) = (await ask(client, "{ unconfigured }"))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "problem": "NOT_CONFIGURED"}
        assert "海口" in error["message"]

    async def test_an_exception_of_a_library_with_a_code_is_a_crash(self, client: httpx2.AsyncClient):
        (error,) = (await ask(client, "{ foreign }"))["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "secrets" not in error["message"]

    async def test_a_clients_errors_are_one_line_without_their_words(self, client: httpx2.AsyncClient):
        with capture_logs() as logs:
            await ask(client, "{ " + "nothing " * 50 + "}")
        entry, _ = logs
        assert (entry["log_level"], entry["codes"]) == ("info", ["GRAPHQL_VALIDATION_FAILED"])
        assert "nothing" not in str(entry)

    async def test_a_context_that_refuses_answers_with_its_code(self, client: httpx2.AsyncClient):
        body = {"query": "{ hello }"}
        refused(await client.post(URL, json=body, headers={"authorization": "expired"}), 401, "UNAUTHENTICATED")

    async def test_a_context_that_crashes_is_masked(self, client: httpx2.AsyncClient):
        response = await client.post(URL, json={"query": "{ hello }"}, headers={"authorization": "broken"})
        assert "hunter2" not in refused(response, 500, "INTERNAL_SERVER_ERROR")

    async def test_a_bomb_of_fragments_is_refused(self, client: httpx2.AsyncClient):
        chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(18))
        bomb = "{ ...F0 } " + chain + " fragment F18 on Query { hello }"
        response = await client.post(URL, json={"query": bomb}, headers=NEWER)
        assert response.status_code == 400
        assert {e["extensions"]["code"] for e in response.json()["errors"]} == {"QUERY_TOO_COMPLEX"}


class TestEvents:
    async def events(self, client: httpx2.AsyncClient, query: str) -> list[Any]:
        response = await client.post(URL, json={"query": query}, headers={"accept": "text/event-stream"})
        assert response.headers.get_list("content-type") == ["text/event-stream"]
        return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]

    async def test_a_subscription_streams(self, client: httpx2.AsyncClient):
        assert await self.events(client, "subscription { ticks }") == [{"data": {"ticks": n}} for n in range(3)]

    @pytest.mark.parametrize(
        "accept",
        ["text/event-stream, multipart/mixed", "application/json, text/event-stream", "*/*, text/event-stream;q=0.1"],
    )
    async def test_a_subscription_streams_wherever_a_stream_is_named(self, client: httpx2.AsyncClient, accept: str):
        for _ in range(2):
            body = {"query": "subscription A { ticks }", "operationName": ""}
            response = await client.post(URL, json=body, headers={"accept": accept})
            assert response.headers["content-type"] == "text/event-stream"
            assert response.text.count("event: next") == 3

    @pytest.mark.parametrize("accept", ["application/json", "*/*", "application/json, text/event-stream;q=0"])
    async def test_a_subscription_is_told_where_to_go_otherwise(self, client: httpx2.AsyncClient, accept: str):
        response = await client.post(URL, json={"query": "subscription { ticks }"}, headers={"accept": accept})
        assert "graphql-transport-ws" in refused(response, 200)

    async def test_a_query_streams_where_only_a_stream_is_accepted(self, client: httpx2.AsyncClient):
        for query, data in (("{ hello }", {"hello": "你好"}), ("mutation { greet }", {"greet": "好"})):
            assert await self.events(client, query) == [{"data": data}]
        (overdue,) = await self.events(client, "{ slow }")
        assert overdue["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"

    async def test_a_subscription_that_breaks_is_masked(self, client: httpx2.AsyncClient):
        first, last = await self.events(client, "subscription { breaks }")
        assert first == {"data": {"breaks": 1}}
        assert "hunter2" not in str(last)
        assert last["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"

    async def test_a_syntax_error_streams_its_code(self, client: httpx2.AsyncClient):
        (only,) = await self.events(client, "subscription {")
        assert only["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    """A real server on a loopback port, because what a close does to its neighbours is decided on the wire."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(APP, http=Protocol, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
        server.should_exit = True
        await serving


class Talk:
    """One acknowledged graphql-transport-ws connection."""

    def __init__(self, wire: websockets.ClientConnection) -> None:
        self.wire = wire

    async def say(self, message: object) -> None:
        await self.wire.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def subscribe(self, name: str, query: str) -> None:
        await self.say({"id": name, "type": "subscribe", "payload": {"query": query}})

    async def hear(self, name: str) -> dict[str, Any]:
        while True:
            heard = await self.wire.recv()
            assert isinstance(heard, str), "the protocol has text frames only"
            if (message := json.loads(heard)).get("id") == name:
                return message


@pytest.fixture
async def talk(address: str) -> AsyncIterator[Talk]:
    async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as wire:  # type: ignore[list-item]
        talk = Talk(wire)
        await talk.say({"type": "connection_init"})
        assert json.loads(await wire.recv()) == {"type": "connection_ack"}
        yield talk


class TestSockets:
    async def test_a_subscription_streams(self, talk: Talk):
        await talk.subscribe("1", "subscription { ticks }")
        assert [await talk.hear("1") for _ in range(4)] == [
            *({"id": "1", "type": "next", "payload": {"data": {"ticks": n}}} for n in range(3)),
            {"id": "1", "type": "complete"},
        ]

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("", "BAD_USER_INPUT"),
            ("fragment F on Query { hello }", "BAD_USER_INPUT"),
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription($n: Int!) { ticks(count: $n) }", "BAD_USER_INPUT"),
            ("{ " + "hello " * 700 + "}", "QUERY_TOO_COMPLEX"),
        ],
    )
    async def test_a_bad_document_leaves_the_other_subscriptions_alone(self, talk: Talk, document: str, code: str):
        await talk.subscribe("good", "subscription { endless }")
        await talk.subscribe("bad", document)
        error = await talk.hear("bad")
        assert (error["type"], error["payload"][0]["extensions"]["code"]) == ("error", code)
        assert (await talk.hear("good"))["type"] == "next"

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            ({"documentId": "sha256:0"}, "NOT_FOUND"),
            ({"documentId": "sha256:0", "query": "{ hello }"}, "BAD_USER_INPUT"),
            ({"documentId": 1}, "BAD_USER_INPUT"),
            ({"extensions": {"persistedQuery": {"version": 1}}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
            ({"extensions": {}}, "BAD_USER_INPUT"),
            ({"extensions": [], "query": "{ hello }"}, "BAD_USER_INPUT"),
        ],
    )
    async def test_a_document_that_is_not_there_is_an_error_of_its_operation_alone(
        self, talk: Talk, payload: dict[str, object], code: str
    ):
        await talk.subscribe("good", "subscription { endless }")
        await talk.say({"id": "bad", "type": "subscribe", "payload": payload})
        error = await talk.hear("bad")
        assert (error["type"], error["payload"][0]["extensions"]["code"]) == ("error", code)
        assert (await talk.hear("good"))["type"] == "next"
        await talk.subscribe("bad", "{ hello }")
        assert (await talk.hear("bad"))["payload"] == {"data": {"hello": "你好"}}

    async def test_a_crash_is_masked(self, talk: Talk):
        await talk.subscribe("1", "{ crash }")
        assert "hunter2" not in str(await talk.hear("1"))

    async def test_an_empty_operation_name_is_none(self, talk: Talk):
        for name in ("", None):
            payload = {"query": "subscription A { ticks(count: 1) }", "operationName": name}
            await talk.say({"id": f"a{name}", "type": "subscribe", "payload": payload})
            assert (await talk.hear(f"a{name}"))["payload"] == {"data": {"ticks": 0}}

    async def test_two_authorizations_open_nothing(self, address: str):
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(
                address,
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
                additional_headers=[("authorization", "Bearer a"), ("authorization", "Bearer a")],
            )

    async def test_the_51st_subscription_is_refused(self, talk: Talk):
        for n in range(51):
            await talk.subscribe(str(n), "subscription { silent }")
        error = await talk.hear("50")
        assert error["payload"][0]["extensions"]["code"] == "RATE_LIMITED"

    @pytest.mark.parametrize(
        "message",
        [
            "1",
            "null",
            "[]",
            '"x"',
            "{",
            "{}",
            "[" * 100_000,
            b"\xff\xfe",
            b'{"type": "ping"}',
            {"type": 1},
            {"type": "x" * 200},
            {"type": "subscribe"},
            {"type": "subscribe", "id": ["1"], "payload": {"query": "{ hello }"}},
            {"type": "subscribe", "id": "x" * 200, "payload": {"query": "{ hello }"}},
            {"type": "subscribe", "id": "1", "payload": "x"},
            {"type": "subscribe", "id": "1", "payload": {"query": 1}},
            {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": [1]}},
            {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}},
            {"type": "complete", "id": {}},
        ],
    )
    async def test_a_broken_message_closes_with_4400(self, talk: Talk, message: object):
        await talk.say(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await talk.wire.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4400

    @pytest.mark.parametrize(("header", "code"), [("expired", 4401), ("away", 1013), ("broken", 1011)])
    async def test_a_context_that_refuses_closes_the_socket(self, address: str, header: str, code: int):
        connecting = websockets.connect(
            address,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            additional_headers={"authorization": header},
        )
        async with connecting as wire:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await wire.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        assert "hunter2" not in closed.value.rcvd.reason

    async def test_a_page_of_another_site_may_not_connect(self, address: str):
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(address, origin="https://elsewhere.test")  # type: ignore[arg-type]

    def test_who_says_nothing_is_dropped_after_five_seconds(self):
        websockets = Endpoint(SCHEMA, SERVICES, OnePerson()).websockets
        assert websockets.connection_init_wait_timeout.total_seconds() == 5

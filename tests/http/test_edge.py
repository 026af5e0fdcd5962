"""What holds for every request at the one edge, for its first answer and for every later one."""

import json
import re
from typing import Any

import pytest

from anxin.http import refusals
from tests.helpers.app import Application
from tests.helpers.people import PDF, Person

ME = "{ me { name } }"
CITIES = "{ rulesets { city } }"
LONG = f"# {'x' * 10_000}\n"
JSON = {"content-type": "application/json"}


def headers_of(person: Person, **more: str) -> dict[str, str]:
    token = {"authorization": f"Bearer {person.token}"} if person.token else {}
    return {**JSON, **token, **{name.replace("_", "-"): value for name, value in more.items()}}


async def post(person: Person, body: Any, path: str = "/graphql", **more: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await person.http.post(path, content=content, headers=headers_of(person, **more))


def code(answer: Any) -> str:
    [error] = answer.json()["errors"]
    return error["extensions"]["code"]


async def test_limits_are_the_same_for_the_first_request_and_for_later_ones(app: Application) -> None:
    person = await app.person()
    for _ in range(3):
        for kind in ("application/jsonlines", "application/json5", "application/json-seq", "text/plain"):
            refused = await post(person, {"query": ME}, content_type=kind)
            assert (refused.status_code, code(refused)) == (415, "BAD_USER_INPUT")
        assert (await post(person, {"query": ME}, cookie="x" * 40_000)).status_code == 431
        for kind in ("application/json", "Application/JSON ; charset=utf-8"):
            assert (await post(person, {"query": ME}, content_type=kind)).json()["data"]["me"]


@pytest.mark.parametrize("query", [ME, LONG + ME])
async def test_an_empty_operation_name_is_none(app: Application, query: str) -> None:
    person = await app.person()
    for path in ("/graphql", "/graphql/"):
        answer = await post(person, {"query": query.replace("{ me", "query A { me"), "operationName": ""}, path)
        assert answer.json() == {"data": {"me": {"name": "张三"}}}
    asked = {"query": "query A { me { name } }", "operationName": ""}
    got = await app.http.get("/graphql", params=asked, headers=headers_of(person))
    assert got.json() == {"data": {"me": {"name": "张三"}}}
    out = {"query": "mutation A { logOut { __typename } }", "operationName": ""}
    assert (await post(app.stranger, out)).json() == {"data": {"logOut": {"__typename": "Unauthenticated"}}}


@pytest.mark.parametrize("name", ["", None])
@pytest.mark.parametrize(
    "query", ["query A { me { id } } query B { me { name } }", "query A { rulesets { city } } { me { id } }"]
)
async def test_of_several_operations_none_is_chosen(app: Application, query: str, name: str | None) -> None:
    for who in (await app.person(), app.stranger):
        answer = await post(who, {"query": query, "operationName": name})
        assert code(answer) in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
        assert "data" not in answer.json()


async def test_a_byte_order_mark_before_json_is_taken(app: Application) -> None:
    person = await app.person()
    for query in (ME, LONG + ME):
        answer = await post(person, b"\xef\xbb\xbf" + json.dumps({"query": query}).encode())
        assert answer.json() == {"data": {"me": {"name": "张三"}}}
    assert (await post(person, b"\xef\xbb\xbf")).status_code == 400


@pytest.mark.parametrize(
    ("charset", "status"),
    [("UTF-8", 200), ("utf8", 200), ('"utf-8"', 200), ("GBK", 415), ("iso-8859-1", 415), ("utf-16", 415), ('""', 415)],
)
async def test_a_charset_other_than_utf8_is_refused(app: Application, charset: str, status: int) -> None:
    person = await app.person()
    for _ in range(2):
        answer = await post(person, {"query": ME}, content_type=f"application/json; charset={charset}")
        assert answer.status_code == status
        assert "UTF-8" in answer.json()["errors"][0]["message"] if status == 415 else answer.json()["data"]


async def test_a_slash_at_the_end_changes_nothing(app: Application) -> None:
    person = await app.person()
    for path in ("/graphql", "/graphql/"):
        assert (await post(person, {"query": ME}, path)).json()["data"]["me"]
        got = await app.http.get(path, params={"query": CITIES})
        assert got.json()["data"]["rulesets"]
        page = await app.http.get(path, headers={"accept": "text/html,*/*;q=0.8"})
        assert "GraphiQL" in page.text
        assert '"/graphql/assets/' in page.text
        refused = await app.http.post(path, content=b"x", headers={"content-type": "text/plain"})
        assert refused.status_code == 415


async def test_apollos_persisted_queries_are_refused_by_their_own_word(app: Application) -> None:
    person = await app.person()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}
    posted = await post(person, {"extensions": extensions, "operationName": "A"})
    got = await app.http.get("/graphql", params={"extensions": json.dumps(extensions)}, headers=headers_of(person))
    for answer in (posted, got):
        assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    whole = await post(person, {"extensions": extensions, "query": ME})
    assert whole.json()["data"]["me"]


async def test_two_authorizations_are_refused_whichever_comes_first(app: Application) -> None:
    person = await app.person()
    document = await person.upload()
    good = ("authorization", f"Bearer {person.token}")
    for other in (("authorization", "Bearer other"), good):
        for sent in ([good, other], [other, good]):
            headers = [*sent, *JSON.items()]
            posted = await app.http.post("/graphql", content=json.dumps({"query": ME}), headers=headers)
            got = await app.http.get("/graphql", params={"query": ME}, headers=sent)
            file = await app.http.get(document["downloadUrl"], headers=sent)
            for answer in (posted, got, file):
                assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")
                assert "Authorization" in answer.json()["errors"][0]["message"]


async def test_every_answer_is_kept_by_nobody_and_says_by_what_it_differs(app: Application) -> None:
    person = await app.person()
    document = await person.upload()
    form = {"content-type": "multipart/form-data; boundary=b"}
    answers = [
        await post(person, {"query": ME}),
        await post(person, {"query": LONG + ME}),
        await post(person, {"query": ME}, accept="text/event-stream"),
        await post(person, {"query": "{"}),
        await post(Person(app.services, app.http, token="gone"), {"query": ME}),
        await app.http.post("/graphql", content=b"", headers=form),
        await app.http.post("/graphql", content=b"x", headers={**form, "graphql-preflight": "1"}),
        await post(person, b"{" * 2_000_000),
        await post(person, {"query": ME}, accept="application/xml"),
        await post(person, {"query": ME}, cookie="x" * 33_000),
        await app.http.put("/graphql"),
        await app.http.get("/graphql"),
        await app.http.head("/graphql"),
        await app.http.get(document["downloadUrl"], headers=headers_of(person)),
        await app.http.get(document["downloadUrl"]),
        await app.http.get("/"),
    ]
    found = [200, 200, 200, 200, 401, 403, 401, 413, 406, 431, 405, 400, 200, 200, 401, 200]
    assert [answer.status_code for answer in answers] == found
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language, Authorization"
        cached = answer.headers["cache-control"]
        assert cached in ("no-store", "private, no-store") or (cached, answer) == ("no-cache, no-transform", answers[2])
    for path, status in (("/nothing", 404), ("/healthz", 200), ("/readyz", 200)):
        answer = await app.http.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_gzip_that_is_refused_is_not_sent_by_any_route(app: Application) -> None:
    assert len((await app.http.get("/graphql/examples.json")).content) > 1024
    for path in ("/graphql/examples.json", "/graphql?query={__schema{types{name}}}"):
        packed = await app.http.get(path, headers={"accept-encoding": "gzip"})
        plain = await app.http.get(path, headers={"accept-encoding": "gzip;q=0"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.content == plain.content
        for answer in (packed, plain):
            assert "Accept-Encoding" in answer.headers["vary"]


async def test_a_head_is_answered_as_its_get_and_says_what_is_taken(app: Application) -> None:
    head = await app.http.head("/graphql")
    assert (head.status_code, head.headers["allow"]) == (200, "GET, HEAD, POST")
    assert head.headers["accept-post"] == "application/json, multipart/form-data"
    page = await app.http.head("/graphql", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    read = await app.http.head("/graphql", params={"query": CITIES})
    assert (read.status_code, read.headers["content-type"]) == (200, "application/json; charset=utf-8")
    act = await app.http.head("/graphql", params={"query": "mutation { logOut { __typename } }"})
    assert act.status_code == 405


async def test_the_front_leads_a_browser_to_graphiql_and_tells_a_program_where_things_are(app: Application) -> None:
    for method in ("GET", "HEAD"):
        browser = await app.http.request(method, "/", headers={"accept": "text/html,*/*;q=0.8"})
        assert (browser.status_code, browser.headers["location"]) == (307, "/graphql")
        program = await app.http.request(method, "/")
        assert program.status_code == 200
        if method == "GET":
            assert program.json()["graphql"] == "/graphql"


async def test_refusals_are_english_for_who_likes_that_better(app: Application) -> None:
    person = await app.person()
    for body, more, sentence in (
        ([1], {}, "The body has to be one JSON object; batches are not supported, send one by one."),
        ({"query": 1}, {}, "query has to be a string or null."),
        ({"documentId": "x"}, {}, "No document is registered under this documentId"),
        ({"query": ME}, {"content_type": "text/plain"}, "Send the request as application/json or multipart/form-data."),
    ):
        answer = await post(person, body, accept_language="en", **more)
        assert answer.json()["errors"][0]["message"].startswith(sentence)


async def test_a_strangers_upload_is_refused_before_it_is_read(app: Application) -> None:
    taken: list[int] = []

    async def parts() -> Any:
        for _ in range(400):
            taken.append(1)
            yield b"x" * 10_000

    headers = {"content-type": "multipart/form-data; boundary=b", "graphql-preflight": "1"}
    refused = await app.http.post("/graphql", content=parts(), headers=headers)
    assert (refused.status_code, code(refused)) == (401, "UNAUTHENTICATED")
    assert len(taken) * 10_000 < 1_200_000  # what is drained, so that he reads why
    person = await app.person()
    assert (await person.upload(PDF))["name"]


SENTENCES = {name: value for name, value in vars(refusals).items() if isinstance(value, refusals.Sentence)}


@pytest.mark.parametrize("name", sorted(SENTENCES.keys() - {"BODY", "PERSISTED_QUERY"}))
def test_every_refusal_of_the_edge_is_a_sentence_in_both_languages(name: str) -> None:
    chinese, english = SENTENCES[name]
    assert (chinese[-1], english[-1]) == ("。", "."), name
    assert set(re.findall(r"\{\w+\}", chinese)) == set(re.findall(r"\{\w+\}", english))
    assert "'" not in english.replace("'s", "").replace("s' ", "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/nothing", "/files", "/graphql/assets/none.js", "/graphql/nothing"])
async def test_a_place_that_is_not_there_is_refused_in_json(app: Application, method: str, path: str) -> None:
    answer = await app.http.request(method, path, headers={"accept-language": "en", "accept": "text/html"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    if answer.status_code == 405:
        assert (path, answer.headers["allow"]) == ("/graphql/assets/none.js", "GET, HEAD")
        return
    assert answer.status_code == 404
    if method != "HEAD":
        assert code(answer) == "NOT_FOUND"
        assert answer.json()["errors"][0]["message"] == f"There is nothing at {path}; the API is at /graphql."
    said = (await app.http.get(path)).json()["errors"][0]["message"]
    assert said == f"这里没有 {path}；接口在 /graphql。"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/files/Document:1", "/graphql/examples.json"])
async def test_a_method_that_a_place_does_not_take_is_refused_in_json(app: Application, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await app.http.request(method, path, headers={"accept-language": "en"})
        assert (answer.status_code, code(answer)) == (405, "BAD_USER_INPUT")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
        assert answer.json()["errors"][0]["message"] == f"{path} takes {answer.headers['allow']} only."

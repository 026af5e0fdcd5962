"""What media type an answer has: the one that the client can read, at its first request and at every later one."""

import json
from typing import Any

import pytest

from anxin.http.headers import MediaType, parse_headers, takes_gzip
from tests.helpers.app import Application
from tests.helpers.people import PDF, Person

CLIENTS = {
    "urql 6": "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed",
    "Apollo Client 4": "application/graphql-response+json,application/json;q=0.9",
    "Relay 21, a fetch without Accept": "*/*",
    "graphql-request 7": "application/graphql-response+json, application/json",
    "graphql-sse 2": "text/event-stream",
    "GraphiQL's toolkit": "application/graphql-response+json, application/json;q=0.9",
    "GraphiQL's toolkit, incremental": "application/json, multipart/mixed",
}
"""As their packages write it."""
NEWER = ("urql 6", "Apollo Client 4", "graphql-request 7", "GraphiQL's toolkit")
LONG = f"# {'x' * 10_000}\n"
"""Takes a document past the compiler."""
ME = "{ me { name } }"
ACT = 'mutation { actFor(input: {membershipId: "Membership:0"}) { __typename } }'
UPLOAD = "mutation ($input: UploadFileInput!) { uploadFile(input: $input) { __typename } }"


def kind_for(client: str) -> str:
    if client == "graphql-sse 2":
        return MediaType.EVENT_STREAM
    return MediaType.GRAPHQL_RESPONSE if client in NEWER else MediaType.JSON


def told(response: Any) -> Any:
    """The one answer, whatever carries it."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        return response.json()
    assert response.text.endswith("event: complete\r\ndata: \r\n\r\n")
    [line] = [line for line in response.text.splitlines() if line.startswith("data: {")]
    return json.loads(line[6:])


async def post(person: Person, query: str, accept: str) -> Any:
    headers = {"accept": accept, "authorization": f"Bearer {person.token}"}
    return await person.http.post("/graphql", json={"query": query}, headers=headers)


async def upload(person: Person, accept: str) -> Any:
    operations = {"query": UPLOAD, "variables": {"input": {"city": "benxi", "file": None}}}
    return await person.http.post(
        "/graphql",
        data={"operations": json.dumps(operations), "map": '{"0": ["variables.input.file"]}'},
        files={"0": ("a.pdf", PDF)},
        headers={"accept": accept, "authorization": f"Bearer {person.token}", "apollo-require-preflight": "1"},
    )


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_client_can_read_the_first_answer_and_every_later_one(app: Application, client: str) -> None:
    person = await app.person()
    accept, kind = CLIENTS[client], kind_for(client)
    for _ in range(2):
        for query in (ME, LONG + ME, ME):
            answer = await post(person, query, accept)
            assert answer.headers["content-type"].partition(";")[0] == kind
            assert told(answer) == {"data": {"me": {"name": "张三"}}}
        for query in (ACT, LONG + ACT):
            answer = await post(person, query, accept)
            assert answer.headers["content-type"].partition(";")[0] == kind
            assert told(answer)["data"]["actFor"]["__typename"] == "InvalidInput"
        answer = await upload(person, accept)
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert told(answer) == {"data": {"uploadFile": {"__typename": "Document"}}}
        headers = {"accept": accept, "authorization": f"Bearer {person.token}"}
        got = await person.http.get("/graphql", params={"query": ME}, headers=headers)
        assert told(got) == {"data": {"me": {"name": "张三"}}}


@pytest.mark.parametrize(
    ("accept", "media_type", "takes_stream"),
    [
        ("", MediaType.JSON, False),
        ("*/*", MediaType.JSON, False),
        ("application/*", MediaType.JSON, False),
        ("application/json, text/event-stream", MediaType.JSON, True),
        ("text/event-stream, application/json", MediaType.JSON, True),
        ("text/event-stream;q=0, application/json", MediaType.JSON, False),
        ("text/event-stream;q=0.9, application/json;q=0.5", MediaType.EVENT_STREAM, True),
        ("text/event-stream;q=0.5, */*;q=0.5", MediaType.JSON, True),
        ("text/event-stream, multipart/mixed", MediaType.EVENT_STREAM, True),
        ("text/*", MediaType.EVENT_STREAM, True),
        ("TEXT/Event-Stream ; Q=1", MediaType.EVENT_STREAM, True),
        ("application/json;q=0, */*", MediaType.GRAPHQL_RESPONSE, False),
        ("application/json;q=0, application/graphql-response+json;q=0, */*", MediaType.EVENT_STREAM, False),
        ("application/graphql-response+json;q=0.8, */*", MediaType.JSON, False),
        ("application/graphql-response+json, */*;q=0.1", MediaType.GRAPHQL_RESPONSE, False),
        ("application/json;q=0", None, False),
        ("application/xml", None, False),
        ("text/html", None, False),
    ],
)
def test_weights_decide_and_the_most_exact_name_counts(
    accept: str, media_type: MediaType | None, takes_stream: bool
) -> None:
    asked = parse_headers([(b"accept", accept.encode())])
    assert (asked.media_type, asked.takes_stream) == (media_type, takes_stream)


def test_a_header_in_two_lines_is_one_list() -> None:
    asked = parse_headers([(b"accept", b"text/event-stream"), (b"host", b"x"), (b"accept", b"application/json")])
    assert asked.media_type is MediaType.JSON


@pytest.mark.parametrize(
    ("accept_encoding", "takes"),
    [
        (b"", False),
        (b"gzip", True),
        (b"br, GZIP;q=0.5", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.0, br", False),
        (b"*", True),
        (b"*;q=0", False),
        (b"gzip;q=0, *", False),
        (b"x-gzipped", False),
    ],
)
def test_gzip_is_for_who_takes_it(accept_encoding: bytes, takes: bool) -> None:
    assert takes_gzip(accept_encoding) is takes


async def test_where_nothing_fits_nothing_is_done(app: Application) -> None:
    person = await app.person()
    for accept, language, word in (
        ("application/xml", "zh", "Accept"),
        ("application/xml", "en", "Nothing that Accept"),
    ):
        headers = {"accept": accept, "authorization": f"Bearer {person.token}", "accept-language": language}
        asked = {"query": "mutation { logOut { __typename } }"}
        refused = await person.http.post("/graphql", json=asked, headers=headers)
        assert refused.status_code == 406
        assert word in refused.json()["errors"][0]["message"]
        assert "text/event-stream" in refused.json()["errors"][0]["message"]
    assert (await person.post(ME))["data"]["me"]

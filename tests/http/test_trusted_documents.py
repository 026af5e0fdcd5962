"""Documents that a client names by their ids, and strangers who may send no others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import websockets

from anxin.http.app import create_app
from anxin.processes.startup import CannotStart
from core.settings import Settings
from schema.limits import trusted_documents
from schema.root import schema
from tests.helpers.app import Application, open_application, served
from tests.helpers.people import PASSWORD, Person

ME = "{ me { name actingAs } }"
CITIES = "{ rulesets { city } }"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "me.graphql").write_text(ME, encoding="utf-8")
    (folder / "cities.graphql").write_text(CITIES, encoding="utf-8")
    return folder


async def ask(app: Application, person: Person | None = None, **sent: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    answer = await app.http.post("/graphql", json=sent, headers=headers)
    return answer.status_code, answer.json()


def code(answer: tuple[int, Any]) -> str:
    return answer[1]["errors"][0]["extensions"]["code"]


async def test_a_trusted_document_is_asked_for_by_its_id(database_url: str, tmp_path: Path, documents: Path) -> None:
    async with open_application(database_url, tmp_path, documents=documents) as app:
        person = await app.person()
        id = trusted_documents.document_id(ME)
        assert id.startswith("sha256:")
        assert await ask(app, person, documentId=id) == await ask(app, person, query=ME)
        got = await app.http.get("/graphql", params={"documentId": trusted_documents.document_id(CITIES)})
        assert got.json()["data"]["rulesets"]
        status, unknown = await ask(app, person, documentId="sha256:0")
        assert (status, code((status, unknown))) == (404, "NOT_FOUND")
        assert unknown["errors"][0]["message"] == "没有登记这个 documentId 的查询文档，请核对，或以 query 发送全文。"
        for wrong in ({"documentId": id, "query": ME}, {"documentId": 1}):
            refused = await ask(app, person, **wrong)
            assert (refused[0], code(refused)) == (400, "BAD_USER_INPUT")


async def test_a_trusted_document_is_asked_for_over_a_web_socket(
    database_url: str, tmp_path: Path, documents: Path
) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, documents=documents, strangers="listed"))
    async with served(asgi) as http:
        address = f"{str(http.base_url).rstrip('/').replace('http', 'ws')}/graphql"
        async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as wire:  # type: ignore[list-item]
            await wire.send('{"type": "connection_init"}')
            assert "connection_ack" in str(await wire.recv())
            payload = {"documentId": trusted_documents.document_id(CITIES)}
            await wire.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            assert json.loads(await wire.recv())["payload"]["data"]["rulesets"]
            assert json.loads(await wire.recv()) == {"id": "1", "type": "complete"}
            await wire.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": "{ rulesets { name } }"}}))
            assert json.loads(await wire.recv())["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_stranger_comes_in_by_the_shipped_documents_and_sends_no_others(
    database_url: str, tmp_path: Path, documents: Path
) -> None:
    introspection = "query Curious { __schema { types { name } } }"
    (documents / "curious.graphql").write_text(introspection, encoding="utf-8")
    assert Settings().strangers == "listed"  # type: ignore[call-arg]
    async with open_application(database_url, tmp_path, documents=documents, strangers="listed") as app:
        # By its name, by the hash of its text, and by the text itself; ours as the operator's.
        shipped = (trusted_documents.shipped_folder() / "rulesets.graphql").read_text(encoding="utf-8")
        for listed in (
            {"documentId": "rulesets"},
            {"documentId": trusted_documents.document_id(shipped)},
            {"query": shipped},
            {"documentId": "cities"},
            {"query": CITIES},
        ):
            assert (await ask(app, **listed))[1]["data"]["rulesets"], listed
        offered = (await app.http.get("/graphql/examples.json")).json()
        assert offered["strangers"] == "listed"
        for tab in offered["tabs"][:: len(offered["tabs"]) // 4]:  # one of each city
            variables = json.loads(tab["variables"])
            assert (await ask(app, query=tab["query"], variables=variables))[1]["data"]["explain"]["sentence"]
        unlisted = ("{ rulesets { name } }", "{ nothing }", "{ __typename }", introspection, f"{CITIES} ")
        for sent in (*({"query": text} for text in unlisted), {"documentId": "curious"}):
            answer = await ask(app, **sent)
            assert (code(answer), "data" in answer[1]) == ("FORBIDDEN", False), sent
            assert [error["message"] for error in answer[1]["errors"]] == ["未登录时只能使用平台登记的查询，请先登录。"]

        async def act(name: str, /, **input: Any) -> Any:
            input = {"city": "benxi", **input}
            return (await ask(app, documentId=name, variables={"input": input}))[1]["data"][name]

        mobile = "13799990001"
        way = {"channel": "SMS", "address": mobile}
        sent = await act("requestCode", purpose="REGISTER", **way)
        given = {"codeRequest": sent["request"], "code": await app.code_in_last_message(mobile)}
        said = {"mobile": mobile, "password": PASSWORD}
        registered = await act("register", **said, **given, name="张三", agreementAccepted=True)
        assert registered["mobile"] == mobile, registered
        sent = await act("requestCode", purpose="LOG_IN", **way)
        given = {"codeRequest": sent["request"], "code": await app.code_in_last_message(mobile)}
        signed_in = await act("logIn", **said, **given)
        assert signed_in["account"]["memberships"] == []
        person = Person(app.services, app.http, mobile, signed_in["token"])
        assert (await ask(app, person, query="{ me { mobile } }"))[1]["data"]["me"]["mobile"] == mobile
        for asked in ({"query": introspection}, {"documentId": "curious"}):
            assert (await ask(app, person, **asked))[1]["data"]["__schema"]["types"]


def test_whatever_a_stranger_may_do_has_a_shipped_document() -> None:
    """And each of them is one that would be executed."""
    folder = trusted_documents.shipped_folder()
    assert list(trusted_documents.problems(folder, schema.problems)) == []
    named = {path.stem: text for path, text in trusted_documents.texts(folder).items()}
    fields = schema.get_type_by_name("Mutation").fields  # type: ignore[union-attr]
    public = {schema.config.name_converter.from_field(field) for field in fields if field.metadata["public"]}
    assert public | {"rulesets"} == named.keys()
    assert all(f"  {name}" in text for name, text in named.items())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ me {\n  nothing } }", "wrong.graphql:2: Cannot query field 'nothing' on type 'Account'."),
        ("{ me {", "wrong.graphql:1: Syntax Error"),
        (f"{{ {' '.join(f'a{n}: me {{ id }}' for n in range(40))} }}", "wrong.graphql:1: 查询过于复杂"),
    ],
)
async def test_no_process_starts_with_a_document_that_it_would_refuse(
    database_url: str, tmp_path: Path, documents: Path, text: str, said: str
) -> None:
    (documents / "wrong.graphql").write_text(text, encoding="utf-8")
    with pytest.raises(CannotStart, match=re.escape(said)):
        async with open_application(database_url, tmp_path, documents=documents):
            pass


async def test_no_process_starts_without_its_documents(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"ANXIN_DOCUMENTS: .*missing is no folder; name a folder of UTF-8 files"):
        async with open_application(database_url, tmp_path, documents=tmp_path / "missing"):
            pass

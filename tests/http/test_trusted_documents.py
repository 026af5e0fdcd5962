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
from tests.helpers.app import Application, open_application, served
from tests.helpers.people import Person

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


async def test_strangers_may_be_limited_to_trusted_documents(
    database_url: str, tmp_path: Path, documents: Path
) -> None:
    async with open_application(database_url, tmp_path, documents=documents) as open_town:
        person = await open_town.person()
        assert (await ask(open_town, query="{ rulesets { name } }"))[1]["data"]
    async with open_application(database_url, tmp_path, documents=documents, strangers="listed") as app:
        assert (await ask(app, documentId=trusted_documents.document_id(CITIES)))[1]["data"]["rulesets"]
        assert (await ask(app, query=CITIES))[1]["data"]["rulesets"]
        for unlisted in ("{ rulesets { name } }", "{ __schema { types { name } } }", "{ nothing }"):
            answer = await ask(app, query=unlisted)
            assert (code(answer), "data" in answer[1]) == ("FORBIDDEN", False), unlisted
            assert [error["message"] for error in answer[1]["errors"]] == ["未登录时只能使用平台登记的查询，请先登录。"]
        assert (await ask(app, person, query="{ me { mobile } }"))[1]["data"]["me"]["mobile"]
        assert (await ask(app, person, query="{ __schema { queryType { name } } }"))[1]["data"]


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

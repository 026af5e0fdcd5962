"""Pages of other sites: those on the list may read answers and open WebSockets, others may not."""

from pathlib import Path
from typing import Any

import pytest
import websockets

from anxin.http.app import create_app
from anxin.processes import serve
from anxin.processes.startup import CannotStart, read_settings
from core.settings import Settings
from tests.helpers.app import Application, open_application, served

LISTED, FOREIGN = "https://app.example.cn", "https://elsewhere.test"
HEADERS = (
    "authorization",
    "content-type",
    "accept-language",
    "graphql-preflight",
    "apollo-require-preflight",
    "x-requested-with",
    "graphql-cost",
)
ME = "{ me { name } }"


def preflight(origin: str, **more: str) -> dict[str, str]:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    return {"origin": origin, **asked, **more}


async def test_a_listed_site_reads_every_answer_refusals_too(database_url: str, tmp_path: Path) -> None:
    async with open_application(database_url, tmp_path, origins=f"https://other.example.cn, {LISTED}") as app:
        person = await app.person()
        document = await person.upload()
        known = {"authorization": f"Bearer {person.token}"}
        asked: list[tuple[int, str, str, dict[str, Any]]] = [
            (200, "POST", "/graphql", {"json": {"query": ME}, "headers": known}),
            (401, "POST", "/graphql", {"json": {"query": ME}, "headers": {"authorization": "Bearer gone"}}),
            (413, "POST", "/graphql", {"content": b" " * 1_100_000, "headers": {"content-type": "application/json"}}),
            (415, "POST", "/graphql", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
            (431, "POST", "/graphql", {"json": {"query": ME}, "headers": {"cookie": "x" * 33_000}}),
            (200, "GET", document["downloadUrl"], {"headers": known}),
            (401, "GET", document["downloadUrl"], {}),
            (404, "GET", "/nothing", {}),
            (200, "GET", "/healthz", {}),
        ]
        for status, method, path, sent in asked:
            for origin in (LISTED, FOREIGN, "null", None):
                headers = {**sent.get("headers", {}), **({"origin": origin} if origin else {})}
                answer = await app.http.request(method, path, **{**sent, "headers": headers})
                assert answer.status_code == status, path
                allowed = answer.headers.get("access-control-allow-origin")
                assert allowed == (LISTED if origin == LISTED else None)
                assert "Origin" in answer.headers["vary"]
                assert "access-control-allow-credentials" not in answer.headers
                if allowed:
                    exposed = answer.headers["access-control-expose-headers"]
                    assert {"x-request-id", "retry-after", "content-disposition"} <= set(exposed.split(", "))


async def test_a_listed_site_is_told_what_it_may_send(database_url: str, tmp_path: Path) -> None:
    async with open_application(database_url, tmp_path, origins=LISTED) as app:
        for path in ("/graphql", "/graphql/", "/files/Document:1"):
            allowed = await app.http.options(path, headers=preflight(LISTED))
            assert (allowed.status_code, allowed.content) == (204, b"")
            assert allowed.headers["access-control-allow-origin"] == LISTED
            assert set(HEADERS) <= set(allowed.headers["access-control-allow-headers"].split(", "))
            assert "POST" in allowed.headers["access-control-allow-methods"]
            foreign = await app.http.options(path, headers=preflight(FOREIGN))
            assert foreign.status_code == 403
            assert foreign.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert FOREIGN in foreign.json()["errors"][0]["message"]
            assert "access-control-allow-origin" not in foreign.headers
        written_otherwise = await app.http.options("/graphql", headers=preflight(f"{LISTED}:443"))
        assert written_otherwise.status_code == 403
        own = await app.http.options("/graphql", headers=preflight("http://anxin.test"))
        assert own.status_code == 204
        english = await app.http.options("/graphql", headers=preflight(FOREIGN, **{"accept-language": "en"}))
        assert "ANXIN_ORIGINS" in english.json()["errors"][0]["message"]
        assert "may not use this API" in english.json()["errors"][0]["message"]


async def test_without_a_list_there_is_no_other_site(app: Application) -> None:
    answer = await app.http.post("/graphql", json={"query": "{ rulesets { city } }"}, headers={"origin": LISTED})
    assert answer.json()["data"]["rulesets"]
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert (await app.http.options("/graphql", headers=preflight(LISTED))).status_code == 403


@pytest.mark.parametrize(
    ("origin", "opens"),
    [(None, True), (LISTED, True), ("own", True), (FOREIGN, False), ("null", False), (f"{LISTED}:443", False)],
)
@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
async def test_a_web_socket_is_opened_for_own_and_listed_sites(
    database_url: str, tmp_path: Path, origin: str | None, opens: bool, path: str
) -> None:
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open", origins=(LISTED,)))
    async with served(asgi) as http:
        own = str(http.base_url).rstrip("/")
        connecting = websockets.connect(
            f"{own.replace('http', 'ws')}{path}",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            origin=own if origin == "own" else origin,  # type: ignore[arg-type]
        )
        if opens:
            async with connecting as socket:
                await socket.send('{"type": "connection_init"}')
                assert "connection_ack" in str(await socket.recv())
        else:
            with pytest.raises(websockets.InvalidStatus) as refused:
                await connecting
            assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "origins",
    [
        "*",
        "app.example.cn",
        "https://app.example.cn/",
        "https://app.example.cn/page",
        "https://App.example.cn",
        "https://app.example.cn:443",
        "http://app.example.cn:80",
        "ftp://app.example.cn",
        "https://*.example.cn",
        "https://a.example.cn https://b.example.cn",
        "null",
    ],
)
def test_what_is_no_origin_is_told_at_start(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("ANXIN_ORIGINS", f"https://good.example.cn, {origins}")
    with pytest.raises(CannotStart) as refused:
        read_settings()
    [sentence] = str(refused.value).splitlines()
    assert sentence.startswith(f"ANXIN_ORIGINS: {origins} is no origin as browsers send it; write scheme, host and")


@pytest.mark.parametrize("origins", [(), ("https://a.example.cn", "http://localhost:5173")])
def test_processes_that_are_started_know_the_list(monkeypatch: pytest.MonkeyPatch, origins: tuple[str, ...]) -> None:
    for name, value in serve.environment(Settings(origins=origins)).items():
        monkeypatch.setenv(name, value)
    assert read_settings().origins == origins


def test_origins_are_listed_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_ORIGINS", " https://a.example.cn,http://localhost:5173 , http://[::1]:8080,")
    assert read_settings().origins == ("https://a.example.cn", "http://localhost:5173", "http://[::1]:8080")
    monkeypatch.delenv("ANXIN_ORIGINS")
    assert read_settings().origins == ()

"""What a newcomer sees first: example tabs that run as they stand, in a browser without any network."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import expect

from anxin.http.app import create_app
from core.settings import Settings
from tests.helpers.app import Application, open_application
from tests.helpers.browser import Visit
from tests.helpers.graphiql_page import answer, opened, tabs


async def test_every_example_runs_for_a_stranger_and_answers_as_its_worked_example_says(app: Application):
    tabs = (await app.http.get("/graphql/examples.json")).json()["tabs"]
    assert {tab["group"] for tab in tabs} == {"本溪市", "厦门市", "广州市", "海南省"}
    for tab in tabs:
        answer = await app.stranger.ask(tab["query"], **json.loads(tab["variables"]))
        assert answer["sentence"], tab["title"]
        assert (answer["value"] is None) == (answer["certainty"] in {"UNDECIDED", "NOT_CONFIGURED"}), tab["title"]


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The real application, served by uvicorn on a port of its own."""
    asgi = create_app(Settings(database_url=database_url, var=tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(asgi, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


async def test_a_stranger_without_network_sees_the_first_answer_and_the_documentation_once_he_has_a_token(
    address: str, visit: Visit, database_url: str, tmp_path: Path
):
    await opened(visit.page, address)
    await expect(tabs(visit.page)).to_have_text(["Benxi1", "Xiamen1", "Guangzhou1", "Hainan1"])
    await expect(answer(visit.page)).to_contain_text("2,600,000.00 元")
    await expect(visit.page.get_by_role("status")).to_contain_text("登录后可浏览文档")
    await expect(visit.page.get_by_role("region", name="登录与注册").get_by_role("button")).to_have_text(
        ["登录", "注册", "发送验证码", "重置密码", "各市规则"]
    )
    await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    documentation = visit.page.locator(".graphiql-plugin")
    await expect(documentation).to_contain_text("No GraphQL schema available")
    if kept := os.environ.get("ANXIN_SCREENSHOTS"):
        await visit.page.screenshot(path=f"{kept}/stranger.png")
    async with open_application(database_url, tmp_path) as app:
        token = (await app.officer()).token
    await visit.page.get_by_role("button", name="Headers").click()
    await visit.page.get_by_role("region", name="Headers").locator(".monaco-editor").last.click()
    await visit.page.keyboard.insert_text(f'{{"Authorization": "Bearer {token}"}}')
    await expect(documentation).to_contain_text("root types", ignore_case=True)
    await expect(visit.page.get_by_role("status")).to_have_count(0)
    await expect(answer(visit.page)).to_contain_text("2,600,000.00 元")
    if kept:
        await visit.page.screenshot(path=f"{kept}/token.png")
    assert visit.outside == []
    assert visit.complaints == []

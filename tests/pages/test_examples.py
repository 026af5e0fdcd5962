"""What a newcomer sees first: example tabs that run as they stand, in a browser without any network."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import expect

from anxin.http.app import create_app
from core.settings import Settings
from tests.helpers.app import Application
from tests.helpers.browser import Visit
from tests.helpers.graphiql_page import answer, opened, run, tabs


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


async def test_a_browser_without_network_runs_the_first_benxi_example(address: str, visit: Visit):
    await opened(visit.page, address)
    await expect(tabs(visit.page)).to_have_text(["Benxi1", "Xiamen1", "Guangzhou1", "Hainan1"])
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("2,600,000.00 元")
    assert visit.outside == []
    assert visit.complaints == []

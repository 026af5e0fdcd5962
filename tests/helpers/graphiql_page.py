"""GraphiQL as a visitor handles it."""

from playwright.async_api import Locator, Page, expect


def tabs(page: Page) -> Locator:
    return page.get_by_role("tab").locator(".graphiql-tab-button")


def document(page: Page) -> Locator:
    return page.get_by_role("region", name="Operation Editor")


def answer(page: Page) -> Locator:
    return page.get_by_role("region", name="Result Window")


async def opened(page: Page, site: str) -> None:
    """Until the last editor has loaded, GraphiQL's buttons do nothing."""
    await page.goto(f"{site}/graphql")
    await expect(answer(page).locator(".monaco-editor")).to_be_visible()


async def run(page: Page) -> None:
    await page.get_by_role("button", name="Execute query").click()

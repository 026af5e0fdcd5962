"""GraphiQL's 入门 on the demo, in a real browser: who logs in with one click lists, does, hands in and is refused."""

import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.helpers.browser import Visit
from tests.helpers.demo import Demo
from tests.helpers.graphiql_page import answer, opened, tabs

pytest_plugins = ["tests.helpers.browser"]

LOG_INS = "/graphql/log-ins.json"


def get(demo: Demo, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(demo.url).netloc)
    connection.request("GET", LOG_INS, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


async def test_every_step_of_the_start_runs_as_the_person_that_was_chosen(
    demo_server: Demo, visit: Visit, tmp_path: Path
) -> None:
    page, site = visit.page, demo_server.url.removesuffix("/graphql")
    await opened(page, site)
    person = page.get_by_label("登录为")
    await expect(person.locator("option:checked")).to_have_text("演示本溪经办人（企业经办人）")
    await page.get_by_role("button", name="查看我的项目").click()
    await expect(answer(page)).to_contain_text("nextSteps")
    await page.get_by_role("button", name="录入一个不能录入的项目").click()
    await expect(answer(page)).to_contain_text("AREA_ELSEWHERE")
    await page.get_by_role("button", name="录入一个项目", exact=True).click()
    await expect(answer(page)).to_contain_text("hrssOffice")
    paper = tmp_path / "施工合同.pdf"
    paper.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
    )
    await page.get_by_label("上传一份材料").set_input_files(paper)
    await expect(answer(page)).to_contain_text("施工合同.pdf")

    await person.select_option(label="演示厦门经办人（企业经办人）")
    await page.get_by_role("button", name="查看我的项目").click()
    await expect(answer(page)).to_contain_text("厦门演示学校教学楼")
    await expect(tabs(page).last).to_have_text("MyProjects")
    assert "Bearer" not in await page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert visit.complaints == []


async def test_on_a_phone_the_answer_stands_on_the_page_and_nothing_leads_sideways(
    demo_server: Demo, visit: Visit
) -> None:
    page = visit.page
    await page.set_viewport_size({"width": 390, "height": 844})
    await opened(page, demo_server.url.removesuffix("/graphql"))
    await expect(answer(page)).to_contain_text("sentence")
    await expect(answer(page)).to_be_in_viewport(ratio=0.9)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    for name in ("入门", "示例"):
        await expect(page.get_by_role("button", name=f"Show {name}")).to_be_in_viewport()
        await page.get_by_role("button", name=f"Show {name}").click()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.get_by_role("button", name="Show 入门").click()
    await page.get_by_role("button", name="查看我的项目").click()
    await expect(answer(page)).to_contain_text("nextSteps")
    assert visit.complaints == []


@pytest.mark.parametrize(
    "headers",
    [{"Host": "rebound.example"}, {"Host": "10.0.0.7:8000"}, {"X-Forwarded-For": "10.0.0.7"}, {"Via": "1.1 proxy"}],
)
def test_nobody_elses_page_and_no_proxy_is_given_a_log_in(demo_server: Demo, headers: dict[str, str]) -> None:
    status, body = get(demo_server, **headers)
    assert (status, b"token" in body) == (404, False)


def test_this_machine_is_given_them_and_keeps_none(demo_server: Demo) -> None:
    status, body = get(demo_server)
    assert status == 200
    assert {one["role"] for one in json.loads(body)} >= {"handler", "hrss_officer", "certification_reviewer"}

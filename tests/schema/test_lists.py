"""Lists: filters, columns and pages (BX-051 to BX-054)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from core import paging
from core.projects.models import Project
from core.reviews.models import Review
from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import Person

QUOTAS = """query ($first: Int! = 10, $after: String, $filter: QuotaApplicationFilter) {
  quotaApplications(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }
    nodes { id requestedAmount amountLabel applicationType paymentMethod state
      project { name number generalContractor supervisingArea } } } }"""


async def names(person: Person, **filter: Any) -> list[str]:
    return [node["project"]["name"] for node in (await person.ask(QUOTAS, filter=filter))["nodes"]]


@pytest.mark.rows("BX-051", "BX-052", "BX-053")
async def test_the_quota_list_has_the_manuals_filters_and_columns(app: Application):
    handler, officer = await app.handler(), await app.officer()
    first, second, third = [await enter_project(handler, name=name) for name in ("甲小区", "乙小区", "丙100%厂房")]
    await submit_quota(handler, first["id"])
    await submit_quota(handler, second["id"], paymentMethod="CASH")
    materials = await handler.materials("business_licence", "award_notice")
    exempt = {"applicationType": "EXEMPT", "paymentMethod": None, "securedAmount": None, "materials": materials}
    await submit_quota(handler, third["id"], **exempt)
    await approve(officer)
    await reject(officer, "请更正")

    listed = (await handler.ask(QUOTAS))["nodes"]
    row = {"requestedAmount": "600000.00", "applicationType": "ORDINARY", "amountLabel": "保证金应缴金额"}
    shown = [{name: value for name, value in node.items() if name != "id"} for node in listed]

    def project(name: str, of: dict[str, Any]) -> dict[str, str]:
        number = {"name": name, "number": of["number"]}
        return {**number, "generalContractor": "演示建筑有限公司", "supervisingArea": "210500"}

    estimated = {"applicationType": "EXEMPT", "amountLabel": "保证金估算金额", "paymentMethod": None}
    assert shown == [
        {**row, **estimated, "state": "SUBMITTED", "project": project("丙100%厂房", third)},
        {**row, "paymentMethod": "CASH", "state": "REJECTED", "project": project("乙小区", second)},
        {**row, "paymentMethod": "GUARANTEE", "state": "APPROVED", "project": project("甲小区", first)},
    ]
    for person in (handler, officer):
        assert await names(person, project={"name": "小区"}) == ["乙小区", "甲小区"]
        assert await names(person, project={"name": "0%"}) == ["丙100%厂房"]
        assert await names(person, project={"name": "_小"}) == []
        assert await names(person, states=["APPROVED"]) == ["甲小区"]
        assert await names(person, states=["REJECTED"], project={"name": "甲"}) == []
        assert await names(person, project={"supervisingArea": "210500", "number": second["number"]}) == ["乙小区"]
        assert await names(person, project={"supervisingArea": "210521"}) == []
    async with app.services.db.write() as session:
        await session.execute(update(Project).values(supervising_area="210521").where(Project.name == "甲小区"))
    assert await names(handler, project={"supervisingArea": "210521"}) == ["甲小区"]
    other = await app.handler(2, "另一建筑有限公司")
    assert await names(other) == []


@pytest.mark.rows("BX-054")
async def test_pages_of_ten_count_all_and_stay_stable_while_rows_are_added(app: Application):
    handler = await app.handler()
    for number in range(12):
        await enter_project(handler, name=f"项目{number}")
    ask = """query ($first: Int, $after: String) { projects(first: $first, after: $after) { totalCount nodes { name }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    default = await handler.ask("{ projects { totalCount nodes { name } } }")
    assert (len(default["nodes"]), default["totalCount"]) == (10, 12)
    size = await app.stranger.ask(
        '{ ruleset(city: "benxi") { value(path: "lists.page_size") { text citation { locator } } } }'
    )
    assert size["value"] == {"text": "10", "citation": {"locator": "2.1.2 列表（BX-054）"}}

    one = await handler.ask(ask, first=10)
    assert [node["name"] for node in one["nodes"]] == [f"项目{number}" for number in range(11, 1, -1)]
    assert (one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (True, False)
    await enter_project(handler, name="后来的项目")
    two = await handler.ask(ask, first=10, after=one["pageInfo"]["endCursor"])
    assert [node["name"] for node in two["nodes"]] == ["项目1", "项目0"]
    assert (two["pageInfo"]["hasNextPage"], two["pageInfo"]["hasPreviousPage"], two["totalCount"]) == (False, True, 13)
    beyond = await handler.ask(ask, first=10, after=two["pageInfo"]["endCursor"])
    assert (beyond["nodes"], beyond["pageInfo"]["endCursor"]) == ([], None)


PLACED = """query ($first: Int! = 10, $after: String, $last: Int, $before: String, $page: Int) {
  projects(first: $first, after: $after, last: $last, before: $before, page: $page) {
    totalCount edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def placed(person: Person, **place: Any) -> tuple[list[int], bool, bool]:
    """The numbers of the projects on a page, and whether there are pages before and behind it."""
    found = await person.ask(PLACED, **place)
    ends, edges = found["pageInfo"], found["edges"]
    assert found["totalCount"] == 7
    shown = (edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None)
    assert (ends["startCursor"], ends["endCursor"]) == shown
    numbers = [int(edge["node"]["name"].removeprefix("项目")) for edge in edges]
    return numbers, ends["hasPreviousPage"], ends["hasNextPage"]


@pytest.mark.rows("BX-054")
async def test_a_list_is_paged_by_numbers_and_backwards_too(app: Application):
    handler = await app.handler()
    for number in range(7):
        await enter_project(handler, name=f"项目{number}")
    assert await placed(handler, first=3, page=1) == ([6, 5, 4], False, True)
    assert await placed(handler, first=3, page=2) == ([3, 2, 1], True, True)
    assert await placed(handler, first=3, page=3) == ([0], True, False)
    assert await placed(handler, first=3, page=4) == ([], True, False)
    assert await placed(handler, last=3) == ([2, 1, 0], True, False)
    first = (await handler.ask(PLACED, last=3))["pageInfo"]["startCursor"]
    assert await placed(handler, last=3, before=first) == ([5, 4, 3], True, True)
    first = (await handler.ask(PLACED, last=3, before=first))["pageInfo"]["startCursor"]
    assert await placed(handler, last=3, before=first) == ([6], False, True)
    for place, path in (
        ({"page": 0}, "page"),
        ({"page": 1001}, "page"),
        ({"page": 101, "first": 100}, "page"),
        ({"page": 1, "after": first}, "after"),
        ({"page": 1, "last": 3}, "page"),
        ({"last": 3, "after": first}, "after"),
        ({"before": first}, "before"),
        ({"last": 3, "before": "x"}, "before"),
        ({"last": 101}, "last"),
    ):
        [error] = (await handler.post(PLACED, **place))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["path"]) == ("BAD_USER_INPUT", [path]), place
    assert "after" in (await handler.post(PLACED, page=1001))["errors"][0]["message"]
    assert (await placed(handler, page=1000))[0] == []


@pytest.mark.rows("BX-054")
async def test_a_page_has_between_1_and_100_rows_and_takes_only_its_own_lists_cursors(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    lists = ("projects", "quotaApplications", "wageDeposits", "filings", "reviews", "reviewQueue")
    for name in lists:
        for first in (0, -1, 101):
            refused = await handler.post(f"{{ {name}(first: {first}) {{ nodes {{ id }} }} }}")
            [error] = refused["errors"]
            assert error["extensions"]["code"] == "BAD_USER_INPUT"
            assert error["message"] == "每页条数应在 1 到 100 之间。"
        assert len((await handler.ask(f"{{ {name}(first: 100) {{ nodes {{ id }} }} }}"))["nodes"]) <= 1
    await submit_quota(handler, project["id"])
    foreign = (await handler.ask("{ projects { pageInfo { endCursor } } }"))["pageInfo"]["endCursor"]
    no_cursors = ("", "nonsense", "游标", "QuotaApplication.id", foreign, foreign[:-2], await _other_order(handler))
    for cursor in no_cursors:
        refused = await handler.post(QUOTAS, after=cursor)
        assert refused["errors"][0]["message"] == "游标不属于这个列表，请从第一页重新查询。", cursor


async def _other_order(person: Person) -> str:
    return (await person.ask("{ reviews { pageInfo { endCursor } } }"))["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    "id", ["", "None", "1.5", "+1", "01", "1 ", "1_0", "１", str(2**63), "9" * 5000, "1,Project.id=1"]
)
def test_a_cursor_that_was_tampered_with_is_refused(id: str):
    with pytest.raises(paging.InvalidInput):
        paging.values_of(f"Project.id={id}", [paging.Order(Project.id, descending=True)])


@pytest.mark.parametrize("due_on", ["2026-02-30", "20261201", "2026-12-01T00:00", "null", "1"])
def test_a_cursor_of_no_day_is_refused(due_on: str):
    with pytest.raises(paging.InvalidInput):
        paging.values_of(f"Review.due_on={due_on},Review.id=1", [paging.Order(Review.due_on), paging.Order(Review.id)])


@pytest.mark.parametrize("due_on", [None, date(2026, 12, 1)])
def test_a_cursor_stands_where_its_row_stands(due_on: date | None):
    order = [paging.Order(Review.due_on), paging.Order(Review.id)]
    assert paging.values_of(paging.cursor_of(Review(due_on=due_on, id=7), order), order) == [due_on, 7]


async def test_the_queue_shows_what_is_due_first_and_what_has_no_period_last(app: Application):
    handler, officer = await app.handler(), await app.officer()
    for number in range(5):
        await submit_quota(handler, (await enter_project(handler, name=f"项目{number}"))["id"])
    days = {"项目1": date(2026, 12, 2), "项目3": date(2026, 12, 1), "项目4": date(2026, 12, 2)}
    async with app.services.db.write() as session:
        for title, due_on in days.items():
            await session.execute(update(Review).values(due_on=due_on).where(Review.title == title))
    ask = """query ($after: String) { reviewQueue(first: 1, after: $after) {
      nodes { title } pageInfo { endCursor hasNextPage } } }"""
    after, seen = None, []
    while True:
        page = await officer.ask(ask, after=after)
        seen += [node["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["项目3", "项目1", "项目4", "项目0", "项目2"]
    found = await officer.ask('{ reviewQueue(filter: { title: "项目4" }) { totalCount nodes { title } } }')
    assert found == {"totalCount": 1, "nodes": [{"title": "项目4"}]}


ORDERED = """query ($orderBy: ProjectOrder, $filter: ProjectFilter, $first: Int! = 10, $after: String, $last: Int,
  $before: String, $page: Int) {
  projects(orderBy: $orderBy, filter: $filter, first: $first, after: $after, last: $last, before: $before, page: $page)
  { totalCount nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""


async def ordered(person: Person, order: str | None = None, **rest: Any) -> list[str]:
    """All names in that order: whole, page by page from either end, and by numbers."""
    whole = [node["name"] for node in (await person.ask(ORDERED, orderBy=order, **rest))["nodes"]]
    forwards, backwards, numbered = list[str](), list[str](), list[str]()
    for page in range(1, len(whole) + 1):
        found = await person.ask(ORDERED, orderBy=order, **rest, first=1, page=page)
        numbered += [node["name"] for node in found["nodes"]]
    for read, size, cursor, end in ((forwards, "first", "after", "end"), (backwards, "last", "before", "start")):
        place: dict[str, Any] = {size: 2}
        while place:
            found = await person.ask(ORDERED, orderBy=order, **rest, **place)
            names = [node["name"] for node in found["nodes"]]
            read[:] = [*read, *names] if size == "first" else [*names, *read]
            more = found["pageInfo"]["hasNextPage" if size == "first" else "hasPreviousPage"]
            place = {size: 2, cursor: found["pageInfo"][f"{end}Cursor"]} if more else {}
    assert whole == forwards == backwards == numbered
    return whole


@pytest.mark.rows("BX-051", "BX-052")
async def test_a_list_is_ordered_as_its_columns_are_and_narrowed_by_bounds(app: Application):
    handler = await app.handler()
    works = {
        '丙,"楼': ("3000000.00", "2027-03-01"),
        "甲楼": ("1000000.00", "2027-02-01"),
        "乙楼": ("2000000.00", "2027-02-01"),
    }
    for name, (amount, start) in works.items():
        await enter_project(handler, name=name, contractAmount=amount, plannedStart=start, plannedEnd="2028-12-31")
    fields = {"name": "草稿", "supervisingArea": "210502"}
    await handler.act("saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=fields)
    assert await ordered(handler) == ["草稿", "乙楼", "甲楼", '丙,"楼']
    assert await ordered(handler, "NAME") == ['丙,"楼', "乙楼", "甲楼", "草稿"]
    assert await ordered(handler, "NUMBER") == ['丙,"楼', "甲楼", "乙楼", "草稿"]
    assert await ordered(handler, "LARGEST_FIRST") == ['丙,"楼', "乙楼", "甲楼", "草稿"]
    assert await ordered(handler, "SMALLEST_FIRST") == ["草稿", "甲楼", "乙楼", '丙,"楼']
    assert await ordered(handler, "PLANNED_START") == ["甲楼", "乙楼", '丙,"楼', "草稿"]

    async def narrowed(**filter: Any) -> list[str]:
        return sorted(await ordered(handler, "NAME", filter=filter))

    assert await narrowed(states=["DRAFT"]) == ["草稿"]
    assert await narrowed(states=["DRAFT", "ENTERED", "DRAFT"], contractAmount={"least": "2000000"}) == [
        '丙,"楼',
        "乙楼",
    ]
    assert await narrowed(states=[]) == []
    assert await narrowed(contractAmount={"most": "1000000.00"}) == ["甲楼"]
    assert await narrowed(contractAmount={}) == sorted([*works, "草稿"])
    assert await narrowed(plannedStart={"earliest": "2027-02-02"}) == ['丙,"楼']
    assert await narrowed(plannedStart={"latest": "2027-02-28"}) == ["乙楼", "甲楼"]
    assert await narrowed(supervisingArea="210500") == sorted([*works, "草稿"])
    assert await narrowed(supervisingArea="210502") == ["草稿"]
    number = (await handler.ask("{ projects(last: 1) { nodes { number } } }"))["nodes"][0]["number"]
    assert await narrowed(numberPrefix=number) == ['丙,"楼']
    assert await narrowed(numberPrefix=number[:4]) == sorted([*works, "草稿"])
    assert await narrowed(numberPrefix="%") == []
    for cursor in ("Project.name_key=\0,Project.id=1", "Project.name_key=,"):
        refused = await handler.post(ORDERED, orderBy="NAME", after=cursor)
        assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", cursor


@pytest.mark.rows("BX-051", "BX-109")
async def test_quotas_and_deposits_are_narrowed_by_type_method_filing_and_amount(app: Application):
    handler, officer = await app.handler(), await app.officer()
    for name, method in (("甲", "GUARANTEE"), ("乙", "CASH")):
        project = await enter_project(handler, name=name)
        await submit_quota(handler, project["id"], paymentMethod=method)
        await approve(officer)
    listed = """query ($orderBy: WageDepositOrder, $filter: WageDepositFilter) {
      wageDeposits(orderBy: $orderBy, filter: $filter) { nodes { amountDue project { name } } } }"""

    async def deposits(order: str | None = None, **filter: Any) -> list[str]:
        """As the enterprise has them, which is as the office does."""
        mine, theirs = [await person.ask(listed, orderBy=order, filter=filter) for person in (handler, officer)]
        assert mine == theirs
        return [node["project"]["name"] for node in mine["nodes"]]

    for person in (handler, officer):
        assert await names(person, applicationTypes=["ORDINARY", "EXEMPT"]) == ["乙", "甲"]
        assert await names(person, applicationTypes=["DEFERRED"]) == []
        assert await names(person, paymentMethods=["CASH"]) == ["乙"]
    assert await deposits() == await deposits("LARGEST_FIRST") == ["乙", "甲"]
    assert await deposits("SMALLEST_FIRST") == ["甲", "乙"]
    assert await deposits(filingStatuses=["UNFILED"]) + await deposits(filingStatuses=["FILED"]) == ["乙", "甲"]
    assert await deposits(states=["AWAITING_PAYMENT"], project={"name": "甲"}) == ["甲"]
    assert await deposits(amountDue={"least": "600000.01"}) == await deposits(amountDue={"most": "599999.99"}) == []
    assert await deposits(amountDue={"least": "600000.00", "most": "600000.00"}) == ["乙", "甲"]
    page = "query ($filter: ReviewFilter) { reviews(filter: $filter) { totalCount } }"
    await submit_quota(handler, (await enter_project(handler, name="丁"))["id"])
    async with app.services.db.write() as session:
        await session.execute(update(Review).values(due_on=date(2020, 1, 1)).where(Review.title == "丁"))
    for filter, count in (({"overdue": True}, 1), ({"overdue": False}, 2), ({"dueOn": {"latest": "2020-01-01"}}, 1)):
        assert (await officer.ask(page, filter=filter))["totalCount"] == count, filter
        queue = (await officer.ask(page.replace("reviews", "reviewQueue"), filter=filter))["totalCount"]
        assert queue == (1 if filter.get("overdue") is not False else 0)

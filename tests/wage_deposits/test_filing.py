"""Putting a deposit on record with the office (BX-107 to BX-114)."""

import asyncio

import pytest
from sqlalchemy import select

from core.notifications.models import Message
from tests.helpers.acts import approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import (
    broken,
    open_deposit,
    project_of,
    queue,
    secured_deposit,
    show,
    sources,
    submit_filing,
)
from tests.helpers.people import Person

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
STATUS = "filingStatus filingStatusLabel filedAt filings { state stateLabel reason }"
LIST = """query ($filter: CaseFilter) { filings(filter: $filter) { totalCount nodes {
  kindLabel stateLabel wageDeposit { project { name number industryAuthority { name } } }
} } }"""


@pytest.mark.rows("BX-107", "BX-109", "BX-110", "BX-111")
async def test_a_filing_goes_from_applying_by_a_refusal_to_completed(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    before = await show(handler, deposit, STATUS)
    assert (before["filingStatus"], before["filingStatusLabel"], before["filings"]) == ("UNFILED", "未备案", [])

    filing = await submit_filing(handler, deposit)
    assert (filing["stateLabel"], filing["kindLabel"]) == ("申请中", "定额保证金备案")
    assert (await show(handler, deposit, STATUS))["filingStatusLabel"] == "备案申请中"
    [waiting] = await queue(officer)
    assert (waiting["procedure"], waiting["title"]) == ("filing", "演示住宅小区一期")
    twice = await submit_filing(handler, deposit)
    assert (twice["code"], twice["message"]) == ("CONFLICT", "该工资保证金正在申请备案，不能再次备案。")

    await reject(officer, "保函有效期填写有误")
    rejected = await show(handler, deposit, STATUS)
    assert (rejected["filingStatusLabel"], rejected["filedAt"]) == ("未备案", None)
    assert rejected["filings"] == [{"state": "REJECTED", "stateLabel": "已驳回", "reason": "保函有效期填写有误"}]
    again = await submit_filing(handler, deposit)
    assert (again["id"], again["stateLabel"]) == (filing["id"], "申请中")
    await approve(officer)
    filed = await show(handler, deposit, STATUS)
    assert (filed["filingStatus"], filed["filingStatusLabel"]) == ("FILED", "已备案")
    assert filed["filings"] == [{"state": "APPROVED", "stateLabel": "已完成", "reason": None}]

    shown = "kindLabel stateLabel submittedAt decidedAt wageDeposit { filedAt amountDue }"
    detail = f"query ($id: ID!) {{ node(id: $id) {{ ... on Filing {{ {shown} }} }} }}"
    seen = await handler.ask(detail, id=filing["id"])
    assert seen["submittedAt"] < seen["decidedAt"] == seen["wageDeposit"]["filedAt"]
    assert (seen["kindLabel"], seen["stateLabel"], seen["wageDeposit"]["amountDue"]) == (
        "定额保证金备案",
        "已完成",
        "600000.00",
    )
    over = await submit_filing(handler, deposit)
    assert (over["code"], over["message"]) == ("CONFLICT", "该工资保证金已备案，不能再次备案。")
    async with app.services.db.read_everything() as session:
        by_mail = select(Message.body).where(Message.notice.startswith("filing_"), Message.channel == "email")
        assert list(await session.scalars(by_mail.order_by(Message.id))) == [
            "演示住宅小区一期的定额保证金备案被驳回：保函有效期填写有误。",
            "演示住宅小区一期的定额保证金备案已完成。",
        ]


@pytest.mark.rows("BX-107", "BX-114")
async def test_what_is_not_secured_or_exempt_is_not_filed(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await open_deposit(handler, officer)
    unpaid = await submit_filing(handler, deposit)
    assert broken(unpaid) == {"": "DEPOSIT_NOT_SECURED"}
    assert sources(unpaid) == {"": f"{MANUAL} 2.3 备案申请（BX-107）"}
    assert (await submit_filing(officer, deposit))["code"] == "FORBIDDEN"
    assert (await submit_filing(app.stranger, deposit))["code"] == "UNAUTHENTICATED"
    other = await app.handler(seed=2, name="另一建筑有限公司")
    assert (await submit_filing(other, deposit))["code"] == "NOT_FOUND"

    exempt = await waived(handler, officer)
    refused = await submit_filing(handler, exempt)
    assert (broken(refused), refused["message"]) == ({"": "FILING_NOT_REQUIRED"}, "免缴无需备案申请。")
    assert sources(refused) == {"": f"{MANUAL} 2.3 注意1（BX-114）"}
    assert await show(handler, exempt, "filingStatusLabel filings { id }") == {
        "filingStatusLabel": "无需备案",
        "filings": [],
    }


async def waived(handler: Person, officer: Person) -> str:
    project = await enter_project(handler, name="演示免缴工程")
    materials = await handler.materials("business_licence", "award_notice")
    none = {"paymentMethod": None, "securedAmount": None}
    await submit_quota(handler, project["id"], applicationType="EXEMPT", materials=materials, **none)
    await approve(officer)
    found = await handler.ask("{ wageDeposits(filter: {states: WAIVED}) { nodes { id } } }")
    return found["nodes"][0]["id"]


@pytest.mark.rows("BX-112", "BX-113")
async def test_the_list_of_filings_is_found_by_project_area_and_state(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    first = await secured_deposit(handler, officer)
    second = await secured_deposit(handler, officer, {"name": "演示厂房二期"})
    await submit_filing(handler, first)
    await approve(officer)
    await submit_filing(handler, second)
    number = (
        await handler.ask(
            "query ($id: ID!) { node(id: $id) { ... on Project { number } } }", id=await project_of(handler, first)
        )
    )["number"]

    listed = await handler.ask(LIST)
    assert [row["stateLabel"] for row in listed["nodes"]] == ["申请中", "已完成"]
    assert listed["nodes"][1] == {
        "kindLabel": "定额保证金备案",
        "stateLabel": "已完成",
        "wageDeposit": {
            "project": {
                "name": "演示住宅小区一期",
                "number": number,
                "industryAuthority": {"name": "辽宁省本溪市住房和城乡建设局"},
            }
        },
    }
    for filter, count in (
        ({"project": {"name": "厂房"}}, 1),
        ({"project": {"name": "演示"}}, 2),
        ({"project": {"supervisingArea": "210500"}}, 2),
        ({"project": {"supervisingArea": "210502"}}, 0),
        ({"states": ["APPROVED"]}, 1),
        ({"states": ["REJECTED"]}, 0),
        ({"states": ["SUBMITTED"], "project": {"name": "住宅"}}, 0),
    ):
        assert (await handler.ask(LIST, filter=filter))["totalCount"] == count, filter
    assert (await officer.ask(LIST))["totalCount"] == 2
    other = await app.handler(seed=2, name="另一建筑有限公司")
    assert (await other.ask(LIST))["totalCount"] == 0


async def test_of_two_filings_at_once_one_is_made(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    answers = await asyncio.gather(*(submit_filing(handler, deposit) for _ in range(3)))
    assert sorted(answer.get("code", "won") for answer in answers) == ["CONFLICT", "CONFLICT", "won"]
    assert len((await show(handler, deposit, STATUS))["filings"]) == 1

"""The use of a deposit on a payment notice, and by when it is made up (BX-073, BX-074)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.deadlines.rules import due_after
from core.notifications.models import Message
from core.workdays import Span, due, national
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY, broken, open_deposit, secured_deposit, show, sources
from tests.helpers.people import Person

USE = {"noticeNumber": "本人社支〔2026〕1号", "amount": "200000.00", "usedOn": str(TODAY), "reason": "分包单位拖欠工资"}
USES = (
    "uses { noticeNumber amount usedOn reason replenishBy replenishProvisional "
    "decisions { sentence certainty because { citation { title locator } } } }"
)


async def record(officer: Person, deposit: str, **fields: object) -> dict:
    return await officer.act(
        "recordDepositUse",
        "RecordDepositUseInput",
        "... on DepositUse { id replenishBy }",
        wageDepositId=deposit,
        **{**USE, **fields},
    )


@pytest.mark.rule_data("BX-073")
@pytest.mark.rows("BX-074")
async def test_the_enterprise_sees_what_was_used_and_by_when_to_make_it_up(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    menu = await app.stranger.ask('{ ruleset(city: "benxi") { value(path: "portal.menu") { shown } } }')
    assert menu["value"]["shown"] == "首页、项目管理、保证金管理、保证金动用、申请管理、保函管理"
    deposit = await secured_deposit(handler, officer)
    assert (await show(handler, deposit, USES))["uses"] == []

    assert (await record(officer, deposit))["__typename"] == "DepositUse"
    [use] = (await show(handler, deposit, USES))["uses"]
    ten_working_days = due(TODAY, Span.parse("10 working_day"), calendar=national())
    [decision] = use.pop("decisions")
    assert use == {
        **USE,
        "replenishBy": str(ten_working_days.on),
        "replenishProvisional": ten_working_days.provisional,
    }
    assert "10个工作日" in decision["sentence"]
    assert decision["because"][0]["citation"] == {"title": "工程建设领域农民工工资保证金规定", "locator": "第二十条"}
    assert decision["certainty"] == "UNVERIFIED"
    async with app.services.db.read_everything() as session:
        [body] = await session.scalars(
            select(Message.body).where(Message.notice == "deposit_used", Message.channel == "email")
        )
    assert "动用 200,000.00 元，请于动用后10个工作日内补足" in body


async def test_the_day_to_make_it_up_is_provisional_where_no_calendar_is_published(app: Application) -> None:
    benxi = app.services.rulesets.of("benxi")
    known = due_after(benxi, "deadlines.replenishment", date(2025, 9, 24))
    assert (str(known and known.on), known and known.provisional) == ("2025-10-14", False)
    beyond = due_after(benxi, "deadlines.replenishment", date(2026, 12, 24))
    assert beyond is not None
    assert beyond.provisional


@pytest.mark.rows("BX-074")
async def test_no_more_is_used_than_is_secured_and_only_by_the_office(app: Application) -> None:
    handler, officer, elsewhere = await app.handler(), await app.officer(), await app.officer("另一人社局")
    unpaid = await open_deposit(handler, officer)
    refused = await record(officer, unpaid)
    assert broken(refused) == {"": "DEPOSIT_NOT_SECURED"}
    deposit = await secured_deposit(handler, officer, {"name": "演示住宅小区二期"})
    empty = await record(officer, deposit, **dict.fromkeys(USE))
    assert broken(empty) == dict.fromkeys(("noticeNumber", "amount", "usedOn", "reason"), "FIELD_REQUIRED")
    more = await record(officer, deposit, amount="600000.01")
    assert (broken(more), sources(more)) == (
        {"amount": "USE_EXCEEDS_DEPOSIT"},
        {"amount": "安薪平台业务约定 动用金额不超过已缴纳的保证金"},
    )
    future = await record(officer, deposit, usedOn=str(TODAY + timedelta(days=1)))
    assert (future["path"], future["message"]) == (["usedOn"], "动用日期不能晚于今天。")
    assert (await record(handler, deposit))["code"] == "FORBIDDEN"
    assert (await record(elsewhere, deposit))["code"] == "NOT_FOUND"
    assert (await record(app.stranger, deposit))["code"] == "UNAUTHENTICATED"

    await record(officer, deposit)
    twice = await record(officer, deposit, amount="1.00")
    assert (twice["code"], "请核对编号" in twice["message"]) == ("CONFLICT", True)
    over = await record(officer, deposit, noticeNumber="2号", amount="400000.01")
    assert "超过可动用的 400,000.00 元" in over["message"]
    assert (await record(officer, deposit, noticeNumber="2号", amount="400000.00"))["__typename"] == "DepositUse"

"""Ending a deposit after the project's completion and the public notice (BX-115, BX-117, BX-119 to BX-126)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from core.deadlines.rules import review_due
from core.projects.models import Project
from core.workdays import Span, due, national
from tests.helpers.acts import approve, reject
from tests.helpers.app import Application
from tests.helpers.deposits import (
    APPLICATION,
    TODAY,
    broken,
    cancel,
    complete,
    open_deposit,
    project_of,
    queue,
    secured_deposit,
    show,
    sources,
    submit_filing,
)

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
LAW = "工程建设领域农民工工资保证金规定"


@pytest.mark.rows("BX-117", "BX-119", "BX-125", "BX-126")
async def test_a_cancellation_is_applied_for_reviewed_corrected_and_approved(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    project = await project_of(handler, deposit)
    await complete(handler, project)
    applied = await cancel(
        handler,
        deposit,
        materials=await handler.materials("completion_acceptance_report", "cancellation_form", "other"),
    )
    assert (applied["state"], applied["remarks"]) == ("SUBMITTED", "工程已竣工，工资已结清")
    assert [each["material"] for each in applied["documents"]] == [
        "completion_acceptance_report",
        "cancellation_form",
        "other",
    ]
    missing = "cancellations { decisions { path sentence because { citation { title locator } } } }"
    [[commitment]] = [each["decisions"] for each in (await show(officer, deposit, missing))["cancellations"]]
    assert commitment["path"] == "materials.cancellation.no_arrears_commitment"
    assert commitment["sentence"].startswith("建议一并上传“没有拖欠农民工工资的书面承诺”。")
    assert commitment["because"][0]["citation"] == {
        "title": "工程建设领域农民工工资保证金规定",
        "locator": "第二十二条",
    }
    [waiting] = await queue(officer)
    within = due(TODAY, Span.parse("5 working_day"), calendar=national())
    assert (waiting["procedure"], waiting["dueOn"]) == ("cancellation", str(within.on))
    assert waiting["dueProvisional"] == within.provisional
    again = await cancel(handler, deposit)
    assert (again["code"], again["message"]) == ("CONFLICT", "该保证金的注销申请已经提交，请等待审核结果。")
    decide = ("approveReview", "ApproveReviewInput", "... on Review { id }")
    assert (await handler.act(*decide, reviewId=waiting["id"]))["code"] == "FORBIDDEN"

    await reject(officer, "公示材料不全")
    seen = await show(handler, deposit, "state cancellations { state reason }")
    assert seen == {"state": "SECURED", "cancellations": [{"state": "REJECTED", "reason": "公示材料不全"}]}
    incomplete = await cancel(handler, deposit, handler=None, materials=[])
    assert set(broken(incomplete)) == {
        "handler",
        "materials.completion_acceptance_report",
        "materials.cancellation_form",
    }
    corrected = await cancel(handler, deposit, handler="李四")
    assert (corrected["id"], corrected["state"]) == (applied["id"], "SUBMITTED")
    assert (await approve(officer))["outcome"] == "APPROVED"
    on_project = (
        "query ($id: ID!) { node(id: $id) { ... on Project { state wageDeposits { state stateLabel cancelledAt } } } }"
    )
    shown = await handler.ask(on_project, id=project)
    [ended] = shown["wageDeposits"]
    assert (shown["state"], ended["state"], ended["stateLabel"]) == ("COMPLETED", "CANCELLED", "已注销")
    assert ended["cancelledAt"] is not None
    over = await cancel(handler, deposit)
    assert (over["code"], over["message"]) == ("CONFLICT", "该工资保证金已注销，不能办理注销。")
    filing = await submit_filing(handler, deposit)
    assert filing["message"] == "该工资保证金已注销，不能办理备案。"


@pytest.mark.rows("BX-120", "BX-121", "BX-122", "BX-124")
async def test_an_application_for_cancellation_says_all_that_it_lacks(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    await complete(handler, await project_of(handler, deposit))
    empty = await cancel(handler, deposit, materials=[], **dict.fromkeys(APPLICATION))
    fields = ("actualStartedOn", "actualCompletedOn", "publicNoticeFrom", "handler", "handlerPhone")
    assert sources(empty) == {
        **dict.fromkeys(fields, f"{MANUAL} 2.4.1 申请信息（BX-120）"),
        "materials.completion_acceptance_report": f"{MANUAL} 2.4.1 申请资料（BX-122）",
        "materials.cancellation_form": f"{MANUAL} 2.4.1 申请资料（BX-123）",
    }
    for fields, at in (
        ({"actualStartedOn": "2024-10-01"}, "actualStartedOn"),
        ({"actualCompletedOn": "2025-11-28"}, "actualCompletedOn"),
    ):
        differing = await cancel(handler, deposit, **fields)
        assert (differing["__typename"], differing["path"]) == ("InvalidInput", [at])
        assert "与工程进度中填报的" in differing["message"]
    early = await cancel(handler, deposit, publicNoticeFrom="2025-11-28")
    assert (early["__typename"], early["path"]) == ("InvalidInput", ["publicNoticeFrom"])
    assert early["message"] == "公示从 2025-11-29 竣工之后开始，请核对公示起始日期。"
    assert broken(await cancel(handler, deposit, handlerPhone="110")) == {"handlerPhone": "FIELD_INVALID"}
    assert (await cancel(officer, deposit, materials=[]))["code"] == "FORBIDDEN"
    assert (await cancel(app.stranger, deposit, materials=[]))["code"] == "UNAUTHENTICATED"
    other = await app.handler(seed=2, name="另一建筑有限公司")
    assert (await cancel(other, deposit))["code"] == "NOT_FOUND"
    assert (await cancel(handler, deposit, remarks=None))["state"] == "SUBMITTED"

    procedure = 'procedure(code: "cancellation") { reviewer materials { code required recommended maxMb template } }'
    asked = await app.stranger.ask(f'{{ ruleset(city: "benxi") {{ {procedure} }} }}')
    needed = {"required": True, "recommended": False, "maxMb": None, "template": None}
    assert asked["procedure"] == {
        "reviewer": "hrss_officer",
        "materials": [
            {"code": "completion_acceptance_report", **needed, "maxMb": 100},
            {"code": "cancellation_form", **needed, "maxMb": 100, "template": "注销申请表（人社部门提供）"},
            {"code": "other", **needed, "required": False, "maxMb": 100},
            {"code": "no_arrears_commitment", **needed, "required": False, "recommended": True},
        ],
    }


@pytest.mark.rows("BX-115")
async def test_nothing_is_cancelled_before_completion_or_while_the_notice_runs(app: Application) -> None:
    handler, officer = await app.handler(), await app.officer()
    unpaid = await open_deposit(handler, officer)
    assert (await cancel(handler, unpaid))["message"] == "该工资保证金尚待缴纳，不能办理注销。"
    deposit = await secured_deposit(handler, officer, {"name": "演示住宅小区二期"})
    early = str(TODAY - timedelta(days=29))
    building = await cancel(handler, deposit, publicNoticeFrom=early)
    codes = [found["code"] for found in building["violations"]]
    assert codes == ["MATERIAL_RECOMMENDED", "PROJECT_NOT_COMPLETED", "PUBLIC_NOTICE_RUNNING"]
    assert set(sources(building).values()) == {f"{LAW} 第二十二条"}
    assert building["message"] == f"工程竣工后方可申请注销。公示自 {early} 起，须满30日。"

    await complete(handler, await project_of(handler, deposit))
    running = await cancel(handler, deposit, publicNoticeFrom=early)
    assert broken(running) == {"publicNoticeFrom": "PUBLIC_NOTICE_RUNNING"}
    await submit_filing(handler, deposit)
    filing = await cancel(handler, deposit)
    assert (filing["code"], filing["message"]) == ("CONFLICT", "该工资保证金正在申请备案，不能办理注销。")
    await approve(officer)
    assert (await cancel(handler, deposit))["state"] == "SUBMITTED"


async def test_a_cancellation_is_reviewed_within_five_working_days_of_the_national_calendar(app: Application) -> None:
    benxi = app.services.rulesets.of("benxi")
    for submitted, last, provisional in (
        (date(2025, 9, 24), date(2025, 9, 30), False),  # a make-up Sunday counts
        (date(2025, 9, 30), date(2025, 10, 14), False),  # eight days off and a make-up Saturday
        (date(2026, 12, 28), date(2027, 1, 5), True),  # the calendar of 2027 is not published
    ):
        found = review_due(benxi, "cancellation", submitted)
        assert found is not None
        assert (found.on, found.provisional) == (last, provisional)


async def test_an_approval_looks_at_the_conditions_of_the_day(app: Application) -> None:
    """The project goes on again while its cancellation waits, which was possible once: the officer is told."""
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    project = await project_of(handler, deposit)
    await complete(handler, project)
    assert (await cancel(handler, deposit))["state"] == "SUBMITTED"
    async with app.services.db.write() as session:
        await session.execute(update(Project).values(state="under_construction"))
    refused = await approve(officer)
    assert (refused["code"], refused["message"]) == ("RULES_VIOLATED", "工程竣工后方可申请注销。")
    assert set(sources(refused).values()) == {f"{LAW} 第二十二条"}
    assert (await show(handler, deposit, "state cancellations { state }")) == {
        "state": "SECURED",
        "cancellations": [{"state": "SUBMITTED"}],
    }
    await complete(handler, project)
    assert (await approve(officer))["outcome"] == "APPROVED"

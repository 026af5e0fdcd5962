"""What was true when a case was handed in, and is not when it is decided on or when another stands beside it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.guarantees.models import LetterSubmission
from core.projects.models import Project
from resolvers import ids
from tests.helpers.acts import approve, enter_project, reject, submit_quota, withdraw
from tests.helpers.app import Application
from tests.helpers.deposits import (
    TODAY,
    broken,
    cancel,
    complete,
    hand_in,
    open_deposit,
    project_of,
    queue,
    secured_deposit,
    show,
    submit_filing,
)
from tests.helpers.people import Person
from tests.wage_deposits.test_deposit_uses import record

STEPS = "query ($id: ID!) { node(id: $id) { ... on Project { state nextSteps { code sentence } } } }"


async def codes_of_steps(person: Person, project: str) -> list[str]:
    return [step["code"] for step in (await person.ask(STEPS, id=project))["nextSteps"]]


async def reopen(handler: Person, project: str) -> dict[str, Any]:
    return await complete(handler, project, expectedCompletedOn=str(TODAY), actualCompletedOn=None)


@pytest.mark.rows("BX-050")
async def test_no_quota_is_applied_for_nor_approved_once_the_project_is_completed(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    await submit_quota(handler, project["id"])
    await complete(handler, project["id"])
    refused = await approve(officer)
    assert broken(refused) == {"": "PROJECT_COMPLETED"}
    assert refused["message"] == "工程已竣工，不再申请定额；竣工日期填报有误的，请先更正工程进度。"
    await reject(officer, "工程已竣工")
    [application] = (await handler.ask("{ quotaApplications { nodes { id } } }"))["nodes"]
    assert broken(await submit_quota(handler, project["id"], correcting=application["id"])) == {"": "PROJECT_COMPLETED"}
    assert (await reopen(handler, project["id"]))["state"] == "UNDER_CONSTRUCTION"  # as the sentence says
    assert (await submit_quota(handler, project["id"], correcting=application["id"]))["state"] == "SUBMITTED"
    await approve(officer)
    assert len((await handler.ask("{ wageDeposits { nodes { id } } }"))["nodes"]) == 1


@pytest.mark.rows("BX-070")
async def test_a_letter_that_expired_while_it_waited_is_sent_back_and_not_approved(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await open_deposit(handler, officer)
    letter = await hand_in(handler, deposit)
    yesterday = TODAY - timedelta(days=1)
    async with app.services.db.write() as session:  # as if it had waited for years
        long_ago = {"starts_on": yesterday - timedelta(days=800), "ends_on": yesterday}
        its = LetterSubmission.id == ids.decode(letter["id"])[1]
        await session.execute(update(LetterSubmission).where(its).values(**long_ago))
        planned = {"planned_start": yesterday - timedelta(days=700), "planned_end": yesterday}
        await session.execute(update(Project).values(**planned))
    refused = await approve(officer)
    assert broken(refused) == {"endsOn": "GUARANTEE_EXPIRED"}
    [found] = [one for one in refused["violations"] if one["refuses"]]
    assert found["decision"]["because"][0]["citation"]["locator"] == "第十七条"
    assert (await reject(officer, "保函已到期"))["outcome"] == "REJECTED"


@pytest.mark.rows("BX-126")
async def test_a_cancellation_is_approved_on_what_its_project_and_its_deposit_are_today(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    project = await project_of(handler, deposit)
    await complete(handler, project)
    applied = await cancel(handler, deposit)
    beside = await submit_filing(handler, deposit)
    assert (beside["code"], beside["message"]) == ("CONFLICT", "该注销申请正在审核，不能办理备案。")
    assert (await reopen(handler, project))["state"] == "UNDER_CONSTRUCTION"
    assert "PROJECT_NOT_COMPLETED" in broken(await approve(officer)).values()

    moved = str(TODAY - timedelta(days=10))
    assert (await complete(handler, project, actualCompletedOn=moved))["state"] == "COMPLETED"
    assert broken(await approve(officer)) == {
        "actualCompletedOn": "DIFFERS_FROM_PROGRESS",
        "publicNoticeFrom": "DIFFERS_FROM_PROGRESS",
    }
    await complete(handler, project)
    assert (await record(officer, deposit))["__typename"] == "DepositUse"
    assert broken(await approve(officer)) == {"": "DEPOSIT_NOT_MADE_UP"}
    assert (await withdraw(handler, applied["id"]))["outcome"] == "WITHDRAWN"  # as the sentence says
    assert (await reopen(handler, project))["state"] == "UNDER_CONSTRUCTION"
    await complete(handler, project)
    assert broken(await cancel(handler, deposit)) == {"": "DEPOSIT_NOT_MADE_UP"}
    assert (await show(handler, deposit, "state"))["state"] == "TO_REPLENISH"
    assert await queue(officer) == []


@pytest.mark.rows("BX-126")
async def test_a_project_that_is_reopened_after_its_cancellation_is_asked_for_a_deposit_again(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    project = await project_of(handler, deposit)
    await complete(handler, project)
    await cancel(handler, deposit)
    await approve(officer)
    assert await codes_of_steps(handler, project) == []
    assert (await reopen(handler, project))["state"] == "UNDER_CONSTRUCTION"
    assert (await codes_of_steps(handler, project))[0] == "quota_application"
    assert (await submit_quota(handler, project))["state"] == "SUBMITTED"
    await approve(officer)
    shown = await handler.ask("{ wageDeposits { nodes { state } } }")
    assert [one["state"] for one in shown["nodes"]] == ["AWAITING_PAYMENT", "CANCELLED"]

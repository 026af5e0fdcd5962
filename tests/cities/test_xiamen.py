"""Xiamen: the contractor declares, the bureau decides within five working days, cash comes with the agreement (XM-09 to
XM-17, XM-24)."""

from typing import Any

import pytest

from core.workdays import Span, due, national
from tests.contractor_records.test_contractor_records import XIAMEN, enter
from tests.contractor_records.test_contractor_records import submit as declare
from tests.helpers.acts import approve, reject
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY, queue, report_cash
from tests.helpers.people import Person

DECLARED = "{ quotaApplications { nodes { state reason project { name generalContractor } } } }"


async def declared(person: Person) -> list[dict[str, Any]]:
    return (await person.ask(DECLARED))["nodes"]


@pytest.mark.rows("XM-09", "XM-14", "XM-15", "XM-16", "XM-17")
async def test_a_declaration_is_reviewed_within_five_working_days_refused_with_its_reason_and_made_again(
    app: Application,
):
    handler, officer = await app.handler(), await app.officer(XIAMEN)
    project, _ = await enter(handler)
    bare = await handler.act(
        "submitQuotaApplication",
        "SubmitQuotaApplicationInput",
        "... on QuotaApplication { id }",
        projectId=project,
        quota={"applicationType": "ORDINARY", "entryMode": "RATIO", "entryRatio": "0.015"},
    )
    assert ("MATERIAL_REQUIRED", ["materials", "project_documents"]) in [
        (one["code"], one["path"]) for one in bare["violations"]
    ]
    assert (await declare(officer, project))["code"] == "FORBIDDEN", "the contractor applies, nobody else"
    applied = await declare(handler, project)
    five = due(TODAY, Span.parse("5 working_day"), calendar=national())
    [waiting] = await queue(officer)
    assert (waiting["procedure"], waiting["dueOn"], waiting["dueProvisional"]) == (
        "quota_application",
        str(five.on),
        five.provisional,
    )
    mine = {"project": {"name": "演示住宅小区一期", "generalContractor": "演示建筑有限公司"}}
    assert await declared(handler) == [{"state": "SUBMITTED", "reason": None, **mine}]
    await reject(officer, "项目资料不清晰")
    assert await declared(handler) == [{"state": "REJECTED", "reason": "项目资料不清晰", **mine}]
    again = await declare(handler, project, correcting=applied["id"])
    assert again["__typename"] == "QuotaApplication", again
    assert (await queue(officer))[0]["dueOn"] == str(five.on), "the five days begin anew"
    await approve(officer)
    assert await declared(handler) == [{"state": "APPROVED", "reason": None, **mine}]


@pytest.mark.rows("XM-13")
async def test_who_is_not_certified_declares_nothing(app: Application):
    nobody, (project, _) = await app.person(), await enter(await app.handler())
    refused = await nobody.act("enterProject", "ProjectInput", "... on Project { id }", city="xiamen", fields={})
    assert (refused["code"], "请先完成企业认证" in refused["message"]) == ("FORBIDDEN", True)
    assert (await declare(nobody, project))["code"] == "FORBIDDEN"


@pytest.mark.rows("XM-24")
async def test_cash_paid_in_offline_comes_with_the_copy_of_the_deposit_agreement(app: Application):
    handler, officer = await app.handler(), await app.officer(XIAMEN)
    project, _ = await enter(handler)
    await declare(handler, project, paymentMethod="CASH")
    await approve(officer)
    [deposit] = (await handler.ask("{ wageDeposits { nodes { id amountDue } } }"))["nodes"]
    assert deposit["amountDue"] == "1500000.00"
    lacking = await report_cash(handler, deposit["id"], amount="1500000.00")
    assert [(one["code"], one["path"]) for one in lacking["violations"] if one["refuses"]] == [
        ("MATERIAL_REQUIRED", ["materials", "deposit_agreement"])
    ]
    agreement = await handler.materials("deposit_agreement")
    assert (await report_cash(handler, deposit["id"], amount="1500000.00", materials=agreement))["state"] == "SUBMITTED"
    await approve(officer)
    [secured] = (await handler.ask("{ wageDeposits { nodes { state cashPayments { documents { material } } } } }"))[
        "nodes"
    ]
    assert secured == {"state": "SECURED", "cashPayments": [{"documents": [{"material": "deposit_agreement"}]}]}

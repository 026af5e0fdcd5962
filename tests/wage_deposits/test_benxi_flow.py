"""A Benxi project from registration to cancellation, by GraphQL alone."""

import pytest

from tests.helpers.acts import approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import BENXI_HOUSING, BENXI_OFFICE, Application

pytestmark = pytest.mark.unregistered

STEPS = """query ($id: ID!) { node(id: $id) { ... on Project {
  state nextSteps { code label sentence actor dueOn citation { title locator } }
} } }"""
DEPOSIT = """query ($id: ID!) { node(id: $id) { ... on Project { wageDeposits {
  id state filingStatus amountDue applicationRatio securedAmount
} } } }"""


async def steps(person, project_id):
    return [step["code"] for step in (await person.ask(STEPS, id=project_id))["nextSteps"]]


async def deposit_of(person, project_id):
    [deposit] = (await person.ask(DEPOSIT, id=project_id))["wageDeposits"]
    return deposit


@pytest.mark.rows("BX-010", "BX-011", "BX-014", "BX-015", "BX-034", "BX-050", "BX-062", "BX-107", "BX-119", "BX-126")
async def test_a_project_goes_from_registration_to_cancellation(app: Application):
    handler, reviewer, officer = await app.person(), await app.reviewer(), await app.officer()

    await submit_certification(handler)
    sent_back = await reject(reviewer, "企业资质上传有误")
    assert sent_back["case"]["state"] == "REJECTED"
    assert (await submit_certification(handler))["state"] == "SUBMITTED"
    assert (await approve(reviewer))["outcome"] == "APPROVED"

    project = await enter_project(handler)
    assert project["hrssOffice"]["name"] == BENXI_OFFICE
    assert project["industryAuthority"]["name"] == BENXI_HOUSING
    assert await steps(handler, project["id"]) == ["quota_application", "progress"]

    application = await submit_quota(handler, project["id"])
    assert application["requestedAmount"] == "600000.00"
    assert await steps(handler, project["id"]) == ["wait", "progress"]
    await reject(officer, "合同金额与备案不符")
    assert (await submit_quota(handler, project["id"], correcting=application["id"]))["state"] == "SUBMITTED"
    await approve(officer)
    deposit = await deposit_of(handler, project["id"])
    assert deposit["state"] == "AWAITING_PAYMENT"
    assert await steps(handler, project["id"]) == ["guarantee_order", "letter_submission", "progress"]

    letter = await handler.act(
        "submitLetter",
        "SubmitLetterInput",
        "... on LetterSubmission { id state productName }",
        subjectId=deposit["id"],
        kind="银行保函",
        contact="张三",
        mobile="13455554444",
        bankBrand="演示银行",
        issuer="演示银行本溪分行",
        guaranteeNumber="YS-2026-0001",
        amount="600000.00",
        fee="3000.00",
        issuedOn="2026-11-20",
        startsOn="2026-11-21",
        endsOn="2027-11-20",
        materials=await handler.materials("guarantee_letter"),
    )
    assert letter["productName"] == "农民工工资支付银行保函", letter
    await approve(officer)
    assert (await deposit_of(handler, project["id"]))["state"] == "SECURED"

    filing = await handler.act(
        "submitFiling", "SubmitFilingInput", "... on Filing { id state kindLabel }", wageDepositId=deposit["id"]
    )
    assert filing["state"] == "SUBMITTED", filing
    await approve(officer)
    assert (await deposit_of(handler, project["id"]))["filingStatus"] == "FILED"

    progress = await handler.act(
        "reportProgress",
        "ReportProgressInput",
        "... on Project { state }",
        projectId=project["id"],
        actualStartedOn="2024-09-30",
        expectedCompletedOn="2025-11-29",
        actualCompletedOn="2025-11-29",
    )
    assert progress["state"] == "COMPLETED", progress
    assert await steps(handler, project["id"]) == ["cancellation"]

    cancellation = await handler.act(
        "submitCancellation",
        "SubmitCancellationInput",
        "... on Cancellation { id state }",
        wageDepositId=deposit["id"],
        actualStartedOn="2024-09-30",
        actualCompletedOn="2025-11-29",
        publicNoticeFrom="2026-10-01",
        handler="张三",
        handlerPhone="13455554444",
        materials=await handler.materials("completion_acceptance_report", "cancellation_form"),
    )
    assert cancellation["state"] == "SUBMITTED", cancellation
    await approve(officer)
    assert (await deposit_of(handler, project["id"]))["state"] == "CANCELLED"
    assert await steps(handler, project["id"]) == []

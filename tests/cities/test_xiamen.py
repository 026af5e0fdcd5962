"""Xiamen: the contractor declares, the bureau decides within five working days, cash comes with the agreement (XM-09 to
XM-17, XM-24)."""

from typing import Any

import pytest

from core import uscc
from core.workdays import Span, due, national
from tests.account_reservations.test_account_reservations import BANK, reserve
from tests.account_reservations.test_account_reservations import declared as declared_in_cash
from tests.contractor_records.test_contractor_records import XIAMEN, enter
from tests.contractor_records.test_contractor_records import submit as declare
from tests.helpers.acts import approve, reject
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY, queue, report_cash
from tests.helpers.people import PASSWORD, Person
from tests.wage_deposits.test_orders import bank_of

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


@pytest.mark.unregistered
@pytest.mark.rows("XM-08", "XM-09", "XM-11", "XM-12", "XM-13", "XM-14", "XM-16", "XM-23", "XM-24")
async def test_a_contractor_goes_online_from_the_enterprises_entrance_to_a_deposit_on_record(app: Application):
    """Registered, logged in, certified by the city's own form, declared, an account booked, cash with its agreement."""
    reviewer, officer, banker = await app.reviewer(), await app.officer(XIAMEN), await app.banker(BANK)
    firm = app.stranger
    firm.mobile = "13612345678"
    person = {"city": "xiamen", "mobile": firm.mobile, "password": PASSWORD}
    account = await firm.act(
        "register",
        "RegisterInput",
        "... on Account { id }",
        **person,
        name="张三",
        agreementAccepted=True,
        **await app.code_for(firm, "REGISTER"),
    )
    assert account["__typename"] == "Account", account
    signed_in = "... on SignedIn { token }"
    code = await app.code_for(firm, "LOG_IN")
    firm.token = (await firm.act("logIn", "LogInInput", signed_in, **person, **code))["token"]
    steps = "{ me { actingFor { id } nextSteps { code } } }"
    assert await firm.ask(steps) == {"actingFor": None, "nextSteps": [{"code": "certification"}]}
    early = await firm.act("enterProject", "ProjectInput", "... on Project { id }", city="xiamen", fields={})
    assert early["code"] == "FORBIDDEN", "only a certified enterprise declares"

    stated = {"city": "xiamen", "name": "演示建筑有限公司", "uscc": uscc.make(1), "contact": "张三"}
    lacking = await firm.act("submitCertification", "SubmitCertificationInput", "... on Certification { id }", **stated)
    assert [one["path"] for one in lacking["violations"]] == [["materials", "certificates"]]
    certificates = {"materials": await firm.materials("certificates")}
    await firm.act(
        "submitCertification", "SubmitCertificationInput", "... on Certification { id }", **stated, **certificates
    )
    await approve(reviewer)
    assert (await firm.ask(steps))["actingFor"] is not None

    _, deposit = await declared_in_cash(firm, officer)
    assert [one["state"] for one in await declared(firm)] == ["APPROVED"]
    assert (await reserve(firm, deposit, await bank_of(firm, BANK)))["state"] == "SUBMITTED"
    await approve(banker)
    agreement = await firm.materials("deposit_agreement")
    await report_cash(firm, deposit, amount="1500000.00", bank=BANK, materials=agreement)
    await approve(officer)
    standing = "{ wageDeposits { nodes { state filingStatus securedAmount accountReservations { state } } } }"
    for person_of in (firm, officer):
        assert (await person_of.ask(standing))["nodes"] == [
            {
                "state": "SECURED",
                "filingStatus": "FILED",
                "securedAmount": "1500000.00",
                "accountReservations": [{"state": "APPROVED"}],
            }
        ]

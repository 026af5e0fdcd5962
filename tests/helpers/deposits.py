"""The shortest ways to a deposit that a test is about, and what people do with it."""

from datetime import datetime, timedelta
from typing import Any

from core.actor import CHINA
from tests.helpers.acts import approve, enter_project, submit_quota
from tests.helpers.people import Person

TODAY = datetime.now(CHINA).date()
STARTS = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=15)
"""The fifteenth of last month; a year of cover ends on the fourteenth of that month next year."""
YEAR_ENDS = STARTS.replace(year=STARTS.year + 1, day=14)
LETTER = {
    "kind": "bank_guarantee",
    "contact": "张三",
    "mobile": "13455554444",
    "bankBrand": "演示银行",
    "issuer": "演示银行本溪分行",
    "guaranteeNumber": "YS-0001",
    "amount": "600000.00",
    "fee": "3000.00",
    "issuedOn": str(STARTS),
    "startsOn": str(STARTS),
    "endsOn": str(YEAR_ENDS),
}
ASKED = {name: LETTER[name] for name in ("contact", "mobile", "amount", "startsOn", "endsOn")}
RETURNED = {name: LETTER[name] for name in ("guaranteeNumber", "amount", "fee", "issuedOn", "startsOn", "endsOn")}
CASH = {"amount": "1100.00", "paidOn": str(TODAY), "bank": "演示银行", "accountNumber": "6222020000000000000"}
SAMPLE = {"paymentMethod": "CASH", "entryRatio": "0.11", "contractAmount": "10000.00", "securedAmount": "1100.00"}
"""The manual's cash deposit: 10,000.00 at 11 % (BX-108)."""


async def open_deposit(handler: Person, officer: Person, project: dict[str, Any] | None = None, **quota: Any) -> str:
    """The id of a deposit that an approved quota brought: the contract amount of the quota is the project's."""
    project = {**{name: quota[name] for name in ("contractAmount",) if name in quota}, **(project or {})}
    entered = await enter_project(handler, **project)
    application = await submit_quota(handler, entered["id"], **quota)
    assert application["__typename"] == "QuotaApplication", application
    assert (await approve(officer))["__typename"] == "Review"
    [deposit] = (await handler.ask(DEPOSITS_OF, id=entered["id"]))["wageDeposits"]
    return deposit["id"]


async def secured_deposit(
    handler: Person, officer: Person, project: dict[str, Any] | None = None, **letter: Any
) -> str:
    """The id of a deposit for which a letter stands."""
    deposit = await open_deposit(handler, officer, project)
    assert (await hand_in(handler, deposit, **letter))["__typename"] == "LetterSubmission"
    assert (await approve(officer))["__typename"] == "Review"
    return deposit


async def hand_in(handler: Person, deposit: str, **fields: Any) -> dict[str, Any]:
    """A letter obtained offline, with its file unless ``materials`` says otherwise."""
    stated = {"materials": await handler.materials("guarantee_letter")} if "materials" not in fields else {}
    selection = "... on LetterSubmission { id state productName guaranteeNumber }"
    return await handler.act(
        "submitLetter",
        "SubmitLetterInput",
        selection,
        subjectId=deposit,
        **{**LETTER, "guaranteeNumber": number_for(deposit), **stated, **fields},
    )


async def report_cash(handler: Person, deposit: str, **fields: Any) -> dict[str, Any]:
    return await handler.act(
        "reportCashPayment",
        "ReportCashPaymentInput",
        "... on CashPayment { id state amount }",
        wageDepositId=deposit,
        **{**CASH, **fields},
    )


async def apply_to_bank(handler: Person, deposit: str, bank: str | None, **fields: Any) -> dict[str, Any]:
    return await handler.act(
        "orderGuarantees",
        "OrderGuaranteesInput",
        "... on GuaranteeOrder { id state institution { name } hrssOffice { name } projectName amountDue }",
        subjectId=deposit,
        institutionIds=[bank] if bank else [],
        **{**ASKED, **fields},
    )


def number_for(deposit: str) -> str:
    """The number of the letter that an issuer gives to a deposit: YS-0001 to the first."""
    return f"YS-{int(deposit.partition(':')[2]):04}"


async def give_back(banker: Person, order: str, **fields: Any) -> dict[str, Any]:
    """The bank issues its letter."""
    return await banker.act(
        "issueGuarantee",
        "IssueGuaranteeInput",
        "... on Guarantee { id guaranteeState guaranteeNumber amount fee endsOn }",
        orderId=order,
        **{**RETURNED, **fields},
    )


LATER = YEAR_ENDS + timedelta(days=200)
ENDORSEMENT = {"endorsementNumber": "批2026-1", "issuedOn": str(TODAY), "endsOn": str(LATER)}


async def extend(banker: Person, guarantee: str, **fields: Any) -> dict[str, Any]:
    """The bank extends its letter by 200 days."""
    terms = "endorsementNumber amount fee issuedOn endsOn"
    selection = f"... on Guarantee {{ id guaranteeNumber endsOn revision versions {{ versionNumber {terms} }} }}"
    stated = {"guaranteeId": guarantee, **ENDORSEMENT, **fields}
    return await banker.act("extendGuarantee", "ExtendGuaranteeInput", selection, **stated)


async def state_deferral_end(officer: Person, deposit: str, **fields: Any) -> dict[str, Any]:
    """Until when a deposit is deferred: for a month, unless said otherwise."""
    stated = {"endsOn": str(TODAY + timedelta(days=30)), "basis": "本人社缓〔2026〕1号", **fields}
    selection = "... on Alert { id endsOn state }"
    return await officer.act("stateDeferralEnd", "StateDeferralEndInput", selection, wageDepositId=deposit, **stated)


async def submit_filing(handler: Person, deposit: str) -> dict[str, Any]:
    selection = "... on Filing { id state stateLabel kindLabel }"
    return await handler.act("submitFiling", "SubmitFilingInput", selection, wageDepositId=deposit)


COMPLETED = {"actualStartedOn": "2024-09-30", "expectedCompletedOn": "2025-11-29", "actualCompletedOn": "2025-11-29"}


async def complete(handler: Person, project: str, **fields: Any) -> dict[str, Any]:
    stated = {**COMPLETED, **fields}
    return await handler.act(
        "reportProgress", "ReportProgressInput", "... on Project { state }", projectId=project, **stated
    )


APPLICATION = {
    "actualStartedOn": COMPLETED["actualStartedOn"],
    "actualCompletedOn": COMPLETED["actualCompletedOn"],
    "publicNoticeFrom": str(TODAY - timedelta(days=30)),
    "handler": "张三",
    "handlerPhone": "13455554444",
    "remarks": "工程已竣工，工资已结清",
}


async def cancel(person: Person, deposit: str, /, **fields: Any) -> dict[str, Any]:
    """An application for cancellation, with both required materials unless ``materials`` says otherwise."""
    if "materials" not in fields:
        fields["materials"] = await person.materials("completion_acceptance_report", "cancellation_form")
    selection = "... on Cancellation { id state remarks publicNoticeFrom documents { material } }"
    stated = {**APPLICATION, **fields}
    return await person.act("submitCancellation", "SubmitCancellationInput", selection, wageDepositId=deposit, **stated)


async def show(person: Person, deposit: str, selection: str) -> Any:
    """What a person sees of the deposit; None where nothing."""
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on WageDeposit {{ {selection} }} }} }}"
    return await person.ask(query, id=deposit)


async def project_of(person: Person, deposit: str) -> str:
    return (await show(person, deposit, "project { id }"))["project"]["id"]


async def queue(person: Person) -> list[dict[str, Any]]:
    """What waits for the person's office."""
    return (await person.ask("{ reviewQueue { nodes { id procedure title dueOn dueProvisional case { id } } } }"))[
        "nodes"
    ]


def broken(problem: dict[str, Any]) -> dict[str, str]:
    """The code of every refusing violation by the field of the form it is about."""
    assert problem["__typename"] == "RulesViolated", problem
    return {_field(found["path"]): found["code"] for found in problem["violations"] if found["refuses"]}


def _field(place: list[str]) -> str:
    """Without the name of the input in which the form's fields are."""
    return ".".join(place[1:] if place[:1] in (["quota"], ["fields"]) else place)


def sources(problem: dict[str, Any]) -> dict[str, str]:
    """Title and locator behind every refusing violation, by its field."""
    cited = {}
    for found in problem["violations"]:
        if found["refuses"]:
            citation = found["decision"]["because"][0]["citation"]
            assert citation["locator"] in found["decision"]["sentence"]
            cited[_field(found["path"])] = f"{citation['title']} {citation['locator']}"
    return cited


DEPOSITS_OF = "query ($id: ID!) { node(id: $id) { ... on Project { wageDeposits { id state stateLabel } } } }"


async def file_and_cancel(handler: Person, officer: Person, deposit: str) -> None:
    """From a deposit that is secured to its end: filed, the project completed, cancelled."""
    await submit_filing(handler, deposit)
    await approve(officer)
    await complete(handler, await project_of(handler, deposit))
    await cancel(handler, deposit)
    await approve(officer)

"""Every form of every city by a client that knows none: with exactly what is required it is taken, and with each part
missing it is refused beside that part, never by an internal error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from bench import forms
from core import uscc
from plugins import cities
from tests.clients.generic import Form, load
from tests.helpers import deposits
from tests.helpers.acts import approve
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import Person
from tests.wage_deposits.test_orders import bank_of


@dataclass(frozen=True)
class Place:
    """Where a city's project is, and who supervises it."""

    area: str
    office: str


PLACES = {
    "benxi": Place("210500", BENXI_OFFICE),
    "guangzhou": Place("440106", "广州市天河区人力资源社会保障部门"),
    "xiamen": Place("350203", "厦门市人力资源和社会保障局"),
}
STILL_TO_COME = {
    "guangzhou.guarantee_order": "insurance_market",
    "guangzhou.review_form": "templates",
    "hainan.adjustment": "payment_security",
    "hainan.backfill": "payment_security",
    "hainan.claim": "payment_security",
    "hainan.co_managed_funds": "payment_security",
    "hainan.co_managed_release": "payment_security",
    "hainan.co_managed_report": "payment_security",
    "hainan.fiscal_investment": "payment_security",
    "hainan.guarantee_application": "payment_security",
    "hainan.guarantee_confirmation": "payment_security",
    "hainan.guarantor_backfill": "payment_security",
    "hainan.payment_plan": "payment_security",
    "hainan.payment_receipt": "payment_security",
    "hainan.presale_funds": "payment_security",
    "xiamen.guarantee_order": "insurance_market",
    "xiamen.institution_onboarding": "onboarding",
}
"""Procedures whose act is still to come, and the area they wait for: may only shrink."""


def test_procedures_without_an_act_wait_for_an_area_and_become_fewer():
    for ruleset in cities.load(None):
        for code in ruleset.paths("procedures"):
            waits = ruleset.own.procedures[code].read_by if code in ruleset.own.procedures else None
            assert STILL_TO_COME.get(f"{ruleset.city}.{code}") == waits, (ruleset.city, code)
    assert len(STILL_TO_COME) <= 17


ANSWERS = {
    "application.contract_amount": forms.QUOTA["contractAmount"],
    "application.entry_mode": "AMOUNT",
    "application.entry_amount": "600000.00",
    "application.secured_amount": "600000.00",
    "application.type": "ORDINARY",
    "deposit_use.amount": "1000.00",
    "enterprise.uscc": uscc.make(31),
    "guarantee.fee": "0.00",
    "payment.amount": "600000.00",
    "guarantee.amount": "600000.00",
    "guarantee.starts_on": str(deposits.STARTS),
    "guarantee.ends_on": str(deposits.YEAR_ENDS),
    "guarantee.issued_on": str(deposits.STARTS),
    "project.contract_amount": forms.QUOTA["contractAmount"],
    "project.duration_days": str(forms.PROJECT["durationDays"]),
    "project.planned_start": forms.PROJECT["plannedStart"],
    "project.planned_end": forms.PROJECT["plannedEnd"],
    "project.general_contractor_uscc": uscc.make(31),
    "project.actual_started_on": deposits.COMPLETED["actualStartedOn"],
    "project.expected_completed_on": deposits.COMPLETED["expectedCompletedOn"],
    "cancellation.actual_started_on": deposits.COMPLETED["actualStartedOn"],
    "cancellation.actual_completed_on": deposits.COMPLETED["actualCompletedOn"],
    "cancellation.public_notice_from": deposits.APPLICATION["publicNoticeFrom"],
}
"""What fits together; anything else is answered by its kind."""
BY_KIND = {
    "text": "甲",
    "phone": "13455554444",
    "date": str(deposits.TODAY),
    "money": "1000.00",
    "integer": "2",
    "boolean": "true",
}


async def fill(form: Form, city: str, **chosen: str) -> dict[str, str]:
    """An answer to each required field; more are required once those before are answered."""
    answers: dict[str, str] = {}
    while missing := [item for item in form.required(answers) if item["code"] not in answers]:
        item = missing[0]
        code, options = item["code"], item["options"] or ()
        if item["kind"] == "region":
            answers[code] = PLACES[city].area
        else:
            by_kind = options[0]["value"] if options else BY_KIND.get(item["kind"])
            answers[code] = chosen.get(code) or ANSWERS.get(code) or by_kind or ""
        assert answers[code], item
    return answers


async def walk(form: Form, person: Person, city: str, subject: Mapping[str, Any], **chosen: str) -> dict[str, Any]:
    """Submitted with each required part missing, then with exactly what is required. The answer of the last."""
    answers = await fill(form, city, **chosen)
    codes = form.required_materials(answers)
    files = {one["code"]: one["documents"] for one in await person.materials(*codes)}
    required = [item for item in form.required(answers) if item["code"] in answers]
    for item in (item for item in required if not item["prefill"]):
        rest = {code: answer for code, answer in answers.items() if code != item["code"]}
        told = await form.submit(person, subject, rest, files)
        assert told["__typename"] == "RulesViolated", (city, form.act, item["code"], told)
        assert form.errors.keys() == {tuple(item["input"])}, (city, form.act, item["code"], form.errors)
        assert item["label"] in next(line for line in form.draw(rest).splitlines() if "<- 请填写" in line)
    for code in codes:
        rest_of_files = {one: ids for one, ids in files.items() if one != code}
        told = await form.submit(person, subject, answers, rest_of_files)
        assert form.errors.keys() == {("materials", code)}, (city, form.act, code, told)
    for item in (item for item in required if item["prefill"]):  # the platform may fill it in, and the act is done
        rest = {code: answer for code, answer in answers.items() if code != item["code"]}
        told = await form.submit(person, subject, rest, files)
        if told["__typename"] != "RulesViolated":
            assert "id" in told, (city, form.act, item["code"], told)
            return told
        assert form.errors.keys() == {tuple(item["input"])}, (city, form.act, item["code"], form.errors)
    told = await form.submit(person, subject, answers, files)
    assert not form.errors, (city, form.act, form.errors)
    return told


WALKS = (
    "benxi",
    pytest.param("guangzhou", marks=pytest.mark.rows("GZ-04", "GZ-05", "GZ-16", "GZ-17")),
    pytest.param("xiamen", marks=pytest.mark.rows("XM-12", "XM-14", "XM-24")),
)


@pytest.mark.unregistered
@pytest.mark.parametrize("city", WALKS)
async def test_what_a_city_asks_the_api_takes_and_what_is_missing_is_told_beside_its_field(app: Application, city: str):
    handler, reviewer = await app.person(), await app.reviewer()
    officer = await app.officer(PLACES[city].office)
    pages = await load(city, handler)
    done = set[str]()

    async def go(act: str, person: Person, subject: Mapping[str, Any], **chosen: str) -> str:
        done.add(act)
        told = await walk(pages[act], person, city, subject, **chosen)
        return told["id"]

    alone = await pages["project"].submit(handler, {"city": city}, {})
    assert alone["__typename"] == "NotAllowed", "first the handler's account, then the enterprise that is bound to it"
    await go("certification", handler, {"city": city})
    await approve(reviewer)

    async def deposit(**chosen: str) -> tuple[str, str]:
        project = await go("project", handler, {"city": city})
        await go("quota_application", handler, {"projectId": project}, **chosen)
        await approve(officer)
        [opened] = (await handler.ask(deposits.DEPOSITS_OF, id=project))["wageDeposits"]
        return project, opened["id"]

    if "cash_payment" in pages:
        _, paid = await deposit(**{"application.payment_method": "CASH"})
        if "account_reservation" in pages:
            await app.banker()
            bank = await bank_of(handler)
            await go("account_reservation", handler, {"wageDepositId": paid}, **{"reservation.bank": bank})
        await go("cash_payment", handler, {"wageDepositId": paid})
        await approve(officer)
        if "deposit_use" in pages:
            await go("deposit_use", officer, {"wageDepositId": paid})
    else:
        await deposit()
    if "guarantee_order" in pages:
        banker = await app.banker()
        _, asked = await deposit(**{"application.payment_method": "GUARANTEE"})
        bank = await bank_of(handler)
        await go("guarantee_order", handler, {"subjectId": asked}, **{"guarantee.bank": [bank]})
        [review] = await deposits.queue(banker)
        await go("guarantee_issue", banker, {"orderId": review["case"]["id"]})
    if "letter_submission" in pages:
        project, filed = await deposit(**{"application.payment_method": "GUARANTEE"})
        await go("letter_submission", handler, {"subjectId": filed})
        await approve(officer)
        await go("filing", handler, {"wageDepositId": filed})
        await approve(officer)
        await go("progress", handler, {"projectId": project})
        await deposits.complete(handler, project)
        await go("cancellation", handler, {"wageDepositId": filed})
    assert done == pages.keys()

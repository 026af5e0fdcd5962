"""Nothing is offered that would be refused: every next step of every state is done, from the state that showed it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.helpers.acts import PROJECT, approve, enter_project, reject, submit_certification, submit_quota, withdraw
from tests.helpers.app import Application
from tests.helpers.deposits import (
    SAMPLE,
    TODAY,
    apply_to_bank,
    cancel,
    complete,
    hand_in,
    queue,
    report_cash,
    submit_filing,
)
from tests.helpers.people import Person
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_orders import bank_of
from tests.wage_deposits.test_quota_rounds import EXEMPT

STEPS = """query ($id: ID!) { node(id: $id) { ... on Project { state nextSteps { code sentence actor }
  quotaApplications { id state } wageDeposits { id state cashPayments { id state } letterSubmissions { id state } }
} } }"""
DEFERRED = {"applicationType": "DEFERRED", "paymentMethod": None, "securedAmount": None}
_numbers = count(1)


@dataclass
class Firm:
    """A firm, its officer and a bank; and the project that a state is built with."""

    handler: Person
    officer: Person
    banker: Person
    bank: str
    project: str = ""
    deposit: str = ""
    shown: dict[str, Any] = field(default_factory=dict[str, Any])

    async def look(self) -> dict[str, Any]:
        self.shown = await self.handler.ask(STEPS, id=self.project)
        self.deposit = self.shown["wageDeposits"][-1]["id"] if self.shown["wageDeposits"] else ""
        return self.shown

    def rejected(self, kind: str) -> dict[str, str]:
        """What is to be corrected: the newest of that kind, if it was sent back or, once the deposit is secured, found
        good; what was taken back apart."""
        rows = self.shown if kind == "quotaApplications" else self.shown["wageDeposits"][-1]
        wrong = {"REJECTED"} | ({"APPROVED"} if rows["state"] == "SECURED" else set())
        latest = [row for row in rows[kind] if row["state"] != "WITHDRAWN"][-1:]
        return {"correcting": latest[0]["id"]} if latest and latest[0]["state"] in wrong else {}


async def entered(firm: Firm, **fields: Any) -> None:
    firm.project = (await enter_project(firm.handler, name=f"{next(_numbers)}号小区", **fields))["id"]


async def draft(firm: Firm) -> None:
    kept = await firm.handler.act(
        "saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT
    )
    firm.project = kept["id"]


async def applied(firm: Firm, **quota: Any) -> None:
    await entered(firm, **{name: quota[name] for name in ("contractAmount",) if name in quota})
    if quota.get("applicationType") == "EXEMPT":
        quota["materials"] = await firm.handler.materials("business_licence", "award_notice")
    assert (await submit_quota(firm.handler, firm.project, **quota))["__typename"] == "QuotaApplication"


async def sent_back(firm: Firm) -> None:
    await applied(firm)
    await reject(firm.officer, "合同金额与备案不符")


async def sent_back_and_completed(firm: Firm) -> None:
    await sent_back(firm)
    await complete(firm.handler, firm.project)


async def completed(firm: Firm) -> None:
    await entered(firm)
    await complete(firm.handler, firm.project)


async def withdrawn(firm: Firm) -> None:
    await applied(firm)
    await firm.look()
    await withdraw(firm.handler, firm.shown["quotaApplications"][0]["id"])


async def approved(firm: Firm, **quota: Any) -> None:
    await applied(firm, **quota)
    assert (await approve(firm.officer))["__typename"] == "Review"
    await firm.look()


async def exempt(firm: Firm) -> None:
    await approved(firm, **EXEMPT)


async def deferred(firm: Firm) -> None:
    await approved(firm, **DEFERRED)


async def to_pay_in_cash(firm: Firm) -> None:
    await approved(firm, **SAMPLE)


async def cash_sent_back(firm: Firm) -> None:
    await to_pay_in_cash(firm)
    await report_cash(firm.handler, firm.deposit)
    await reject(firm.officer, "未到账")


async def at_the_bank(firm: Firm) -> None:
    await approved(firm)
    assert (await apply_to_bank(firm.handler, firm.deposit, firm.bank))["__typename"] == "GuaranteeOrder"


async def refused_by_the_bank(firm: Firm) -> None:
    await at_the_bank(firm)
    await reject(firm.banker, "额度不足")


async def letter_handed_in(firm: Firm) -> None:
    await approved(firm)
    letter = await hand_in(firm.handler, firm.deposit, guaranteeNumber=f"YS-{next(_numbers)}")
    assert letter["__typename"] == "LetterSubmission", letter


async def letter_sent_back(firm: Firm) -> None:
    await letter_handed_in(firm)
    await reject(firm.officer, "保函不清晰")


async def secured(firm: Firm) -> None:
    await letter_handed_in(firm)
    assert (await approve(firm.officer))["__typename"] == "Review"


async def used(firm: Firm) -> None:
    await secured(firm)
    await record(firm.officer, firm.deposit)


async def used_of_cash(firm: Firm) -> None:
    await to_pay_in_cash(firm)
    await report_cash(firm.handler, firm.deposit)
    await approve(firm.officer)
    await record(firm.officer, firm.deposit, amount="100.00")


async def used_and_completed(firm: Firm) -> None:
    await used(firm)
    await complete(firm.handler, firm.project)


async def filing(firm: Firm) -> None:
    await secured(firm)
    assert (await submit_filing(firm.handler, firm.deposit))["state"] == "SUBMITTED"


async def filing_sent_back(firm: Firm) -> None:
    await filing(firm)
    await reject(firm.officer, "材料不全")


async def cash_filing_sent_back(firm: Firm) -> None:
    await to_pay_in_cash(firm)
    for act in (report_cash, submit_filing):
        assert (await act(firm.handler, firm.deposit))["state"] == "SUBMITTED"
        await (approve(firm.officer) if act is report_cash else reject(firm.officer, "账号有误"))


async def letter_being_corrected(firm: Firm) -> None:
    await filing_sent_back(firm)
    await firm.look()
    assert (await upload(firm))["state"] == "SUBMITTED"


async def correction_sent_back(firm: Firm) -> None:
    await letter_being_corrected(firm)
    await reject(firm.officer, "仍不清晰")


async def correction_withdrawn(firm: Firm) -> None:
    await letter_being_corrected(firm)
    [*_, letter] = (await firm.look())["wageDeposits"][-1]["letterSubmissions"]
    await withdraw(firm.handler, letter["id"])


async def corrected(firm: Firm) -> None:
    await letter_being_corrected(firm)
    assert (await approve(firm.officer))["__typename"] == "Review"


async def filing_and_completed(firm: Firm) -> None:
    await filing(firm)
    await complete(firm.handler, firm.project)


async def filed(firm: Firm) -> None:
    await filing(firm)
    assert (await approve(firm.officer))["__typename"] == "Review"


async def secured_and_completed(firm: Firm) -> None:
    await secured(firm)
    await complete(firm.handler, firm.project)


async def cancelling(firm: Firm) -> None:
    await secured_and_completed(firm)
    assert (await cancel(firm.handler, firm.deposit))["state"] == "SUBMITTED"


async def cancellation_sent_back(firm: Firm) -> None:
    await cancelling(firm)
    await reject(firm.officer, "公示材料不全")


async def cancelled(firm: Firm) -> None:
    await cancelling(firm)
    assert (await approve(firm.officer))["__typename"] == "Review"


async def reopened(firm: Firm) -> None:
    await cancelled(firm)
    await complete(firm.handler, firm.project, expectedCompletedOn=str(TODAY), actualCompletedOn=None)


STATES: Mapping[Callable[[Firm], Awaitable[None]], list[str]] = {
    draft: ["project"],
    entered: ["quota_application", "progress"],
    completed: [],
    applied: ["wait", "progress"],
    sent_back: ["quota_application", "progress"],
    sent_back_and_completed: [],
    withdrawn: ["quota_application", "progress"],
    exempt: ["progress"],
    deferred: ["quota_application", "progress"],
    to_pay_in_cash: ["cash_payment", "progress"],
    cash_sent_back: ["cash_payment", "progress"],
    approved: ["guarantee_order", "letter_submission", "progress"],
    at_the_bank: ["wait", "progress"],
    refused_by_the_bank: ["guarantee_order", "letter_submission", "progress"],
    letter_handed_in: ["wait", "progress"],
    letter_sent_back: ["guarantee_order", "letter_submission", "progress"],
    secured: ["filing", "progress"],
    used: ["guarantee_order", "letter_submission", "filing", "progress"],
    used_of_cash: ["cash_payment", "filing", "progress"],
    used_and_completed: ["guarantee_order", "letter_submission", "filing"],
    filing: ["wait", "progress"],
    filing_sent_back: ["filing", "letter_submission", "progress"],
    cash_filing_sent_back: ["filing", "cash_payment", "progress"],
    letter_being_corrected: ["wait", "progress"],
    correction_sent_back: ["filing", "letter_submission", "progress"],
    correction_withdrawn: ["filing", "letter_submission", "progress"],
    corrected: ["filing", "progress"],
    filing_and_completed: ["wait"],
    filed: ["progress"],
    secured_and_completed: ["filing", "cancellation"],
    cancelling: ["wait"],
    cancellation_sent_back: ["filing", "cancellation"],
    cancelled: [],
    reopened: ["quota_application", "progress"],
}


async def enter_draft(firm: Firm) -> dict[str, Any]:
    return await firm.handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT, draftId=firm.project
    )


async def apply_for_quota(firm: Firm) -> dict[str, Any]:
    return await submit_quota(firm.handler, firm.project, **firm.rejected("quotaApplications"))


async def pay(firm: Firm) -> dict[str, Any]:
    return await report_cash(firm.handler, firm.deposit, **firm.rejected("cashPayments"))


async def upload(firm: Firm) -> dict[str, Any]:
    given = {"guaranteeNumber": f"YS-{next(_numbers)}", **firm.rejected("letterSubmissions")}
    return await hand_in(firm.handler, firm.deposit, **given)


ACTS: Mapping[str, Callable[[Firm], Awaitable[dict[str, Any]]]] = {
    "project": enter_draft,
    "quota_application": apply_for_quota,
    "progress": lambda firm: complete(firm.handler, firm.project),
    "cash_payment": pay,
    "guarantee_order": lambda firm: apply_to_bank(firm.handler, firm.deposit, firm.bank),
    "letter_submission": upload,
    "filing": lambda firm: submit_filing(firm.handler, firm.deposit),
    "cancellation": lambda firm: cancel(firm.handler, firm.deposit),
}
REFUSED = ("code", "message")


@pytest.fixture
async def firm(app: Application) -> Firm:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    return Firm(handler, officer, banker, await bank_of(handler))


async def test_every_step_of_every_state_is_done_by_its_act(firm: Firm):
    done = set[str]()
    for build, expected in STATES.items():
        await build(firm)
        steps = (await firm.look())["nextSteps"]
        assert [step["code"] for step in steps] == expected, build.__name__
        for number, step in enumerate(steps):
            if step["code"] == "wait":
                assert step["actor"] != "HANDLER"
                continue
            if number:
                await clear(firm)
                await build(firm)
                await firm.look()
            answer = await ACTS[step["code"]](firm)
            assert not set(REFUSED) & set(answer), (build.__name__, step, answer)
            done.add(step["code"])
        await clear(firm)
    assert done == set(ACTS)


async def clear(firm: Firm) -> None:
    """What still waits, so that each state finds its own case alone in the queue."""
    for reviewer in (firm.officer, firm.banker):
        for _ in await queue(reviewer):
            await reject(reviewer, "另行办理")


@pytest.mark.unregistered
@pytest.mark.rows("BX-009")
async def test_who_acts_for_nobody_is_told_to_have_his_enterprise_certified(app: Application):
    person, reviewer = await app.person(), await app.reviewer()

    async def steps() -> list[tuple[str, str]]:
        found = await person.ask("{ me { nextSteps { code sentence } } }")
        return [(step["code"], step["sentence"]) for step in found["nextSteps"]]

    assert await steps() == [("certification", "请申请企业认证，认证通过后办理业务。")]
    assert (await submit_certification(person))["__typename"] == "Certification"
    assert await steps() == [("wait", "企业认证已提交，等待认证审核员审核。")]
    await reject(reviewer, "资质证书不清晰")
    assert await steps() == [("certification", "企业认证被驳回：资质证书不清晰。请更正后重新提交。")]
    assert (await submit_certification(person))["state"] == "SUBMITTED"
    await approve(reviewer)
    assert await steps() == []
    assert (await reviewer.ask("{ me { nextSteps { code } } }"))["nextSteps"] == []

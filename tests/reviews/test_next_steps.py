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
from tests.wage_deposits.test_bank_guarantee import bank_of
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_quota_rounds import EXEMPT

STEPS = """query ($id: ID!) { node(id: $id) { ... on Project { state nextSteps { code sentence actor }
  quotaApplications { id state } wageDeposits { id state cashPayments { id state } offlineGuarantees { id state } }
} } }"""
DEFERRED = {"applicationType": "DEFERRED", "paymentMethod": None, "securedAmount": None}
_numbers = count(1)


@dataclass
class Town:
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
        """What is to be corrected, if the newest of that kind was sent back."""
        rows = self.shown if kind == "quotaApplications" else self.shown["wageDeposits"][-1]
        latest = rows[kind][-1:] if rows[kind] else []
        return {"correcting": latest[0]["id"]} if latest and latest[0]["state"] == "REJECTED" else {}


async def entered(town: Town, **fields: Any) -> None:
    town.project = (await enter_project(town.handler, name=f"{next(_numbers)}号小区", **fields))["id"]


async def draft(town: Town) -> None:
    kept = await town.handler.act(
        "saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT
    )
    town.project = kept["id"]


async def applied(town: Town, **quota: Any) -> None:
    await entered(town, **{name: quota[name] for name in ("contractAmount",) if name in quota})
    if quota.get("applicationType") == "EXEMPT":
        quota["materials"] = await town.handler.materials("business_licence", "award_notice")
    assert (await submit_quota(town.handler, town.project, **quota))["__typename"] == "QuotaApplication"


async def sent_back(town: Town) -> None:
    await applied(town)
    await reject(town.officer, "合同金额与备案不符")


async def sent_back_and_completed(town: Town) -> None:
    await sent_back(town)
    await complete(town.handler, town.project)


async def completed(town: Town) -> None:
    await entered(town)
    await complete(town.handler, town.project)


async def withdrawn(town: Town) -> None:
    await applied(town)
    await town.look()
    await withdraw(town.handler, town.shown["quotaApplications"][0]["id"])


async def approved(town: Town, **quota: Any) -> None:
    await applied(town, **quota)
    assert (await approve(town.officer))["__typename"] == "Review"
    await town.look()


async def exempt(town: Town) -> None:
    await approved(town, **EXEMPT)


async def deferred(town: Town) -> None:
    await approved(town, **DEFERRED)


async def to_pay_in_cash(town: Town) -> None:
    await approved(town, **SAMPLE)


async def cash_sent_back(town: Town) -> None:
    await to_pay_in_cash(town)
    await report_cash(town.handler, town.deposit)
    await reject(town.officer, "未到账")


async def at_the_bank(town: Town) -> None:
    await approved(town)
    assert (await apply_to_bank(town.handler, town.deposit, town.bank))["__typename"] == "BankGuarantee"


async def refused_by_the_bank(town: Town) -> None:
    await at_the_bank(town)
    await reject(town.banker, "额度不足")


async def letter_handed_in(town: Town) -> None:
    await approved(town)
    letter = await hand_in(town.handler, town.deposit, guaranteeNumber=f"YS-{next(_numbers)}")
    assert letter["__typename"] == "OfflineGuarantee", letter


async def letter_sent_back(town: Town) -> None:
    await letter_handed_in(town)
    await reject(town.officer, "保函不清晰")


async def secured(town: Town) -> None:
    await letter_handed_in(town)
    assert (await approve(town.officer))["__typename"] == "Review"


async def used(town: Town) -> None:
    await secured(town)
    await record(town.officer, town.deposit)
    await complete(town.handler, town.project)


async def filing(town: Town) -> None:
    await secured(town)
    assert (await submit_filing(town.handler, town.deposit))["state"] == "SUBMITTED"


async def filing_sent_back(town: Town) -> None:
    await filing(town)
    await reject(town.officer, "材料不全")


async def filing_and_completed(town: Town) -> None:
    await filing(town)
    await complete(town.handler, town.project)


async def filed(town: Town) -> None:
    await filing(town)
    assert (await approve(town.officer))["__typename"] == "Review"


async def secured_and_completed(town: Town) -> None:
    await secured(town)
    await complete(town.handler, town.project)


async def cancelling(town: Town) -> None:
    await secured_and_completed(town)
    assert (await cancel(town.handler, town.deposit))["state"] == "SUBMITTED"


async def cancellation_sent_back(town: Town) -> None:
    await cancelling(town)
    await reject(town.officer, "公示材料不全")


async def cancelled(town: Town) -> None:
    await cancelling(town)
    assert (await approve(town.officer))["__typename"] == "Review"


async def reopened(town: Town) -> None:
    await cancelled(town)
    await complete(town.handler, town.project, expectedCompletedOn=str(TODAY), actualCompletedOn=None)


STATES: Mapping[Callable[[Town], Awaitable[None]], list[str]] = {
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
    approved: ["bank_guarantee", "offline_guarantee", "progress"],
    at_the_bank: ["wait", "progress"],
    refused_by_the_bank: ["bank_guarantee", "offline_guarantee", "progress"],
    letter_handed_in: ["wait", "progress"],
    letter_sent_back: ["bank_guarantee", "offline_guarantee", "progress"],
    secured: ["filing", "progress"],
    used: ["filing"],
    filing: ["wait", "progress"],
    filing_sent_back: ["filing", "progress"],
    filing_and_completed: ["wait"],
    filed: ["progress"],
    secured_and_completed: ["filing", "cancellation"],
    cancelling: ["wait"],
    cancellation_sent_back: ["filing", "cancellation"],
    cancelled: [],
    reopened: ["quota_application", "progress"],
}


async def enter_draft(town: Town) -> dict[str, Any]:
    return await town.handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT, draftId=town.project
    )


async def apply_for_quota(town: Town) -> dict[str, Any]:
    return await submit_quota(town.handler, town.project, **town.rejected("quotaApplications"))


async def pay(town: Town) -> dict[str, Any]:
    return await report_cash(town.handler, town.deposit, **town.rejected("cashPayments"))


async def upload(town: Town) -> dict[str, Any]:
    given = {"guaranteeNumber": f"YS-{next(_numbers)}", **town.rejected("offlineGuarantees")}
    return await hand_in(town.handler, town.deposit, **given)


ACTS: Mapping[str, Callable[[Town], Awaitable[dict[str, Any]]]] = {
    "project": enter_draft,
    "quota_application": apply_for_quota,
    "progress": lambda town: complete(town.handler, town.project),
    "cash_payment": pay,
    "bank_guarantee": lambda town: apply_to_bank(town.handler, town.deposit, town.bank),
    "offline_guarantee": upload,
    "filing": lambda town: submit_filing(town.handler, town.deposit),
    "cancellation": lambda town: cancel(town.handler, town.deposit),
}
REFUSED = ("code", "message")


@pytest.fixture
async def town(app: Application) -> Town:
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    return Town(handler, officer, banker, await bank_of(handler))


async def test_every_step_of_every_state_is_done_by_its_act(town: Town):
    done = set[str]()
    for build, expected in STATES.items():
        await build(town)
        steps = (await town.look())["nextSteps"]
        assert [step["code"] for step in steps] == expected, build.__name__
        for number, step in enumerate(steps):
            if step["code"] == "wait":
                assert step["actor"] != "HANDLER"
                continue
            if number:
                await clear(town)
                await build(town)
                await town.look()
            answer = await ACTS[step["code"]](town)
            assert not set(REFUSED) & set(answer), (build.__name__, step, answer)
            done.add(step["code"])
        await clear(town)
    assert done == set(ACTS)


async def clear(town: Town) -> None:
    """What still waits, so that each state finds its own case alone in the queue."""
    for reviewer in (town.officer, town.banker):
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

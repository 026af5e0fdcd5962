"""Nobody decides for himself, and where a city asks for four eyes, they are two people's."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.actor import Role
from core.identity.models import Account, Membership
from tests.core.test_pinning import enter, opened, publish
from tests.helpers import deposits
from tests.helpers.acts import QUEUE, approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import Person
from tests.wage_deposits.test_deposit_uses import record
from tests.wage_deposits.test_orders import bank_of

FIRM = "演示建筑有限公司"
OWN = ("FORBIDDEN", "您是本事项的提交人、创建人，或代表其申请单位，不能审核该事项，须由本单位其他人员办理。")
OFFICIAL = ("FORBIDDEN", "您担任监管、审核或管理职务，不能以企业名义申请认证。")
NO_HANDLER = ("FORBIDDEN", "您当前的身份不能以企业名义申请认证，须由企业经办人办理。")


def said(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["code"], answer["message"]


@pytest.mark.unregistered
async def test_a_reviewer_does_not_certify_the_firm_that_he_applied_for(app: Application):
    person = await app.person()
    await submit_certification(person)
    himself = await app.in_role_of(person, Role.CERTIFICATION_REVIEWER, "")
    assert said(await approve(himself)) == OWN
    assert said(await reject(himself, "不符")) == OWN
    colleague = await app.reviewer()
    assert (await approve(colleague))["code"] == "CONFLICT"  # of an official nobody makes a handler
    assert (await person.ask("{ me { actingFor { name } } }"))["actingFor"] is None
    assert (await reject(colleague, "提交人任职本平台"))["__typename"] == "Review"


async def test_an_officer_does_not_exempt_a_project_of_his_own_firm(app: Application):
    handler, officer = await app.handler(), await app.officer()
    entered = await enter_project(handler)
    materials = await handler.materials("business_licence", "award_notice")
    exempt = {"applicationType": "EXEMPT", "paymentMethod": None, "securedAmount": None, "materials": materials}
    assert (await submit_quota(handler, entered["id"], **exempt))["__typename"] == "QuotaApplication"
    himself = await app.in_role_of(handler, Role.HRSS_OFFICER, BENXI_OFFICE)
    assert said(await approve(himself)) == OWN
    assert said(await reject(himself, "不符")) == OWN
    fellow = await app.officer()
    await app.in_role_of(fellow, Role.HANDLER, FIRM)
    assert said(await approve(fellow)) == OWN  # he acts for the firm, and submitted nothing
    assert (await approve(officer))["__typename"] == "Review"


async def test_who_entered_a_project_decides_on_nothing_of_it_though_others_apply(app: Application):
    author, officer = await app.handler(), await app.officer()
    entered = await enter_project(author)
    himself = await app.in_role_of(author, Role.HRSS_OFFICER, BENXI_OFFICE)
    colleague = await app.in_role_of(await app.person(), Role.HANDLER, FIRM)
    await submit_quota(colleague, entered["id"])
    await leave(app, author)
    assert said(await approve(himself)) == OWN
    assert (await approve(officer))["__typename"] == "Review"
    [deposit] = (await colleague.ask(deposits.DEPOSITS_OF, id=entered["id"]))["wageDeposits"]
    await deposits.hand_in(colleague, deposit["id"])
    assert said(await approve(himself)) == OWN
    assert (await approve(officer))["__typename"] == "Review"
    used = await record(himself, deposit["id"])
    assert said(used) == (OWN[0], OWN[1].replace("审核该事项", "登记保证金动用"))
    assert (await record(officer, deposit["id"]))["__typename"] == "DepositUse"


async def test_a_banks_staff_return_no_letter_to_a_firm_of_theirs(app: Application):
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await deposits.open_deposit(handler, officer)
    assert (await deposits.apply_to_bank(handler, deposit, await bank_of(handler)))["__typename"] == "GuaranteeOrder"
    await app.in_role_of(banker, Role.HANDLER, FIRM)
    [review] = await deposits.queue(banker)
    assert said(await deposits.give_back(banker, review["case"]["id"])) == OWN


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.HANDLER])
async def test_who_holds_an_office_applies_for_no_certification(app: Application, role: Role):
    person = await app.staff(role, BENXI_OFFICE)
    refused = await submit_certification(person, seed=5, materials=[])
    assert said(refused) == (NO_HANDLER if role is Role.INSTITUTION_STAFF else OFFICIAL)


async def test_nor_does_he_in_another_role(app: Application):
    """The office is looked for among all his memberships, not in the role of the moment."""
    person = await app.person()
    await app.in_role_of(person, Role.HRSS_OFFICER, BENXI_OFFICE)
    assert said(await submit_certification(person, seed=5)) == OFFICIAL


ROUNDS = """{ reviews(first: 20) { nodes { id round outcome dueOn confirms { id } case { ... on QuotaApplication { id
  state } } } } }"""


async def rounds(officer: Person) -> list[dict[str, Any]]:
    return (await officer.ask(ROUNDS))["nodes"]


async def test_where_a_city_asks_for_four_eyes_an_approval_takes_two_officers(database_url: str, tmp_path: Path):
    quota = "reviewer: hrss_officer\n        review_within: deadlines.quota_review"
    publish(tmp_path / "rules", "2026.1", **{quota: f"{quota}\n        four_eyes: true"})
    async with opened(database_url, tmp_path) as app:
        handler, first, second = await app.handler(), await app.officer(), await app.officer()
        project = await enter(handler, "一期")
        applied = await submit_quota(handler, project)
        approved = await approve(first)
        assert (approved["outcome"], approved["case"]["state"]) == ("APPROVED", "SUBMITTED")
        assert (await handler.ask(deposits.DEPOSITS_OF, id=project))["wageDeposits"] == []
        [again] = (await first.ask(QUEUE))["nodes"]
        assert said(await approve(first)) == (
            "FORBIDDEN",
            "您已作出首次通过决定，不能审核该事项，须由本单位另一名人员复核。",
        )
        shown = await rounds(second)
        assert [(one["round"], one["confirms"] and one["confirms"]["id"]) for one in shown] == [
            (1, approved["id"]),
            (1, None),
        ]
        assert shown[0]["dueOn"] == shown[1]["dueOn"]
        assert (shown[0]["id"], shown[1]["id"]) == (again["id"], approved["id"])

        back = await reject(second, "合同金额与备案不符")
        assert (back["outcome"], back["case"]["state"]) == ("REJECTED", "REJECTED")
        await submit_quota(handler, project, correcting=applied["id"])
        assert (await rounds(second))[0]["round"] == 2
        await approve(second)
        done = await approve(first)
        assert (done["outcome"], done["case"]["state"]) == ("APPROVED", "APPROVED")
        [deposit] = (await handler.ask(deposits.DEPOSITS_OF, id=project))["wageDeposits"]
        assert deposit["state"] == "AWAITING_PAYMENT"
        trail = await first.ask("{ auditTrail(first: 50) { nodes { act } } }")
        decided = [entry["act"] for entry in reversed(trail["nodes"]) if entry["act"].startswith("quota_application.")]
        one, no, yes = (f"quota_application.{act}" for act in ("approve_first", "reject", "approve"))
        assert [act for act in decided if not act.endswith("submit")] == [one, no, one, yes]


async def leave(app: Application, person: Person) -> None:
    """The person's membership in the enterprise has ended."""
    async with app.services.db.write() as session:
        account = select(Account.id).where(Account.mobile == person.mobile).scalar_subquery()
        mine = (Membership.account_id == account, Membership.role == Role.HANDLER)
        await session.execute(update(Membership).where(*mine).values(since=date(2026, 1, 1), until=date(2026, 1, 2)))

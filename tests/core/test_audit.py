"""Who did what for whom is on record with every act, and whoever changes the record is found."""

import asyncio
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actor import Role
from core.audit import trail
from core.audit.models import AuditEntry
from core.identity.models import Account, OneTimeCode
from tests.helpers.acts import approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.wage_deposits import test_benxi_flow as flow

pytestmark = pytest.mark.unregistered

TRAIL = """query ($subject: ID) { auditTrail(first: 100, subject: $subject) { nodes {
  id chain entryNumber at actorName actorRole act subjectType before after reason rulesetDigest
} } }"""


async def entries(app: Application) -> list[AuditEntry]:
    async with app.services.db.read_everything() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


async def breaks(session: AsyncSession, anchors: Any = None) -> list[trail.Break]:
    return [found async for found in trail.verify(session, anchors)]


async def test_every_act_says_who_did_it_for_whom_to_what_under_which_rules(app: Application):
    handler, reviewer, officer = await app.person(), await app.reviewer(), await app.officer()
    await submit_certification(handler)
    await reject(reviewer, "企业资质上传有误")
    await submit_certification(handler)
    await approve(reviewer)
    project = await enter_project(handler)
    application = await submit_quota(handler, project["id"])
    await approve(officer)

    found = await entries(app)
    acts = [entry.act for entry in found if entry.act != "identity.add_member"]
    assert acts == [
        "identity.register",
        "identity.log_in",
        "document.upload",
        "certification.submit",
        "certification.reject",
        "document.upload",
        "certification.submit",
        "certification.approve",
        "project.enter",
        "quota_application.submit",
        "wage_deposit.open",
        "quota_application.approve",
    ]
    by_act = {entry.act: entry for entry in found}
    approval = by_act["quota_application.approve"]
    assert (approval.actor_name, approval.role, approval.region_code) == ("李四", "hrss_officer", "210500")
    assert (approval.before, approval.after["state"]) == ({"state": "submitted"}, "approved")
    assert approval.ruleset_digest == app.services.rulesets.of("benxi").ref.digest
    assert approval.request_id
    assert by_act["certification.reject"].reason == "企业资质上传有误"
    stated = by_act["quota_application.submit"].after["facts"]
    assert (stated["application.requested_amount"], stated["application.handler"]) == ("600000.00", "张三全")
    assert by_act["project.enter"].after["contract_amount"] == "20000000.00"
    assert {entry.applicant_id for entry in found if entry.chain == "210500"} - {None} == {approval.applicant_id}

    shown = (await handler.ask(TRAIL, subject=application["id"]))["nodes"]
    assert [(entry["act"], entry["actorName"], entry["subjectType"]) for entry in shown] == [
        ("quota_application.approve", "李四", "QuotaApplication"),
        ("quota_application.submit", "张三", "QuotaApplication"),
    ]
    assert shown == (await officer.ask(TRAIL, subject=application["id"]))["nodes"]
    assert all(entry["at"].endswith("+08:00") for entry in shown)


async def test_a_refused_act_leaves_no_entry(app: Application):
    handler = await app.handler()
    before = len(await entries(app))
    refused = await handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields={"name": "只有名称"}
    )
    assert refused["code"] == "RULES_VIOLATED"
    assert len(await entries(app)) == before


async def test_acts_of_one_region_at_once_keep_one_unbroken_chain(app: Application):
    handlers = [await app.handler(seed=seed, name=f"演示建筑{seed}公司") for seed in (1, 2, 3)]
    await asyncio.gather(*(enter_project(handler) for handler in handlers for _ in range(5)))
    async with app.services.db.read_everything() as session:
        assert await breaks(session) == []
        numbers = await session.scalars(
            select(AuditEntry.number).where(AuditEntry.chain == "210500").order_by(AuditEntry.number)
        )
        assert list(numbers) == list(range(1, 1 + 3 * 3 + 15))  # upload, submit, approve; then the projects


async def test_the_application_cannot_change_or_remove_an_entry(app: Application):
    await app.person()
    for statement in ("UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with app.services.db.write() as session:
                await session.execute(text(statement))
        with psycopg.connect(app.owner_dsn) as owner, pytest.raises(psycopg.Error, match="append-only"):
            owner.execute(statement.encode())


async def test_an_account_that_registers_is_named_by_its_entry(app: Application):
    await app.person(name="王五")
    [registered, logged_in] = await entries(app)
    async with app.services.db.read_everything() as session:
        account = (await session.scalars(select(Account))).one()
    assert (registered.subject_type, registered.subject_id) == ("Account", account.id)
    assert registered.after == {"name": "王五", "agreement": account.agreement_version}
    assert (logged_in.act, logged_in.subject_id, logged_in.chain) == ("identity.log_in", account.id, "platform")


async def test_the_whole_way_of_a_project_is_on_record(app: Application):
    await flow.test_a_project_goes_from_registration_to_cancellation(app)
    found = await entries(app)
    assert {entry.act for entry in found} >= {
        "letter_submission.submit",
        "letter_submission.approve",
        "wage_deposit.secure",
        "filing.submit",
        "filing.approve",
        "wage_deposit.file",
        "project.report_progress",
        "cancellation.submit",
        "cancellation.approve",
        "wage_deposit.cancel",
    }
    by_act = {entry.act: entry for entry in found}
    secured, progress = by_act["wage_deposit.secure"], by_act["project.report_progress"]
    assert (secured.before["state"], secured.after["state"]) == ("awaiting_payment", "secured")
    assert (progress.before["state"], progress.after["state"]) == ("entered", "completed")
    digest = app.services.rulesets.of("benxi").ref.digest
    assert {entry.ruleset_digest for entry in found if entry.act.endswith((".submit", ".approve"))} == {digest}
    async with app.services.db.read_everything() as session:
        assert await breaks(session) == []


async def test_sessions_and_locks_are_on_record_too(app: Application):
    handler, administrator = await app.handler(), await app.staff(Role.ADMINISTRATOR, "")
    [membership] = (await handler.ask("{ me { memberships { id } } }"))["memberships"]
    await handler.act("actFor", "ActForInput", "... on Membership { id }", membershipId=membership["id"])
    await handler.ask("mutation { logOut { ... on Done { count } } }")
    handler.token = None
    for _ in range(5):
        await app.log_in(handler, password="Bb2!bbbb")
        await app.earlier(OneTimeCode, "sent_at", minutes=2)
    await administrator.act("unlockAccount", "UnlockAccountInput", "... on Done { count }", mobile=handler.mobile)
    last = {entry.act: entry for entry in (await entries(app))[-4:]}
    assert list(last) == ["identity.act_for", "identity.log_out", "identity.lock", "identity.unlock"]
    assert (last["identity.act_for"].actor_name, last["identity.act_for"].after) == ("张三", {"role": "handler"})
    assert last["identity.log_out"].after == {"sessions": 1}
    assert (last["identity.lock"].after, last["identity.unlock"].actor_name) == ({"failures": 5}, "李四")

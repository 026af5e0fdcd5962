"""What people are told: in the ruleset's words, by the ways they have, and only of what truly happened."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import deferred_writes
from core.identity import recipients
from core.identity.models import Account
from core.notifications import outbox
from core.notifications.models import Message
from core.ports import Email, Gateways, Sms
from tests.helpers.acts import approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.platform import platform_act

pytestmark = pytest.mark.unregistered


class Letterbox:
    """Both ways out, ending in two lists; full on demand."""

    def __init__(self) -> None:
        self.mails: list[Email] = []
        self.texts: list[Sms] = []
        self.full = False
        self.mail = _Way(self, self.mails)
        self.sms = _Way(self, self.texts)

    @property
    def gateways(self) -> Gateways:
        return Gateways(mail=self.mail, sms=self.sms)


class _Way:
    def __init__(self, box: Letterbox, kept: list) -> None:
        self.box, self.kept = box, kept

    async def send(self, message) -> None:
        if self.box.full:
            raise ConnectionRefusedError("full")
        self.kept.append(message)


async def messages(app: Application, notice: str) -> list[Message]:
    async with app.services.db.read_everything() as session:
        return list(await session.scalars(select(Message).where(Message.notice == notice).order_by(Message.id)))


async def promised(app: Application) -> set[int]:
    """The messages that the queue will send."""
    async with app.services.db.read_everything() as session:
        jobs = text("SELECT (args->>'message_id')::bigint FROM procrastinate_jobs WHERE task_name = :task")
        return set(await session.scalars(jobs, {"task": outbox.SEND}))


async def test_an_approval_is_told_to_the_handler_in_the_rulesets_words_by_mail_and_text_message(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    await submit_quota(handler, project["id"])
    [submitted] = await messages(app, "quota_submitted")
    assert (submitted.channel, submitted.body) == (
        "email",
        "演示住宅小区一期的定额申请（600,000.00 元）已提交辽宁省本溪市人力资源和社会保障局审核。",
    )
    await approve(officer)
    told = await messages(app, "quota_approved")
    assert {message.channel: message.address for message in told} == {
        "email": "zhang@example.cn",
        "sms": handler.mobile,
    }
    for message in told:
        assert message.subject == "定额申请已完成：演示住宅小区一期"
        assert message.body == "演示住宅小区一期的定额申请已通过审核，申请金额 600,000.00 元，可办理后续事项。"
        assert re.fullmatch(r"<[0-9a-f-]{36}@anxin\.invalid>", message.message_id)
        assert message.state == "waiting"
        assert message.parameters == {
            "project.name": "演示住宅小区一期",
            "application.requested_amount": "600,000.00 元",
        }
    assert {message.id for message in told} <= await promised(app)


async def test_a_refusal_is_told_with_its_reason(app: Application):
    handler, reviewer = await app.person(), await app.reviewer()
    await submit_certification(handler)
    await reject(reviewer, "企业资质上传有误")
    told = await messages(app, "certification_rejected")
    assert len(told) == 2
    for message in told:
        assert message.body == "演示建筑有限公司的企业认证未通过：企业资质上传有误。请更正后重新申请认证。"
    assert await messages(app, "certification_approved") == []


async def test_who_has_no_mail_address_gets_text_messages_only(app: Application):
    handler = await app.person(email=None)
    await submit_certification(handler)
    await approve(await app.reviewer())
    assert [message.channel for message in await messages(app, "certification_approved")] == ["sms"]


async def test_an_act_that_fails_at_its_end_tells_nobody(app: Application, monkeypatch: pytest.MonkeyPatch):
    handler, officer = await app.handler(), await app.officer()
    await submit_quota(handler, (await enter_project(handler))["id"])
    before = await promised(app)
    [waiting] = (await officer.ask("{ reviewQueue { nodes { id } } }"))["nodes"]
    approval = "mutation ($input: ApproveReviewInput!) { approveReview(input: $input) { __typename } }"
    written: list[int] = []
    commit = deferred_writes.commit

    async def power_cut(session: AsyncSession) -> None:
        """At the very last step of the transaction, when the message and its job are written."""
        await deferred_writes.write_now(session)
        told = await session.scalar(select(func.count()).where(Message.notice == "quota_approved"))
        if not told:
            return await commit(session)
        written.append(told)
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(deferred_writes, "commit", power_cut)
        answer = await officer.post(approval, input={"reviewId": waiting["id"]})
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert written == [2]
    assert await messages(app, "quota_approved") == []
    assert await promised(app) == before
    await officer.ask(approval, input={"reviewId": waiting["id"]})
    told = {message.id for message in await messages(app, "quota_approved")}
    assert len(told) == 2
    assert await promised(app) == before | told


async def test_a_message_is_there_for_others_only_after_the_commit(app: Application):
    person = await app.person()
    before = await promised(app)
    async with app.services.db.write() as session:
        account = (await session.scalars(select(Account).where(Account.mobile == person.mobile))).one()
        ruleset = app.services.rulesets.of("benxi")
        act = platform_act(session, app.services.rulesets)
        facts = {"project.name": "演示住宅小区一期"}
        outbox.notify(act, ruleset, "filing_approved", facts, await recipients.find(session, account.id))
        assert await messages(app, "filing_approved") == []
        assert await promised(app) == before
    told = await messages(app, "filing_approved")
    assert {message.body for message in told} == {"演示住宅小区一期的定额保证金备案已完成。"}
    assert await promised(app) == before | {message.id for message in told}


async def test_everybody_reads_their_own_messages_and_nobody_a_code(app: Application):
    handler = await app.handler()
    other = await app.handler(seed=2, name="另一建筑有限公司")
    listed = "{ messages { totalCount nodes { notice channel title body state writtenAt sentAt } } }"
    mine, theirs = await handler.ask(listed), await other.ask(listed)
    assert {message["notice"] for message in mine["nodes"]} == {"certification_approved"}
    assert all("演示建筑有限公司" in message["body"] for message in mine["nodes"])
    assert all("另一建筑有限公司" in message["body"] for message in theirs["nodes"])
    assert mine["totalCount"] == theirs["totalCount"] == 2
    assert (await (await app.officer()).ask(listed))["nodes"] == []


async def test_a_code_is_wiped_once_it_is_sent_and_a_notice_is_kept(app: Application):
    handler = await app.handler()
    box, now = Letterbox(), datetime.now(UTC)
    box.full = True
    [code, *_] = await messages(app, "one_time_code")
    with pytest.raises(ConnectionRefusedError):
        await outbox.send(app.services.db, box.gateways, code.id, now)
    [kept, *_] = await messages(app, "one_time_code")
    assert (kept.state, kept.tries, kept.last_error) == ("waiting", 1, "ConnectionRefusedError: full")
    assert re.search(r"\d{6}", kept.body)
    box.full = False
    for message in [*await messages(app, "one_time_code"), *await messages(app, "certification_approved")]:
        for _ in range(2):  # a job may run twice
            await outbox.send(app.services.db, box.gateways, message.id, now)
    assert [sent.to for sent in box.texts].count(handler.mobile) == 3
    said = box.texts[0].parameters
    assert re.search(r"验证码 (\d{6})，5 分钟", box.texts[0].body)[1] == said["code"]  # type: ignore[index]
    assert (box.texts[0].notice, said["minutes"]) == ("one_time_code", "5")
    assert [message.parameters for message in await messages(app, "one_time_code")] == [{}] * 2
    assert {message.body for message in await messages(app, "one_time_code")} == {outbox.WIPED}
    [mail] = box.mails
    assert mail.body == "演示建筑有限公司的企业认证已通过，可以办理业务。"
    for message in await messages(app, "certification_approved"):
        assert (message.state, message.sent_at, message.last_error) == ("sent", now, None)
        assert message.body == mail.body

"""Registering and logging in; one-time codes, sessions, and for whom a person acts."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from core.identity.actions import AGREEMENT_VERSION
from core.identity.models import Account, LoginGuard, OneTimeCode, Session
from core.notifications import outbox
from core.notifications.models import Message
from core.ports import Email, Gateways, Sms
from tests.helpers.app import Application
from tests.helpers.people import PASSWORD, Person

pytestmark = pytest.mark.unregistered

MOBILE = "13712345678"
MAIL = "li@example.cn"


async def request_code(person: Person, address: str = MOBILE, **input: Any) -> dict[str, Any]:
    given = {"city": "benxi", "purpose": "REGISTER", "channel": "EMAIL" if "@" in address else "SMS", **input}
    selection = "... on CodeSent { request expiresAt } ... on RateLimited { seconds }"
    return await person.act("requestCode", "RequestCodeInput", selection, address=address, **given)


async def code(app: Application, address: str = MOBILE) -> dict[str, str]:
    sent = await request_code(app.stranger, address)
    assert sent["__typename"] == "CodeSent", sent
    return {"codeRequest": sent["request"], "code": await app.code_in_last_message(address)}


async def register(app: Application, **input: Any) -> dict[str, Any]:
    given = {"city": "benxi", "mobile": MOBILE, "name": "李四", "password": PASSWORD, "agreementAccepted": True}
    return await app.stranger.act("register", "RegisterInput", "... on Account { id mobile }", **{**given, **input})


async def log_in(app: Application, **input: Any) -> dict[str, Any]:
    given = {"city": "benxi", "mobile": MOBILE, "password": PASSWORD}
    selection = "... on SignedIn { token endsAt account { name actingFor { name } } }"
    return await app.stranger.act("logIn", "LogInInput", selection, **{**given, **input})


@pytest.mark.rows("BX-003")
async def test_a_person_registers_with_a_code_sent_to_the_mobile_number(app: Application):
    account = await register(app, **await code(app), email=" LI@example.cn ")
    assert (account["__typename"], account["mobile"]) == ("Account", MOBILE)
    again = await register(app, **await _later(app))
    assert (again["code"], again["message"]) == ("CONFLICT", "该手机号已经注册，请直接登录。")


async def _later(app: Application, address: str = MOBILE) -> dict[str, str]:
    await app.earlier(OneTimeCode, "sent_at", minutes=1)
    return await code(app, address)


@pytest.mark.rows("BX-003", "BX-007")
async def test_who_registered_by_mail_logs_in_by_a_code_sent_to_the_mobile_number(app: Application):
    assert (await register(app, **await code(app, MAIL), email=MAIL))["__typename"] == "Account"
    by_mail = await request_code(app.stranger, MAIL, purpose="LOG_IN")
    assert (by_mail["__typename"], by_mail["path"]) == ("InvalidInput", ["channel"])
    someone = app.stranger
    someone.mobile = MOBILE
    assert (await app.log_in(someone))["account"] == {"name": "李四"}


@pytest.mark.rows("BX-003")
async def test_everything_wrong_with_a_registration_is_said_at_once(app: Application):
    wrong = {"mobile": "12712345678", "email": "li@", "name": " ", "password": "short", "agreementAccepted": False}
    answer = await register(app, **wrong, codeRequest="none", code="000000")
    assert [(violation["code"], *violation["path"]) for violation in answer["violations"]] == [
        ("FIELD_INVALID", "mobile"),
        ("FIELD_INVALID", "email"),
        ("FIELD_REQUIRED", "name"),
        ("AGREEMENT_REQUIRED", "agreementAccepted"),
        ("PASSWORD_TOO_SHORT", "password"),
        ("PASSWORD_LACKS", "password"),
    ]


@pytest.mark.rows("GZ-11")
async def test_the_agreement_is_accepted_first_and_kept_with_its_time_and_version(app: Application):
    before = datetime.now(UTC)
    sent = await code(app)
    refused = await register(app, **sent, city="guangzhou", agreementAccepted=False)
    assert [(found["code"], *found["path"]) for found in refused["violations"]] == [
        ("AGREEMENT_REQUIRED", "agreementAccepted")
    ]
    assert (await register(app, **sent, city="guangzhou"))["__typename"] == "Account"
    someone = app.stranger
    someone.mobile = MOBILE
    someone.token = (await app.log_in(someone))["token"]
    kept = await someone.ask("{ me { agreementAcceptedAt agreementVersion } }")
    assert kept["agreementVersion"] == AGREEMENT_VERSION
    assert before <= datetime.fromisoformat(kept["agreementAcceptedAt"]) <= datetime.now(UTC)


async def test_a_code_proves_only_the_address_it_was_sent_to_and_once(app: Application):
    mailed = await code(app, MAIL)
    refused = await register(app, **mailed, email="other@example.cn")
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["code"])
    assert (await register(app, **mailed, email=MAIL))["__typename"] == "CredentialsWrong"
    assert (await register(app, **await code(app)))["__typename"] == "Account"


async def test_whether_a_number_is_registered_is_told_to_nobody_but_its_holder(app: Application):
    selection = "... on Account { __typename name mobile email memberships { id } actingFor { id } actingAs }"

    async def state(mobile: str, mail: str) -> dict[str, Any]:
        given = {**await code(app, mail), "city": "benxi", "mobile": mobile, "name": "李四", "email": mail}
        given |= {"password": PASSWORD, "agreementAccepted": True}
        return await app.stranger.act("register", "RegisterInput", selection, **given)

    assert (await register(app, **await code(app)))["__typename"] == "Account"
    known, unknown = await state(MOBILE, "a@example.cn"), await state("13900000077", "b@example.cn")
    assert {**known, "mobile": "", "email": ""} == {**unknown, "mobile": "", "email": ""}
    assert (known["mobile"], known["email"]) == (MOBILE, "a@example.cn")
    stated_again = await state("13900000077", "c@example.cn")
    assert (stated_again["__typename"], stated_again["mobile"]) == ("Account", "13900000077")
    async with app.services.db.read_everything() as session:
        assert len((await session.scalars(select(Account))).all()) == 2
        told = await session.scalars(
            select(Message.address).where(Message.notice == "number_stated").order_by(Message.id)
        )
        assert list(told) == [MOBILE, "13900000077", "b@example.cn"]
    someone = Person(app.services, app.http, MOBILE)
    assert (await app.log_in(someone))["account"] == {"name": "李四"}


async def test_of_two_registrations_of_one_number_at_once_one_is_made(app: Application):
    ways = [await code(app), await _later(app)]
    answers = await asyncio.gather(*(register(app, **way) for way in ways))
    assert sorted(answer["__typename"] for answer in answers) == ["Account", "Conflict"]


@pytest.mark.rows("BX-007")
async def test_logging_in_takes_mobile_password_and_code_together(app: Application):
    assert (await register(app, **await code(app)))["__typename"] == "Account"
    someone = app.stranger
    someone.mobile = MOBILE
    right = await app.code_for(someone, "LOG_IN")
    lacking: list[dict[str, Any]] = [
        {},
        {"codeRequest": right["codeRequest"]},
        {**right, "code": "12345"},
        {**right, "password": "Wrong1!!"},
        {**right, "mobile": "13900000000"},
        await app.code_for(someone, "REGISTER"),
        await app.code_for(Person(app.services, app.http, "13900000000"), "LOG_IN"),
    ]
    for given in lacking:
        refused = await log_in(app, **given)
        assert (refused["code"], refused["message"][:14]) == ("CREDENTIALS_WRONG", "手机号、密码或验证码不正确，")
        async with app.services.db.write() as session:
            await session.execute(delete(LoginGuard))
    signed_in = await log_in(app, **right)
    ends_at = datetime.fromisoformat(signed_in["endsAt"])
    assert timedelta(hours=11) < ends_at - datetime.now(UTC) <= timedelta(hours=12)
    assert (await log_in(app, **right))["code"] == "CREDENTIALS_WRONG"
    someone.token = signed_in["token"]
    assert await someone.ask("{ me { name mobile } }") == {"name": "李四", "mobile": MOBILE}


async def test_a_code_has_six_digits_five_tries_and_five_minutes(app: Application):
    first = await code(app)
    assert re.fullmatch(r"[0-9]{6}", first["code"])
    wrong = {**first, "code": f"{(int(first['code']) + 1) % 1_000_000:06d}"}
    for _ in range(5):
        assert (await register(app, **wrong))["__typename"] == "CredentialsWrong"
    assert (await register(app, **first))["__typename"] == "CredentialsWrong"

    second = await _later(app)
    assert (await register(app, **{**second, "codeRequest": first["codeRequest"]}))["__typename"] == "CredentialsWrong"
    await app.earlier(OneTimeCode, "sent_at", "expires_at", minutes=5)
    assert (await register(app, **second))["__typename"] == "CredentialsWrong"
    assert (await register(app, **await code(app)))["__typename"] == "Account"


async def test_of_many_guesses_of_a_code_at_once_five_are_judged(app: Application):
    sent = await code(app)
    wrong = {**sent, "code": f"{(int(sent['code']) + 1) % 1_000_000:06d}"}
    await asyncio.gather(*(register(app, **wrong) for _ in range(8)))
    async with app.services.db.read_everything() as session:
        assert (await session.scalars(select(OneTimeCode.tries_left))).one() == 0


async def test_codes_for_one_thing_are_sent_a_minute_apart_and_ten_a_day_whatever_they_are_for(app: Application):
    assert (await request_code(app.stranger))["__typename"] == "CodeSent"
    too_soon = await request_code(app.stranger)
    assert too_soon["code"] == "RATE_LIMITED"
    assert 0 < too_soon["seconds"] <= 60
    assert (await request_code(app.stranger, purpose="LOG_IN"))["__typename"] == "CodeSent"  # right after registering
    assert (await request_code(app.stranger, MAIL))["__typename"] == "CodeSent"
    for _ in range(8):
        await app.earlier(OneTimeCode, "sent_at", minutes=1)
        assert (await request_code(app.stranger))["__typename"] == "CodeSent"
    await app.earlier(OneTimeCode, "sent_at", minutes=1)
    too_many = await request_code(app.stranger)
    assert too_many["code"] == "RATE_LIMITED"
    assert too_many["seconds"] > 23 * 3600
    await app.earlier(OneTimeCode, "sent_at", seconds=too_many["seconds"])
    assert (await request_code(app.stranger))["__typename"] == "CodeSent"


async def test_a_clock_that_is_set_back_keeps_nobody_from_a_code(app: Application):
    assert (await request_code(app.stranger))["__typename"] == "CodeSent"
    await app.earlier(OneTimeCode, "sent_at", hours=-3)  # as if the clock had been three hours ahead
    assert (await request_code(app.stranger))["__typename"] == "CodeSent"
    assert (await request_code(app.stranger))["code"] == "RATE_LIMITED"


async def test_a_code_is_sent_to_nothing_but_a_mobile_number_or_a_mail_address(app: Application):
    for address, channel in (
        ("12712345678", "SMS"),
        ("+8612712345678", "SMS"),
        (MAIL, "SMS"),
        (MOBILE, "EMAIL"),
        (f"{'a' * 65}@b.cn", "EMAIL"),
    ):
        refused = await request_code(app.stranger, address, channel=channel)
        assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["address"]), address
    for address in ("a@b.cn\r\nBcc: c@d.cn", "a\x01@b.cn"):
        refused = await request_code(app.stranger, address, channel="EMAIL")
        assert [violation["path"] for violation in refused["violations"]] == [["address"]], address
    assert (await request_code(app.stranger, city="atlantis"))["__typename"] == "NotFound"


class Letterbox:
    """Keeps what it is given to send."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    async def send(self, message: Email | Sms) -> None:
        self.bodies.append(message.body)


async def test_neither_codes_nor_tokens_are_kept_once_they_are_on_their_way(app: Application):
    sent = await code(app)
    assert (await register(app, **sent))["__typename"] == "Account"
    someone = app.stranger
    someone.mobile = MOBILE
    token = (await app.log_in(someone))["token"]
    box = Letterbox()
    async with app.services.db.read_everything() as session:
        waiting = (await session.scalars(select(Message.id).order_by(Message.id))).all()
    for id in waiting:
        await outbox.send(app.services.db, Gateways(box, box), id, datetime.now(UTC))
    assert box.bodies[0] == f"【安薪】验证码 {sent['code']}，5 分钟内有效，请勿告诉他人。"
    async with app.services.db.read_everything() as session:
        kept = [
            str(getattr(row, column.key))
            for model in (OneTimeCode, Session, Message)
            for row in await session.scalars(select(model))
            for column in model.__table__.columns
        ]
    said = "\n".join(kept)
    assert outbox.WIPED in said
    assert not [secret for secret in (f"验证码 {sent['code']}", f"'{sent['code']}'", token) if secret in said]
    assert sent["code"] not in kept

"""What an account signs in with, changed by its owner; a number that nobody proved is nobody's."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from core.identity.models import Account, LoginGuard, OneTimeCode
from core.notifications.models import Message
from tests.helpers.app import Application
from tests.helpers.people import PASSWORD, Person
from tests.identity.test_identity import MAIL, MOBILE, code, log_in, register, request_code

NEW_PASSWORD = "Bb2?bbbb"
ACCOUNT = "... on Account { name mobile email }"
ME = "{ me { name } }"


async def is_out(person: Person) -> bool:
    answer = await person.post(ME)
    return "errors" in answer and answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def again(app: Application, known: Person, password: str = PASSWORD) -> Person:
    """Another session of the same account."""
    person = Person(app.services, app.http, known.mobile)
    signed_in = await app.log_in(person, password)
    assert signed_in["__typename"] == "SignedIn", signed_in
    person.token = signed_in["token"]
    return person


async def code_to(app: Application, address: str, purpose: str) -> dict[str, str]:
    await app.earlier(OneTimeCode, "sent_at", minutes=2)
    sent = await request_code(app.stranger, address, purpose=purpose)
    assert sent["__typename"] == "CodeSent", sent
    return {"codeRequest": sent["request"], "code": await app.code_in_last_message(address)}


async def told(app: Application, notice: str) -> list[tuple[str, str]]:
    async with app.services.db.read_everything() as session:
        messages = (
            select(Message.address, Message.body)
            .where(Message.notice == notice)
            .order_by(Message.channel.desc(), Message.id)
        )
        return [(address, body) for address, body in await session.execute(messages)]


async def reset(app: Application, mobile: str, *, password: str = NEW_PASSWORD, **given: Any) -> dict[str, Any]:
    stated = {"city": "benxi", "mobile": mobile, "newPassword": password, **given}
    selection = "... on Done { count } ... on CredentialsWrong { triesLeft } ... on AccountLocked { everywhere }"
    return await app.stranger.act("resetPassword", "ResetPasswordInput", selection, **stated)


async def change(person: Person, what: str, password: str = PASSWORD, **given: Any) -> dict[str, Any]:
    """One of the three changes."""
    stated = {"city": "benxi", "password": password, **given}
    selection = f"{ACCOUNT} ... on CredentialsWrong {{ triesLeft }}"
    return await person.act(f"change{what}", f"Change{what}Input", selection, **stated)


@pytest.mark.unregistered
@pytest.mark.rows("GZ-10")
async def test_a_number_that_was_only_stated_goes_to_who_proves_it(app: Application):
    await register(app, **await code(app, MAIL), email=MAIL, name="冒用者")
    await register(app, **await code_to(app, "b@example.cn", "REGISTER"), email="b@example.cn")  # is told nothing else
    taken = await register(app, **await code(app), name="机主", password=NEW_PASSWORD)
    assert (taken["__typename"], taken["mobile"]) == ("Account", MOBILE)
    assert [address for address, _ in await told(app, "number_lost")] == [MAIL]

    owner = Person(app.services, app.http, MOBILE)
    assert (await app.log_in(owner))["__typename"] == "CredentialsWrong"  # the other one's password
    owner.token = (await app.log_in(owner, NEW_PASSWORD))["token"]
    assert await owner.ask(ME) == {"name": "机主"}
    refused = await register(app, **await code_to(app, MOBILE, "REGISTER"), name="又一人")
    assert refused["__typename"] == "Conflict"  # who proved it keeps it


@pytest.mark.unregistered
async def test_who_registered_by_mail_proves_the_number_when_he_logs_in_also_where_a_city_asks_for_no_code(
    app: Application, monkeypatch: pytest.MonkeyPatch
):
    values = type(app.services.rulesets.of("benxi")).value
    factors = "auth.login.factors"
    monkeypatch.setattr(
        type(app.services.rulesets.of("benxi")),
        "value",
        lambda rules, path, on: ["mobile", "password"] if path == factors else values(rules, path, on),
    )
    await register(app, **await code(app, MAIL), email=MAIL)
    assert (await log_in(app))["__typename"] == "CredentialsWrong"
    await again(app, Person(app.services, app.http, MOBILE))
    assert (await log_in(app))["__typename"] == "SignedIn"  # proved by now
    assert (await register(app, **await code_to(app, MOBILE, "REGISTER")))["__typename"] == "Conflict"


async def test_a_session_is_opened_for_nobody_whose_password_or_number_changed_meanwhile(
    app: Application, monkeypatch: pytest.MonkeyPatch
):
    person = await app.person()
    sent = await app.code_for(person, "LOG_IN")
    matches = type(app.services.hashes).matches

    async def slow(hashes: Any, password: str, hash_: str | None) -> bool:
        async with app.services.db.write() as session:
            await session.execute(update(Account).where(Account.mobile == person.mobile).values(password_hash="new"))
        return await matches(hashes, password, hash_)

    monkeypatch.setattr(type(app.services.hashes), "matches", slow)
    refused = await log_in(app, mobile=person.mobile, **sent)
    assert refused["__typename"] == "CredentialsWrong"


async def test_a_forgotten_password_is_reset_by_an_sms_and_every_session_ends(app: Application):
    here = await app.person()
    there = await again(app, here)
    by_mail = await request_code(app.stranger, MAIL, purpose="RESET_PASSWORD")
    assert (by_mail["__typename"], by_mail["path"]) == ("InvalidInput", ["channel"])
    await log_in(app, mobile=here.mobile, password="Wrong1!!")
    weak = await reset(app, here.mobile, password="short", codeRequest="none", code="000000")
    assert {tuple(one["path"]) for one in weak["violations"]} == {("newPassword",)}
    for_log_in = await code_to(app, here.mobile, "LOG_IN")
    assert (await reset(app, here.mobile, **for_log_in))["triesLeft"] == 4
    sent = await code_to(app, here.mobile, "RESET_PASSWORD")
    assert f"验证码 {sent['code']}，用于重置密码，5 分钟内有效" in (await told(app, "one_time_code"))[-1][1]
    assert (await reset(app, "13900000000", **sent))["triesLeft"] == 4  # another number's, and it is used up
    sent = await code_to(app, here.mobile, "RESET_PASSWORD")
    assert (await reset(app, here.mobile, password=f" {NEW_PASSWORD} ", **sent))["count"] == 2
    assert [await is_out(person) for person in (here, there)] == [True, True]
    assert (await reset(app, here.mobile, **sent))["__typename"] == "CredentialsWrong"
    assert "还可以尝试 4 次" in (await log_in(app, mobile=here.mobile))["message"]  # no more the old one, nor the lock
    await again(app, here, f" {NEW_PASSWORD} ")  # as it was typed
    assert here.mobile in [address for address, _ in await told(app, "password_changed")]


async def test_guessing_the_code_of_a_reset_is_counted_like_guessing_a_password(app: Application):
    person = await app.person()
    guessed = [await reset(app, person.mobile, codeRequest="none", code="000000") for _ in range(6)]
    assert [one.get("triesLeft") for one in guessed] == [4, 3, 2, 1, 0, None]
    assert (guessed[5]["__typename"], guessed[5]["everywhere"]) == ("AccountLocked", False)
    await again(app, person)  # its own count: the password still logs in
    async with app.services.db.write() as session:
        together = LoginGuard.mobile == person.mobile, LoginGuard.source == b""
        assert await session.scalar(select(LoginGuard.failures).where(*together)) == 5
    nobodys = "13799999999"
    sent = await code_to(app, nobodys, "RESET_PASSWORD")
    assert (await reset(app, nobodys, **sent))["__typename"] == "NotFound"  # told to who proved it alone


async def test_a_changed_password_ends_every_other_session(app: Application):
    here = await app.person()
    there = await again(app, here)
    wrong = await change(here, "Password", "Wrong1!!", newPassword=NEW_PASSWORD)
    assert (wrong["__typename"], wrong["triesLeft"]) == ("CredentialsWrong", 4)
    weak = await change(here, "Password", newPassword="short")
    assert {tuple(one["path"]) for one in weak["violations"]} == {("newPassword",)}
    assert not await is_out(there)
    assert (await change(here, "Password", newPassword=NEW_PASSWORD))["mobile"] == here.mobile
    assert [await is_out(person) for person in (here, there)] == [False, True]
    assert (await log_in(app, mobile=here.mobile))["__typename"] == "CredentialsWrong"
    await again(app, here, NEW_PASSWORD)
    assert here.mobile in [address for address, _ in await told(app, "password_changed")]


async def test_a_number_is_changed_by_the_password_and_a_code_that_the_new_one_was_sent(app: Application):
    here, other = await app.person(), await app.person()
    there = await again(app, here)
    sent = await code_to(app, MOBILE, "CHANGE_MOBILE")
    assert (await change(here, "Mobile", "Wrong1!!", mobile=MOBILE, **sent))["__typename"] == "CredentialsWrong"
    elsewhere = await change(here, "Mobile", mobile="13900000000", **sent)
    assert (elsewhere["__typename"], elsewhere["path"]) == ("InvalidInput", ["code"])
    taken = {"mobile": other.mobile, **await code_to(app, other.mobile, "CHANGE_MOBILE")}
    assert (await change(here, "Mobile", **taken))["__typename"] == "Conflict"

    await register(app, **await code_to(app, MAIL, "REGISTER"), email=MAIL, mobile=MOBILE)  # who only states it
    sent = await code_to(app, MOBILE, "CHANGE_MOBILE")
    assert (await change(here, "Mobile", mobile=f"+86 {MOBILE}", **sent))["mobile"] == MOBILE
    assert [await is_out(person) for person in (here, there)] == [False, True]
    assert (await app.log_in(Person(app.services, app.http, here.mobile)))["__typename"] == "CredentialsWrong"
    await again(app, Person(app.services, app.http, MOBILE))
    notices = await told(app, "mobile_changed")
    assert {address for address, _ in notices} == {here.mobile, "zhang@example.cn"}
    assert {re.sub(r".*更换为 ([0-9*]+).*", r"\1", body) for _, body in notices} == {"137****5678"}


async def test_of_two_who_take_one_number_at_once_one_has_it(app: Application):
    rivals = [await app.person(), await app.person()]
    ways = [await code_to(app, MOBILE, "CHANGE_MOBILE") for _ in rivals]
    answers = await asyncio.gather(
        *(change(one, "Mobile", mobile=MOBILE, **way) for one, way in zip(rivals, ways, strict=True))
    )
    assert sorted(answer["__typename"] for answer in answers) == ["Account", "Conflict"]


async def test_an_address_is_changed_by_the_password_and_a_code_that_was_mailed_there(app: Application):
    person = await app.person()
    by_sms = await request_code(app.stranger, MOBILE, purpose="CHANGE_EMAIL")
    assert (by_sms["__typename"], by_sms["path"]) == ("InvalidInput", ["channel"])
    sent = await code_to(app, MAIL, "CHANGE_EMAIL")
    assert (await change(person, "Email", "Wrong1!!", email=MAIL, **sent))["__typename"] == "CredentialsWrong"
    assert (await change(person, "Email", email=MAIL.upper(), **sent))["email"] == MAIL
    assert {address for address, _ in await told(app, "email_changed")} == {person.mobile, "zhang@example.cn"}
    refused = await change(person, "Email", email="li@", codeRequest="none", code="000000")
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["email"])


async def test_an_office_is_not_got_by_an_sms(app: Application):
    """Whoever has the appointed number has a number: neither another password, nor the account it was stated for."""
    officer = await app.officer()
    refused = await reset(app, officer.mobile, **await code_to(app, officer.mobile, "RESET_PASSWORD"))
    assert (refused["__typename"], "anxin staff reset" in refused["message"]) == ("Conflict", True)
    assert not await is_out(officer)
    given = {"mobile": officer.mobile, **await code_to(app, officer.mobile, "REGISTER")}
    assert (await register(app, **given))["__typename"] == "Account"
    assert await is_out(officer)
    someone = await again(app, officer)
    assert await someone.ask("{ me { memberships { id } } }") == {"memberships": []}
    async with app.services.db.read_everything() as session:
        numbers = list(await session.scalars(select(Account.mobile).where(Account.name == "李四").order_by(Account.id)))
        assert numbers[-1] == officer.mobile
        assert None in numbers[:-1]

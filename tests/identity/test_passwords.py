"""Passwords: what Benxi asks of them, and the lock after five wrong ones in a row."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from anxin.http.app import create_app
from core.actor import Role
from core.audit.models import AuditEntry
from core.identity import hash_queue, passwords
from core.identity.models import LoginGuard
from core.settings import Settings
from tests.helpers.app import Application
from tests.helpers.people import PASSWORD, PROBLEM, Person
from tests.helpers.savings import REAL_HASHER

pytestmark = pytest.mark.unregistered

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
NOBODY = "13712345678"


async def refusals(stranger: Person, password: str) -> dict[str, str]:
    """What a registration with this password and a wrong code is refused for: the locator of each violation by code,
    or nothing once the password is good enough for the code to be looked at."""
    answer = await stranger.act(
        "register",
        "RegisterInput",
        "... on Account { id }",
        city="benxi",
        mobile=NOBODY,
        name="张三",
        password=password,
        codeRequest="none",
        code="000000",
        agreementAccepted=True,
    )
    if answer["__typename"] == "CredentialsWrong":
        return {}
    found = {}
    for violation in answer["violations"]:
        assert violation["path"] == ["password"]
        cited = violation["decision"]["because"][0]["citation"]
        assert cited["title"] == MANUAL
        assert cited["locator"] in violation["decision"]["sentence"]
        found[violation["code"]] = cited["locator"]
    return found


LENGTH = {"PASSWORD_TOO_SHORT": "1.1 注册 第1条（BX-004）"}
VARIETY = {"PASSWORD_LACKS": "1.1 注册 第2条（BX-005）"}
COMMON = {"PASSWORD_COMMON": "1.1 注册 第3条（BX-006）"}


@pytest.mark.rows("BX-004", "BX-005", "BX-006")
async def test_a_weak_password_is_refused_with_the_article_of_the_manual_that_it_breaks(app: Application):
    stranger = app.stranger
    for password, expected in {
        "Aa1!aaaa": {},
        "Aa1!aaa": LENGTH,
        "123456": {**LENGTH, **VARIETY, **COMMON},
        "password": {**VARIETY, **COMMON},
        "Password1": {**VARIETY, **COMMON},
        "aa1!aaaa": VARIETY,
        "AA1!AAAA": VARIETY,
        "Aab!aaaa": VARIETY,
        "Aa1 aaaa": VARIETY,
        "Aa1汉aaaa": VARIETY,
        "P@ssw0rd": COMMON,
        **dict.fromkeys(("Password1!", "Admin@123", "P@ssw0rd2026!", "Abc@1234", "Aa123456!"), COMMON),
        "Dragon#48291!": {},
    }.items():
        assert await refusals(stranger, password) == expected, password


async def test_what_a_password_lacks_is_said_by_name_and_all_at_once(app: Application):
    answer = await app.stranger.act(
        "register",
        "RegisterInput",
        "... on Account { id }",
        city="benxi",
        mobile=NOBODY,
        name="张三",
        password="a" * 129,
        codeRequest="none",
        code="000000",
        agreementAccepted=True,
    )
    assert [violation["message"] for violation in answer["violations"]] == [
        "密码最多 128 个字符。",
        "密码须包含大写字母、数字、特殊符号。",
    ]


async def test_a_password_is_kept_only_as_its_argon2id_hash(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "_hasher", REAL_HASHER)
    kept = await passwords.hash_password("Aa1!" + "a" * 124)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify("Aa1!" + "a" * 124, kept)
    assert not passwords.verify("Aa1!" + "a" * 125, kept)
    assert not passwords.verify("Aa1!" + "a" * 124, None)


async def guess(person: Person, mobile: str, password: str = "Wrong1!!", city: str = "benxi", **code: str) -> str:
    answer = await person.act(
        "logIn",
        "LogInInput",
        "... on SignedIn { token } ... on AccountLocked { until }",
        city=city,
        mobile=mobile,
        password=password,
        **code,
    )
    if answer["__typename"] == "AccountLocked":
        assert f"{answer['until'][:16].replace('T', ' ')} 后自动解锁" in answer["message"]
    return answer["__typename"]


UNLOCK = "mutation ($input: UnlockAccountInput!) { unlockAccount(input: $input) { __typename ... on Done { count } } }"


@pytest.mark.rows("BX-008")
async def test_five_wrong_passwords_in_a_row_lock_the_account_which_an_administrator_unlocks(app: Application):
    person = await app.person()
    for _ in range(2):  # a log-in in between starts the count again
        assert [await guess(person, person.mobile) for _ in range(4)] == ["CredentialsWrong"] * 4
        assert (await app.log_in(person))["__typename"] == "SignedIn"
    assert [await guess(person, person.mobile) for _ in range(5)] == ["CredentialsWrong"] * 5
    assert (await app.log_in(person))["__typename"] == "AccountLocked"

    input = {"mobile": person.mobile}
    refused = await person.act("unlockAccount", "UnlockAccountInput", "... on NotAllowed { needs }", **input)
    assert (refused["code"], refused["needs"]) == ("FORBIDDEN", "管理员")
    assert (await app.stranger.ask(UNLOCK, input=input))["__typename"] == "Unauthenticated"
    assert (await app.log_in(person))["__typename"] == "AccountLocked"

    administrator = await app.staff(Role.ADMINISTRATOR, "")
    assert await administrator.ask(UNLOCK, input=input) == {"__typename": "Done", "count": 1}
    assert (await app.log_in(person))["__typename"] == "SignedIn"
    assert (await administrator.ask(UNLOCK, input=input))["__typename"] == "NotFound"
    async with app.services.db.read_everything() as session:
        kept = (
            await session.scalars(
                select(AuditEntry.act).where(AuditEntry.subject_type == "LoginGuard").order_by(AuditEntry.id)
            )
        ).all()
    assert kept == ["identity.lock", "identity.unlock"]


@pytest.mark.rows("BX-008")
async def test_of_many_guesses_at_once_five_are_judged(app: Application):
    person = await app.person()
    answers = await asyncio.gather(*(guess(person, person.mobile) for _ in range(hash_queue.PER_SOURCE)))
    assert sorted(answers) == ["AccountLocked"] * 5 + ["CredentialsWrong"] * 5
    assert (await app.log_in(person))["__typename"] == "AccountLocked"


async def test_of_many_guesses_in_one_request_five_are_judged(app: Application):
    person = await app.person()
    wrong = f'logIn(input: {{city: "benxi", mobile: "{person.mobile}", password: "Wrong1!!"}}) {{ {PROBLEM} }}'

    async def guesses(number: int) -> dict:
        return await app.stranger.post(f"mutation {{ {' '.join(f'a{one}: {wrong}' for one in range(number))} }}")

    assert (await guesses(6))["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert [one["code"] for one in (await guesses(4))["data"].values()] == ["CREDENTIALS_WRONG"] * 4
    assert [one["code"] for one in (await guesses(4))["data"].values()] == ["CREDENTIALS_WRONG"] + [
        "ACCOUNT_LOCKED"
    ] * 3


async def test_a_right_password_without_a_right_code_counts_like_a_wrong_one(app: Application):
    person = await app.person()
    assert [await guess(person, person.mobile) for _ in range(3)] == ["CredentialsWrong"] * 3
    assert [await guess(person, person.mobile, PASSWORD) for _ in range(2)] == ["CredentialsWrong"] * 2
    assert await guess(person, person.mobile) == "AccountLocked"


async def test_a_number_without_an_account_is_answered_like_one_with_an_account(app: Application):
    person = await app.person()
    answers = []
    for mobile in (person.mobile, NOBODY):
        answers.append([
            re.sub(r"\d{4}-\d\d-\d\d.\d\d:\d\d(:[.0-9]+)?", "a moment", json.dumps(await app.stranger.post(
                f'mutation {{ logIn(input: {{city: "benxi", mobile: "{mobile}", password: "Wrong1!!"}}) '
                f"{{ __typename {PROBLEM} ... on CredentialsWrong {{ triesLeft }} "
                "... on AccountLocked { until } } }"
            )))
            for _ in range(7)
        ])  # fmt: skip
    assert answers[0] == answers[1]
    assert await guess(person, "not a number") == "CredentialsWrong"
    async with app.services.db.read_everything() as session:
        assert set(await session.scalars(select(LoginGuard.mobile))) == {person.mobile, NOBODY}


CITY = """\
format: 1
ruleset: {city: shidian, name: 试点市, region: "210200", level: city, version: "1"}
sources:
  trial: {title: 试点办法, kind: regulation, in_force: 2024-01-01, evidence: text, checked: 2026-11-21}
values:
  auth.lockout.max_failures: [{from: 2024-01-01, value: 2, source: trial, locator: 第一条}]
  auth.lockout.minutes: [{from: 2024-01-01, value: 30, source: trial, locator: 第二条}]
  auth.login.factors: [{from: 2024-01-01, value: [mobile, password], source: trial, locator: 第三条}]
"""


@pytest.fixture
async def trial(database_url: str, tmp_path: Path) -> AsyncIterator[Application]:
    """A app beside which a city has other rules for logging in."""
    (tmp_path / "rules" / "shidian").mkdir(parents=True)
    (tmp_path / "rules" / "shidian" / "ruleset.yaml").write_text(CITY, encoding="utf-8")
    asgi = create_app(Settings(database_url=database_url, var=tmp_path, strangers="open", rules=tmp_path / "rules"))
    async with asgi.router.lifespan_context(asgi):
        transport = httpx2.ASGITransport(asgi)
        async with httpx2.AsyncClient(transport=transport, base_url="http://anxin.test") as http:
            yield Application(asgi.state.services, http)


async def test_a_city_says_how_many_failures_lock_and_for_how_long(trial: Application):
    person = await trial.person()

    async def log_in(password: str) -> dict:
        selection = "... on SignedIn { token } ... on AccountLocked { until }"
        given = {"city": "shidian", "mobile": person.mobile, "password": password}
        return await person.act("logIn", "LogInInput", selection, **given)

    assert [(await log_in("Wrong1!!"))["__typename"] for _ in range(2)] == ["CredentialsWrong"] * 2
    locked = await log_in(PASSWORD)
    assert locked["__typename"] == "AccountLocked"
    assert locked["until"].endswith("+08:00")
    assert f"{locked['until'][:16].replace('T', ' ')} 后自动解锁" in locked["message"]
    async with trial.services.db.write() as session:
        locked = select(LoginGuard).where(LoginGuard.mobile == person.mobile, LoginGuard.locked_until.is_not(None))
        guard = (await session.scalars(locked)).one()
        guard.locked_until = guard.locked_until and guard.locked_until - timedelta(minutes=31)
    assert (await log_in("Wrong1!!"))["__typename"] == "CredentialsWrong"
    assert (await log_in(PASSWORD))["__typename"] == "SignedIn"

"""``anxin staff``: whom the operator appoints, how that ends, and whose account is not his to hand out."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from anxin.commands import appointments
from anxin.commands.appointments import Appointment
from anxin.commands.main import app as commands
from core.actor import Role
from core.errors import DomainError
from core.identity.models import Account
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import PASSWORD, Person
from tests.helpers.platform import platform_act
from tests.identity.test_credentials import NEW_PASSWORD, again, is_out, told
from tests.identity.test_identity import log_in

Say = Callable[..., Coroutine[Any, Any, Any]]
MOBILE = "13712345678"
OFFICE = ("--role", "hrss_officer", "--organization", BENXI_OFFICE, "--city", "benxi")


@pytest.fixture
def say(app: Application, monkeypatch: pytest.MonkeyPatch) -> Say:
    """The command, on the application's database."""
    monkeypatch.setenv("DATABASE_URL", str(app.services.settings.database_url))
    monkeypatch.setenv("ANXIN_VAR", str(app.services.settings.var))

    async def invoke(*words: str, said: str = "") -> Any:
        return await asyncio.to_thread(CliRunner().invoke, commands, ["staff", *words], input=said)

    return invoke


async def appoint(app: Application, mobile: str, name: str, password: str = PASSWORD, **other: Any) -> str:
    """What is refused, if anything is."""
    stated = {"role": Role.HRSS_OFFICER, "organization": BENXI_OFFICE, **other}
    ruleset = app.services.rulesets.of("benxi")
    try:
        async with app.services.db.write() as session:
            act = platform_act(session, app.services.rulesets)
            await appointments.appoint(act, ruleset, Appointment(mobile, name, password, **stated))
    except DomainError as refused:
        return refused.message
    return ""


async def test_an_officer_comes_and_goes_at_the_terminal(app: Application, say: Say):
    add = ("add", "--mobile", MOBILE, "--name", "王小明", *OFFICE, "--password-stdin")
    assert (await say(*add, said=f"{PASSWORD}\n")).exit_code == 0
    officer = await again(app, Person(app.services, app.http, MOBILE))
    lines = (await say("list", "--organization", BENXI_OFFICE)).stdout.splitlines()
    assert [line.split("\t")[:4] for line in lines] == [[MOBILE, "王小明", "hrss_officer", BENXI_OFFICE]]

    assert (await say("reset", MOBILE)).exit_code == 1
    assert (await say("reset", MOBILE, "--password-stdin", said=f"{NEW_PASSWORD}\n")).exit_code == 0
    assert await is_out(officer)
    officer = await again(app, Person(app.services, app.http, MOBILE), NEW_PASSWORD)

    assert (await say("end", MOBILE, "--close")).stdout == f"{MOBILE}: 1 memberships ended, closed\n"
    assert await is_out(officer)
    assert MOBILE in [address for address, _ in await told(app, "membership_ended")]
    assert (await log_in(app, mobile=MOBILE, password=NEW_PASSWORD))["__typename"] == "CredentialsWrong"


async def test_what_the_operator_types_is_kept_as_what_people_type(app: Application, say: Say):
    add = ("add", *OFFICE, "--password-stdin", "--mobile")
    for name in ("王\n小明", "\u200b", "王" * 201):
        refused = await say(*add, MOBILE, "--name", name, said=f"{PASSWORD}\n")
        assert (refused.exit_code, refused.stderr[:15]) == (1, "anxin: --name: "), name
    assert (await say(*add, "+86 137-1234-5678", "--name", " 王小明 ", said=f"{PASSWORD}\n")).exit_code == 0
    assert (await say("list", "--organization", BENXI_OFFICE)).stdout.startswith(f"{MOBILE}\t王小明\t")
    assert (await say("end", "137 1234 5678")).exit_code == 0


async def test_an_office_is_held_in_an_authority_and_nowhere_else(app: Application):
    await app.handler()
    for role, organization in (
        (Role.HRSS_OFFICER, None),
        (Role.INSTITUTION_STAFF, None),
        (Role.HANDLER, BENXI_OFFICE),
        (Role.INSTITUTION_STAFF, BENXI_OFFICE),
        (Role.ADMINISTRATOR, BENXI_OFFICE),
    ):
        refused = await appoint(app, MOBILE, "王小明", role=role, organization=organization)
        assert refused.startswith("没有（唯一的）机构"), (role, organization)


async def test_an_account_that_its_owner_registered_is_given_no_office(app: Application):
    person, handler = await app.person(), await app.handler()
    refused = await appoint(app, person.mobile, "张三")
    assert refused.startswith("该手机号的账户不是由 anxin staff add 开立的，不能授予职务。")
    assert f"anxin staff end {person.mobile} --close" in refused
    async with app.services.db.write() as session:
        act = platform_act(session, app.services.rulesets)
        await appointments.end_account(act, person.mobile, None, None, close=True)
    assert await is_out(person)
    assert await appoint(app, person.mobile, "张三") == ""  # as it was told: an account of its own

    # The same again changes nothing, and neither name nor password is ignored.
    assert await appoint(app, person.mobile, "张三") == ""
    assert await appoint(app, person.mobile, "张三", "") == ""
    assert "属于“张三”" in await appoint(app, person.mobile, "李四")
    assert f"anxin staff reset {person.mobile}" in await appoint(app, person.mobile, "张三", NEW_PASSWORD)

    async with app.services.db.write() as session:  # appointed once, and a handler since
        account = (await session.scalars(select(Account).where(Account.mobile == handler.mobile))).one()
        account.appointed_at = account.registered_at
    assert await appoint(app, handler.mobile, "张三") == (
        "该账户现任企业经办人，不能同时担任监管、审核或管理职务；请先终止其企业经办人身份，或使用另一手机号的账户。"
    )
    owner, ruleset = await app.person(), app.services.rulesets.of("benxi")
    async with app.services.db.write() as session:
        act = platform_act(session, app.services.rulesets)
        with pytest.raises(DomainError, match="registered by its owner"):
            await appointments.reset_password(act, ruleset, owner.mobile, NEW_PASSWORD)
        with pytest.raises(DomainError, match="no membership"):
            await appointments.end_account(act, handler.mobile, BENXI_OFFICE, Role.HANDLER, close=False)

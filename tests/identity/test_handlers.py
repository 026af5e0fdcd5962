"""An enterprise's handlers: how another one comes, how one ends, and who ends the last."""

import asyncio
from typing import Any

import pytest

from core.actor import Role
from core.identity import handlers
from core.identity.models import Invitation
from tests.helpers.acts import approve, submit_certification
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import Person
from tests.identity.test_credentials import told

FIRM = "演示建筑有限公司"
HANDLERS = "query ($of: ID) { handlers(organizationId: $of) { membershipId name mobile role since } }"
INVITATIONS = "{ invitations { mobile invitedBy invitedAt expiresAt enterprise { id name } } }"
ACTING = "{ me { actingAs actingFor { id name } } }"


async def invite(person: Person, mobile: str) -> dict[str, Any]:
    shown = "... on Invitation { mobile invitedBy enterprise { name } } ... on RateLimited { seconds }"
    return await person.act("inviteHandler", "InviteHandlerInput", shown, mobile=mobile)


async def accept(person: Person, enterprise: str) -> dict[str, Any]:
    shown = "... on Membership { role organization { name } }"
    return await person.act("acceptInvitation", "AcceptInvitationInput", shown, enterpriseId=enterprise)


async def withdraw(person: Person, mobile: str) -> dict[str, Any]:
    return await person.act("withdrawInvitation", "WithdrawInvitationInput", "... on Done { count }", mobile=mobile)


async def end(person: Person, membership: str) -> dict[str, Any]:
    return await person.act("endMembership", "EndMembershipInput", "... on Done { count }", membershipId=membership)


async def firm_of(handler: Person) -> str:
    return (await handler.ask(ACTING))["actingFor"]["id"]


async def member_of(person: Person) -> str:
    [membership] = (await person.ask("{ me { memberships { id } } }"))["memberships"]
    return membership["id"]


async def test_an_enterprise_gets_a_second_handler_who_ends_the_first(app: Application):
    first, second, rival = await app.handler(), await app.person(), await app.person()
    assert (await first.ask(HANDLERS))[0]["mobile"] == first.mobile
    invited = await invite(first, f"+86 {second.mobile[:3]} {second.mobile[3:]}")
    assert invited == {
        "__typename": "Invitation",
        "mobile": second.mobile,
        "invitedBy": "张三",
        "enterprise": {"name": FIRM},
    }
    [(address, body)] = await told(app, "handler_invited")
    assert address == second.mobile
    assert FIRM in body
    assert (await invite(first, second.mobile))["__typename"] == "Invitation"  # again: there is still one
    [waiting] = await second.ask(INVITATIONS)
    assert [waiting["mobile"]] == [one["mobile"] for one in await first.ask(INVITATIONS)]
    assert await rival.ask(INVITATIONS) == []

    firm = waiting["enterprise"]["id"]
    assert (await accept(rival, firm))["code"] == "NOT_FOUND"
    assert (await accept(second, firm))["organization"] == {"name": FIRM}
    assert await second.ask(ACTING) == {"actingAs": "HANDLER", "actingFor": {"id": firm, "name": FIRM}}
    assert (await accept(second, firm))["code"] == "NOT_FOUND"  # once
    assert [address for address, _ in await told(app, "handler_joined")][:1] == [first.mobile]
    assert (await invite(second, first.mobile))["message"] == "该手机号的用户已是贵企业经办人。"
    assert len(await first.ask(HANDLERS)) == 2

    await invite(first, rival.mobile)
    assert (await end(second, await member_of(first)))["count"] == 1
    assert (await first.ask(ACTING)) == {"actingAs": None, "actingFor": None}
    assert first.mobile in [address for address, _ in await told(app, "membership_ended")]
    assert await rival.ask(INVITATIONS) == []  # whom he invited comes no more
    assert (await end(second, await member_of(second)))["message"] == (
        "企业至少保留一名经办人：请先邀请他人，或由认证审核员、管理员终止。"
    )
    assert (await invite(first, rival.mobile))["code"] == "FORBIDDEN"


async def test_an_invitation_is_withdrawn_or_expires_and_a_day_has_so_many(
    app: Application, monkeypatch: pytest.MonkeyPatch
):
    assert handlers.MOST_A_DAY == 20
    handler, person, other = await app.handler(), await app.person(), await app.handler(seed=2, name="另一建筑有限公司")
    firm = await firm_of(handler)
    await invite(handler, person.mobile)
    assert (await withdraw(other, person.mobile))["code"] == "NOT_FOUND"
    assert (await withdraw(handler, person.mobile))["count"] == 1
    assert (await withdraw(handler, person.mobile))["code"] == "NOT_FOUND"
    assert (await accept(person, firm))["code"] == "NOT_FOUND"
    await invite(handler, person.mobile)
    await app.earlier(Invitation, "expires_at", days=7)
    assert await person.ask(INVITATIONS) == []
    assert (await accept(person, firm))["code"] == "NOT_FOUND"
    monkeypatch.setattr(handlers, "MOST_A_DAY", 3)
    assert (await invite(handler, person.mobile))["__typename"] == "Invitation"
    assert 23 * 3600 < (await invite(handler, person.mobile))["seconds"] <= 24 * 3600
    await app.earlier(Invitation, "invited_at", hours=24)
    assert (await invite(handler, "12"))["path"] == ["mobile"]
    assert (await invite(handler, person.mobile))["__typename"] == "Invitation"


async def test_the_bureau_ends_the_last_handler_and_the_enterprise_is_certified_anew(app: Application):
    handler, reviewer, next = await app.handler(), await app.reviewer(), await app.person()
    firm = await firm_of(handler)
    assert (await submit_certification(next))["code"] == "CONFLICT"
    [shown] = await reviewer.ask(HANDLERS, of=firm)
    assert shown["mobile"] == f"{handler.mobile[:3]}****{handler.mobile[-4:]}"
    for stranger in (next, await app.officer(), await app.handler(seed=2, name="另一建筑有限公司")):
        assert await stranger.ask(HANDLERS, of=firm) == []
        assert (await end(stranger, shown["membershipId"]))["code"] in ("FORBIDDEN", "NOT_FOUND")
    assert (await end(reviewer, shown["membershipId"]))["count"] == 1
    assert (await end(reviewer, shown["membershipId"]))["code"] == "NOT_FOUND"
    assert (await handler.ask(ACTING))["actingFor"] is None
    assert (await submit_certification(next))["__typename"] == "Certification"
    assert (await approve(reviewer))["__typename"] == "Review"
    assert (await next.ask(ACTING))["actingFor"] == {"id": firm, "name": FIRM}
    assert (await submit_certification(handler))["code"] == "CONFLICT"


async def test_of_two_handlers_who_end_one_another_at_once_one_stays(app: Application):
    first, second = await app.handler(), await app.person()
    await invite(first, second.mobile)
    await accept(second, await firm_of(first))
    members = [await member_of(first), await member_of(second)]
    answers = await asyncio.gather(end(first, members[1]), end(second, members[0]))
    assert sorted(answer["__typename"] for answer in answers) != ["Done", "Done"]
    left = [person for person in (first, second) if (await person.ask(ACTING))["actingFor"]]
    assert len(left) == 1


async def test_administrators_end_offices_but_not_their_own_and_unlock_others_numbers_alone(app: Application):
    administrator, colleague, officer = (
        await app.staff(Role.ADMINISTRATOR, ""),
        await app.staff(Role.ADMINISTRATOR, "", name="王五"),
        await app.officer(),
    )
    [shown] = await administrator.ask(HANDLERS, of=await firm_of(officer))
    assert (shown["mobile"], shown["role"]) == (officer.mobile, "HRSS_OFFICER")
    assert (await end(await app.reviewer(), shown["membershipId"]))["code"] == "NOT_FOUND"
    assert (await end(administrator, shown["membershipId"]))["count"] == 1
    assert (await officer.ask(ACTING))["actingAs"] is None
    assert (await end(administrator, await member_of(administrator)))["message"][:9] == "不能终止自己的职务"
    unlock = ("unlockAccount", "UnlockAccountInput", "... on Done { count }")
    own = await administrator.act(*unlock, mobile=administrator.mobile)
    assert (own["code"], own["message"][:15]) == ("FORBIDDEN", "不能解锁账户：这是您本人的账户")
    assert (await colleague.act(*unlock, mobile=administrator.mobile))["code"] == "NOT_FOUND"  # not locked


async def test_an_official_is_no_handler_and_sees_all_enterprises_but_nobodys_person(app: Application):
    """The other way round in tests/commands/test_staff.py."""
    handler, officer = await app.handler(), await app.officer()
    assert (await invite(handler, officer.mobile))["__typename"] == "Invitation"  # nobody is told who holds an office
    firm = await firm_of(handler)
    assert (await accept(officer, firm))["message"] == "您担任监管、审核或管理职务，不能接受经办人邀请。"
    person = await app.person()
    await invite(handler, person.mobile)
    await app.in_role_of(person, Role.HRSS_OFFICER, BENXI_OFFICE)  # in another session
    refused = await accept(person, firm)
    assert refused["message"] == "该账户担任监管、审核或管理职务，不能同时为企业经办人；请使用另一手机号的账户。"

    every = "query ($uscc: String) { enterprises(uscc: $uscc) { totalCount nodes { id name uscc contact } } }"
    shown = next(one for one in (await officer.ask(every))["nodes"] if one["name"] == FIRM)
    assert "*" in shown["contact"]
    assert await officer.ask(every, uscc=shown["uscc"]) == {"totalCount": 1, "nodes": [shown]}
    assert (await handler.ask(every))["nodes"] == []

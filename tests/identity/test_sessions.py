"""Sessions that end at once, and for whom a person acts in them."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core import uscc
from core.actor import CHINA, Role
from core.identity import actions
from core.identity.models import Account, Membership, Session
from tests.helpers.acts import approve, submit_certification
from tests.helpers.app import BENXI_OFFICE, Application
from tests.helpers.people import PROBLEM, Person
from tests.helpers.platform import platform_act

pytestmark = pytest.mark.unregistered

ME = "{ me { id name mobile email actingAs actingFor { id name } memberships { id role since until } } }"


async def refused(person: Person) -> bool:
    answer = await person.post(ME)
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert answer["errors"][0]["message"] == "请先登录。"
    return "errors" in answer


async def another_session(app: Application, person: Person) -> Person:
    again = Person(app.services, app.http, person.mobile)
    again.token = (await app.log_in(again))["token"]
    return again


LOG_OUT = "mutation Out($everywhere: Boolean!) { logOut(everywhere: $everywhere) { ... on Done { count } } }"


async def test_a_session_ends_at_once_here_or_everywhere(app: Application):
    here = await app.person()
    there, elsewhere = await another_session(app, here), await another_session(app, here)
    other = await app.person()
    assert await there.ask(LOG_OUT, everywhere=False) == {"count": 1}
    assert [await refused(person) for person in (here, there, elsewhere, other)] == [False, True, False, False]
    assert await here.ask(LOG_OUT, everywhere=True) == {"count": 2}
    assert [await refused(person) for person in (here, there, elsewhere, other)] == [True, True, True, False]


async def test_a_session_ends_when_it_is_idle_or_old(app: Application):
    person = await app.person()
    for _ in range(2):  # every request keeps it awake
        await app.earlier(Session, "seen_at", "holds_until", minutes=29)
        assert not await refused(person)
    await app.earlier(Session, "seen_at", "holds_until", minutes=30)
    assert await refused(person)
    person = await another_session(app, person)
    await app.earlier(Session, "ends_at", "holds_until", hours=12)
    assert await refused(person)


async def test_only_a_bearer_token_of_ours_opens_the_door(app: Application):
    person = await app.person()
    for authorization in (f"Basic {person.token}", f"{person.token}", "Bearer", "Bearer x", "Bearer x y"):
        assert await refused(Person(app.services, app.http, headers={"Authorization": authorization})), authorization
    assert await refused(app.stranger)
    assert not await refused(Person(app.services, app.http, headers={"Authorization": f"bearer {person.token}"}))


ACT_FOR = f"""mutation For($id: ID!) {{ actFor(input: {{membershipId: $id}}) {{
  __typename ... on Membership {{ organization {{ name }} }} {PROBLEM}
}} }}"""


async def test_a_person_of_several_organisations_chooses_for_whom_to_act(app: Application):
    person, reviewer = await app.person(), await app.reviewer()
    for seed, name in ((3, "演示建筑有限公司"), (4, "演示路桥有限公司")):
        assert (await submit_certification(person, uscc=uscc.make(seed), name=name))["__typename"] == "Certification"
        assert (await approve(reviewer))["__typename"] == "Review"
    assert (await person.ask(ME))["actingFor"]["name"] == "演示建筑有限公司"
    again = await another_session(app, person)
    me = await again.ask(ME)
    assert (me["actingFor"], me["actingAs"], len(me["memberships"])) == (None, None, 2)
    chosen = await again.ask(ACT_FOR, id=me["memberships"][1]["id"])
    assert chosen["organization"]["name"] == "演示路桥有限公司"
    me = await again.ask(ME)
    assert (me["actingFor"]["name"], me["actingAs"]) == ("演示路桥有限公司", "HANDLER")

    somebody = await app.officer()
    [theirs] = (await somebody.ask(ME))["memberships"]
    for id in (theirs["id"], "Membership:9999"):
        answer = await again.ask(ACT_FOR, id=id)
        assert (answer["__typename"], answer["code"]) == ("NotFound", "NOT_FOUND")
    assert (await again.ask(ACT_FOR, id=me["id"]))["__typename"] == "NotFound"
    assert (await app.stranger.ask(ACT_FOR, id=theirs["id"]))["__typename"] == "Unauthenticated"
    assert await again.ask("query Node($id: ID!) { node(id: $id) { id } }", id=(await somebody.ask(ME))["id"]) is None


async def change_memberships(app: Application, **days: date | None) -> None:
    async with app.services.db.write() as session:
        for membership in await session.scalars(select(Membership)):
            for column, day in days.items():
                setattr(membership, column, day)


async def test_a_membership_counts_between_its_days(app: Application):
    officer = await app.officer()
    [membership] = (await officer.ask(ME))["memberships"]
    today = datetime.now(CHINA).date()
    day = timedelta(days=1)
    for since, until, holds in (
        (today, today, True),
        (today, None, True),
        (today - day, today - day, False),
        (today + day, None, False),
    ):
        await change_memberships(app, since=since, until=until)
        assert ((await officer.ask(ME))["actingAs"] == "HRSS_OFFICER") is holds
        assert ((await officer.ask(ACT_FOR, id=membership["id"]))["__typename"] == "Membership") is holds


async def test_who_is_made_a_member_again_acts_again(app: Application):
    officer = await app.officer()
    await change_memberships(app, since=date(2024, 1, 1), until=date(2024, 12, 31))
    async with app.services.db.write() as session:
        act = platform_act(session)
        office = await actions.authority(session, BENXI_OFFICE, "210500")
        account = (await session.scalars(select(Account).where(Account.mobile == officer.mobile))).one()
        await actions.add_member(act, account, office, Role.HRSS_OFFICER)
    me = await officer.ask(ME)
    assert me["actingAs"] == "HRSS_OFFICER"
    assert [(one["since"], one["until"]) for one in me["memberships"]] == [(f"{act.on}", None)]

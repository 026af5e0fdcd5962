"""Persons' names and numbers: whole for who handles the matter, masked for everybody else who sees the row."""

import re
from typing import Any

import pytest
from sqlalchemy import bindparam, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from core import privacy
from core.actor import Actor, Role
from core.privacy import Masked, mask
from resolvers.compiler.field_info import field_of, model_of
from tests.helpers import deposits
from tests.helpers.acts import approve, enter_project, submit_quota
from tests.helpers.app import BENXI_HOUSING, Application
from tests.helpers.firm_story import NODES
from tests.helpers.people import Person
from tests.helpers.seeded import Seeded
from tests.wage_deposits.test_orders import bank_of

WHOLE = "13455554444"
PHONES = {"managerPhone": "13900000011", "labourOfficerPhone": "024-12345678"}
MASKED = {"managerPhone": "139****0011", "labourOfficerPhone": "024*****5678"}


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        ("13900000011", "139****0011"),
        ("024-12345678", "024*****5678"),
        ("21050219900101001X", "210***********001X"),
        ("12345678", "123*5678"),
        ("1234567", "1******"),
        ("张三", "张*"),
        ("张", "张"),
        ("", ""),
    ],
)
async def test_of_a_number_the_beginning_and_the_end_are_left(seeded: Seeded, whole: str, shown: str):
    masked = Masked()
    assert mask(whole) == shown
    async with seeded.services.db.read_everything() as session:
        in_sql = masked.shown_in_sql(literal(whole), literal(1), Actor())
        assert await session.scalar(select(in_sql)) == shown


async def test_an_entry_of_the_trail_is_masked_in_sql_as_in_python(seeded: Seeded):
    told = {
        "state": "submitted",
        "round": 1,
        "handler_phone": "13455554444",
        "contact": None,
        "facts": {
            "guarantee.mobile": "13455554444",
            "project.name": "张三路13455554444号",
            "enterprise.contact": "张三",
        },
    }
    expected = {
        **told,
        "handler_phone": "134****4444",
        "facts": {**told["facts"], "guarantee.mobile": "134****4444", "enterprise.contact": "张*"},
    }
    masked = Masked()
    assert masked.show(told, None, Actor()) == expected
    async with seeded.services.db.read_everything() as session:
        value = type_coerce(bindparam("told", told, JSONB), JSONB)
        assert await session.scalar(select(masked.shown_in_sql(value, literal(1), Actor()))) == expected
        nothing = type_coerce(bindparam("nothing", {}, JSONB), JSONB)
        assert await session.scalar(select(masked.shown_in_sql(nothing, literal(1), Actor()))) == {}


async def test_whoever_only_supervises_sees_no_number_whole(app: Application):
    handler, officer = await app.handler(), await app.officer()
    industry = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)
    project = await enter_project(handler, **PHONES)
    await submit_quota(handler, project["id"])
    await approve(officer)
    names = " ".join(PHONES)
    query = f"""query ($id: ID!) {{ node(id: $id) {{ ... on Project {{ {names}
      quotaApplications {{ handlerPhone }} wageDeposits {{ handlerPhone }} }} }} }}"""
    quota = [{"handlerPhone": "13455554444"}]
    for person in (handler, officer):
        assert await person.ask(query, id=project["id"]) == {
            **PHONES,
            "quotaApplications": quota,
            "wageDeposits": quota,
        }
    quota = [{"handlerPhone": "134****4444"}]
    assert await industry.ask(query, id=project["id"]) == {**MASKED, "quotaApplications": quota, "wageDeposits": quota}

    trail = "{ auditTrail(first: 50) { nodes { act before after } } }"
    for person, whole in ((handler, True), (officer, True), (industry, False)):
        told = str((await person.ask(trail))["nodes"])
        assert all((number in told) is whole for number in ("13455554444", *PHONES.values())), person
        assert all((number in told) is not whole for number in ("134****4444", *MASKED.values())), person


async def test_an_enterprise_is_public_and_its_contact_person_is_not(app: Application):
    handler, stranger = await app.handler(), await app.handler(seed=2, name="另一建筑有限公司")
    officer, nobody = await app.officer(), await app.person()
    firm = (await handler.ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
    query = "query ($id: ID!) { node(id: $id) { ... on Enterprise { name uscc registeredArea contact } } }"
    mine = await handler.ask(query, id=firm)
    assert mine["contact"] == "张三"
    for person in (stranger, officer, nobody):
        assert await person.ask(query, id=firm) == {**mine, "contact": "张*"}
    every = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Enterprise { contact } } }"
    ids = [f"Enterprise:{number}" for number in range(1, 60)]
    assert "张三" not in str(await nobody.ask(every, ids=ids))


async def test_a_bank_sees_the_number_it_has_to_call(app: Application):
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    deposit = await deposits.open_deposit(handler, officer)
    asked = await deposits.apply_to_bank(handler, deposit, await bank_of(handler))
    industry = await app.staff(Role.INDUSTRY_OFFICER, BENXI_HOUSING)

    async def mobile(person: Person) -> Any:
        shown = await person.ask(
            "query ($id: ID!) { node(id: $id) { ... on GuaranteeOrder { mobile } } }", id=asked["id"]
        )
        return shown["mobile"]

    assert [await mobile(one) for one in (handler, officer, banker, industry)] == [*["13455554444"] * 3, "134****4444"]


def test_every_number_of_a_person_says_who_sees_it_whole():
    """Accounts are only one's own; a name that is stated in a case is seen by who sees the case."""
    unmasked = {
        (kind, name)
        for kind, node in NODES.items()
        for name, field in node.fields.items()
        if re.search(privacy.PERSONAL, field_of(field).name)
        and privacy.mask_of(model_of(node), field_of(field).name) is None
    }
    assert unmasked == {
        ("Account", "mobile"),
        ("Account", "email"),
        ("AccountReservation", "contact"),
        ("Certification", "contact"),
        ("GuaranteeOrder", "contact"),
        ("LetterSubmission", "contact"),
    }

"""The authorization matrix: every root field, asked as everybody, for what is theirs and for what is another's."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import get_named_type, is_non_null_type

from anxin.database.embedded import EmbeddedPostgres
from core.actor import Role
from tests.helpers import deposits
from tests.helpers.acts import PROJECT, approve, enter_project, save_draft, submit_certification, submit_quota
from tests.helpers.app import Application, open_application
from tests.helpers.firm_story import TYPES, FirmStory
from tests.helpers.literals import value_of
from tests.helpers.people import Person
from tests.schema.test_schema import PUBLIC
from tests.wage_deposits.test_orders import bank_of

TABLE = Path(__file__).parents[2] / "docs" / "authorization.md"
WHO = ["stranger", "nobody's", "handler", "hrss", "industry", "reviewer", "institution", "operator", "administrator"]
REASON = re.compile(r"(BX|GZ|XM|HN)-[0-9]{2,3}|法 art\.|条例 art\.|号 art\.|GB/T|as the lists below")
DENIED, UNSEEN = {"UNAUTHENTICATED", "FORBIDDEN"}, {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"}
TURNED_AWAY = ["logOut", "uploadFile"]
"""Asked last, and by a form (tests/core/test_documents.py)."""
NOT_LOCKED = "13712345678"
OF_NOTHING = ("markMessageRead", "unlockAccount", "withdrawInvitation", "acceptInvitation")
"""Allowed, but there is nothing to do it to: nobody is locked, and nobody invited."""


def matrix() -> dict[str, dict[str, str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return {name: dict(zip([*WHO, "because"], cells, strict=True)) for name, *cells in rows}


MATRIX = matrix()


def test_every_root_field_has_its_line_and_every_allow_its_reason():
    assert set(MATRIX) == {*TYPES["Query"].fields, *TYPES["Mutation"].fields}
    assert {name for name, cells in MATRIX.items() if cells["stranger"] != "–"} == PUBLIC
    for name, cells in MATRIX.items():
        assert {cells[who] for who in WHO} <= {"all", "own", "–"}, name
        assert REASON.search(cells["because"]), name


@dataclass
class Everybody:
    """One of each, what is theirs by the name of an argument, and everybody's counterpart."""

    app: Application
    people: dict[str, Person] = field(default_factory=dict[str, Person])
    others: dict[str, Person] = field(default_factory=dict[str, Person])
    own: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def thing(self, who: str, argument: str, act: str) -> str:
        """What they may name there; of who has nothing, the firm's."""
        own = self.own.get(who, {})
        return own.get(act) or own.get(argument) or self.own["handler"][argument]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everybody(
    server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Everybody]:
    server.create_database("authorization", template=template)
    async with open_application(server.url("authorization"), tmp_path_factory.mktemp("authorization")) as app:
        yield await _assemble(app)
    server.drop_database("authorization")


async def _assemble(app: Application) -> Everybody:
    story = FirmStory(app)
    await story.build()
    met, known = Everybody(app), story.people
    met.people = {
        **{who: known[who] for who in ("stranger", "nobody's", "handler", "reviewer", "administrator")},
        "hrss": known["officer"],
        "industry": known["industry officer"],
        "institution": await app.banker(),
        "operator": await app.staff(Role.RULESET_OPERATOR, ""),
    }
    met.others = {
        "nobody's": await app.person(),
        "handler": known["rival"],
        "hrss": known["officer elsewhere"],
        "industry": known["industry officer elsewhere"],
        "institution": await app.banker("另一银行本溪分行"),
    }
    handler = known["handler"]
    draft = await handler.act("saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT)
    entered = await enter_project(handler, name="乙小区")
    await submit_quota(handler, entered["id"])
    for _ in range(2):  # the filing that waits already, and the quota
        await approve(known["officer"])
    [asked] = (await handler.ask(deposits.DEPOSITS_OF, id=entered["id"]))["wageDeposits"]
    order = await deposits.apply_to_bank(handler, asked["id"], await bank_of(handler))
    issued = await _walk_on(handler, known["officer"], met.people["institution"], story.deposit)
    waiting = await submit_quota(handler, (await enter_project(handler, name="丙小区"))["id"])
    applied = await submit_certification(known["nobody's"], seed=9, name="待认证企业")
    for who, person in met.people.items():
        if who != "stranger":
            mine = (await person.ask("{ me { memberships { id } } }"))["memberships"]
            met.own[who] = {"membershipId": mine[0]["id"]} if mine else {}
    for who in ("hrss", "reviewer", "institution"):
        met.own[who]["reviewId"] = (await deposits.queue(met.people[who]))[0]["id"]
    for who in ("handler", "reviewer", "administrator"):  # of whom they may end, one each
        colleague = await app.in_role_of(await app.person(), Role.HANDLER, "演示建筑有限公司")
        [membership] = (await colleague.ask("{ me { memberships { id } } }"))["memberships"]
        met.own[who]["endMembership"] = membership["id"]
    met.own["hrss"]["wageDepositId"] = story.deposit
    met.own["institution"]["orderId"] = order["id"]
    met.own["nobody's"]["caseId"] = applied["id"]
    met.own["handler"] |= {
        "projectId": story.project,
        "caseId": waiting["id"],
        "wageDepositId": story.deposit,
        "subjectId": story.deposit,
        "orderId": order["id"],
        "guaranteeId": issued,
        "draftId": draft["id"],
        "deleteDraft": (await save_draft(handler))["id"],
        "enterpriseId": (await handler.ask("{ me { actingFor { id } } }"))["actingFor"]["id"],
        "reviewId": met.own["hrss"]["reviewId"],
    }
    return met


async def _walk_on(handler: Person, officer: Person, banker: Person, deposit: str) -> str:
    """What the lists are to show besides: a guarantee that was issued, cash paid in, a use, a cancellation. The
    guarantee's id."""
    issued = await deposits.open_deposit(handler, officer, {"name": "丁小区"})
    order = await deposits.apply_to_bank(handler, issued, await bank_of(handler))
    guarantee = await deposits.give_back(banker, order["id"])
    cash = await deposits.open_deposit(
        handler, officer, {"name": "戊小区", "contractAmount": "10000.00"}, **deposits.SAMPLE
    )
    await deposits.report_cash(handler, cash)
    await approve(officer)
    await deposits.complete(handler, await deposits.project_of(handler, cash))
    assert (await deposits.cancel(handler, cash))["state"] == "SUBMITTED"
    used = {"noticeNumber": "1", "amount": "1.00", "usedOn": str(deposits.TODAY), "reason": "拖欠工资"}
    stated = {"wageDepositId": deposit, **used}
    assert "id" in await officer.act("recordDepositUse", "RecordDepositUseInput", "... on DepositUse { id }", **stated)
    return guarantee["id"]


def ids_of(answer: Any) -> set[str]:
    return {node["id"] for node in answer["nodes"]}


LISTS = [name for name, one in TYPES["Query"].fields.items() if get_named_type(one.type).name.endswith("Connection")]


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_empty_or_ones_own_or_everybodys(everybody: Everybody, name: str):
    query = f"{{ {name}(first: 100) {{ nodes {{ id }} }} }}"
    shown: dict[str, set[str]] = {}
    everything: set[str] = set()
    for who, person in everybody.people.items():
        answer = await person.post(query)
        if who == "stranger":
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            continue
        shown[who] = ids_of(answer["data"][name])
        match MATRIX[name][who]:
            case "–":
                assert shown[who] == set(), who
            case "own":
                assert shown[who] or name == "messages", who
            case _:
                everything = everything or shown[who]
                assert shown[who] == everything != set(), who
    if "all" not in MATRIX[name].values():
        for who, other in everybody.others.items():
            assert not ids_of(await other.ask(query)) & shown[who], who


@pytest.mark.parametrize("name", ["me", "node", "nodes"])
async def test_a_thing_is_there_for_whose_it_is(everybody: Everybody, name: str):
    me, node = "{ me { id } }", "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    assert (await everybody.people["stranger"].post(me))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    accounts: Mapping[str, str] = {
        who: (await person.ask(me))["id"] for who, person in everybody.people.items() if who != "stranger"
    }
    assert len(set(accounts.values())) == len(accounts) == len([who for who in WHO if MATRIX[name][who] == "own"])
    for who, person in everybody.people.items():
        for whose, id in accounts.items():
            seen = {"id": id} if who == whose else None
            if who != "stranger":
                assert await person.ask(node, id=id) == {"node": seen, "nodes": [seen]}, (who, whose)


def document(name: str, given: Mapping[str, str]) -> str:
    """The least that says the act, with what is given."""
    argument = TYPES["Mutation"].fields[name].args["input"]
    parts = {
        one: f'"{given[one]}"' if one in given else value_of(place.type)
        for one, place in get_named_type(argument.type).fields.items()
        if one in given or (is_non_null_type(place.type) and place.default_value in (None, ...))
    }
    stated = ", ".join(f"{one}: {value}" for one, value in {**parts, **CITY.get(name, {})}.items())
    return f"mutation {{ {name}(input: {{{stated}}}) {{ __typename ... on Problem {{ code message }} }} }}"


CITY = {
    name: {"city": '"benxi"'}
    for name, one in TYPES["Mutation"].fields.items()
    if "input" in one.args and "city" in get_named_type(one.args["input"].type).fields
}
TARGETS = (
    *("projectId", "wageDepositId", "subjectId", "orderId", "guaranteeId"),
    *("reviewId", "caseId", "draftId", "membershipId", "enterpriseId"),
)
ACTS = [name for name in TYPES["Mutation"].fields if name not in TURNED_AWAY]


async def code_of(person: Person, name: str, given: Mapping[str, str]) -> str:
    answer = await person.post(document(name, given))
    return answer["data"][name].get("code", "") if answer.get("data") else answer["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_is_done_for_whom_the_table_says_and_refused_to_all_others(everybody: Everybody, name: str):
    fields = get_named_type(TYPES["Mutation"].fields[name].args["input"].type).fields
    [target] = [one for one in TARGETS if one in fields] or [None]
    locked = {"mobile": NOT_LOCKED} if name == "unlockAccount" else {}
    for who in WHO:
        person, allowed = everybody.people[who], MATRIX[name][who]
        given = locked | ({target: everybody.thing(who, target, name)} if target else {})
        if allowed == "–":
            assert await code_of(person, name, given) in UNSEEN, (who, "own")
            continue
        if allowed == "own" and target and who in everybody.others:
            assert await code_of(everybody.others[who], name, given) in UNSEEN, (who, "another's")
    for who in WHO:
        if MATRIX[name][who] != "–":
            given = locked | ({target: everybody.thing(who, target, name)} if target else {})
            unseen = DENIED if name in OF_NOTHING else UNSEEN
            assert await code_of(everybody.people[who], name, given) not in unseen, (who, "own")


async def test_files_are_taken_from_whoever_is_signed_in_and_a_session_is_ended_by_its_own(everybody: Everybody):
    for name in TURNED_AWAY:
        assert {MATRIX[name][who] for who in WHO if who != "stranger"} == {"own"}
    others = {who: (await person.upload(name=f"{who}.pdf")).get("id") for who, person in everybody.others.items()}
    node = "query ($id: ID!) { node(id: $id) { id } }"
    for who, person in everybody.people.items():
        if who == "stranger":  # before anything of the file is read: tests/core/test_documents.py
            continue
        uploaded = await person.upload(name=f"{who}.pdf")
        assert await person.ask(node, id=uploaded["id"]) == {"id": uploaded["id"]}, who
        for other, theirs in others.items():
            assert await person.ask(node, id=theirs) is None, (who, other)
    end = "mutation { logOut { __typename ... on Done { count } ... on Problem { code } } }"
    assert (await everybody.people["stranger"].ask(end))["code"] == "UNAUTHENTICATED"
    for who, person in everybody.people.items():
        if who != "stranger":
            assert await person.ask(end) == {"__typename": "Done", "count": 1}, who
    for other in everybody.others.values():
        assert (await other.ask("{ me { id } }"))["id"]

"""How often an act waits for PostgreSQL: its session, BEGIN, all it reads and writes, COMMIT and its answer."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.actor import Role
from schema.root import schema
from tests.helpers.acts import PROJECT
from tests.helpers.app import Application, open_application
from tests.helpers.every_act import act_to_the_end, come_and_go, reserve_an_account
from tests.helpers.people import Person
from tests.helpers.wire import tapped

BUDGETS = {
    "requestCode": 5,
    "register": 6,  # in two transactions: between them the password is hashed, and nothing is held
    "logIn": 11,  # in two, as well; 9 where all is right, 11 where a lock goes on record
    "logOut": 5,
    "actFor": 6,
    "unlockAccount": 5,  # whether it is the administrator's own, too
    "resetPassword": 13,  # in two, like a log-in, which it follows; done once in a year, not made shorter
    "changePassword": 12,  # in two, the try and the change; as the two below for the rest
    "changeMobile": 16,  # and whoever has the number only stated, and a savepoint for who proves it at the same moment
    "changeEmail": 10,
    "inviteHandler": 10,
    "withdrawInvitation": 6,
    "acceptInvitation": 10,  # nobody becomes an official meanwhile, and the inviter is told
    "endMembership": 10,
    "submitCertification": 8,
    "saveProjectDraft": 4,
    "enterProject": 8,
    "deleteDraft": 5,
    "reportProgress": 4,
    "submitQuotaApplication": 7,  # with the papers that a city asks for
    "reportCashPayment": 6,
    "reserveAccount": 7,
    "orderGuarantees": 7,
    "decideOrder": 6,
    "issueGuarantee": 11,  # whether its number is new, whose place it takes, and ids for it and its first version
    "extendGuarantee": 10,  # what it secures, the number of its version, and its alert
    "submitLetter": 8,  # whether its number is new
    "submitFiling": 8,  # whether a cancellation waits, too, or what corrects the payment
    "submitCancellation": 9,  # and what was used of the deposit
    "recordDepositUse": 4,
    "stateContractorRecord": 4,
    "stateDeferralEnd": 6,  # an earlier day is lifted, and the alert is told once
    "approveReview": 11,  # of a cancellation: what is released, too
    "rejectReview": 8,
    "withdraw": 8,
    "markMessageRead": 4,
    "uploadFile": 5,  # whether the session still holds: the file may have been minutes under way
}
"""By mutation, for somebody whose session is known; with one file as each material that is asked for. A piece of work
that needs more raises it, with its reason."""


@pytest.fixture
def spent() -> dict[str, list[list[list[str]]]]:
    """What was sent in every trip of every act, by the mutation's name."""
    return {}


@pytest.fixture
async def tapped_app(
    database_url: str, tmp_path: Path, spent: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Application]:
    async with tapped(database_url, tmp_path) as (url, wire), open_application(url, tmp_path) as app:
        post, upload = Person.post, Person.upload

        async def counted(person: Person, name: str, doing: Any) -> Any:
            if person.token:
                await post(person, "{ me { id } }")  # whose session is known
            before = len(wire.trips)
            answer = await doing()
            spent.setdefault(name, []).append(wire.trips[before:])
            return answer

        async def posted(person: Person, query: str, **variables: Any) -> Any:
            act = re.match(r"mutation[^{]*\{\s*(\w+)", query)
            return await counted(person, act[1] if act else "", lambda: post(person, query, **variables))

        async def uploaded(person: Person, *args: Any, **kwargs: Any) -> Any:
            return await counted(person, "uploadFile", lambda: upload(person, *args, **kwargs))

        monkeypatch.setattr(Person, "post", posted)
        monkeypatch.setattr(Person, "upload", uploaded)
        yield app


@pytest.fixture
def refused_unseen(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The acts that change a row: each is first asked for at a revision that nobody can have seen, and refused."""
    act, refused = Person.act, set[str]()

    async def asked_twice(person: Person, name: str, type: str, selection: str, /, **input: Any) -> Any:
        if "expectedRevision" in schema._schema.type_map[type].fields:
            answer = await act(person, name, type, selection, **input, expectedRevision=99)
            assert (answer["__typename"], answer["path"]) == ("Conflict", ["expectedRevision"]), (name, answer)
            refused.add(name)
        return await act(person, name, type, selection, **input)

    monkeypatch.setattr(Person, "act", asked_twice)
    return refused


async def test_no_act_takes_more_round_trips_than_its_budget_nor_changes_what_its_caller_did_not_see(
    tapped_app: Application, spent: dict[str, list[Any]], refused_unseen: set[str]
):
    app = tapped_app
    await every_act(app)
    acts = {
        name: str(one.args["input"].type) if "input" in one.args else ""
        for name, one in schema._schema.type_map["Mutation"].fields.items()
    }
    inputs = {name: schema._schema.type_map[type.rstrip("!")].fields for name, type in acts.items() if type}
    assert refused_unseen == {name for name, fields in inputs.items() if "expectedRevision" in fields}
    assert {name for name, fields in inputs.items() if {"correcting", "draftId"} & set(fields)} <= refused_unseen
    assert set(BUDGETS) == set(schema._schema.type_map["Mutation"].fields)
    spent.pop("")
    too_many = {name: max(trips, key=len) for name, trips in spent.items() if max(map(len, trips)) > BUDGETS[name]}
    assert too_many == {}, "\n".join(f"{name}: {len(trips)}" for name, trips in too_many.items())
    assert set(spent) == set(BUDGETS)


async def every_act(app: Application) -> None:
    """A firm through all states of its project and its deposit."""
    await app.staff(Role.CERTIFICATION_REVIEWER, "")  # somebody to review, without whom nothing is certified
    await app.person()
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    draft = await handler.act("saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT)
    entered = await handler.act(
        "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT, draftId=draft["id"]
    )
    await come_and_go(app, handler)
    await reserve_an_account(app, handler, banker)
    await act_to_the_end(handler, officer, banker, entered["id"])
    handler.token = None
    administrator = await app.staff(Role.ADMINISTRATOR, "")
    for _ in range(5):
        await app.log_in(handler, password="wrong")
    await administrator.act("unlockAccount", "UnlockAccountInput", "... on Done { count }", mobile=handler.mobile)

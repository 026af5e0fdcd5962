"""What an act came to is shown alike by both ways, compiled and generic; and no way of showing it acts again."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any

import orjson
import pytest
from graphql import SelectionSetNode, get_named_type, is_leaf_type, parse, print_ast, strip_ignored_characters
from sqlalchemy import func, select

from core.actor import Role
from core.audit import trail
from core.db import Base, deferred_writes
from core.identity import sessions
from core.projects.models import Project
from core.reviews import next_steps
from resolvers.compiler import Fallback, MutationOutcome
from resolvers.context import Context
from schema.fields import Once
from schema.root import Schema, schema
from tests.helpers.acts import PROJECT, enter_project, submit_quota
from tests.helpers.app import Application
from tests.helpers.every_act import act_to_the_end, come_and_go, reserve_an_account
from tests.helpers.people import PROBLEM, Person

TYPES = schema._schema.type_map
PUBLIC = {"requestCode", "register", "logIn", "resetPassword"}
NO_ROW = {"deleteDraft", "logOut", "unlockAccount", "inviteHandler", "withdrawInvitation", "endMembership"}
OF_ACCOUNTS = {"changePassword", "changeMobile", "changeEmail"}
"""Compiled but for ``actingFor``, which is answered row by row."""
DEPTH = 3


LONGEST = 5_000
"""Characters of a selection: with the act around it, a document stays within the limits (``schema.limits``)."""


def everything_in_parts(type: Any) -> Iterator[str]:
    """Each field of a type, and of the types it leads to, in selections that are short enough for a document."""
    parts = ["__typename"]
    for part in fields_of(type):
        if sum(map(len, parts)) + len(part) > LONGEST:
            yield " ".join(parts)
            parts = ["__typename"]
        parts.append(part)
    yield " ".join(parts)


def everything(type: Any, depth: int) -> str:
    return " ".join(["__typename", *fields_of(type, depth)])


def fields_of(type: Any, depth: int = 1) -> list[str]:
    """Each field, with all it leads to."""
    parts: list[str] = []
    for name, field in type.fields.items():
        shown = get_named_type(field.type)
        if is_leaf_type(shown):
            parts.append(name)
        elif depth < DEPTH and not any(argument.default_value is None for argument in field.args.values()):
            parts.append(f"{name} {{ {everything(shown, depth + 1)} }}")
    return parts


def selecting(outcome: MutationOutcome, selection: str) -> tuple[str, MutationOutcome]:
    """The act as a document would have it that selects this of it, and that document."""
    selected = parse(f"{{ {selection} }}").definitions[0].selection_set
    root = replace(outcome.root.details[0].node, selection_set=selected)
    whole = print_ast(replace(outcome.operation.node, selection_set=SelectionSetNode(selections=(root,))))
    query = strip_ignored_characters(whole)  # a longer one is not compiled
    kept = schema.query_executor.find_operation(query, None)
    [root] = schema.query_executor.collect_roots(kept, outcome.values).fields
    return query, replace(outcome, operation=kept, root=root)


class Witness:
    """Has what came of every act shown both ways too, with all that can be selected of it."""

    def __init__(self) -> None:
        self.compiled: set[str] = set()
        self.generic: set[str] = set()

    async def read_back(
        self, outcome: MutationOutcome, context: Context, query: str, name: str | None, variables: Any
    ) -> Any:
        for selection in ("__typename", *(f"which: __typename {part}" for part in everything_of(outcome.result))):
            await self.both(*selecting(outcome, selection), variables, context)
        return await Schema.read_back(schema, outcome, context, query, name, variables)

    async def both(self, query: str, outcome: MutationOutcome, variables: Any, context: Context) -> None:
        name = outcome.root.details[0].node.name.value
        context.loaders.clear()
        shown = await super(Schema, schema).execute(query, variables, context, outcome)
        try:
            found = await schema.mutation_executor.read_back(outcome, context)
        except Fallback:
            self.generic.add(name)
            return
        self.compiled.add(name)
        assert shown.errors is None, (query, shown.errors)
        assert orjson.loads(found) == orjson.loads(orjson.dumps(shown.data)), query


def everything_of(result: Any) -> list[str]:
    """Of a row all fields, by their type and by an interface; of a refusal what it says."""
    name = type(result).__name__
    node = "... on Node { again: id }" if isinstance(result, Base) else ""
    if name not in TYPES:
        return [PROBLEM]
    return [f"... on {name} {{ {part} }} {node}" for part in everything_in_parts(TYPES[name])]


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Witness:
    witness = Witness()
    monkeypatch.setattr(schema, "read_back", witness.read_back)
    return witness


@pytest.mark.unregistered
async def test_every_act_is_shown_alike_both_ways(app: Application, witness: Witness):
    handler, officer, banker = await app.handler(), await app.officer(), await app.banker()
    draft = await handler.act("saveProjectDraft", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT)
    assert draft["__typename"] == "Project"
    entered = await enter_project(handler, name="甲“小区”\\")
    await come_and_go(app, handler)
    await reserve_an_account(app, handler, banker)
    await act_to_the_end(handler, officer, banker, entered["id"])
    administrator = await app.staff(Role.ADMINISTRATOR, "")
    await administrator.act("unlockAccount", "UnlockAccountInput", "... on Done { count }", mobile=handler.mobile)
    assert witness.compiled == set(TYPES["Mutation"].fields) - PUBLIC - NO_ROW
    assert witness.generic == NO_ROW | OF_ACCOUNTS


def test_every_act_of_somebody_signed_in_is_awaited_and_shown_but_once():
    for name, definition in TYPES["Mutation"].fields.items():
        field = definition.extensions["strawberry-definition"]
        assert iscoroutinefunction(field.base_resolver.wrapped_func), name
        assert any(isinstance(extension, Once) for extension in field.extensions) == (name not in PUBLIC), name


async def test_a_refused_act_is_shown_as_before(app: Application, witness: Witness):
    handler = await app.handler()
    entered = await enter_project(handler)
    assert (await submit_quota(handler, entered["id"], entryRatio="0.001"))["__typename"] == "RulesViolated"
    assert (await submit_quota(handler, "x"))["path"]
    refused = await handler.act("approveReview", "ApproveReviewInput", "... on Review { id }", reviewId=entered["id"])
    assert refused["__typename"] != "Review"
    assert witness.generic == {"submitQuotaApplication", "approveReview"}


async def test_a_repeated_act_is_shown_as_it_was(app: Application, witness: Witness):
    handler = await app.handler()
    first, second = [
        await handler.act(
            "enterProject", "ProjectInput", "... on Project { id }", city="benxi", fields=PROJECT, idempotencyKey="k"
        )
        for _ in range(2)
    ]
    assert first == second
    assert await projects(app) == 1


ENTER = """mutation ($input: ProjectInput!) {
  enterProject(input: $input) { ... on Project { name nextSteps { code } } ... on Problem { code } } }"""


async def projects(app: Application) -> int:
    async with app.services.db.read_everything() as session:
        return await session.scalar(select(func.count()).select_from(Project)) or 0


async def test_an_act_whose_selection_fails_is_done_once(app: Application, monkeypatch: pytest.MonkeyPatch):
    async def fails(*_: Any) -> Any:
        raise RuntimeError("no steps today")

    handler = await app.handler()
    monkeypatch.setattr(next_steps, "of", fails)
    answer = await handler.post(ENTER, input={"city": "benxi", "fields": PROJECT})
    assert [error["path"] for error in answer["errors"]] == [["enterProject", "nextSteps"]]
    assert await projects(app) == 1


async def test_an_act_that_cannot_be_read_back_is_done_once_and_shown(
    app: Application, monkeypatch: pytest.MonkeyPatch
):
    async def fails(*_: Any) -> Any:
        raise RuntimeError("no plan today")

    handler = await app.handler()
    monkeypatch.setattr(schema.query_executor, "read_roots", fails)
    shown = await handler.ask(ENTER, input={"city": "benxi", "fields": PROJECT})
    assert shown["name"] == PROJECT["name"]
    assert await projects(app) == 1


async def test_an_act_that_crashes_is_not_tried_again(app: Application, monkeypatch: pytest.MonkeyPatch):
    tries: list[None] = []

    def crashes(*_: Any, **__: Any) -> Any:
        tries.append(None)
        raise RuntimeError("no trail today")

    handler = await app.handler()
    monkeypatch.setattr(trail, "record", crashes)
    answer = await handler.post(ENTER, input={"city": "benxi", "fields": PROJECT})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL_SERVER_ERROR"]
    assert "trail" not in answer["errors"][0]["message"]
    assert len(tries) == 1
    assert await projects(app) == 0


async def test_an_act_that_runs_out_of_time_is_not_tried_again(app: Application, monkeypatch: pytest.MonkeyPatch):
    tries: list[None] = []

    async def waits(*_: Any, **__: Any) -> Any:
        tries.append(None)
        limit.reschedule(asyncio.get_running_loop().time())  # now, however long it took to come here
        await asyncio.Event().wait()

    handler = await app.handler()
    actor = await actor_of(handler)
    monkeypatch.setattr(deferred_writes, "commit", waits)
    context = Context(app.services, actor=actor, at=datetime.now(UTC), request_id="")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as limit:
            await schema.execute(ENTER, {"input": {"city": "benxi", "fields": PROJECT}}, context)
    assert len(tries) == 1
    assert await projects(app) == 0


async def actor_of(person: Person) -> Any:
    async with person.services.db.write() as session:
        return await sessions.authenticate(session, person.token, datetime.now(UTC), idle=timedelta(minutes=30))


async def test_several_acts_in_a_document_are_each_done_once_in_their_order(app: Application):
    handler = await app.handler()
    query = """mutation ($input: ProjectInput!) {
      first: enterProject(input: $input) { ... on Project { id } }
      second: enterProject(input: $input) { ... on Project { id } } }"""
    answer = await handler.ask(query, input={"city": "benxi", "fields": PROJECT})
    assert list(answer) == ["first", "second"]
    assert await projects(app) == 2


async def test_an_act_that_is_skipped_or_only_named_is_not_done(app: Application):
    handler = await app.handler()
    skipped = ENTER.replace("enterProject(input: $input)", "enterProject(input: $input) @skip(if: true)")
    assert await handler.post(skipped, input={"city": "benxi", "fields": PROJECT}) == {"data": {}}
    assert await handler.ask("mutation { __typename }") == "Mutation"
    assert await projects(app) == 0


async def test_a_visit_does_not_act(app: Application):
    handler = await app.handler()
    params = {"query": ENTER, "variables": json.dumps({"input": {"city": "benxi", "fields": PROJECT}})}
    headers = {"Authorization": f"Bearer {handler.token}"}
    assert (await app.http.get("/graphql", params=params, headers=headers)).status_code == 405
    assert await projects(app) == 0


async def test_a_stranger_does_not_act(app: Application):
    answer = await app.stranger.ask(ENTER, input={"city": "benxi", "fields": PROJECT})
    assert answer["code"] == "UNAUTHENTICATED"
    assert await projects(app) == 0


async def test_who_was_remembered_does_not_act_in_a_session_that_ended(app: Application):
    here = await app.handler()
    there = Person(app.services, app.http, here.mobile)
    there.token = (await app.log_in(here))["token"]
    await here.ask("{ me { name } }")
    await there.ask("mutation { logOut(everywhere: true) { ... on Done { count } } }")
    answer = await here.post(ENTER, input={"city": "benxi", "fields": PROJECT})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert await projects(app) == 0


@pytest.mark.parametrize("fields", [{"contractAmount": "a lot"}, {"nosuchfield": 1}, None])
async def test_unusual_arguments_are_refused_before_anything_is_done(app: Application, fields: Any):
    handler = await app.handler()
    answer = await handler.post(ENTER, input={"city": "benxi", "fields": fields})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert await projects(app) == 0

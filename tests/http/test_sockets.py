"""What stays open ends with the session, or with the membership, it began under; each operation has a clock of its own.

Over real sockets to two applications on one database, as two processes would serve it.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import strawberry
import websockets
from sqlalchemy import select

from anxin.http.app import create_app
from anxin.http.session_watch import SessionWatch
from core.actor import Role
from core.audit.models import AuditEntry
from core.identity.models import Enterprise, Membership, Session
from core.settings import Settings
from schema.error_codes import CodedErrors
from tests.helpers.acts import PROJECT
from tests.helpers.app import Application, served
from tests.helpers.people import PASSWORD, Person
from tests.identity.test_credentials import NEW_PASSWORD, again, change, code_to, reset
from tests.identity.test_handlers import end, member_of

ME = "{ me { name actingAs } }"
NEVER = 10_000.0


@strawberry.type
class Query:
    here: str = "这里"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def silent(self) -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()


class Streaming(CodedErrors, strawberry.Schema):
    """Ours has no subscription yet."""


@dataclass
class Elsewhere:
    """Another process of the same installation."""

    address: str
    http: Any

    @asynccontextmanager
    async def talk(self, person: Person, *, header: bool = False) -> AsyncGenerator["Talk"]:
        authorization = {"Authorization": f"Bearer {person.token}"}
        connecting = websockets.connect(
            self.address.replace("http", "ws") + "/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            additional_headers=authorization if header else {},
        )
        async with connecting as wire:
            talk = Talk(wire)
            await talk.say({"type": "connection_init", "payload": {} if header else authorization})
            assert json.loads(await wire.recv()) == {"type": "connection_ack"}
            yield talk


@dataclass
class Talk:
    wire: websockets.ClientConnection

    async def say(self, message: object) -> None:
        await self.wire.send(json.dumps(message))

    async def ask(self, query: str, **variables: Any) -> Any:
        await self.say({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})
        answer = json.loads(await self.wire.recv())
        assert answer["type"] == "next", answer
        assert json.loads(await self.wire.recv())["type"] == "complete"
        return answer["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        """Waits for it; nothing more is told before."""
        async with asyncio.timeout(20):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await self.wire.recv()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


@asynccontextmanager
async def process(app: Application, var: Path, schema: Any = None) -> AsyncGenerator[Elsewhere]:
    url = app.services.settings.database_url
    async with served(create_app(Settings(database_url=url, var=var, strangers="open"), schema)) as http:
        yield Elsewhere(str(http.base_url), http)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked again at once, so that nobody waits."""
    monkeypatch.setattr(SessionWatch, "seconds", 0.05)


@pytest.fixture
async def elsewhere(app: Application, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    async with process(app, tmp_path) as there:
        yield there


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is closed but by what is asked on it."""
    monkeypatch.setattr(SessionWatch, "seconds", NEVER)


async def log_out(person: Person, *, everywhere: bool = False) -> None:
    mutation = "mutation ($all: Boolean!) { logOut(everywhere: $all) { __typename } }"
    assert await person.ask(mutation, all=everywhere) == {"__typename": "Done"}


async def end_memberships(app: Application) -> None:
    async with app.services.db.write() as session:
        for membership in await session.scalars(select(Membership)):
            membership.since, membership.until = date(2024, 1, 1), date(2024, 12, 31)


SESSION = (4401, "登录已失效，请重新登录。")
MEMBERSHIP = (4403, "您已不再代表该单位办理业务，连接已关闭。")


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("header", [False, True])
async def test_a_log_out_closes_the_sockets_of_every_process(
    app: Application, elsewhere: Elsewhere, everywhere: bool, header: bool
):
    person, other = await app.person(), await app.handler()
    async with elsewhere.talk(person, header=header) as talk, elsewhere.talk(other) as neighbour:
        assert (await talk.ask(ME))["me"]["name"] == "张三"
        await log_out(person, everywhere=everywhere)
        assert await talk.closed() == SESSION
        assert (await neighbour.ask(ME))["me"]["actingAs"] == "HANDLER"


async def test_a_new_password_closes_every_socket_but_of_the_session_that_changed_it(
    app: Application, elsewhere: Elsewhere
):
    here = await app.person()
    there = await again(app, here)
    async with elsewhere.talk(here) as talk, elsewhere.talk(there) as other:
        await change(here, "Password", newPassword=NEW_PASSWORD)
        assert await other.closed() == SESSION
        assert (await talk.ask(ME))["me"]["name"] == "张三"
        await reset(app, here.mobile, password=PASSWORD, **await code_to(app, here.mobile, "RESET_PASSWORD"))
        assert await talk.closed() == SESSION


@pytest.mark.parametrize("columns", [("ends_at",), ("seen_at",)], ids=["old", "idle"])
async def test_a_session_that_ends_by_itself_closes_its_sockets(
    app: Application, elsewhere: Elsewhere, columns: tuple[str, ...]
):
    person = await app.person()
    async with elsewhere.talk(person) as talk:
        await app.earlier(Session, *columns, "holds_until", hours=13)
        assert await talk.closed() == SESSION


async def test_the_end_of_a_membership_closes_the_sockets_of_who_acted_under_it(app: Application, elsewhere: Elsewhere):
    handler, person, administrator = await app.handler(), await app.person(), await app.staff(Role.ADMINISTRATOR, "")
    async with elsewhere.talk(handler) as talk, elsewhere.talk(person) as neighbour:
        assert (await end(administrator, await member_of(handler)))["__typename"] == "Done"
        assert await talk.closed() == MEMBERSHIP
        assert (await neighbour.ask(ME))["me"]["actingAs"] is None


async def test_nothing_is_read_or_written_on_a_socket_whose_session_ended(
    app: Application, elsewhere: Elsewhere, unwatched: None
):
    handler = await app.handler()
    draft = "mutation ($input: ProjectInput!) { saveProjectDraft(input: $input) { __typename } }"
    for document, variables in ((ME, {}), (draft, {"input": {"city": "benxi", "fields": PROJECT}})):
        async with elsewhere.talk(handler) as talk:
            await talk.ask(ME)
            async with app.services.db.write() as session:
                for row in await session.scalars(select(Session)):
                    row.revoked_at, row.holds_until = datetime.now(UTC), None
            await talk.say({"id": "1", "type": "subscribe", "payload": {"query": document, "variables": variables}})
            assert await talk.closed() == (4401, "请先登录。")
        async with app.services.db.write() as session:
            for row in await session.scalars(select(Session)):
                row.revoked_at = None


async def test_nothing_is_read_for_an_organisation_that_is_acted_for_no_more(
    app: Application, elsewhere: Elsewhere, unwatched: None
):
    async with elsewhere.talk(await app.handler()) as talk:
        await talk.ask(ME)
        await end_memberships(app)
        await talk.say({"id": "1", "type": "subscribe", "payload": {"query": ME}})
        assert await talk.closed() == MEMBERSHIP


async def test_each_operation_on_a_socket_has_its_moment_its_id_and_fresh_rows(app: Application, elsewhere: Elsewhere):
    handler = await app.handler()
    firm = "{ me { actingFor { name } } }"
    [membership] = (await handler.ask("{ me { memberships { id } } }"))["memberships"]
    act = "mutation ($id: ID!) { actFor(input: {membershipId: $id}) { __typename } }"
    async with elsewhere.talk(handler) as talk:
        assert (await talk.ask(firm))["me"]["actingFor"]["name"] == "演示建筑有限公司"
        async with app.services.db.write() as session:
            for enterprise in await session.scalars(select(Enterprise)):
                enterprise.name = "改名建筑有限公司"
        assert (await talk.ask(firm))["me"]["actingFor"]["name"] == "改名建筑有限公司"
        before = datetime.now(UTC)
        for _ in range(2):
            assert (await talk.ask(act, id=membership["id"]))["actFor"] == {"__typename": "Membership"}
    async with app.services.db.read_everything() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2))
        last, first = [(row.at, row.request_id) for row in rows]
    assert before < first[0] < last[0]
    assert (first[1].split(".")[0], first[1][-2:], last[1][-2:]) == (last[1].split(".")[0], ".3", ".4")


async def test_a_stream_of_events_ends_with_its_session(app: Application, tmp_path: Path):
    person = await app.person()
    body = {"query": "subscription { silent }"}
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {person.token}"}
    async with (
        process(app, tmp_path, Streaming(Query, subscription=Subscription)) as there,
        there.http.stream("POST", "/graphql", json=body, headers=headers) as stream,
    ):
        lines = stream.aiter_lines()
        while not (line := await anext(lines)).startswith("data: {"):
            pass
        assert json.loads(line[6:]) == {"data": {"silent": 1}}
        await log_out(person)
        told = [json.loads(line[6:]) async for line in lines if line.startswith("data: {")]
    assert [error["extensions"]["code"] for one in told for error in one["errors"]] == ["UNAUTHENTICATED"]

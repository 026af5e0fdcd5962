"""Rows of every kind, and everybody who may look at some of them."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import GraphQLError
from sqlalchemy import select

from anxin.database.embedded import EmbeddedPostgres
from bench import data
from core.actor import Actor, Role
from core.db import Base
from core.deadlines.models import Alert
from core.identity.models import Account, Authority, Membership
from core.projects.models import Project
from resolvers import ids
from resolvers.context import Context, Services
from schema.error_codes import present_refusals
from schema.root import Schema, schema
from tests.helpers import deposits
from tests.helpers.acts import approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import Application, open_application
from tests.helpers.postgres import copied

LISTS = [
    "alerts",
    "auditTrail",
    "certifications",
    "contractorRecords",
    "filings",
    "institutions",
    "messages",
    "projects",
    "quotaApplications",
    "reviewQueue",
    "reviews",
    "wageDeposits",
]
BENCH = 20
AT_ONCE = 20
"""Rows asked for by their ids in one operation."""


Ask = Callable[..., Awaitable[Any]]
"""``Seeded.both`` or ``Seeded.quick``."""


@dataclass(repr=False)
class Seeded:
    """Rows of every kind, and everybody who may look at some of them."""

    services: Services
    actors: dict[str, Actor]
    ids: list[str]
    cursors: dict[str, list[str]]

    @property
    def officer(self) -> Actor:
        return next(actor for actor in self.actors.values() if actor.role is Role.HRSS_OFFICER)

    def context(self, actor: Actor) -> Context:
        return Context(self.services, actor=actor, at=datetime.now(UTC), request_id="")

    async def generic(self, actor: Actor, query: str, variables: dict[str, Any]) -> Any:
        return await super(Schema, schema).execute(query, variables, self.context(actor))

    async def compiled(self, actor: Actor, query: str, variables: dict[str, Any]) -> Any:
        """The data, of which nothing is refused. Raises Fallback."""
        data, refusals = await self.answered(actor, query, variables)
        assert refusals == []
        return data

    async def answered(self, actor: Actor, query: str, variables: dict[str, Any]) -> tuple[Any, list[GraphQLError]]:
        """The data, and what is refused, as it is shown. Raises Fallback."""
        answer = await schema.query_executor.execute(self.context(actor), query, None, variables)
        return orjson.loads(answer.data), present_refusals(answer.refusals, "zh")

    async def quick(self, actor: Actor, query: str, **variables: Any) -> Any:
        """``compiled``, as ``both`` is asked."""
        return await self.compiled(actor, query, variables)

    async def nodes(self, ask: Ask, actor: Actor, leaves_too: bool = False) -> list[Any]:
        """Every row by its id, some in each operation."""
        found: list[Any] = []
        for start in range(0, len(self.ids), AT_ONCE):
            some = {f"i{start + n}": id for n, id in enumerate(self.ids[start : start + AT_ONCE])}
            declared = ", ".join(f"${name}: ID!" for name in some)
            asked = [
                f"{name}: node(id: ${name}) {{ __typename id {_inside(id, leaves_too)} }}" for name, id in some.items()
            ]
            answer = await ask(actor, f"query ({declared}) {{ {' '.join(asked)} }}", **some)
            found += answer.values()
        return found

    async def both(self, actor: Actor, query: str, **variables: Any) -> Any:
        """The data, which must be the same; the compiled way must take the query."""
        expected = await self.generic(actor, query, variables)
        assert expected.errors is None, expected.errors
        found = await self.compiled(actor, query, variables)
        assert found == orjson.loads(orjson.dumps(expected.data))
        assert list(found) == list(expected.data)
        return found


@pytest.fixture(scope="session")
async def seeded_once(
    server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, Seeded]:
    """The database to copy, the folder of its files, and what is in it."""
    name, var = "anxin_seeded", tmp_path_factory.mktemp("seeded")
    server.create_database(name, template=template)
    async with open_application(server.url(name), var) as app:
        return name, var, await _populated(app)


@pytest.fixture(scope="module")
async def seeded(
    server: EmbeddedPostgres, seeded_once: tuple[str, Path, Seeded], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Seeded]:
    source, files, known = seeded_once
    var = tmp_path_factory.mktemp("seeded")
    shutil.copytree(files, var, dirs_exist_ok=True)
    with copied(server, source) as url:
        async with open_application(url, var) as app:
            yield replace(known, services=app.services)


async def _populated(app: Application) -> Seeded:
    data.fill(app.owner_dsn, BENCH, lambda _: None)
    handler, officer, other = (
        await app.handler(),
        await app.officer(),
        await app.handler(seed=2, name="另一建筑公司"),
    )
    secured = await deposits.secured_deposit(handler, officer)
    await deposits.file_and_cancel(handler, officer, secured)
    paid = await deposits.open_deposit(handler, officer, {"name": "乙小区"}, **deposits.SAMPLE)
    assert (await deposits.report_cash(handler, paid))["__typename"] == "CashPayment"
    sent_back = await enter_project(handler, name="丙“小区”\\")
    await approve(officer)
    await submit_quota(handler, sent_back["id"])
    await reject(officer, "合同金额\t“与备案”\n不符\\")
    await submit_quota(other, (await enter_project(other, name="丁小区"))["id"])
    waiting = await app.person("无单位")
    assert (await submit_certification(waiting, seed=3))["__typename"] == "Certification"
    await waiting.upload()
    async with app.services.db.write() as session:
        for project in await session.scalars(select(Project)):
            session.add(_alert_on(project))
    actors: dict[str, Actor] = {}
    async with app.services.db.read_everything() as session:
        accounts = list(await session.scalars(select(Account).order_by(Account.id)))
        members = list(await session.scalars(select(Membership)))
        for account in accounts:
            mine = [member for member in members if member.account_id == account.id]
            for member in mine:
                role = Role(member.role)
                actors[f"{role} {account.id}"] = Actor(account.id, account.name, member.organization_id, role)
            if not mine:
                actors[f"nobody {account.id}"] = Actor(account.id, account.name)
        for number, authority in enumerate(await session.scalars(select(Authority).order_by(Authority.id))):
            role = Role.INDUSTRY_OFFICER if "住房" in authority.name else Role.HRSS_OFFICER
            actors[f"{role} of {authority.name}"] = Actor(accounts[number % len(accounts)].id, "官", authority.id, role)
        found = [
            ids.encode(name, row_id)
            for name, model in represented().items()
            for row_id in (await session.scalars(select(model.id).order_by(model.id.desc()).limit(6))).all()
        ]
    seeded = Seeded(app.services, actors, found, {})
    for name in LISTS:
        query = f"{{ {name}(first: 2) {{ pageInfo {{ startCursor endCursor }} }} }}"
        for actor in actors.values():
            info = (await seeded.generic(actor, query, {})).data[name]["pageInfo"]
            known = seeded.cursors.setdefault(name, [])
            known += [cursor for cursor in info.values() if cursor and cursor not in known]
    return seeded


def _inside(id: str, leaves_too: bool) -> str:
    name, _ = ids.decode(id)
    return f"... on {name} {{ {leaves(name)} }}" if leaves_too else ""


def _alert_on(project: Project) -> Alert:
    return Alert(
        region_code=project.region_code,
        applicant_id=project.applicant_id,
        office_id=project.office_id,
        authority_id=project.authority_id,
        kind="guarantee_expiry",
        subject_type="Project",
        subject_id=project.id,
        project_id=project.id,
        message="保函即将到期\u0007“甲”",
        ends_on=date(2026, 12, 1 + project.id % 28),
        raised_at=datetime(2026, 11, 1, 0, 0, 0, 1000 * (project.id % 3), UTC),
        state="open",
    )


def represented() -> dict[str, Any]:
    """The types that stand for a table, each with its class."""
    found: dict[str, Any] = {}
    for name, type in schema._schema.type_map.items():
        definition = type.extensions.get("strawberry-definition")
        model = getattr(getattr(definition, "origin", None), "represents", None)
        if isinstance(model, type_of_classes) and issubclass(model, Base):
            found[name] = model
    return found


type_of_classes = type


def leaves(type_name: str) -> str:
    """Every field of a type that needs no selection of its own."""
    fields = schema._schema.type_map[type_name].fields
    named = {name: re.sub(r"[\[\]!]", "", str(one.type)) for name, one in fields.items()}
    plain = [name for name, type in named.items() if not hasattr(schema._schema.type_map[type], "fields")]
    return " ".join(name for name in plain if name != "actingAs")


PAGE = """query ($first: Int!, $after: String, $last: Int, $before: String, $page: Int) {
  page: %s(first: $first, after: $after, last: $last, before: $before, page: $page) {
  totalCount totalCountExact pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { %s } } nodes { id } } }"""

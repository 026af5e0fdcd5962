"""A page costs a page, whoever asks and however it is narrowed, with 100,000 projects in the database."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type
from sqlalchemy import select

from anxin.database.embedded import EmbeddedPostgres
from core.access import split_visible, visible
from core.actor import Actor, Role
from core.guarantees import expiry
from core.guarantees.models import GuaranteeOrder
from core.identity.models import Account, Enterprise, Organization
from resolvers import ids
from resolvers.compiler.field_info import DEFINITION, field_of, model_of
from resolvers.fields import marks
from schema.root import schema
from tests.helpers.explain import Crowd, Work, crowded

PROJECTS = 100_000
PAGE = 10
READ = PAGE + 1
"""Rows of a page, and the one that tells of a next page."""
ENOUGH = 10 * PAGE
"""Rows of a table that may be read for a narrowed page: those passed over are few where what is asked for is common."""

QUERY: Any = schema._schema.query_type
TYPES: Any = schema._schema.type_map
LISTS = {name: field for name, field in QUERY.fields.items() if str(field.type).rstrip("!").endswith("Connection")}
RELATIONS = [
    (type, name)
    for type in schema._schema.type_map.values()
    if isinstance(type, GraphQLObjectType) and DEFINITION in type.extensions and model_of(type)
    for name, field in type.fields.items()
    if field_of(field).is_list and isinstance(field_of(field).mark, marks.Related | marks.Matching)
]
"""The lists that belong to a row: the type and the field."""
SAMPLES = {
    "subject": ids.encode("QuotaApplication", 4),
    "name": "“77777”号",
    "title": "“77777”号",
    "guaranteeNumber": "YS-77777-1",
    "city": "210500",
    "number": "1800000000000077776",
    "supervisingArea": "210500",
    "regionCode": "210500",
    "procedure": "cancellation",
    "numberPrefix": "1800000000000000",
    "least": "2000000.00",
    "most": "90000000.00",
    "earliest": "2024-02-01",
    "latest": "2026-01-01",
    "overdue": True,
    "uscc": "BENCH0000000000077",
}
"""Values for arguments and fields of filters, by their names: those of an enumeration are all tried."""

OFFICERS = {Role.HRSS_OFFICER, Role.INDUSTRY_OFFICER}
DESK = {Role.CERTIFICATION_REVIEWER}
WALKED: dict[tuple[str, str], set[Role]] = {
    # A part of a name is looked for in all the caller's rows (docs/performance.md).
    ("projects", "filter.name"): OFFICERS,
    ("quotaApplications", "filter.project.name"): OFFICERS,
    ("wageDeposits", "filter.project.name"): OFFICERS,
    ("filings", "filter.project.name"): OFFICERS,
    ("reviews", "filter.title"): OFFICERS | DESK,
    # Bounds are promised with the order of their column.
    **{
        (name, f"filter.project.{bound}"): OFFICERS
        for name in ("quotaApplications", "wageDeposits", "filings")
        for bound in ("numberPrefix", "contractAmount.most")
    },
    ("projects", "filter.numberPrefix"): OFFICERS,
    ("projects", "filter.contractAmount.most"): OFFICERS,
    ("wageDeposits", "filter.amountDue.most"): OFFICERS,
    ("reviews", "filter.overdue"): OFFICERS | DESK,
    ("reviews", "filter.dueOn.earliest"): DESK,
    # A queue holds open rounds only, hundreds at an office.
    ("reviewQueue", "filter.title"): OFFICERS | DESK,
    ("reviewQueue", "filter.procedure"): DESK,
}
"""Which lists, narrowed by what, read more than a page for whom."""


PARTIES = """
    UPDATE project SET contractor_id = firm.id FROM (SELECT min(id) AS id FROM organization WHERE kind = 'enterprise')
    AS firm WHERE mod(project.id, 4000) = 3;
    UPDATE project SET owner_id = firm.id FROM (SELECT min(id) AS id FROM organization WHERE kind = 'enterprise')
    AS firm WHERE mod(project.id, 2500) = 7;
    ANALYZE project
"""
"""The handler's firm builds 25 works that others entered, and owns 40."""


@pytest.fixture(scope="module")
async def large(server: EmbeddedPostgres, template: str, tmp_path_factory: Any) -> AsyncIterator[Crowd]:
    async with crowded(server, template, tmp_path_factory.mktemp("large"), PROJECTS, PARTIES) as large:
        yield large


@pytest.fixture(scope="module")
async def actors(large: Crowd) -> list[Actor]:
    """Somebody in each role that sees rows, and somebody without an organisation."""
    kinds = {
        Role.HANDLER: Organization.kind == "enterprise",
        Role.HRSS_OFFICER: Organization.name == "本溪市人力资源和社会保障局",
        Role.INDUSTRY_OFFICER: Organization.name == "本溪市住房和城乡建设局",
        Role.CERTIFICATION_REVIEWER: Organization.kind == "operator",
        Role.INSTITUTION_STAFF: Organization.id.in_(select(GuaranteeOrder.office_id)),
    }
    async with large.services.db.read_everything() as session:
        account = (await session.scalars(select(Account.id).order_by(Account.id.desc()))).first()
        found = [Actor(account)]
        for role, kind in kinds.items():
            id = (await session.scalars(select(Organization.id).where(kind).order_by(Organization.id))).first()
            found.append(Actor(account, "", id, role))
    return found


PLACE = ("first", "after", "last", "before", "page")


def narrowed(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each condition by which a list is narrowed, where it stands, and the arguments that say it."""
    for argument, given in LISTS[name].args.items():
        if argument not in (*PLACE, "orderBy"):
            for path, value in _conditions(argument, get_named_type(given.type)):
                yield path, {argument: value}


def _conditions(path: str, type: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(type, GraphQLInputObjectType):
        for name, field in type.fields.items():
            for inner, value in _conditions(f"{path}.{name}", get_named_type(field.type)):
                yield inner, {name: [value] if str(field.type).startswith("[") else value}
    elif isinstance(type, GraphQLEnumType):
        yield from ((path, value) for value in type.values)
    else:
        yield path, SAMPLES[path.rpartition(".")[2]]


def page_of(name: str, arguments: dict[str, Any], first: int = PAGE) -> str:
    declared = "".join(f", ${argument}: {LISTS[name].args[argument].type}" for argument in arguments)
    passed = "".join(f", {argument}: ${argument}" for argument in arguments)
    shown = "nodes { id } pageInfo { endCursor }"
    return f"query ($first: Int! = {first}{declared}) {{ {name}(first: $first{passed}) {{ {shown} }} }}"


def costs_no_more(work: Work, most: int) -> bool:
    return not work.unindexed and all(rows <= most for rows in work.read.values())


def walked(name: str, path: str) -> set[Role | None]:
    return set(WALKED.get((name, path), ()))


@pytest.mark.parametrize("name", LISTS)
async def test_an_index_gives_each_page_in_its_order(large: Crowd, actors: list[Actor], name: str):
    works = {actor: await large.work(actor, page_of(name, {})) for actor in actors}
    model: Any = model_of(TYPES[str(LISTS[name].type).rstrip("!").removesuffix("Connection")])
    # Where several columns show rows, each index but one gives a row in advance to merge them by.
    most = {actor: READ + len(split_visible(model, actor)) - 1 for actor in actors}
    dear = {a.role for a, work in works.items() if not costs_no_more(work, most[a]) or work.sorted.total()}
    assert dear == walked(name, ""), works


@pytest.mark.parametrize("name", LISTS)
async def test_a_narrowed_page_passes_few_rows_over(large: Crowd, actors: list[Actor], name: str):
    dear: dict[str, set[Role | None]] = {}
    for path, arguments in narrowed(name):
        for actor in actors:
            work = await large.work(actor, page_of(name, arguments), **arguments)
            if not costs_no_more(work, ENOUGH):
                dear.setdefault(path, set()).add(actor.role)
    assert dear == {path: roles for (of, path), roles in WALKED.items() if of == name and path not in ("", "after")}


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_further_down_costs_little_more(large: Crowd, actors: list[Actor], name: str):
    dear: set[Role | None] = set()
    for actor in actors:
        above = (await large.answer(actor, page_of(name, {}, first=100)))[name]["pageInfo"]["endCursor"]
        if above:
            work = await large.work(actor, page_of(name, {"after": above}), after=above)
            if not costs_no_more(work, ENOUGH):
                dear.add(actor.role)
    assert dear == walked(name, "after")


def _owner(type: Any, name: str, actor: Actor) -> Any:
    """A row that the actor sees; of an enterprise, which everybody sees, one of which he sees what belongs to it."""
    model, listed = model_of(type), getattr(field_of(type.fields[name]).mark, "model", None)
    if model is Enterprise and listed is not None:
        return select(listed.applicant_id).where(visible(listed, actor)).limit(1)
    return select(model.id).where(visible(model, actor)).limit(1)


@dataclass(frozen=True)
class Promise:
    """A list, and how it is narrowed and ordered, of which any page costs a page; ``deep`` where somebody has thousands
    of such rows."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    deep: bool = True
    numbered: bool = True
    """Whether an index alone tells which rows a numbered page has; else it reads those above it, 10,000 at most."""

    @property
    def table(self) -> str:
        model: Any = model_of(TYPES[str(LISTS[self.name].type).rstrip("!").removesuffix("Connection")])
        return model.__tablename__

    def __str__(self) -> str:
        return f"{self.name} {self.arguments}"


def _filtered(name: str, order: str | None = None, *, deep: bool = True, **filter: Any) -> Promise:
    return Promise(name, {"filter": filter} | ({"orderBy": order} if order else {}), deep)


PROMISED = [
    Promise("projects"),
    _filtered("projects", states=["COMPLETED"]),
    _filtered("projects", states=["COMPLETED", "DRAFT"]),
    Promise("projects", {"filter": {"supervisingArea": "210500"}}, numbered=False),
    _filtered("projects", supervisingArea="210502", deep=False),
    *(Promise("projects", {"orderBy": order}) for order in TYPES["ProjectOrder"].values),
    _filtered("projects", "NUMBER", numberPrefix="180000000000000777", deep=False),
    _filtered("projects", "LARGEST_FIRST", contractAmount={"least": "2000000.00", "most": "3000000.00"}, deep=False),
    _filtered("projects", "SMALLEST_FIRST", contractAmount={"least": "50000000.00"}),
    _filtered("projects", "PLANNED_START", plannedStart={"earliest": "2025-08-01", "latest": "2025-08-02"}, deep=False),
    Promise("quotaApplications"),
    _filtered("quotaApplications", states=["APPROVED"]),
    _filtered("quotaApplications", states=["SUBMITTED", "REJECTED"], deep=False),
    *(_filtered("quotaApplications", applicationTypes=[one], deep=False) for one in TYPES["ApplicationType"].values),
    *(_filtered("quotaApplications", paymentMethods=[one], deep=False) for one in TYPES["PaymentMethod"].values),
    Promise("wageDeposits"),
    _filtered("wageDeposits", states=["SECURED"]),
    *(_filtered("wageDeposits", filingStatuses=[one], deep=False) for one in TYPES["FilingStatus"].values),
    *(Promise("wageDeposits", {"orderBy": order}) for order in TYPES["WageDepositOrder"].values),
    _filtered("wageDeposits", "LARGEST_FIRST", amountDue={"least": "100000.00", "most": "200000.00"}, deep=False),
    Promise("filings"),
    _filtered("filings", states=["APPROVED"]),
    Promise("guarantees"),
    _filtered("guarantees", states=["IN_FORCE"]),
    *(Promise("guarantees", {"orderBy": order}) for order in TYPES["GuaranteeListOrder"].values),
    _filtered("guarantees", "NUMBER", numberPrefix="YS-7777", deep=False),
    _filtered("guarantees", "ENDING_FIRST", endsOn={"earliest": "2025-03-01", "latest": "2025-03-02"}, deep=False),
    Promise("guaranteeOrders", deep=False),
    _filtered("guaranteeOrders", states=["SUBMITTED"], deep=False),
    Promise("contractorRecords", deep=False),
    Promise("certifications"),
    Promise("reviews"),
    Promise("reviewQueue", {"filter": {"overdue": True}}, numbered=False),
    Promise("reviewQueue", {"filter": {"dueOn": {"earliest": "2026-01-01"}}}, numbered=False),
    Promise("auditTrail"),
    Promise("alerts", deep=False),
    Promise("alerts", {"state": "OPEN"}, deep=False),
]
"""What a screen may order and narrow a list by, at any number of rows (docs/api.md)."""
DEEP = 500


@pytest.mark.parametrize("promise", PROMISED, ids=str)
async def test_what_is_promised_costs_a_page_on_any_page(large: Crowd, actors: list[Actor], promise: Promise):
    name, narrowing = promise.name, dict(promise.arguments)
    for actor in actors:
        first = page_of(name, narrowing)
        work = await large.work(actor, first, **narrowing)
        assert _costs_a_page(work, actor), (actor.role, work)
        if after := (await large.answer(actor, first, **narrowing))[name]["pageInfo"]["endCursor"]:
            work = await large.work(actor, page_of(name, {**narrowing, "after": after}), **narrowing, after=after)
            assert _costs_a_page(work, actor), (actor.role, work)


def _costs_a_page(work: Work, actor: Actor) -> bool:
    """Or, to an enterprise, its own rows, once for each column by which it sees them and each alternative."""
    if actor.role is Role.HANDLER:
        return all(rows <= 2 * ENOUGH for rows in work.read.values())
    return costs_no_more(work, ENOUGH)


@pytest.mark.parametrize("promise", [one for one in PROMISED if one.numbered], ids=str)
async def test_a_page_far_down_is_found_by_an_index_alone(large: Crowd, actors: list[Actor], promise: Promise):
    name, narrowing, deepest = promise.name, dict(promise.arguments), 0
    for actor in actors:
        asked = page_of(name, {**narrowing, "page": DEEP})
        found = (await large.answer(actor, asked, **narrowing, page=DEEP))[name]["nodes"]
        work = await large.work(actor, asked, **narrowing, page=DEEP)
        assert work.unindexed <= {promise.table}, work  # the single rows are of the page's own
        # What was written lately is looked up in the table until it is vacuumed in peace.
        read = work.read[promise.table]
        assert work.fetched[promise.table] <= max(2 * ENOUGH, read // 10), (actor.role, work)
        deepest = max(deepest, len(found))
    assert not promise.deep or deepest == PAGE


async def test_a_page_counted_from_the_end_reads_a_page(large: Crowd, actors: list[Actor]):
    for actor in actors:
        query = "{ projects(last: 10) { nodes { id } pageInfo { startCursor } } }"
        assert costs_no_more(await large.work(actor, query), READ + 2)
        if before := (await large.answer(actor, query))["projects"]["pageInfo"]["startCursor"]:
            going_on = f'{{ projects(last: 10, before: "{before}") {{ nodes {{ id }} }} }}'
            assert costs_no_more(await large.work(actor, going_on), ENOUGH)


async def test_a_narrowed_list_is_counted_down_to_a_depth(large: Crowd, actors: list[Actor]):
    [officer] = [actor for actor in actors if actor.role is Role.HRSS_OFFICER]
    counts = "totalCount totalCountExact"
    everything = f"{{ projects {{ {counts} }} }}"
    narrowed = f'{{ projects(filter: {{ regionCode: "210500" }}) {{ {counts} }} }}'
    rare = f"{{ projects(filter: {{ states: DRAFT }}) {{ {counts} }} }}"
    assert await large.answer(officer, everything) == {"projects": {"totalCount": 25_000, "totalCountExact": True}}
    assert await large.answer(officer, narrowed) == {"projects": {"totalCount": 10_000, "totalCountExact": False}}
    assert await large.answer(officer, rare) == {"projects": {"totalCount": 5_000, "totalCountExact": True}}
    assert (await large.work(officer, narrowed)).read["project"] <= 10_001


@pytest.mark.parametrize(("type", "name"), RELATIONS, ids=str)
async def test_an_index_gives_what_belongs_to_a_row(large: Crowd, actors: list[Actor], type: Any, name: str):
    for actor in actors:
        async with large.services.db.read_everything() as session:
            id = await session.scalar(_owner(type, name, actor))
        if id is not None:
            query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {type} {{ {name} {{ id }} }} }} }}"
            work = await large.work(actor, query, id=ids.encode(str(type), id))
            assert len(work.read) > 1 or work.read.total() > 1  # a table that belongs to itself is counted once
            assert costs_no_more(work, ENOUGH), work
            return
    pytest.fail("nobody sees a row")


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_days_work_reads_the_guarantees_that_fall_due_and_no_others(large: Crowd, goes_on: bool):
    horizon, after = date(2025, 1, 10), (date(2025, 1, 5), 0) if goes_on else None
    work = large.work_of_all(expiry.unsettled(horizon, after))
    assert work.unindexed == set()
    assert sum(work.read.values()) > 0
    assert all(rows <= 2 * expiry.BATCH for rows in work.read.values()), work.read

"""A page costs a page, whoever asks and however it is narrowed, with 100,000 projects in the database."""

from collections.abc import AsyncIterator, Iterator
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
    # A queue holds open rounds only, hundreds at an office.
    ("reviewQueue", "filter.title"): OFFICERS | DESK,
    ("reviewQueue", "filter.procedure"): DESK,
    ("reviewQueue", "after"): OFFICERS | DESK,
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
        if argument not in PLACE:
            for path, value in _conditions(argument, get_named_type(given.type)):
                yield path, {argument: value}


def _conditions(path: str, type: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(type, GraphQLInputObjectType):
        for name, field in type.fields.items():
            for inner, value in _conditions(f"{path}.{name}", get_named_type(field.type)):
                yield inner, {name: value}
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


NUMBERED = {
    "projects": [{}, {"filter": {"state": "COMPLETED"}}],
    "quotaApplications": [{}, {"filter": {"state": "APPROVED"}}],
    "wageDeposits": [{}, {"filter": {"state": "SECURED"}}],
    "filings": [{}, {"filter": {"state": "APPROVED"}}],
    "certifications": [{}],
    "reviews": [{}],
    "auditTrail": [{}],
    "alerts": [{}, {"state": "OPEN"}],
}
"""Lists with numbered pagers, and how they are narrowed: by nothing that is not in the index."""
DEEP = 500


@pytest.mark.parametrize(("name", "narrowing"), [(name, one) for name, all in NUMBERED.items() for one in all], ids=str)
async def test_a_page_far_down_is_found_by_an_index_alone(
    large: Crowd, actors: list[Actor], name: str, narrowing: dict[str, Any]
):
    deepest = 0
    for actor in actors:
        asked = page_of(name, {**narrowing, "page": DEEP})
        found = (await large.answer(actor, asked, **narrowing, page=DEEP))[name]["nodes"]
        work = await large.work(actor, asked, **narrowing, page=DEEP)
        table = model_of(TYPES[str(LISTS[name].type).rstrip("!").removesuffix("Connection")]).__tablename__  # pyright: ignore[reportOptionalMemberAccess]
        assert work.unindexed <= {table}, work  # the single rows are of the page's own
        # What was written lately is looked up in the table until it is vacuumed in peace.
        assert work.fetched[table] <= max(ENOUGH, work.read[table] // 10), (actor.role, work)
        deepest = max(deepest, len(found))
    assert deepest == PAGE or name == "alerts"


async def test_a_page_counted_from_the_end_reads_a_page(large: Crowd, actors: list[Actor]):
    for actor in actors:
        query = "{ projects(last: 10) { nodes { id } pageInfo { startCursor } } }"
        assert costs_no_more(await large.work(actor, query), READ + 2)
        if before := (await large.answer(actor, query))["projects"]["pageInfo"]["startCursor"]:
            going_on = f'{{ projects(last: 10, before: "{before}") {{ nodes {{ id }} }} }}'
            assert costs_no_more(await large.work(actor, going_on), ENOUGH)


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

"""Both ways of reading give the same answer: compiled into one statement, and generic through graphql-core."""

import os
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from strawberry.schema.exceptions import CannotGetOperationTypeError

from core.actor import STRANGER, Actor, Role
from core.projects.models import Project
from core.reviews import next_steps
from resolvers import ids
from resolvers.compiler import Fallback
from schema.root import schema
from tests.helpers.query_strategy import Document
from tests.helpers.seeded import LISTS, PAGE, Seeded, leaves

EXAMPLES = 2000 if os.environ.get("ANXIN_THOROUGH") else 150


async def test_every_list_is_read_alike_by_everybody_page_after_page(seeded: Seeded):
    for name in LISTS:
        type_name = str(schema._schema.query_type.fields[name].type).rstrip("!").removesuffix("Connection")
        query = PAGE % (name, leaves(type_name))
        seen = 0
        for actor in seeded.actors.values():
            after = None
            for first in (1, 2, 100):
                page = (await seeded.both(actor, query, first=first, after=after))["page"]
                seen += len(page["edges"])
                after = page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
        if name != "institutions":
            assert seen, name


async def test_every_list_is_read_alike_by_numbers_and_from_its_end(seeded: Seeded):
    for name in LISTS:
        query = PAGE % (name, "id")
        for actor in seeded.actors.values():

            async def cursors(actor: Actor = actor, query: str = query, **place: Any) -> list[str]:
                page = (await seeded.both(actor, query, **{"first": 1, **place}))["page"]
                return [edge["cursor"] for edge in page["edges"]]

            whole = await cursors(first=100)
            assert len(whole) < 100
            assert await cursors(first=2, page=1) + await cursors(first=2, page=2) == whole[:4]
            end = await cursors(last=2)
            assert end == whole[-2:]
            if end:
                assert await cursors(last=2, before=end[0]) == whole[-4:-2]


async def test_every_row_is_read_alike_by_everybody(seeded: Seeded):
    found = Counter[str | None]()
    for actor in seeded.actors.values():
        nodes = await seeded.nodes(seeded.both, actor, leaves_too=True)
        found.update(node["__typename"] if node else None for node in nodes)
    assert found[None]
    assert {"Project", "WageDeposit", "Filing", "Enterprise", "Authority", "Review", "Document"} <= set(found)


TREES = [
    """{ projects(first: 20) { nodes { name contractor { name certified } hrssOffice { name } industryAuthority { id }
      quotaApplications { batchNumber requestedAmount entryRatio decisions { path label kind money rate on value
        because { sentence citation { title } } ruleset { city } alternatives { label } }
        documents { name downloadUrl } }
      wageDeposits { ...D project { id } quotaApplication { id } }
      alerts { message endsOn }
      nextSteps { code label sentence actor dueOn provisional citation { title locator } } } } }
    fragment D on WageDeposit { state stateLabel filingStatusLabel amountDue applicationRatio securedAt
      cashPayments { amount paidOn } letterSubmissions { fee startsOn documents { sha256 size } }
      filings { kindLabel stateLabel wageDeposit { id } } cancellations { publicNoticeFrom remarks decisions { on } }
      guaranteeBlock { amount channel channelLabel channels { channel available sentence citation { source } } } }""",
    """{ reviews(first: 50) { nodes { title outcome dueOn case { __typename id state
      ... on QuotaApplication { requestedAmount project { number } } ... on Certification { uscc stateLabel }
      decisions { sentence } documents { id } } } } }""",
    """{ me { id name mobile actingAs memberships { role since until
      organization { __typename id name ... on Enterprise { uscc } } } } }""",
    """query ($yes: Boolean = true, $no: Boolean!) {
      a: projects { nodes { x: name @include(if: $yes) name @skip(if: $yes) } }
      b: alerts @include(if: $no) { nodes { id } } __typename }""",
]


@pytest.mark.parametrize("query", TREES)
async def test_trees_are_read_alike_by_everybody(seeded: Seeded, query: str):
    for actor in seeded.actors.values():
        await seeded.both(actor, query, **({"no": False} if "$no" in query else {}))


@pytest.mark.parametrize(
    "selection", ["nodes { id }", "totalCount", "edges { cursor }", "pageInfo { hasNextPage endCursor }", "__typename"]
)
async def test_whoever_sees_nothing_is_read_for_by_the_compiled_way(seeded: Seeded, selection: str):
    nobody = next(actor for actor in seeded.actors.values() if actor.organization_id is None)
    for actor in (nobody, seeded.officer):
        lists = " ".join(f"{name} {{ {selection} }}" for name in LISTS)
        await seeded.both(actor, f"{{ {lists} }}")
        for name in LISTS:
            await seeded.both(actor, f"{{ {name} {{ {selection} }} }}")
            for cursor in seeded.cursors[name][:1]:
                query = f"query ($after: String) {{ {name}(after: $after) {{ {selection} }} }}"
                await seeded.both(actor, query, after=cursor)


FILTERED = [
    ("projects", "ProjectFilter", {"name": "小区"}),
    ("projects", "ProjectFilter", {"name": "100%_"}),
    ("projects", "ProjectFilter", {"states": ["DRAFT", "COMPLETED"], "regionCode": "210500"}),
    ("projects", "ProjectFilter", {}),
    (
        "quotaApplications",
        "QuotaApplicationFilter",
        {"states": ["APPROVED"], "project": {"name": "乙", "supervisingArea": "210500"}},
    ),
    ("wageDeposits", "WageDepositFilter", {"states": ["SECURED"], "project": {"regionCode": "210500"}}),
    ("wageDeposits", "WageDepositFilter", {"project": {}}),
    ("filings", "CaseFilter", {"project": {"name": "演示"}}),
    ("reviewQueue", "ReviewFilter", {"procedure": "quota_application", "title": "小区"}),
]


@pytest.mark.parametrize(("name", "type", "filter"), FILTERED)
async def test_filters_are_applied_alike(seeded: Seeded, name: str, type: str, filter: dict[str, Any]):
    counts = "totalCount totalCountExact"
    query = f"query ($filter: {type}) {{ {name}(first: 50, filter: $filter) {{ {counts} nodes {{ id }} }} }}"
    for actor in seeded.actors.values():
        await seeded.both(actor, query, filter=filter)


async def test_a_name_is_found_in_any_width_case_and_brackets_and_without_its_blanks(seeded: Seeded):
    query = "query ($name: String) { projects(filter: {name: $name}) { nodes { name } } }"
    officer, named = seeded.officer, "丁小区"
    for name in ("Ａ１栋（南　区）-100％^\\", "A1栋(南 区)-100%^\\"):  # as it is stored
        async with seeded.services.db.write() as session:
            project = (await session.scalars(select(Project).where(Project.name == named))).one()
            project.name = named = name
        for part in ("A1栋(南 区)", "Ａ１栋（南　区）", "1栋（", "栋", "-100%^\\", "１00％＾＼", "a 1栋〔南区］"):
            answer = await seeded.both(officer, query, name=part)
            assert {"name": name} in answer["projects"]["nodes"], part
        for part in ("A_栋", "A2[", "%1栋", ".*", "A" * 501):
            assert (await seeded.both(officer, query, name=part))["projects"]["nodes"] == [], part


async def test_a_filter_of_another_shape_or_value_is_another_answer(seeded: Seeded):
    query = "query ($filter: QuotaApplicationFilter) { quotaApplications(first: 50, filter: $filter) { nodes { id } } }"
    officer = seeded.officer
    names = ["乙", "演示", "没有", "100%", "_"]
    filters = [{"project": {"name": name}} for name in names] + [{"states": ["APPROVED"], "project": {}}, {}, None]
    answers = [await seeded.both(officer, query, filter=filter) for filter in filters]
    assert answers[0] != answers[1] != answers[2]
    assert answers[2]["quotaApplications"]["nodes"] == []


async def test_one_plan_serves_all_values_of_a_filter(seeded: Seeded):
    query = "query ($filter: ProjectFilter) { projects(filter: $filter) { nodes { name } } }"
    names = [await seeded.both(seeded.officer, query, filter={"name": name}) for name in ("乙", "丙", "没有")]
    assert names[0] != names[1]
    assert len(schema.query_executor._operations[query, None].plans) == 1


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(draw=st.data())
async def test_generated_documents_are_read_alike(seeded: Seeded, draw: st.DataObject):
    document = Document(draw.draw, schema._schema, seeded.ids, seeded.cursors)
    query = document.text([*LISTS, "node", "me"])
    actor = seeded.actors[draw.draw(st.sampled_from(sorted(seeded.actors)))]
    expected = await seeded.generic(actor, query, document.variables)
    try:
        found, refusals = await seeded.answered(actor, query, document.variables)
    except Fallback as fallback:
        TAKEN[str(fallback).split(":")[0]] += 1
        return
    TAKEN["compiled"] += 1
    by_place = {str(error.path): error.formatted for error in expected.errors or ()}
    assert {str(error.path): error.formatted for error in refusals} == by_place, (query, document.variables)
    assert found == orjson.loads(orjson.dumps(expected.data)), (query, document.variables)


TAKEN: Counter[str] = Counter()


def test_most_generated_documents_were_compiled():
    if TAKEN:
        assert TAKEN["compiled"] > sum(TAKEN.values()) / 2, TAKEN


async def fallen_back(seeded: Seeded, actor: Actor, query: str, **variables: Any) -> Any:
    """What the whole way answers when the compiled one does not: the same as the generic one alone."""
    with pytest.raises(Fallback):
        await seeded.compiled(actor, query, variables)
    found = await schema.execute(query, variables, seeded.context(actor))
    expected = await seeded.generic(actor, query, variables)
    assert found.data == expected.data
    assert messages(found) == messages(expected)
    return found


def messages(answer: Any) -> list[str]:
    """Of the errors; the number under which a crash is logged is another each time."""
    return [re.sub("编号 [0-9a-f]+", "编号", error.message) for error in answer.errors or ()]


async def test_a_value_that_the_schema_does_not_allow_is_left_to_the_generic_path(seeded: Seeded):
    async with seeded.services.db.write() as session:
        project = (await session.scalars(select(Project).order_by(Project.id.desc()))).first()
        kept, project.duration_days = project.duration_days, 2**40
    handler = Actor(1, "张三", project.applicant_id, Role.HANDLER)
    query = "query ($id: ID!) { node(id: $id) { ... on Project { name durationDays } } }"
    answer = await fallen_back(seeded, handler, query, id=ids.encode("Project", project.id))
    assert answer.errors
    async with seeded.services.db.write() as session:
        (await session.get_one(Project, project.id)).duration_days = kept
    await seeded.both(handler, query, id=ids.encode("Project", project.id))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2024, 7, 1, tzinfo=UTC), "2024-07-01T08:00:00+08:00"),
        (datetime(2024, 7, 1, 0, 0, 0, 120_000, tzinfo=UTC), "2024-07-01T08:00:00.12+08:00"),
        (datetime(2024, 7, 1, 0, 0, 0, 1, tzinfo=UTC), "2024-07-01T08:00:00.000001+08:00"),
        (datetime(1988, 7, 1, tzinfo=UTC), "1988-07-01T09:00:00+09:00"),
        (datetime(1900, 1, 1, tzinfo=UTC), "1900-01-01T08:05:43+08:05:43"),
    ],
)
async def test_moments_are_shown_by_the_clock_in_china_of_their_time(seeded: Seeded, moment: datetime, shown: str):
    async with seeded.services.db.write() as session:
        project = (await session.scalars(select(Project).order_by(Project.id.desc()))).first()
        kept, project.created_at = project.created_at, moment
    handler = Actor(1, "张三", project.applicant_id, Role.HANDLER)
    query = "query ($id: ID!) { node(id: $id) { ... on Project { createdAt } } }"
    answer = await seeded.both(handler, query, id=ids.encode("Project", project.id))
    assert answer["node"]["createdAt"] == shown
    async with seeded.services.db.write() as session:
        (await session.get_one(Project, project.id)).created_at = kept


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ __schema { queryType { name } } }", {}),
        ("{ rulesets { name } }", {}),
        ("{ nosuchfield }", {}),
        ("{ projects { nodes { id }", {}),
        ("query ($first: Int!) { projects(first: $first) { nodes { id } } }", {}),
        ("query A { me { id } } query B { me { name } }", {}),
        ("{ me { actingFor { name } } }", {}),
    ],
)
async def test_what_is_not_covered_is_answered_as_before(seeded: Seeded, query: str, variables: dict[str, Any]):
    try:
        await fallen_back(seeded, seeded.officer, query, **variables)
    except CannotGetOperationTypeError:
        assert "query A" in query


async def test_a_stranger_is_turned_away_as_before(seeded: Seeded):
    answer = await fallen_back(seeded, STRANGER, "{ projects { nodes { id } } }")
    assert [error.extensions["code"] for error in answer.errors] == ["UNAUTHENTICATED"]


async def test_a_text_with_a_nul_is_refused_as_before(seeded: Seeded):
    query = "query ($name: String) { projects(filter: {name: $name}) { nodes { id } } }"
    answer = await schema.execute(query, {"name": "\0"}, seeded.context(seeded.officer))
    assert [error.extensions["code"] for error in answer.errors or ()] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("refused", "place"),
    [
        ("projects(first: 0) { nodes { id } }", ["first"]),
        ("projects(first: 101) { nodes { id } }", ["first"]),
        ('projects(after: "x") { nodes { id } }', ["after"]),
        ('node(id: "x") { id }', ["id"]),
    ],
)
async def test_a_root_field_that_is_refused_is_null_and_its_sisters_stay_compiled(
    seeded: Seeded, refused: str, place: list[str]
):
    query = f"{{ a: projects {{ totalCount }} b: {refused} c: me {{ id }} }}"
    data, refusals = await seeded.answered(seeded.officer, query, {})
    expected = await seeded.generic(seeded.officer, query, {})
    assert (data["a"]["totalCount"] > 0, data["b"], data["c"] is not None) == (True, None, True)
    assert data == orjson.loads(orjson.dumps(expected.data))
    assert [error.formatted for error in refusals] == [error.formatted for error in expected.errors]
    assert [(error.path, error.extensions["path"]) for error in refusals] == [(["b"], place)]


async def test_an_id_that_is_none_is_null_at_its_place_among_others(seeded: Seeded):
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } me { id } }"
    answer = await schema.execute(query, {"ids": [seeded.ids[0], "x", seeded.ids[0]]}, seeded.context(seeded.officer))
    first, second, third = answer.data["nodes"]
    assert (first, second, answer.data["me"] is not None) == (third, None, True)
    [error] = answer.errors
    assert (error.path, error.extensions["code"]) == (["nodes", 1], "BAD_USER_INPUT")


async def test_an_answer_that_fails_is_given_by_the_generic_path(seeded: Seeded, monkeypatch: pytest.MonkeyPatch):
    async def fails(*_: Any) -> Any:
        raise RuntimeError("no steps today")

    monkeypatch.setattr(next_steps, "of", fails)
    answer = await fallen_back(seeded, seeded.officer, "{ projects(first: 1) { nodes { name nextSteps { code } } } }")
    assert answer.errors

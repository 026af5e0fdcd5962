"""What one operation may ask for, on a schema whose lists are filled."""

import asyncio

import pytest
import strawberry
from graphql import get_introspection_query, parse
from strawberry.types.execution import PreExecutionError

from schema.error_codes import CodedErrors
from schema.limits.operations import DEFAULT, Limits, OperationLimits, complexity_rule, refusals


@strawberry.type
class PageInfo:
    has_next_page: bool = False


@strawberry.type
class Deposit:
    number: str = "HN-1"
    amount: str = "2600000.00"

    @strawberry.field
    def project(self) -> "Project":
        return Project()

    @strawberry.field
    def guarantees(self) -> list["Deposit"]:
        return [Deposit(), Deposit()]


@strawberry.type
class Project:
    id: strawberry.ID = strawberry.ID("1")
    name: str = "滨江一期"
    region: str = "460000"

    @strawberry.field
    def deposits(self) -> list[Deposit]:
        return [Deposit(), Deposit(), Deposit()]


@strawberry.type
class Projects:
    page_info: PageInfo
    nodes: list[Project]
    total_count: int


@strawberry.type
class Query:
    @strawberry.field
    def projects(self, first: int | None = 100, last: int | None = None) -> Projects:
        del last
        return Projects(page_info=PageInfo(), nodes=[Project() for _ in range(first or 100)], total_count=100)

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Project]:
        return [Project(id=id) for id in ids]

    @strawberry.field
    def project(self) -> Project:
        return Project()

    @strawberry.field
    async def slow(self) -> int:
        await asyncio.sleep(60)
        return 1

    @strawberry.field
    async def gives_up(self) -> int:
        raise TimeoutError("the pool is empty at db.internal")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def log_in(self, code: str) -> bool:
        return code == "1"


class Schema(CodedErrors, strawberry.Schema):
    pass


SCHEMA = Schema(Query, Mutation, extensions=[OperationLimits])
HASTY = Schema(Query, Mutation, extensions=[lambda: OperationLimits(Limits(seconds=0.01))])

FULL_PAGE = """query Page($first: Int!) {
  projects(first: $first) { totalCount pageInfo { hasNextPage } nodes {
    id name region deposits { number amount project { id name } guarantees { number amount } } } } }"""


def nested_fragments(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 ** levels fields in a few hundred bytes."""
    chain = [f"fragment F{n} on Project {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ project { ...F0 } } " + " ".join(chain) + f" fragment F{levels} on Project {{ name }}"


def cycle(levels: int) -> str:
    return "{ project { " + "deposits { project { " * levels + "name" + " } }" * levels + " } }"


def exceeded(document: str, limits: Limits = DEFAULT, **variables: object) -> dict[str, int]:
    errors = refusals(SCHEMA._schema, parse(document), limits, variables=variables)
    return {error.extensions["limit"]: error.extensions["found"] for error in errors}


async def codes(document: str, schema: strawberry.Schema = SCHEMA, **variables: object) -> list[str]:
    result = await schema.execute(document, variable_values=variables)
    return [error.extensions["code"] for error in result.errors or []]


def test_a_full_page_with_nested_lists_passes():
    assert exceeded(FULL_PAGE, first=100) == {}


async def test_a_full_page_is_answered_in_full():
    result = await SCHEMA.execute(FULL_PAGE, variable_values={"first": 100})
    assert result.errors is None
    assert len(result.data["projects"]["nodes"]) == 100


@pytest.mark.parametrize("options", [{}, {"specified_by_url": True, "input_value_deprecation": True}])
async def test_introspection_passes(options: dict[str, bool]):
    assert await codes(get_introspection_query(**options)) == []


async def test_deep_introspection_is_refused():
    turns = "fields { type { " * 4
    assert await codes("{ __schema { types { " + turns + "name" + " } }" * 4 + " } } }") == [
        "GRAPHQL_VALIDATION_FAILED"
    ]
    assert exceeded("{ __schema { queryType { " + "ofType { " * 30 + "name" + " }" * 30 + " } } }") == {
        "introspection_depth": 33
    }


def test_introspection_does_not_lend_its_depth_to_the_rest():
    assert exceeded("{ __schema { queryType { name } } " + cycle(8)[1:])["depth"] == 18


def test_the_whole_schema_may_not_be_asked_for_many_times():
    assert exceeded("{ " + " ".join(f"s{n}: __schema {{ types {{ name }} }}" for n in range(4)) + " }") == {
        "aliases": 40
    }


async def test_a_bomb_of_nested_fragments_is_refused():
    bomb = nested_fragments(18)
    assert len(bomb) < 827
    assert await codes(bomb) == ["QUERY_TOO_COMPLEX"] * 2
    assert exceeded(bomb)["fields"] == 2**18 + 1


async def test_a_bomb_beyond_the_digits_of_json_is_refused():
    result = await SCHEMA.execute(nested_fragments(80))
    assert {e.extensions["limit"]: e.extensions["found"] for e in result.errors} == {"fields": 10**9, "cost": 10**9}
    assert "十亿以上" in result.errors[0].message


async def test_fragments_in_a_circle_are_refused():
    circle = "{ project { ...A } } fragment A on Project { ...B } fragment B on Project { name ...A }"
    assert "GRAPHQL_VALIDATION_FAILED" in await codes(circle)


async def test_a_chain_of_fragments_deeper_than_the_stack_is_refused():
    chain = " ".join(f"fragment F{n} on Project {{ ...F{n + 1} }}" for n in range(500))
    assert await codes("{ project { ...F0 } } " + chain + " fragment F500 on Project { name }") == ["QUERY_TOO_COMPLEX"]


async def test_a_cycle_through_filled_lists_is_refused_by_depth():
    assert await codes(cycle(50)) == ["QUERY_TOO_COMPLEX"] * 2
    assert exceeded(cycle(50))["depth"] == 102


def test_lists_multiply_through_nesting():
    five_lists = "{ projects(first: 100) { nodes { " + "deposits { project { " * 5 + "name" + " } }" * 5 + " } } }"
    assert set(exceeded(five_lists)) == {"cost"}


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ("(first: 100000)", {}),
        ("(last: 100000)", {}),
        ("(first: 1, last: 100000)", {}),
        (f"(first: {'9' * 5000})", {}),
        ("(first: $n)", {"n": 100_000}),
        ("(first: $n)", {"n": 100_000.0}),
    ],
)
def test_a_large_page_costs_what_it_asks_for(arguments: str, variables: dict[str, object]):
    assert set(exceeded(f"query($n: Int = 1) {{ projects{arguments} {{ nodes {{ id }} }} }}", **variables)) == {"cost"}


@pytest.mark.parametrize("arguments", ["", "(first: null)", "(first: 0)", "(first: $n)"])
def test_a_page_left_open_counts_as_a_full_one(arguments: str):
    document = f"query($n: Int) {{ projects{arguments} {{ nodes {{ id }} }} }}"
    assert exceeded(document, Limits(cost=300)) == {}
    assert exceeded(document, Limits(cost=299)) == {"cost": 300}


def test_a_variable_counts_what_was_sent_then_its_default_and_unsent_a_full_page():
    document = "query($n: Int = 2) { projects(first: $n) { nodes { id } } }"
    assert exceeded(document, Limits(cost=0), n=50) == {"cost": 150}
    assert exceeded(document, Limits(cost=0)) == {"cost": 6}
    unknown = refusals(SCHEMA._schema, parse(document), Limits(cost=0))
    assert unknown[0].extensions["found"] == 300


@pytest.mark.parametrize("asked", ['["1", "2", "3", "4", "5", "6", "7"]', "$ids"])
def test_a_list_asked_for_by_ids_costs_as_many(asked: str):
    document = f"query($ids: [ID!] = []) {{ nodes(ids: {asked}) {{ id }} }}"
    assert exceeded(document, Limits(cost=0), ids=[str(n) for n in range(7)]) == {"cost": 14}


@pytest.mark.parametrize(
    ("limit", "document"),
    [
        ("aliases", "{ " + " ".join(f"p{n}: project {{ id }}" for n in range(31)) + " }"),
        ("directives", "{ project " + "@include(if: true) " * 21 + "{ id } }"),
        ("directives", "query " + "@a " * 21 + "{ project { id } }"),
        ("directives", "{ project { ...F } } fragment F on Project " + "@a " * 21 + "{ id }"),
        ("fields", "{ project { " + "id " * 600 + "} }"),
        ("fields", "{ project { id } } fragment Unused on Project { " + "id " * 600 + "}"),
        ("operations", " ".join(f"query Q{n} {{ project {{ id }} }}" for n in range(6))),
        ("root_mutations", "mutation { " + " ".join(f'm{n}: logIn(code: "{n}")' for n in range(6)) + " }"),
        (
            "root_mutations",
            "mutation { ...F } fragment F on Mutation { "
            + " ".join(f'm{n}: logIn(code: "{n}")' for n in range(6))
            + " }",
        ),
    ],
)
async def test_each_limit_is_named_with_its_figures_and_a_way_out(limit: str, document: str):
    result = await SCHEMA.execute(document)
    assert isinstance(result, PreExecutionError)
    (error,) = result.errors
    assert error.extensions["code"] == "QUERY_TOO_COMPLEX"
    assert error.extensions["limit"] == limit
    assert error.extensions["most"] == getattr(DEFAULT, limit)
    assert str(error.extensions["most"]) in error.message
    assert "请" in error.message


@pytest.mark.parametrize(
    "document",
    ["{ project { id } } #" + "x" * 50_000, "{ " + "project " * 5_000 + "}", "{ project { id } }\n" + "#\n" * 501],
)
async def test_a_long_document_is_refused_before_it_is_read(document: str):
    assert await codes(document) == ["QUERY_TOO_COMPLEX"]


async def test_of_several_operations_the_one_to_run_must_be_named():
    document = "query A { project { id } } query B { project { name } }"
    named = await SCHEMA.execute(document, operation_name="B")
    streamed = [result async for result in await SCHEMA.stream(document)]
    assert await codes(document) == ["BAD_USER_INPUT"]
    assert named.data == {"project": {"name": "滨江一期"}}
    assert [error.extensions["code"] for result in streamed for error in result.errors] == ["BAD_USER_INPUT"]


async def test_an_operation_past_its_deadline_is_stopped():
    assert await codes("{ slow }", HASTY) == ["SERVICE_UNAVAILABLE"]


async def test_an_operation_past_its_deadline_is_stopped_in_a_stream_too():
    results = [result async for result in await HASTY.stream("{ slow }")]
    assert [error.extensions["code"] for result in results for error in result.errors] == ["SERVICE_UNAVAILABLE"]


async def test_a_resolvers_own_time_out_is_not_taken_for_the_deadline():
    assert await codes("{ givesUp }") == ["INTERNAL_SERVER_ERROR"]


def test_the_rule_alone_can_be_given_to_a_validator():
    from graphql import validate

    errors = validate(SCHEMA._schema, parse(cycle(50)), [complexity_rule(DEFAULT)])
    assert {error.extensions["limit"] for error in errors} == {"depth", "cost"}

"""Fields that lead from one thing to another: complete, current, and one question a level."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from resolvers import ids
from tests.helpers.acts import enter_project, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import PASSWORD


async def test_an_organisation_shows_what_its_kind_has_wherever_it_is_met(app: Application):
    handler, officer = await app.handler(), await app.officer()
    acting_for = """{ me { actingFor { __typename name
      ... on Enterprise { uscc qualificationLabel certified certifiedAt } }
      memberships { role organization { __typename ... on Enterprise { contact registeredArea } } } } }"""
    mine = await handler.ask(acting_for)
    assert mine["actingFor"]["certified"] is True
    assert mine["actingFor"]["qualificationLabel"] == "特级"
    assert mine["memberships"] == [
        {"role": "HANDLER", "organization": {"__typename": "Enterprise", "contact": "张三", "registeredArea": "本溪市"}}
    ]
    assert (await officer.ask(acting_for))["actingFor"]["__typename"] == "Authority"


async def test_who_has_just_logged_in_sees_at_once_for_whom(app: Application):
    handler = await app.handler()
    code = await app.code_for(handler, "LOG_IN")
    selection = "... on SignedIn { account { name actingFor { name } memberships { organization { name } } } }"
    handler.token = None
    stated = {"city": "benxi", "mobile": handler.mobile, "password": PASSWORD, **code}
    signed_in = await handler.act("logIn", "LogInInput", selection, **stated)
    firm = {"name": "演示建筑有限公司"}
    assert signed_in["account"] == {"name": "张三", "actingFor": firm, "memberships": [{"organization": firm}]}


async def test_each_act_of_a_document_is_answered_with_what_holds_after_it(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    applied = await submit_quota(handler, project["id"])
    stated = {"projectId": project["id"], "actualStartedOn": "2024-09-30", "expectedCompletedOn": "2025-11-29"}
    answer = await handler.ask(
        "mutation ($a: ReportProgressInput!, $b: ReportProgressInput!) {"
        " a: reportProgress(input: $a) { ... on Project { quotaApplications { id project { state } } } }"
        " b: reportProgress(input: $b) { ... on Project { quotaApplications { id project { state } } } } }",
        a=stated,
        b={**stated, "actualCompletedOn": "2025-11-29"},
    )
    before, after = (answer[act]["quotaApplications"] for act in "ab")
    assert before == [{"id": applied["id"], "project": {"state": "UNDER_CONSTRUCTION"}}]
    assert after == [{"id": applied["id"], "project": {"state": "COMPLETED"}}]


@contextmanager
def statements(app: Application) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []
    engine = app.services.db.engine.sync_engine

    def note(_connection, _cursor, statement, *_: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_level_of_an_answer_is_one_question_to_the_database_however_many_rows_it_has(app: Application):
    handler = await app.handler()
    query = """{ projects(first: 50) { nodes { contractor { name } hrssOffice { name } industryAuthority { name }
      quotaApplications { decisions { label } project { name contractor { name } } } wageDeposits { id } } } }"""
    counts = []
    for _ in range(2):
        for _ in range(3):
            await submit_quota(handler, (await enter_project(handler))["id"])
        with statements(app) as asked:
            page = await handler.ask(query)
        counts.append((len(page["nodes"]), len(asked)))
        assert all(node["quotaApplications"][0]["project"]["contractor"] for node in page["nodes"])
    assert [rows for rows, _ in counts] == [3, 6]
    assert counts[0][1] == counts[1][1] < 12
    with statements(app) as asked:
        await handler.ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[ids.encode("Project", n) for n in range(1, 20)]
        )
    assert len([statement for statement in asked if "FROM project" in statement]) == 1

"""The enterprises that a project names by their codes: once they are certified they see it, and act on none of it."""

from typing import Any

from anxin.database import migrate
from core import uscc
from tests.helpers.acts import approve, enter_project, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import Person

PARTIES = """
  id contractor { uscc } ownerEnterprise { uscc } applicant { uscc } managerPhone nextSteps { code }
  hrssOffice { name } industryAuthority { name }
"""
READ = f"query ($id: ID!) {{ node(id: $id) {{ ... on Project {{ {PARTIES} }} }} }}"
LIST = "query ($after: String) { projects(first: 2, after: $after) { totalCount nodes { id } pageInfo { endCursor } } }"
FIRM, OTHER, OWNER = uscc.make(1), uscc.make(2), uscc.make(7)


async def certify(app: Application, person: Person, seed: int) -> None:
    assert (await submit_certification(person, seed=seed, name="演示置业有限公司"))["__typename"] == "Certification"
    await approve(await app.reviewer())


async def view(person: Person, id: str) -> Any:
    return await person.ask(READ, id=id)


async def pages(person: Person) -> tuple[int, list[str]]:
    """The total, and every id, two a page."""
    after, found = None, list[str]()
    while True:
        page = await person.ask(LIST, after=after)
        if not page["nodes"]:
            return page["totalCount"], found
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]


async def test_an_owner_sees_the_works_once_it_is_certified_and_acts_on_none_of_them(app: Application):
    handler, owner = await app.handler(), await app.person()
    ids = [
        (await enter_project(handler, name=f"项目{number}", ownerUscc=code, managerPhone="13455554444"))["id"]
        for number, code in enumerate([OWNER, OWNER, None, FIRM])
    ]
    owned, _, _, built_for_itself = ids
    assert await pages(handler) == (4, ids[::-1])  # seen on two grounds, and told once
    before = await view(handler, owned)
    assert (before["contractor"], before["ownerEnterprise"]) == ({"uscc": FIRM}, None)
    assert (await view(handler, built_for_itself))["ownerEnterprise"] == {"uscc": FIRM}
    assert await view(owner, owned) is None

    await certify(app, owner, 7)
    assert (await view(handler, owned))["ownerEnterprise"] == {"uscc": OWNER}
    later = (await enter_project(handler, name="后来的", ownerUscc=OWNER))["id"]
    own = (await enter_project(owner, name="自建", ownerUscc=OWNER))["id"]
    assert await pages(owner) == (4, [own, later, ids[1], owned])
    seen = await view(owner, owned)
    assert seen["applicant"] == {"uscc": FIRM}
    assert (seen["managerPhone"], before["managerPhone"]) == ("134****4444", "13455554444")
    assert seen["nextSteps"] == []
    assert [step["code"] for step in before["nextSteps"]] == ["quota_application", "progress"]

    for refused in (
        await submit_quota(owner, owned),
        await owner.act("reportProgress", "ReportProgressInput", "", projectId=owned, actualStartedOn="2026-03-01"),
        await owner.act("saveProjectDraft", "ProjectInput", "", city="benxi", fields={"name": "我的"}, draftId=owned),
        await owner.act("enterProject", "ProjectInput", "", city="benxi", fields={"name": "我的"}, draftId=owned),
    ):
        assert refused["__typename"] == "NotAllowed", refused
        assert refused["message"].startswith("该项目由录入它的企业办理")
    assert (await submit_quota(handler, owned))["__typename"] == "QuotaApplication"


async def test_a_contractor_sees_what_another_entered_for_it_and_a_draft_is_nobody_elses(app: Application):
    handler, contractor = await app.handler(), await app.handler(seed=2, name="另一建筑有限公司")
    entered = (await enter_project(handler, generalContractorUscc=OTHER, managerPhone="13455554444"))["id"]
    draft = await handler.act(
        "saveProjectDraft",
        "ProjectInput",
        "... on Project { id contractor { id } }",
        city="benxi",
        fields={
            "generalContractorUscc": OTHER,
            "constructionPermitNumber": "2105",
            "constructionPermitOn": "2026-03-01",
        },
    )
    assert draft["contractor"] is None
    assert await pages(contractor) == (1, [entered])
    seen = await view(contractor, entered)
    assert (seen["contractor"], seen["applicant"]) == ({"uscc": OTHER}, {"uscc": FIRM})
    assert (seen["managerPhone"], seen["nextSteps"]) == ("13455554444", [])
    refused = await submit_quota(contractor, entered)
    assert refused["__typename"] == "NotAllowed"
    assert await view(contractor, draft["id"]) is None


async def test_the_migration_binds_whom_the_projects_name_already(app: Application):
    handler, owner = await app.handler(), await app.handler(seed=2, name="另一建筑有限公司")
    project = (await enter_project(handler, ownerUscc=OTHER))["id"]
    before = await view(owner, project)
    migrate.downgrade(app.owner_dsn, "0023")
    migrate.upgrade(app.owner_dsn)
    assert await view(owner, project) == before
    assert before["hrssOffice"] is not None
    assert before["industryAuthority"] is not None

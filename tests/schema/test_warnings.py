"""What an accepted act warns of stands beside what it came to, and stays with it until the next one."""

from graphql import get_named_type

from schema.root import schema
from tests.helpers.acts import PROJECT, enter_project, reject, submit_quota
from tests.helpers.app import Application

WARNINGS = "warnings { code path message refuses decision { sentence } }"
KEPT = f"query ($id: ID!) {{ node(id: $id) {{ ... on Project {{ {WARNINGS} }} ... on Case {{ {WARNINGS} }} }} }}"
TYPES = schema._schema.type_map


def test_every_type_an_act_answers_with_has_warnings():
    for mutation in TYPES["Mutation"].fields.values():  # type: ignore[union-attr]
        for member in get_named_type(mutation.type).types:  # type: ignore[union-attr]
            if "Problem" not in {interface.name for interface in member.interfaces}:
                assert str(member.fields["warnings"].type) == "[Violation!]!", member.name


async def test_what_an_accepted_act_warns_of_is_shown_with_its_place_until_the_next(app: Application):
    handler, officer = await app.handler(), await app.officer()
    wrong = {"plannedStart": "2026-10-01", "plannedEnd": "2026-10-31", "durationDays": 3}
    acts = ("enterProject", "ProjectInput", f"... on Project {{ id {WARNINGS} }}")
    entered = await handler.act(*acts, city="benxi", fields={**PROJECT, **wrong})
    [warned] = entered["warnings"]
    assert (warned["code"], warned["path"]) == ("DURATION_DIFFERS", ["fields", "durationDays"])
    assert warned["refuses"] is False
    assert warned["decision"]["sentence"]
    for person in (handler, officer):
        assert (await person.ask(KEPT, id=entered["id"]))["warnings"] == [warned]
    officer.headers["Accept-Language"] = "en"
    [english] = (await officer.ask(KEPT, id=entered["id"]))["warnings"]
    assert english["message"].isascii()
    assert (await handler.ask(KEPT, id=(await enter_project(handler))["id"]))["warnings"] == []
    progress = {"projectId": entered["id"], "actualStartedOn": "2026-10-01", "expectedCompletedOn": "2027-10-01"}
    reported = await handler.act("reportProgress", "ReportProgressInput", acts[2], **progress)
    assert reported["warnings"] == []


async def test_a_case_and_its_round_show_what_the_newest_submission_was_warned_of(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    applied = await submit_quota(handler, project["id"], entryRatio="0.5", securedAmount="10000000.00")
    [warned] = (await handler.ask(KEPT, id=applied["id"]))["warnings"]
    assert (warned["code"], warned["path"]) == ("RATIO_ABOVE_MAXIMUM", ["quota", "entryRatio"])
    [waiting] = (await officer.ask(f"{{ reviewQueue {{ nodes {{ {WARNINGS} }} }} }}"))["nodes"]
    assert waiting["warnings"] == [warned]
    refused = await reject(officer, "比例过高")
    assert refused["__typename"] == "Review"
    again = await submit_quota(handler, project["id"], correcting=applied["id"])
    assert (await handler.ask(KEPT, id=again["id"]))["warnings"] == []

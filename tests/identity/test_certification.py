"""Enterprise certification: what must be stated, who decides, and what comes of it."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from core import uscc
from core.identity.models import ORGANIZATIONS, Enterprise
from tests.helpers.acts import PROJECT, approve, enter_project, reject, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import PROBLEM, Person

pytestmark = pytest.mark.unregistered

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
CERTIFICATIONS = """{ certifications { nodes {
  id number state stateLabel createdAt submittedAt decidedAt reason
  name uscc organizationKind qualification registeredArea contact
  enterprise { name uscc certified certifiedAt organizationKind qualification registeredArea contact }
  documents { name material }
} } }"""
QUEUE = "{ reviewQueue { nodes { id procedure title round } } }"


async def certifications(person: Person) -> list[dict[str, Any]]:
    return (await person.ask(CERTIFICATIONS))["nodes"]


async def queue(person: Person) -> list[dict[str, Any]]:
    return (await person.ask(QUEUE))["nodes"]


async def violations(handler: Person, **fields: Any) -> list[tuple[str, str, str]]:
    """Code, path and locator of everything that an application is refused for."""
    answer = await submit_certification(handler, **fields)
    assert answer["__typename"] == "RulesViolated", answer
    found = []
    for violation in answer["violations"]:
        cited = violation["decision"]["because"][0]["citation"]
        assert cited["title"] == MANUAL
        found.append((violation["code"], ".".join(violation["path"]), cited["locator"]))
    return found


async def enter(handler: Person) -> dict[str, Any]:
    given = {"city": "benxi", "fields": PROJECT}
    return await handler.act("enterProject", "ProjectInput", "... on Project { id }", **given)


@pytest.mark.rule_data("BX-001")
async def test_the_portal_says_its_name_and_the_manual_it_follows(app: Application):
    answer = await app.stranger.ask(
        '{ ruleset(city: "benxi") { title: value(path: "portal.title") { shown citation { title number } } '
        'manual: value(path: "portal.manual_version") { shown citation { locator } } } }'
    )
    assert answer["title"]["shown"] == "本溪建设工程农民工工资支付保证金管理服务平台"
    assert answer["title"]["citation"] == {"title": MANUAL, "number": "LNBX20250115V1.0"}
    assert answer["manual"] == {"shown": "LNBX20250115V1.0", "citation": {"locator": "封面（BX-001）"}}


@pytest.mark.rows("BX-009", "BX-013", "BX-014")
async def test_everything_that_an_application_lacks_is_said_at_once(app: Application):
    handler = await app.person()
    nothing = dict.fromkeys(("name", "uscc", "organizationKind", "qualification", "registeredArea", "contact"))
    assert await violations(handler, **nothing, materials=[]) == [
        ("FIELD_REQUIRED", "name", "1.3 认证（BX-013）"),
        ("FIELD_REQUIRED", "uscc", "1.3 认证（BX-013）"),
        ("FIELD_REQUIRED", "organizationKind", "1.3 认证（BX-013）"),
        ("FIELD_REQUIRED", "qualification", "1.3 认证（BX-013）、2.2.2（BX-080）"),
        ("FIELD_REQUIRED", "registeredArea", "1.3 认证（BX-013）"),
        ("FIELD_REQUIRED", "contact", "1.3 认证（BX-013）"),
        ("MATERIAL_REQUIRED", "materials.qualification_certificate", "1.3 认证（BX-014）"),
    ]
    blank = await submit_certification(handler, name=" ", materials=[])
    assert [violation["message"] for violation in blank["violations"]] == [
        "请填写“企业名称”。",
        "请上传“企业资质证书”。",
    ]
    assert (await handler.ask("{ me { memberships { id } } }"))["memberships"] == []


async def test_an_application_takes_one_of_eight_qualifications_and_a_code_that_can_be_one(app: Application):
    handler = await app.person()
    grades = "综合资质、甲级、乙级、特级、一级、二级、三级、其他"
    refused = await submit_certification(handler, qualification="丁级", materials=[])
    assert refused["violations"][0]["message"] == f"“企业资质”应为下列之一：{grades}。"
    right = uscc.make(1)
    for code, reason in (
        ("0" * 18, "第1位“0”不是登记管理部门代码"),
        ("551234567890123456", "校验码不符"),
        ("B" + right[1:], "第1位“B”不是登记管理部门代码"),
        (right[:-1] + ("0" if right[-1] != "0" else "1"), "校验码不符"),
        (right[:4] + "I" + right[5:], "第5位“I”不是代码字符"),
        (right[:17], "应为18位，现为17位"),
    ):
        [one] = (await submit_certification(handler, uscc=code))["violations"]
        assert (one["code"], one["path"]) == ("FIELD_INVALID", ["uscc"])
        assert reason in one["message"], one["message"]
        assert one["decision"]["because"][0]["citation"]["locator"] == "1.3 认证（BX-013）"
    given = {"uscc": f" {right[:8].lower()}-{right[8:]}", "qualification": "其他"}
    assert (await submit_certification(handler, **given))["__typename"] == "Certification"
    assert (await certifications(handler))[0]["uscc"] == right


async def test_only_what_certification_asks_for_can_be_handed_in(app: Application):
    handler, other = await app.person(), await app.person()
    files = await handler.materials(*["qualification_certificate"] * 21)
    assert await violations(handler, materials=files) == [
        ("TOO_MANY_FILES", "materials.qualification_certificate", "1.3 认证（BX-014）")
    ]
    unknown = await handler.materials("qualification_certificate", "award_notice")
    [one] = (await submit_certification(handler, materials=unknown))["violations"]
    assert (one["code"], one["path"]) == ("UNKNOWN_MATERIAL", ["materials", "award_notice"])
    theirs = await submit_certification(handler, materials=await other.materials("qualification_certificate"))
    assert (theirs["__typename"], theirs["code"]) == ("NotFound", "NOT_FOUND")
    assert await certifications(handler) == []


@pytest.mark.rows("BX-010", "BX-011", "BX-012", "BX-013", "BX-014", "BX-015")
async def test_a_refused_certification_is_corrected_and_then_certifies_the_enterprise(app: Application):
    handler, reviewer = await app.person(), await app.reviewer()
    first = await submit_certification(handler, qualification="一级")
    assert (first["state"], first["enterprise"]) == ("SUBMITTED", None)
    assert [(one["procedure"], one["title"], one["round"]) for one in await queue(reviewer)] == [
        ("certification", "演示建筑有限公司", 1)
    ]
    waiting = await submit_certification(handler)
    assert (waiting["code"], waiting["message"]) == ("CONFLICT", "该企业认证正在审核，不能再次提交。")

    await reject(reviewer, "企业资质上传有误")
    [shown] = await certifications(handler)
    assert (shown["state"], shown["stateLabel"], shown["reason"]) == ("REJECTED", "审核未通过", "企业资质上传有误")
    assert (shown["name"], shown["qualification"]) == ("演示建筑有限公司", "first")
    assert [document["material"] for document in shown["documents"]] == ["qualification_certificate"]
    assert shown["enterprise"] is None

    again = await submit_certification(handler)
    assert (again["id"], again["number"], again["state"]) == (first["id"], first["number"], "SUBMITTED")
    assert again["reason"] is None
    assert [one["round"] for one in await queue(reviewer)] == [2]
    await approve(reviewer)
    [shown] = await certifications(handler)
    assert re.fullmatch(r"RZ[0-9]{19}", shown["number"])
    assert (shown["state"], shown["stateLabel"]) == ("APPROVED", "认证完成")
    created, submitted, decided = (shown[name] for name in ("createdAt", "submittedAt", "decidedAt"))
    assert created.endswith("+08:00")
    assert datetime.fromisoformat(created) < datetime.fromisoformat(submitted) < datetime.fromisoformat(decided)
    stated = {
        "name": "演示建筑有限公司",
        "uscc": uscc.make(1),
        "organizationKind": "contractor",
        "qualification": "special",
        "registeredArea": "本溪市",
        "contact": "张三",
    }
    assert {name: shown[name] for name in stated} == stated
    assert shown["enterprise"] == {**stated, "certified": True, "certifiedAt": decided}
    over = await submit_certification(handler)
    assert (over["code"], over["message"]) == ("CONFLICT", "该企业认证已审核通过，不能再次提交。")


@pytest.mark.rows("BX-009", "BX-033")
async def test_no_business_is_done_before_the_enterprise_is_certified(app: Application):
    handler, reviewer = await app.person(), await app.reviewer()
    assert (await enter(handler))["__typename"] == "NotAllowed"
    for _ in range(2):
        await submit_certification(handler)
        assert (await enter(handler))["message"] == "您尚未代表任何企业，请先完成企业认证，认证通过后方可新建工程。"
        await reject(reviewer, "企业资质上传有误")
        assert (await enter(handler))["__typename"] == "NotAllowed"
    await submit_certification(handler)
    await approve(reviewer)
    async with app.services.db.write() as session:  # an enterprise of which the certification was taken away
        await session.execute(update(ORGANIZATIONS).values(certified_at=None))
    refused = await enter(handler)
    [one] = [violation for violation in refused["violations"] if violation["refuses"]]
    assert one["code"] == "ENTERPRISE_NOT_CERTIFIED"
    assert one["message"] == "请先完成企业认证，认证通过后方可办理业务。"
    [reason] = [reason["citation"] for reason in one["decision"]["because"] if reason["citation"]]
    assert reason == {"title": MANUAL, "locator": "1.3 认证（BX-009）"}
    async with app.services.db.write() as session:
        await session.execute(update(ORGANIZATIONS).values(certified_at=datetime.now(UTC)))
    project = await enter_project(handler)
    assert re.fullmatch(r"[0-9]{19}", project["number"])
    assert int(project["number"]) > 2**53
    assert (await submit_quota(handler, project["id"]))["__typename"] == "QuotaApplication"


@pytest.mark.rows("BX-010")
async def test_only_a_certification_reviewer_sees_and_decides_an_application(app: Application):
    handler, other = await app.person(), await app.person()
    reviewer, officer = await app.reviewer(), await app.officer()
    case = await submit_certification(handler)
    [review] = await queue(reviewer)
    decide = f"""mutation ($id: ID!) {{
      approveReview(input: {{reviewId: $id}}) {{ __typename {PROBLEM} }}
      rejectReview(input: {{reviewId: $id, reason: "不符"}}) {{ __typename {PROBLEM} }}
    }}"""
    for person, problem in (
        (app.stranger, "Unauthenticated"),
        (other, "NotFound"),
        (officer, "NotFound"),
        (handler, "NotAllowed"),
    ):
        answer = await person.ask(decide, id=review["id"])
        assert {one["__typename"] for one in answer.values()} == {problem}
    for person in (other, officer):
        assert await person.ask("query ($id: ID!) { node(id: $id) { id } }", id=case["id"]) is None
        assert (await certifications(person), await queue(person)) == ([], [])
    assert [one["id"] for one in await certifications(reviewer)] == [case["id"]]
    nothing = await reject(reviewer, " ")
    assert (nothing["__typename"], nothing["path"]) == ("InvalidInput", ["reason"])
    answers = await asyncio.gather(*(reviewer.ask(decide, id=review["id"]) for _ in range(2)))
    decided = [one["__typename"] for answer in answers for one in answer.values()]
    assert sorted(decided) == ["Conflict"] * 3 + ["Review"]


ACTING = "{ me { actingAs actingFor { name } memberships { until } } }"
NOBODYS = {"actingAs": None, "actingFor": None, "memberships": []}
TAKEN = ("CONFLICT", "该统一社会信用代码的企业已有经办人，请联系该企业的经办人。")


async def everything(person: Person) -> set[str]:
    """The ids of all cases, rounds and entries on certifications in anybody's lists, and of their papers."""
    shown = await person.ask("""{ certifications { nodes { id documents { id } } } reviews { nodes { id } }
      auditTrail(first: 100) { nodes { id act } } }""")
    found = [*shown["certifications"]["nodes"], *shown["reviews"]["nodes"]]
    entries = [entry["id"] for entry in shown["auditTrail"]["nodes"] if entry["act"].startswith("certification.")]
    papers = [paper["id"] for case in shown["certifications"]["nodes"] for paper in case["documents"]]
    return {*(one["id"] for one in found), *entries, *papers}


async def test_who_submits_with_the_credit_code_of_another_takes_nothing(app: Application):
    """A certification is sent back for a better scan, and any account sends one in with the same public code."""
    victim, thief, reviewer = await app.person(), await app.person(), await app.reviewer()
    first = await submit_certification(victim)
    await reject(reviewer, "营业执照扫描件不清晰")
    his = await everything(victim)
    assert len(his) == 5  # the case, its round, its paper, two entries

    second = await submit_certification(thief, name="冒名企业")
    assert (second["state"], second["id"] == first["id"], second["enterprise"]) == ("SUBMITTED", False, None)
    assert await thief.ask(ACTING) == NOBODYS
    assert not (await everything(thief)) & his
    for id in his:
        assert await thief.ask("query ($id: ID!) { node(id: $id) { id } }", id=id) is None
    [paper] = [id for id in his if id.startswith("Document:")]
    bearer = {"Authorization": f"Bearer {thief.token}"}
    assert (await thief.http.get(f"/files/{paper}", headers=bearer)).status_code == 404
    assert await everything(victim) == his
    assert [one["state"] for one in await certifications(victim)] == ["REJECTED"]

    again = await submit_certification(victim)
    assert (again["id"], again["state"]) == (first["id"], "SUBMITTED")


async def test_the_reviewer_is_told_of_rivals_and_the_later_approval_is_a_conflict(app: Application):
    handler, rival, reviewer = await app.person(), await app.person(), await app.reviewer()
    first, second = await submit_certification(handler), await submit_certification(rival, name="冒名企业")
    assert (first["rivals"], second["rivals"]) == ([], [])
    shown = await reviewer.ask("{ certifications { nodes { id rivals { id } } } }")
    assert {one["id"]: one["rivals"] for one in shown["nodes"]} == {
        first["id"]: [{"id": second["id"]}],
        second["id"]: [{"id": first["id"]}],
    }
    shown = await rival.ask("{ certifications { nodes { id rivals { id } } } }")
    assert shown["nodes"] == [{"id": second["id"], "rivals": []}]
    earlier = await everything(handler)

    assert (await approve(reviewer))["case"]["id"] == first["id"]
    assert (await approve(reviewer))["message"] == TAKEN[1]
    assert await rival.ask(ACTING) == NOBODYS
    assert await handler.ask(ACTING) == {
        "actingAs": "HANDLER",
        "actingFor": {"name": "演示建筑有限公司"},
        "memberships": [{"until": None}],
    }
    assert earlier < await everything(handler)
    assert (await reject(reviewer, "申请人不是该企业的经办人"))["case"]["id"] == second["id"]
    late = await submit_certification(rival)
    assert (late["code"], late["message"]) == TAKEN
    assert [one["enterprise"] for one in await certifications(rival)] == [None]


async def test_of_two_approvals_at_once_one_stands(app: Application):
    people = [await app.person(), await app.person()]
    for person in people:
        await submit_certification(person)
    reviewers = [await app.reviewer(), await app.reviewer()]
    waiting = [review["id"] for review in await queue(reviewers[0])]
    decide = f"mutation ($id: ID!) {{ approveReview(input: {{reviewId: $id}}) {{ __typename {PROBLEM} }} }}"
    both = zip(reviewers, waiting, strict=True)
    answers = await asyncio.gather(*(reviewer.ask(decide, id=id) for reviewer, id in both))
    assert sorted(answer["__typename"] for answer in answers) == ["Conflict", "Review"]
    acting = [(await person.ask(ACTING))["actingAs"] for person in people]
    assert sorted(acting, key=str) == ["HANDLER", None]


async def test_a_mistyped_credit_code_leaves_no_firm_behind(app: Application):
    handler, reviewer = await app.person(), await app.reviewer()
    await submit_certification(handler, seed=8)
    await reject(reviewer, "统一社会信用代码有误")
    corrected = await submit_certification(handler)
    await approve(reviewer)
    async with app.services.db.read_everything() as session:
        firms = (await session.scalars(select(Enterprise.uscc))).all()
    assert firms == [uscc.make(1)]
    assert {one["id"] for one in await certifications(handler)} > {corrected["id"]}
    assert (await handler.ask(ACTING))["actingFor"] == {"name": "演示建筑有限公司"}


async def test_a_handler_applies_for_another_enterprise_and_still_acts_for_his_own(app: Application):
    handler, colleague = await app.handler(), await app.person()
    second = await submit_certification(handler, seed=3, name="第二建筑有限公司")
    assert second["enterprise"] is None
    assert {one["name"] for one in await certifications(handler)} == {"演示建筑有限公司", "第二建筑有限公司"}
    assert await certifications(colleague) == []
    await approve(await app.reviewer())
    shown = await handler.ask(ACTING)
    assert (shown["actingFor"], len(shown["memberships"])) == ({"name": "演示建筑有限公司"}, 2)


async def test_nobody_takes_an_enterprise_that_is_certified(app: Application):
    other = await app.person()
    await app.handler()
    taken = await submit_certification(other)
    assert (taken["code"], taken["message"]) == TAKEN
    assert await other.ask(ACTING) == NOBODYS


async def test_of_one_application_sent_twice_at_once_one_is_taken(app: Application):
    person = await app.person()
    files = [await person.materials("qualification_certificate") for _ in range(2)]
    answers = await asyncio.gather(*(submit_certification(person, materials=own) for own in files))
    assert sorted(answer["__typename"] for answer in answers) == ["Certification", "Conflict"]
    assert len(await queue(await app.reviewer())) == 1


async def test_the_same_application_sent_twice_is_made_once(app: Application):
    handler = await app.person()
    given = {"materials": await handler.materials("qualification_certificate"), "idempotencyKey": "certify-1"}
    first, again = await submit_certification(handler, **given), await submit_certification(handler, **given)
    assert first == again
    assert (await submit_certification(handler, **{**given, "contact": "李四"}))["code"] == "CONFLICT"
    stranger = await app.stranger.act("submitCertification", "SubmitCertificationInput", "", city="benxi")
    assert stranger["__typename"] == "Unauthenticated"


async def test_who_applies_for_an_enterprise_acts_for_it_once_that_is_approved(app: Application):
    person = await app.person()
    assert await person.ask("{ certifications { totalCount } }") == {"totalCount": 0}
    await submit_certification(person)
    assert await person.ask("{ certifications { totalCount } }") == {"totalCount": 1}
    assert await person.ask(ACTING) == NOBODYS
    await approve(await app.reviewer())
    assert await person.ask("{ certifications { totalCount } }") == {"totalCount": 1}
    assert (await person.ask(ACTING))["actingAs"] == "HANDLER"

"""Numbers and choices as people write them: kept in one way, and shown so."""

from typing import Any

import pytest

from tests.helpers.acts import PROJECT, approve, enter_project, submit_certification, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import hand_in, open_deposit
from tests.helpers.people import Person

READ = """query ($id: ID!) { node(id: $id) { ... on Project {
    ownerUscc managerPhone industryKind industryKindLabel kind kindLabel
    category categoryLabel decisions { sentence certainty } } } }"""


async def enter(handler: Person, **fields: Any) -> dict[str, Any]:
    entered = await enter_project(handler, **fields)
    return await handler.ask(READ, id=entered["id"])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+86 139 0000 0009", "13900000009"),
        ("（024）12345678", "024-12345678"),
        ("024-12345678-801", "024-12345678转801"),
        ("400-123-4567", "400-123-4567"),
    ],
)
async def test_a_telephone_number_is_taken_as_it_is_written_and_kept_in_one_way(app: Application, written, kept):
    handler = await app.handler()
    assert (await enter(handler, managerPhone=written))["managerPhone"] == kept
    project = await enter_project(handler)
    application = await submit_quota(handler, project["id"], handlerPhone=written)
    shown = "query ($id: ID!) { node(id: $id) { ... on QuotaApplication { handlerPhone } } }"
    assert (await handler.ask(shown, id=application["id"]))["handlerPhone"] == kept


@pytest.mark.unregistered
async def test_one_logs_in_with_the_number_as_one_writes_it(app: Application):
    someone = await app.person()
    plain = someone.mobile
    code = await app.code_for(someone, "LOG_IN")
    written = f"+86 {plain[:3]} {plain[3:7]} {plain[7:]}"
    answer = await someone.act(
        "logIn", "LogInInput", "... on SignedIn { token }", city="benxi", mobile=written, password="Aa1!aaaa", **code
    )
    assert answer["__typename"] == "SignedIn"


async def test_a_credit_code_in_full_width_is_kept_plain_and_an_identity_number_is_told_from_one(app: Application):
    handler = await app.handler()
    assert (await enter(handler, ownerUscc="９１１１ 0000-６０0037341Ｌ"))["ownerUscc"] == "91110000600037341L"
    mutation = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    fields = {**PROJECT, "ownerUscc": "362322198709086409"}
    refused = await handler.post(mutation, input={"city": "benxi", "fields": fields})
    assert "不能是居民身份证号码" in refused["errors"][0]["message"]


async def test_an_early_code_of_fujian_is_a_warning_for_the_reviewer(app: Application):
    shown = await enter(await app.handler(), ownerUscc="91350203M0009XY03J")
    [warning] = [one["sentence"] for one in shown["decisions"] if "91350203M0009XY03J" in one["sentence"]]
    assert "无法校验，请与营业执照核对" in warning


@pytest.mark.unregistered
@pytest.mark.parametrize("written", ["contractor", "ＣＯＮＴＲＡＣＴＯＲ", "施工单位"])
async def test_a_certifications_choices_are_kept_as_codes_and_shown_by_their_labels(app: Application, written: str):
    handler = await app.person()
    applied = await submit_certification(handler, organizationKind=written, qualification="甲级")
    labels = "organizationKind organizationKindLabel qualification qualificationLabel"
    read = f"query ($id: ID!) {{ node(id: $id) {{ ... on Certification {{ {labels} }} }} }}"
    kept = {"organizationKind": "contractor", "qualification": "grade_a"}
    shown = {**kept, "organizationKindLabel": "施工单位", "qualificationLabel": "甲级"}
    assert await handler.ask(read, id=applied["id"]) == shown
    if written == "施工单位":
        await approve(await app.reviewer())
        mine = f"{{ me {{ actingFor {{ ... on Enterprise {{ {labels} }} }} }} }}"
        assert (await handler.ask(mine))["actingFor"] == shown


async def test_other_choices_too_in_lists_and_decisions_whoever_writes_them(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter(handler, industryKind="住建", kind="ｂｕｉｌｄｉｎｇ", category="市政工程")
    assert [project[name] for name in ("industryKind", "kind", "category")] == ["housing", "building", "市政工程"]
    labels = [project[name] for name in ("industryKindLabel", "kindLabel", "categoryLabel")]
    assert labels == ["住建", "房屋建筑工程", "市政工程"]
    assert project["decisions"][0]["sentence"].startswith("行业主管类型“住建”、")
    deposit = await open_deposit(handler, officer)
    letter = await hand_in(handler, deposit, kind="银行保函")
    shown = "query ($id: ID!) { node(id: $id) { ... on LetterSubmission { kind kindLabel } } }"
    assert await handler.ask(shown, id=letter["id"]) == {"kind": "bank_guarantee", "kindLabel": "银行保函"}
    listed = "applicationTypeLabel paymentMethodLabel"
    quota = f"{listed} entryModeLabel"
    lists = f"{{ wageDeposits {{ nodes {{ {listed} }} }} quotaApplications {{ nodes {{ {quota} }} }} }}"
    found = (await handler.post(lists))["data"]
    words = {"applicationTypeLabel": "一般缴纳", "paymentMethodLabel": "保函"}
    assert found["wageDeposits"]["nodes"] == [words]
    assert found["quotaApplications"]["nodes"] == [{**words, "entryModeLabel": "按比例申请"}]

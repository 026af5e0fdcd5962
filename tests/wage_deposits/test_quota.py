"""Quota applications: what is stated, what it comes to, what an approval brings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from core.documents.models import Document
from core.money import yuan_text
from tests.helpers.acts import QUOTA, approve, enter_project, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import TODAY, state_deferral_end
from tests.helpers.people import Person

MANUAL = "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
ORDER_65 = "工程建设领域农民工工资保证金规定"
EXEMPT = {"applicationType": "EXEMPT", "paymentMethod": None, "securedAmount": None}
READ = """query ($id: ID!) { node(id: $id) { ... on QuotaApplication {
  state applicationType paymentMethod entryMode entryRatio entryAmount contractAmount requestedAmount amountLabel
  securedAmount handler handlerPhone remarks reason
  project { contractSignedOn manager managerPhone labourOfficer labourOfficerPhone industryKind wagePayDay
    supervisingArea industryAuthority { name } hrssOffice { name } wageDeposits { id state filingStatus amountDue }
    nextSteps { code sentence actor dueOn provisional citation { locator } dueCitation { title number locator } } }
  decisions { path value certainty sentence ruleset { city version digest } because { citation { title locator } } }
} } }"""


async def read(person: Person, application: dict[str, Any]) -> dict[str, Any]:
    assert application["__typename"] == "QuotaApplication", application
    return await person.ask(READ, id=application["id"])


def broken(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Code and message of every violation that refuses."""
    assert answer["__typename"] == "RulesViolated", answer
    return [(found["code"], found["message"]) for found in answer["violations"] if found["refuses"]]


@pytest.mark.rows("BX-038", "BX-041", "BX-042", "BX-043", "BX-046", "BX-049")
@pytest.mark.parametrize(
    ("quota", "requested", "warned"),
    [
        ({"entryRatio": "0.13", "contractAmount": "20000000.00"}, "2600000.00", "申请比例 13% 高于国家规定的上限 3%"),
        ({"entryRatio": "0.11", "contractAmount": "10000.00"}, "1100.00", "申请比例 11% 高于国家规定的上限 3%"),
        ({"entryRatio": "0.03", "contractAmount": "1000000.50"}, "30000.02", None),
        ({"entryRatio": "0.01", "contractAmount": "1000000.49"}, "10000.00", None),
        ({"entryRatio": "0.03", "contractAmount": "1.50"}, "0.05", None),
        (
            {"entryMode": "AMOUNT", "entryRatio": None, "entryAmount": "30000.02", "contractAmount": "1000000.50"},
            "30000.02",
            None,
        ),
        (
            {"entryMode": "AMOUNT", "entryRatio": None, "entryAmount": "600000.01", "contractAmount": "20000000.00"},
            "600000.01",
            None,
        ),
    ],
)
async def test_the_amount_is_stated_or_the_ratio_of_the_contract_to_the_fen(app: Application, quota, requested, warned):
    handler = await app.handler()
    project = await enter_project(handler, contractAmount=quota["contractAmount"])
    application = await read(handler, await submit_quota(handler, project["id"], **quota, securedAmount=requested))
    assert (application["requestedAmount"], application["securedAmount"]) == (requested, requested)
    assert (application["entryRatio"], application["entryAmount"]) == (quota["entryRatio"], quota.get("entryAmount"))
    amount, required, *warnings = application["decisions"]
    assert (amount["path"], amount["value"]) == ("wage_deposit.requested_amount", requested)
    assert amount["because"][0]["citation"] == {"title": MANUAL, "locator": "2.1.1 申请信息（BX-038、BX-043、BX-049）"}
    assert yuan_text(Decimal(requested)) in amount["sentence"]
    assert (required["path"], required["certainty"]) == ("wage_deposit.required_amount", "NOT_CONFIGURED")
    ruleset = app.services.rulesets.of("benxi").ref
    assert amount["ruleset"] == {"city": "benxi", "version": ruleset.version, "digest": ruleset.digest}
    assert [warning["path"] for warning in warnings] == (["checks.quota_application.ratio_at_most"] if warned else [])
    for warning in warnings:
        assert warning["sentence"].startswith(warned)
        assert warning["because"][0]["citation"]["locator"] == "存储比例（A-BX-10）"


@pytest.mark.rows("BX-041", "BX-042", "BX-044", "BX-045", "BX-046", "BX-047", "BX-048")
async def test_everything_missing_is_told_at_once_and_remarks_are_optional(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)  # whose contract amount is taken
    fields = {
        "预缴方式": "BX-041",
        "申请类型": "BX-044",
        "经办人": "BX-047",
        "经办人电话": "BX-047",
    }
    empty = await submit_quota(handler, project["id"], **dict.fromkeys(QUOTA))
    assert broken(empty) == [("FIELD_REQUIRED", f"请填写“{label}”。") for label in fields]
    paths = [found["path"] for found in empty["violations"]]
    names = ["entryMode", "applicationType", "handler", "handlerPhone"]
    assert paths == [["quota", name] for name in names]
    for found, row in zip(empty["violations"], fields.values(), strict=False):
        [reason] = found["decision"]["because"]
        assert reason["citation"] == {"title": MANUAL, "locator": f"2.1.1 申请信息（{row}）"}
    for mode, label in (("RATIO", "预缴值"), ("AMOUNT", "预缴值")):
        answer = await submit_quota(handler, project["id"], entryMode=mode, entryRatio=None)
        assert broken(answer) == [("FIELD_REQUIRED", f"请填写“{label}”。")]
    for missing, label in (("paymentMethod", "缴纳方式"), ("securedAmount", "保函金额（现金金额）")):
        answer = await submit_quota(handler, project["id"], **{missing: None})
        assert broken(answer) == [("FIELD_REQUIRED", f"请填写“{label}”。")]
    wrong = {"handlerPhone": "12345", "entryRatio": "1.5", "entryAmount": "1.00"}
    assert broken(await submit_quota(handler, project["id"], **wrong)) == [
        ("FIELD_INVALID", "“预缴值”应在 0% 到 100% 之间：150%。"),
        ("FIELD_NOT_NEEDED", "此情形无需填写“预缴值”，请清空。"),
        ("FIELD_INVALID", "“经办人电话”不是有效的电话号码：12345。"),
        ("AMOUNT_TOO_LOW", "保函（现金）金额 600,000.00 元 低于申请金额 30,000,000.00 元。"),
    ]
    application = await read(handler, await submit_quota(handler, project["id"], remarks="首个项目"))
    assert (application["handler"], application["handlerPhone"]) == ("张三全", "13455554444")
    assert (application["remarks"], application["contractAmount"]) == ("首个项目", "20000000.00")


@pytest.mark.rows("BX-035", "BX-036", "BX-037", "BX-045", "BX-059")
async def test_the_enterprise_chooses_a_type_for_each_project(app: Application):
    handler, officer = await app.handler(), await app.officer()
    form = await app.stranger.ask(
        """{ ruleset(city: "benxi") { procedure(code: "quota_application") {
        form { code when options { value label } } }
        value(path: "quota.deferral_max") { text note } } }"""
    )
    fields = {field["code"]: field for field in form["procedure"]["form"]}
    labels = {code: {one["value"]: one["label"] for one in field["options"] or ()} for code, field in fields.items()}
    assert labels["application.type"] == {"EXEMPT": "免缴", "DEFERRED": "缓缴", "ORDINARY": "一般缴纳"}
    assert labels["application.payment_method"] == {"CASH": "现金存缴", "GUARANTEE": "保函"}
    assert fields["application.payment_method"]["when"] == {"fact": "application.type", "is": "ordinary"}
    assert form["value"] == {"text": None, "note": "手册只列出缓缴，没有写期限和材料。"}

    cash, guarantee, deferred = [await enter_project(handler, name=name) for name in ("现金", "保函", "缓缴")]
    needless = await submit_quota(handler, deferred["id"], applicationType="DEFERRED")
    assert [code for code, _ in broken(needless)] == ["FIELD_NOT_NEEDED", "FIELD_NOT_NEEDED"]
    for project, quota in (
        (cash, {"paymentMethod": "CASH"}),
        (guarantee, {}),
        (deferred, {**EXEMPT, "applicationType": "DEFERRED"}),
    ):
        shown = await read(handler, await submit_quota(handler, project["id"], **quota))
        assert (shown["applicationType"], shown["paymentMethod"]) == (
            quota.get("applicationType", "ORDINARY"),
            None if project is deferred else quota.get("paymentMethod", "GUARANTEE"),
        )
    for _ in range(3):
        await approve(officer)
    states = "query ($id: ID!) { node(id: $id) { ... on Project { wageDeposits { id state } nextSteps { code } } } }"
    deferral = await handler.ask(states, id=deferred["id"])
    [deposit] = deferral["wageDeposits"]
    assert deposit["state"] == "DEFERRED"
    assert [step["code"] for step in deferral["nextSteps"]] == ["quota_application", "progress"]
    over, month = str(TODAY), str(TODAY + timedelta(days=31))
    for wrong, place in (({"endsOn": over}, "endsOn"), ({"endsOn": None}, "endsOn"), ({"basis": " "}, "basis")):
        assert (await state_deferral_end(officer, deposit["id"], **wrong))["path"] == [place]
    assert (await state_deferral_end(handler, deposit["id"]))["code"] == "FORBIDDEN"
    await state_deferral_end(officer, deposit["id"])
    for _ in range(2):
        assert (await state_deferral_end(officer, deposit["id"], endsOn=month))["state"] == "OPEN"
    alerted = "{ alerts { nodes { kind message endsOn state } } }"
    for person in (handler, officer):
        alerts = {one["endsOn"]: one for one in (await person.ask(alerted))["nodes"]}
        assert alerts[month]["message"] == f"缓缴的保证金缓缴至 {month}，请在期满前提交缴纳的定额申请。"
        assert {end: one["state"] for end, one in alerts.items()} == {
            str(TODAY + timedelta(days=30)): "CLEARED",
            month: "OPEN",
        }
    await submit_quota(handler, deferred["id"], paymentMethod="CASH")
    await approve(officer)
    assert {one["state"] for one in (await officer.ask(alerted))["nodes"]} == {"CLEARED"}
    assert (await state_deferral_end(officer, deposit["id"]))["code"] == "CONFLICT"
    ended = await handler.ask(states, id=deferred["id"])
    assert ended["wageDeposits"] == [{"id": deposit["id"], "state": "AWAITING_PAYMENT"}]
    assert ended["nextSteps"][0]["code"] == "cash_payment"


@pytest.mark.rows("BX-046")
async def test_a_guarantee_below_the_amount_applied_for_is_refused(app: Application):
    handler = await app.handler()
    project = await enter_project(handler)
    refused = await submit_quota(handler, project["id"], securedAmount="599999.99")
    assert broken(refused) == [("AMOUNT_TOO_LOW", "保函（现金）金额 599,999.99 元 低于申请金额 600,000.00 元。")]
    [found] = refused["violations"]
    assert found["path"] == ["quota", "securedAmount"]
    assert found["decision"]["because"][0]["citation"] == {"title": ORDER_65, "locator": "第十五条"}
    low = await submit_quota(handler, project["id"], entryRatio="0.0049", securedAmount="98000.00")
    assert low["violations"][0]["path"] == ["quota", "entryRatio"]
    assert broken(low) == [("RATIO_BELOW_MINIMUM", "申请比例 0.49% 低于规定的下限 0.5%。")]
    assert (await submit_quota(handler, project["id"]))["state"] == "SUBMITTED"


@pytest.mark.rows("BX-053", "BX-055", "BX-056", "BX-057", "BX-058")
async def test_an_exemption_needs_two_materials_and_leaves_nothing_to_pay_or_file(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    listed = await app.stranger.ask(
        """{ ruleset(city: "benxi") { procedure(code: "quota_application") {
        materials { code name required maxFiles maxMb when citation { locator } } } } }"""
    )
    when, at = {"fact": "application.type", "is": "exempt"}, "2.1.2 免缴"
    limits = {"required": True, "maxMb": 100, "when": when}
    licence = {
        "code": "business_licence",
        "name": "营业执照",
        "maxFiles": 1,
        "citation": {"locator": f"{at}（BX-056）"},
    }
    notice = {"code": "award_notice", "name": "中标通知书", "maxFiles": 2, "citation": {"locator": f"{at}（BX-057）"}}
    assert listed["procedure"]["materials"] == [{**limits, **licence}, {**limits, **notice}]

    async def apply(**materials: list[str]) -> dict[str, Any]:
        stated = [{"code": code, "documents": documents} for code, documents in materials.items()]
        return await submit_quota(handler, project["id"], **EXEMPT, materials=stated)

    empty = await submit_quota(handler, project["id"], **{**dict.fromkeys(QUOTA), "applicationType": "EXEMPT"})
    assert [message for _, message in broken(empty)] == [
        *("请填写“预缴方式”。", "请填写“经办人”。", "请填写“经办人电话”。"),
        *("请上传“营业执照”。", "请上传“中标通知书”。"),
    ]
    files = [(await handler.upload(name=f"{number}.pdf"))["id"] for number in range(6)]
    nothing = await apply()
    assert broken(nothing) == [
        ("MATERIAL_REQUIRED", "请上传“营业执照”。"),
        ("MATERIAL_REQUIRED", "请上传“中标通知书”。"),
    ]
    assert [found["decision"]["because"][0]["citation"]["locator"] for found in nothing["violations"]] == [
        "2.1.2 免缴（BX-056）",
        "2.1.2 免缴（BX-057）",
    ]
    assert broken(await apply(business_licence=files[:2], award_notice=files[2:5], other=files[5:])) == [
        ("TOO_MANY_FILES", "“营业执照”最多上传 1 份，已上传 2 份。"),
        ("TOO_MANY_FILES", "“中标通知书”最多上传 2 份，已上传 3 份。"),
        ("UNKNOWN_MATERIAL", "本次申请不需要材料“other”，请移除。"),
    ]
    for size, refused in ((100 * 1024 * 1024 + 1, True), (100 * 1024 * 1024, False)):
        async with app.services.db.write() as session:
            await session.execute(update(Document).values(size=size))
        answer = await apply(business_licence=files[:1], award_notice=files[1:3])
        if refused:
            assert broken(answer) == [
                ("FILE_TOO_LARGE", "“营业执照”的文件“0.pdf”超过 100M。"),
                ("FILE_TOO_LARGE", "“中标通知书”的文件“1.pdf”超过 100M。"),
                ("FILE_TOO_LARGE", "“中标通知书”的文件“2.pdf”超过 100M。"),
            ]
    shown = await read(handler, answer)
    assert (shown["paymentMethod"], shown["amountLabel"]) == (None, "保证金估算金额")

    assert (await approve(officer))["case"]["state"] == "APPROVED"
    shown = await read(handler, answer)
    [deposit] = shown["project"]["wageDeposits"]
    assert (deposit["state"], deposit["filingStatus"]) == ("WAIVED", "NOT_REQUIRED")
    assert [step["code"] for step in shown["project"]["nextSteps"]] == ["progress"]
    filing = await handler.act("submitFiling", "SubmitFilingInput", "", wageDepositId=deposit["id"])
    assert ("FILING_NOT_REQUIRED", "免缴无需备案申请。") in broken(filing)
    cash = {"amount": "1.00", "paidOn": "2026-11-20", "bank": "演示银行", "accountNumber": "1"}
    paid = await handler.act("reportCashPayment", "ReportCashPaymentInput", "", wageDepositId=deposit["id"], **cash)
    assert paid["code"] == "CONFLICT"
    assert (await submit_quota(handler, project["id"]))["code"] == "CONFLICT"

    firm = (await handler.ask("{ me { actingFor { id } } }"))["actingFor"]["id"]
    arrears = {"fact": "ARREARS_WITHIN_2_YEARS", "holds": True, "basis": "投诉核查", "asOf": str(TODAY)}
    stated = await officer.act(
        "stateContractorRecord",
        "StateContractorRecordInput",
        "... on ContractorRecord { exemptDeposits { id state project { id } } }",
        enterpriseId=firm,
        city="benxi",
        **arrears,
    )
    assert stated["exemptDeposits"] == [{"id": deposit["id"], "state": "WAIVED", "project": {"id": project["id"]}}]


@pytest.mark.rows("BX-040")
async def test_there_is_one_contract_amount_the_projects_and_the_officer_sees_where_the_application_differs(
    app: Application,
):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler)
    differs = {"contractAmount": "1.00", "securedAmount": "0.03"}
    assert broken(await submit_quota(handler, project["id"], **differs)) == [
        ("AMOUNT_TOO_LOW", "保函（现金）金额 0.03 元 低于申请金额 600,000.00 元。")
    ]
    nothing = await submit_quota(handler, project["id"], contractAmount="0.00")
    assert [code for code, _ in broken(nothing)] == ["FIELD_INVALID"]
    applied = await submit_quota(handler, project["id"], contractAmount="1.00")
    seen = await read(officer, applied)
    assert (seen["contractAmount"], seen["requestedAmount"]) == ("20000000.00", "600000.00")
    [differing] = [one for one in seen["decisions"] if one["path"] == "checks.quota_application.contract_amount"]
    assert differing["sentence"].startswith("申请所填的施工合同金额 1.00 元 与项目的 20,000,000.00 元 不一致")
    await approve(officer)
    silent = await enter_project(handler, name="二期")
    unstated = await read(handler, await submit_quota(handler, silent["id"], contractAmount=None))
    assert (unstated["contractAmount"], unstated["requestedAmount"]) == ("20000000.00", "600000.00")
    assert "checks.quota_application.contract_amount" not in [one["path"] for one in unstated["decisions"]]

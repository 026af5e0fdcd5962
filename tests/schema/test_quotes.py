"""Questions that anyone may ask and that leave nothing behind: quoteDeposit and explain."""

import pytest
from sqlalchemy import func, select

from core.reviews.models import KeptDecision
from tests.helpers.acts import PROJECT, submit_quota
from tests.helpers.app import Application

QUOTE = """query ($input: QuoteDepositInput!) { quoteDeposit(input: $input) {
  path certainty value money sentence on ruleset { city } because { path citation { title locator } } } }"""
EXPLAIN = """query ($city: String!, $path: String!, $facts: [FactInput!]) {
  explain(city: $city, path: $path, facts: $facts) { certainty value rate money sentence
    alternatives { reading label value } because { citation { title locator } } } }"""


@pytest.mark.rows("BX-043", "BX-049")
async def test_a_stranger_is_quoted_the_manuals_samples_and_nothing_is_kept(app: Application):
    for contract, ratio, amount in (("20000000.00", "0.13", "2600000.00"), ("10000.00", "0.11", "1100.00")):
        quota = {"entryMode": "RATIO", "entryRatio": ratio, "contractAmount": contract}
        requested, required = await app.stranger.ask(QUOTE, input={"city": "benxi", "quota": quota})
        assert (requested["money"], requested["value"]) == (amount, amount)
        assert requested["because"][0]["path"] == "wage_deposit.requested_amount"
        citation = requested["because"][0]["citation"]
        assert citation["title"] == "本溪建设工程农民工工资支付保证金管理服务平台企业用户操作手册"
        assert "BX-043" in citation["locator"]
        assert (required["certainty"], required["value"]) == ("NOT_CONFIGURED", None)
        assert required["sentence"] == "一般存储比例未配置，无法得出应存金额，平台不作推测。"
    async with app.services.db.read_everything() as session:
        assert await session.scalar(select(func.count()).select_from(KeptDecision)) == 0


async def test_a_quote_goes_by_the_rules_of_the_day_asked_for_and_says_what_is_missing(app: Application):
    quota = {"entryMode": "RATIO", "entryRatio": "0.03"}
    requested, _ = await app.stranger.ask(QUOTE, input={"city": "210500", "quota": quota, "on": "2025-01-15"})
    assert (requested["certainty"], requested["value"], requested["on"]) == ("UNDECIDED", None, "2025-01-15")
    assert requested["sentence"] == "缺少“施工合同金额”，无法得出申请金额。"
    _, before = await app.stranger.ask(QUOTE, input={"city": "benxi", "quota": quota, "on": "2021-10-31"})
    assert before["sentence"] == "应存金额未配置，平台不作推测。"
    elsewhere = await app.stranger.post(QUOTE, input={"city": "hainan", "quota": quota})
    assert elsewhere["errors"][0]["message"] == "海南省没有开通这项业务，不能办理定额申请。"
    answer = await app.stranger.post(QUOTE, input={"city": "nowhere", "quota": quota})
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_where_the_amount_hangs_on_the_contractors_record_it_is_undecided_not_guessed(app: Application):
    quota = {"applicationType": "ORDINARY", "entryMode": "RATIO", "entryRatio": "0.02", "contractAmount": "1000000.00"}
    requested, required = await app.stranger.ask(QUOTE, input={"city": "xiamen", "quota": quota})
    assert requested["money"] == "20000.00"
    assert (required["certainty"], required["value"]) == ("UNDECIDED", None)
    assert required["sentence"].startswith("缺少“")

    record = {
        "contractor.clean_years": "0",
        "contractor.arrears_within_2_years": "false",
        "contractor.on_serious_list": "false",
        "contractor.other_projects_in_area": "false",
        "contractor.real_name_system": "true",
        "contractor.wage_account": "true",
    }
    facts = [{"path": path, "value": value} for path, value in record.items()]
    _, decided = await app.stranger.ask(QUOTE, input={"city": "xiamen", "quota": quota, "facts": facts})
    assert (decided["certainty"], decided["money"]) == ("UNVERIFIED", "15000.00")
    wrong = [{"path": "contractor.clean_years", "value": "viele"}]
    answer = await app.stranger.post(QUOTE, input={"city": "xiamen", "quota": quota, "facts": wrong})
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "path": ["facts"]}

    handler = await app.handler()
    entered = await handler.act(
        "enterProject",
        "ProjectInput",
        "... on Project { id }",
        city="xiamen",
        fields={**PROJECT, "supervisingArea": "350203", "contractAmount": "1000000.00"},
    )
    stated = {"entryRatio": "0.02", "contractAmount": "1000000.00", "securedAmount": "20000.00"}
    materials = await handler.materials("project_documents")
    applied = await submit_quota(handler, entered["id"], **stated, materials=materials)
    assert applied["__typename"] == "QuotaApplication", applied
    kept = await handler.ask(
        """query ($id: ID!) { node(id: $id) { ... on QuotaApplication { state
        decisions { path certainty value sentence ruleset { city } } } } }""",
        id=applied["id"],
    )
    of_application = {decision["path"]: decision for decision in kept["decisions"]}
    undecided = of_application["wage_deposit.required_amount"]
    assert (kept["state"], undecided["certainty"], undecided["value"]) == ("SUBMITTED", "UNDECIDED", None)
    assert undecided["sentence"] == required["sentence"]
    assert undecided["ruleset"] == {"city": "xiamen"}


async def test_anyone_may_have_a_rule_explained_with_its_source_and_the_other_reading(app: Application):
    strict = await app.stranger.ask(EXPLAIN, city="benxi", path="project.completion_must_be_before_today")
    assert (strict["certainty"], strict["value"]) == ("INTERPRETED", "false")
    assert strict["alternatives"] == [{"reading": "before_today", "label": "须早于当日", "value": "true"}]
    ceiling = await app.stranger.ask(EXPLAIN, city="benxi", path="wage_deposit.ratio.max")
    assert (ceiling["rate"], ceiling["because"][0]["citation"]["locator"]) == ("0.03", "第十一条")
    facts = [
        {"path": "application.contract_amount", "value": "20000000.00"},
        {"path": "application.entry_mode", "value": "ratio"},
        {"path": "application.entry_ratio", "value": "13%"},
    ]
    amount = await app.stranger.ask(EXPLAIN, city="benxi", path="wage_deposit.requested_amount", facts=facts)
    assert amount["money"] == "2600000.00"
    wrong = [{"path": "application.contract", "value": "1"}, {"path": "application.entry_ratio", "value": "many"}]
    refused = await app.stranger.post(EXPLAIN, city="benxi", path="wage_deposit.requested_amount", facts=wrong)
    [error] = refused["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "没有名为“application.contract”的事实" in error["message"]
    assert "预缴值（比例）" in error["message"]
    gone = await app.stranger.post(EXPLAIN, city="benxi", path="no.such.rule")
    assert gone["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "value", "chinese", "english"),
    [
        (
            "contract_amount",
            "-100",
            "“施工合同金额”不能为负数：-100.00。",
            "“contract amount” cannot be negative: -100.00.",
        ),
        (
            "entry_ratio",
            "150%",
            "“预缴值（比例）”应在 0% 到 100% 之间：150%。",
            "“entry ratio” lies between 0% and 100%: 150%.",
        ),
        (
            "entry_ratio",
            "-0.1",
            "“预缴值（比例）”应在 0% 到 100% 之间：-10%。",
            "“entry ratio” lies between 0% and 100%: -10%.",
        ),
    ],
)
async def test_a_fact_that_no_form_would_take_is_no_fact_of_a_question_either(
    app: Application, path: str, value: str, chinese: str, english: str
):
    stranger = app.stranger
    facts = [{"path": "application.entry_mode", "value": "ratio"}, {"path": f"application.{path}", "value": value}]
    for language, sentence in (("zh-CN", f"：{chinese}"), ("en", f": {english}")):
        stranger.headers["Accept-Language"] = language
        refused = await stranger.post(EXPLAIN, city="benxi", path="wage_deposit.requested_amount", facts=facts)
        [error] = refused["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"] == f"application.{path}{sentence}"


async def test_no_quote_is_given_for_less_than_nothing(app: Application):
    for quota, sentence in (
        ({"contractAmount": "-100.00", "entryRatio": "0.03"}, "“施工合同金额”不能为负数：-100.00。"),
        ({"contractAmount": "100.00", "entryRatio": "3"}, "“预缴值（比例）”应在 0% 到 100% 之间：300%。"),
    ):
        asked = {"city": "benxi", "quota": {"entryMode": "RATIO", **quota}}
        [error] = (await app.stranger.post(QUOTE, input=asked))["errors"]
        assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", sentence)

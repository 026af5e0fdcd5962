"""What a client may rely on: how values are written, what refusals say, what an id is."""

import pytest

from core.errors import InvalidInput
from resolvers import ids
from schema.scalars import SCALARS
from tests.helpers.acts import PROJECT, enter_project, submit_quota
from tests.helpers.app import Application
from tests.helpers.people import Person

QUOTE = (
    'query ($quota: QuotaFields!, $on: Date) { quoteDeposit(input: {city: "benxi", quota: $quota, on: $on}) { money } }'
)
REFUSED = [
    ({"contractAmount": 2600000}, "contractAmount", "金额应为文字形式的元", "An amount is yuan as text"),
    ({"contractAmount": 0.1}, "contractAmount", "金额应为文字形式的元", "An amount is yuan as text"),
    ({"contractAmount": "1.005"}, "contractAmount", "金额应为文字形式的元", "“2600000.00”"),
    ({"contractAmount": "1,000.00"}, "contractAmount", "金额应为文字形式的元", "“2600000.00”"),
    (
        {"contractAmount": "12345678901234"},
        "contractAmount",
        "金额应为文字形式的元，最多 13 位整数",
        "at most 13 digits",
    ),
    ({"contractAmount": "NaN"}, "contractAmount", "金额应为文字形式的元", "got “NaN”."),
    ({"entryRatio": 0.13}, "entryRatio", "比例应为文字形式的小数", "like “0.13” for 13%"),
    ({"entryRatio": "13%"}, "entryRatio", "比例应为文字形式的小数", "A rate is a fraction as text"),
    ({"entryRatio": "1000"}, "entryRatio", "比例应为文字形式的小数", "A rate is a fraction as text"),
]


async def refusal(person: Person, query: str, **variables) -> dict:
    answer = await person.post(query, **variables)
    assert answer.get("data") is None, answer
    [error] = answer["errors"]
    return error


async def test_a_value_that_is_written_wrong_is_refused_with_its_place_and_how_to_write_it(app: Application):
    stranger = app.stranger
    for quota, place, chinese, english in REFUSED:
        stranger.headers.clear()
        error = await refusal(stranger, QUOTE, quota=quota)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(f"quota.{place}：{chinese}")
        stranger.headers["Accept-Language"] = "en"
        error = await refusal(stranger, QUOTE, quota=quota)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(f"quota.{place}: A")
        assert english in error["message"]
        assert chinese not in error["message"]
    stranger.headers.clear()
    for on in ("2026-13-01", "2026-1-1", "20260101", 20260101, "2026-01-01T00:00:00"):
        assert "日期应为“2024-07-01”的形式" in (await refusal(stranger, QUOTE, quota={}, on=on))["message"]
    literal = '{ quoteDeposit(input: {city: "benxi", quota: {contractAmount: 5}}) { money } }'
    assert "金额应为文字形式的元" in (await refusal(stranger, literal))["message"]


async def test_codes_of_enterprises_and_regions_are_checked_where_they_are_written(app: Application):
    handler = await app.person()
    submit = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    for fields, place, message in (
        ({"ownerUscc": "000000000000000000"}, "ownerUscc", "统一社会信用代码"),
        ({"ownerUscc": "91110000600037341X"}, "ownerUscc", "统一社会信用代码"),
        ({"area": "本溪"}, "area", "行政区划代码应为六位数字文字，如“210500”"),
        ({"area": 210500}, "area", "行政区划代码应为六位数字文字，如“210500”"),
    ):
        error = await refusal(handler, submit, input={"city": "benxi", "fields": fields})
        assert error["message"].startswith(f"input.fields.{place}：{message}")


WRONG = [
    ({"wagePayDay": "abc"}, "input.fields.wagePayDay", "应为整数；收到“abc”。", "This is a whole number; got “abc”."),
    ({"wagePayDay": 1.5}, "input.fields.wagePayDay", "应为整数；收到 1.5。", "This is a whole number; got 1.5."),
    ({"wagePayDay": 3 * 10**9}, "input.fields.wagePayDay", "应为 32 位以内的整数；收到 3000000000。", "of 32 bits"),
    ({"wagePayDay": True}, "input.fields.wagePayDay", "应为整数；收到 true。", "This is a whole number; got true."),
    ({"name": None, "owner": 5}, "input.fields.owner", "应为文字；收到 5。", "This is text; got 5."),
    ({"owner": [None, "x"]}, "input.fields.owner", '应为文字；收到 [null, "x"]。', 'This is text; got [null, "x"].'),
    ({"ownr": "x"}, "input.fields", "没有名为“ownr”的字段；是不是“owner”？", "is “owner” meant?"),
    ({"zzzzzzzz": "x"}, "input.fields", "没有名为“zzzzzzzz”的字段。", "There is no field “zzzzzzzz” here."),
    ("x", "input.fields", "应为对象；收到“x”。", "This is an object; got “x”."),
    (None, "input.fields", "缺少必须给出的值。", "A value has to be given here."),
]


@pytest.mark.parametrize(("fields", "place", "chinese", "english"), WRONG)
async def test_what_graphql_refuses_in_variables_is_said_in_the_callers_language(
    app: Application, fields: object, place: str, chinese: str, english: str
):
    handler = await app.person()
    submit = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    error = await refusal(handler, submit, input={"city": "benxi", "fields": fields})
    assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", f"{place}：{chinese}")
    handler.headers["Accept-Language"] = "en"
    error = await refusal(handler, submit, input={"city": "benxi", "fields": fields})
    assert error["message"].startswith(f"{place}: ")
    assert error["message"].endswith(english if english[-1] in ".?" else ".")
    assert english in error["message"]


async def test_what_is_missing_or_no_option_is_said_in_the_callers_language(app: Application):
    quote = "query ($input: QuoteDepositInput!) { quoteDeposit(input: $input) { money } }"
    for input, sentence in (
        ({"quota": {}}, "input：缺少“city”。"),
        (
            {"city": "benxi", "quota": {"entryMode": "ratio"}},
            "input.quota.entryMode：不是 EntryMode 的可选值；收到“ratio”。",
        ),
        ({"city": "benxi", "quota": {"entryMode": 5}}, "input.quota.entryMode：不是 EntryMode 的可选值；收到 5。"),
        (None, "input：缺少必须给出的值。"),
    ):
        assert (await refusal(app.stranger, quote, input=input))["message"] == sentence
    assert (await refusal(app.stranger, quote))["message"] == "input：缺少必须给出的值。"
    registered = {"city": "benxi", "agreementAccepted": "yes"}
    register = "mutation ($input: RegisterInput!) { register(input: $input) { __typename } }"
    messages = [error["message"] for error in (await app.stranger.post(register, input=registered))["errors"]]
    assert "input.agreementAccepted：应为 true 或 false；收到“yes”。" in messages


def test_a_moment_needs_its_offset():
    moment = next(scalar for scalar in SCALARS.values() if scalar.name == "DateTime")
    for wrong in ("2024-07-01T09:00:00", "2024-07-01", "gestern", 5):
        with pytest.raises(ValueError, match="时间应为带时区的 ISO 8601"):
            moment.parse_value(wrong)
    same = moment.parse_value("2024-07-01T01:00:00+00:00")
    assert moment.serialize(same) == "2024-07-01T09:00:00+08:00"


@pytest.mark.rows("BX-033")
async def test_amounts_have_two_places_rates_are_fractions_moments_chinese_and_long_numbers_text(app: Application):
    handler, officer = await app.handler(), await app.officer()
    project = await enter_project(handler, contractAmount="20000000.5")
    assert project["number"].isdigit()
    assert len(project["number"]) == 19
    assert int(project["number"]) > 2**53
    by_number = "query ($n: String!) { projects(filter: {number: $n}) { nodes { id contractAmount createdAt } } }"
    [found] = (await officer.ask(by_number, n=project["number"]))["nodes"]
    assert (found["id"], found["contractAmount"]) == (project["id"], "20000000.50")
    assert found["createdAt"].endswith("+08:00")
    applied = await submit_quota(handler, project["id"], entryRatio="0.030", securedAmount="600000.02")
    ratio = "query ($id: ID!) { node(id: $id) { ... on QuotaApplication { entryRatio requestedAmount } } }"
    assert await handler.ask(ratio, id=applied["id"]) == {"entryRatio": "0.03", "requestedAmount": "600000.02"}


async def test_a_text_with_a_character_that_cannot_be_kept_is_refused_by_its_place(app: Application):
    handler = await app.handler()
    enter = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    error = await refusal(handler, enter, input={"city": "benxi", "fields": {**PROJECT, "name": "一期\0"}})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("variables.input.fields.name 含有不可见的空字符")
    listed = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert "variables.ids.1" in (await refusal(handler, listed, ids=["x", "\0"]))["message"]
    for literal in (
        r'{ ruleset(city: "ben\u0000xi") { city } }',
        r'{ ruleset(city: """ben' + "\0" + r'xi""") { city } }',
    ):
        assert "空字符" in (await refusal(app.stranger, literal))["message"]


async def test_refusals_speak_english_to_those_who_ask_for_it_and_the_code_stays(app: Application):
    handler = await app.handler()
    nowhere = ids.encode("Project", 999_999)
    heard = {}
    for language, header in (("zh", "zh-CN,en;q=0.5"), ("en", "en-US,zh;q=0.5"), ("default", "fr")):
        handler.headers["Accept-Language"] = header
        refused = await handler.act("reportProgress", "ReportProgressInput", "... on Project { id }", projectId=nowhere)
        app.stranger.headers["Accept-Language"] = header
        stranger = app.stranger
        stranger.headers["Accept-Language"] = header
        turned_away = (await stranger.post("{ me { name } }"))["errors"][0]
        heard[language] = (
            refused["code"],
            refused["message"],
            turned_away["extensions"]["code"],
            turned_away["message"],
        )
    assert heard["zh"][::2] == heard["en"][::2] == ("NOT_FOUND", "UNAUTHENTICATED")
    assert heard["zh"][1] == f"没有找到工程“{nowhere.partition(':')[2]}”。"
    assert heard["zh"][3] == "请先登录。"
    assert heard["en"][1] == f"There is no project “{nowhere.partition(':')[2]}”."
    assert heard["en"][3] == "Sign in first."
    assert heard["default"] == heard["zh"]


async def test_a_crash_is_shown_as_a_number_and_never_as_text(app: Application, monkeypatch: pytest.MonkeyPatch):
    handler = await app.handler()

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2 at /srv/secret.py")

    monkeypatch.setattr("core.projects.actions.trail.record", crash)
    monkeypatch.setattr("resolvers.projects._told", None)
    enter = "mutation ($input: ProjectInput!) { enterProject(input: $input) { __typename } }"
    entered = await handler.post(enter, input={"city": "benxi", "fields": PROJECT})
    listed = await handler.post('{ me { name } projects(filter: {name: "一"}) { nodes { id } } }')
    for answer in (entered, listed):
        [error] = answer["errors"]
        number = error["extensions"]["id"]
        assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "id": number}
        assert error["message"] == f"服务器内部错误，编号 {number}。"
        assert not any(word in str(answer) for word in ("hunter2", "secret", "RuntimeError", "NoneType", "Traceback"))
    monkeypatch.undo()
    assert (await handler.ask("{ projects { totalCount } }"))["totalCount"] == 0


async def test_nodes_come_in_the_order_asked_with_null_for_what_is_not_there(app: Application):
    handler = await app.handler()
    first, second = [(await enter_project(handler))["id"] for _ in range(2)]
    ask = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    found = await handler.ask(ask, ids=[second, ids.encode("Project", 99), first, second])
    assert [node and node["id"] for node in found] == [second, None, first, second]
    assert await handler.ask(ask, ids=[]) == []
    error = (await handler.post(ask, ids=[first] * 101))["errors"][0]
    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        "一次最多查询 100 个标识，请分几次查询。",
    )


GOLDEN = {
    ("Project", 1): "Project:1",
    ("QuotaApplication", 2**63 - 1): "QuotaApplication:9223372036854775807",
}


def test_ids_stay_what_they_are():
    for (kind, number), id in GOLDEN.items():
        assert ids.encode(kind, number) == id
        assert ids.decode(id) == (kind, number)


NO_IDS = [
    *(
        "x",
        "1",
        "Project",
        "Project:",
        "Project:0",
        "Project:-1",
        "Project: 1",
        "Project:+1",
        "Project:01",
        "Project:1_0",
    ),
    *(":1", "Pro ject:1", "Project:1:1", "Project:1.0", "Project:１", "Project:²", "UHJvamVjdDox", "项目"),
]


@pytest.mark.parametrize(
    "text", [*NO_IDS, "", "Project:1\n", ids.encode("Project", 2**63), "A" * 5000, "A:" + "9" * 5000]
)
def test_an_id_that_is_not_letter_for_letter_one_of_ours_is_refused(text: str):
    with pytest.raises(InvalidInput) as caught:
        ids.decode(text, ("subject",))
    assert caught.value.path == ("subject",)
    assert len(caught.value.message) < 150

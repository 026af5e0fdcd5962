"""Texts as forms take them: nothing that nobody sees, no line of a thousand characters, and every name there is."""

from typing import Any

import pytest

from tests.helpers.acts import PROJECT, approve, enter_project, reject, submit_quota
from tests.helpers.app import Application
from tests.helpers.deposits import secured_deposit
from tests.helpers.people import Person
from tests.wage_deposits.test_deposit_uses import record

READ = "query ($id: ID!) { node(id: $id) { ... on Project { name owner location managerPhone } } }"


async def enter(handler: Person, mutation: str = "enterProject", **fields: Any) -> dict[str, Any]:
    selection = "... on Project { id name }"
    return await handler.act(mutation, "ProjectInput", selection, city="benxi", fields={**PROJECT, **fields})


def told(answer: dict[str, Any]) -> list[tuple[str, list[str], str]]:
    assert answer["__typename"] == "RulesViolated", answer
    return [(one["code"], one["path"], one["message"]) for one in answer["violations"] if one["refuses"]]


@pytest.mark.parametrize("name", ["\u200b", "\u2800", " \u3000\ufeff", "\u3164"])
async def test_a_name_of_nothing_visible_is_missing(app: Application, name: str):
    [(code, path, _)] = told(await enter(await app.handler(), name=name))
    assert (code, path) == ("FIELD_REQUIRED", ["fields", "name"])


async def test_every_text_with_what_nobody_sees_is_told_at_once_in_a_draft_too(app: Application):
    handler = await app.handler()
    for mutation in ("enterProject", "saveProjectDraft"):
        answer = await enter(handler, mutation, name="甲\r\n一期", owner="演示\u202e置业", location="路\x07旁")
        assert told(answer) == [
            ("FIELD_INVALID", ["fields", "name"], "“名称”第 2 个字符是看不见的字符（U+000A），请删去。"),
            ("FIELD_INVALID", ["fields", "location"], "“工程地点”第 2 个字符是看不见的字符（U+0007），请删去。"),
            ("FIELD_INVALID", ["fields", "owner"], "“建设单位”第 3 个字符是看不见的字符（U+202E），请删去。"),
        ]
        assert answer["code"] == "RULES_VIOLATED"


async def test_a_line_has_200_characters_and_a_remark_2000(app: Application):
    handler = await app.handler()
    [(code, path, message)] = told(await enter(handler, name="甲" * 201))
    assert (code, path, message) == ("FIELD_INVALID", ["fields", "name"], "“工程名称”最多 200 个字符，现为 201 个。")
    [(code, path, message)] = told(await enter(handler, kind="甲" * 201))  # a choice that takes other words, too
    assert (code, path, message) == ("FIELD_INVALID", ["fields", "kind"], "“工程类型”最多 200 个字符，现为 201 个。")
    assert (await enter(handler, name="\U0002ebf0" * 200))["__typename"] == "Project"
    [(code, path, _)] = told(await enter(handler, "saveProjectDraft", name="甲" * 2001))
    assert (code, path) == ("FIELD_INVALID", ["fields", "name"])

    project = await enter_project(handler)
    [(code, path, _)] = told(await submit_quota(handler, project["id"], remarks="甲" * 2001))
    assert (code, path) == ("FIELD_INVALID", ["quota", "remarks"])
    taken = await submit_quota(handler, project["id"], remarks="分两行写：\n" + "甲" * 1900)
    assert taken["__typename"] == "QuotaApplication"


async def test_pasted_blanks_go_and_rare_characters_stay(app: Application):
    handler = await app.handler()
    entered = await enter(
        handler, name="\u3000演示\U0002ebf0小区 \u200b", owner="\ue001葛\U000e0100置业\xa0", location="\t路 1 号\r\n"
    )
    shown = await handler.ask(READ, id=entered["id"])
    assert (shown["name"], shown["owner"]) == ("演示\U0002ebf0小区", "\ue001葛\U000e0100置业")
    assert shown["location"] == "路 1 号"


async def test_a_reason_of_nothing_visible_is_none(app: Application):
    handler, officer = await app.handler(), await app.officer()
    await submit_quota(handler, (await enter_project(handler))["id"])
    refused = await reject(officer, "\u200b \u2800")
    assert (refused["__typename"], refused["path"]) == ("InvalidInput", ["reason"])
    assert (await approve(officer))["__typename"] == "Review"


async def test_a_notice_number_in_full_width_is_the_same_number(app: Application):
    handler, officer = await app.handler(), await app.officer()
    deposit = await secured_deposit(handler, officer)
    assert (await record(officer, deposit, noticeNumber="本人社支〔2026〕1号"))["__typename"] == "DepositUse"
    again = await record(officer, deposit, noticeNumber="本人社支［２０２６］ １号")
    assert (again["__typename"], again["code"]) == ("Conflict", "CONFLICT")

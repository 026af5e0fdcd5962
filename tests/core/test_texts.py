"""What people type: trimmed, refused and compared in one place, and rare characters kept."""

import sys
import unicodedata

import pytest

from core import texts
from core.notifications import outbox
from core.rulesets.language import strict_yaml
from tests.core.test_notices import Letterbox
from tests.helpers.app import Application
from tests.helpers.platform import platform_act

RARE = {
    "extension A": "\u3400\u4dbf",
    "extension B": "\U00020000\U0002a6df",
    "extensions C to F": "\U0002a700\U0002b740\U0002b820\U0002ceb0",
    "extension G": "\U00030000",
    "extension H": "\U00031350",
    "extension I": "\U0002ebf0\U0002ee5d",
    "private use": "\ue000\U000f0000\U0010fffd",
    "a shape chosen by an ideographic variation": "葛\U000e0100城",
    "a compatibility ideograph": "\ufa11",
}


@pytest.mark.parametrize("name", RARE.values(), ids=RARE)
def test_a_rare_character_stays_as_it_is(name: str):
    assert (texts.tidy(name), texts.find_unseen(name), texts.drop_unseen(name)) == (name, None, name)
    assert strict_yaml.parse(f"name: {unicodedata.normalize('NFC', name)}\n".encode(), "x.yaml").data


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u200b", "\u2800", "\u3164\ufe0f", "\r\n\t", "\u200d\xa0\ufeff"])
def test_what_shows_nothing_is_nothing(text: str):
    assert texts.tidy(text) == ""


def test_blanks_and_what_nobody_sees_go_at_both_ends_alone():
    assert texts.tidy("\ufeff\u3000演示 置业\u200b\r\n") == "演示 置业"
    assert texts.tidy("一\r\n二\r三") == "一\n二\n三"


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\x07", "\x00", "\xad", "\u2028", "\ufffe", "\U000e0041"])
def test_what_nobody_sees_is_told_by_its_place(sign: str):
    for remark in (False, True):
        unseen = texts.find_unseen(f"教学{sign}楼", remark=remark)
        assert (unseen and unseen.place, unseen and unseen.number) == (3, f"U+{ord(sign):04X}")


def test_lines_break_in_remarks_only():
    assert texts.find_unseen("一\n二", remark=True) is None
    assert texts.find_unseen("一\n二")


def test_every_invisible_character_that_this_python_knows_is_refused():
    """And by no other list: a Python that knows fewer refuses the same."""
    known = [chr(code) for code in range(sys.maxunicode + 1)]
    unseen = [sign for sign in known if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
    assert [sign for sign in unseen if texts.find_unseen(sign) is None] == []
    seen = [sign for sign in known if unicodedata.category(sign)[0] in "LNPS" and texts.find_unseen(sign)]
    assert {f"{ord(sign):04X}" for sign in seen} == {"115F", "1160", "2800", "3164", "FFA0"}


def test_what_is_told_plain_at_once_is_what_would_be_left_as_it_is():
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [
        sign for sign in every if texts.is_plain(sign) and (texts.find_unseen(sign) or texts.tidy(sign) != sign)
    ] == []
    assert not texts.is_plain("甲" * (texts.MOST_OF_A_LINE + 1))


def test_width_case_brackets_and_blanks_make_no_difference():
    assert texts.fold("本人社支〔2026〕１号 ＡＢ（一）") == texts.fold("本人社支[2026]1号ab(一)")
    assert texts.fold("教学楼") != texts.fold("教学樓")


def test_a_long_run_of_blanks_is_trimmed_at_once():
    """By a search it takes a minute."""
    assert len(texts.tidy(" " * 200_000 + "x" + " " * 200_000 + "x")) == 200_002


async def test_the_subject_of_a_name_that_was_stored_with_a_break_takes_a_blank(app: Application):
    box, message = Letterbox(), {"notice": "quota_approved", "body": "已通过。"}
    async with app.services.db.write() as session:
        act = platform_act(session, app.services.rulesets)
        outbox.write(act, addresses={"email": "a@example.cn"}, subject="已完成：甲\r\n一期\x07", **message)
    async with app.services.db.read_everything() as session:
        [id] = await session.scalars(outbox.select(outbox.Message.id).where(outbox.Message.address == "a@example.cn"))
    await outbox.send(app.services.db, box.gateways, id, act.at)
    assert [mail.subject for mail in box.mails] == ["已完成：甲 一期"]

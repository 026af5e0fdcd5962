"""The unified social credit code: what is refused, and in which words."""

import pytest
from stdnum.cn import uscc as library

from core.uscc import InvalidUscc, check, has_other_check_character, make

EXAMPLE = "91110000600037341L"  # the example in the library's own documentation


def _checked(number: str) -> str:
    return number + library.calc_check_digit(number)


def test_a_valid_code_is_written_in_capitals_without_spaces_and_hyphens():
    assert check(" 9111 0000-600037341l ") == EXAMPLE
    assert check("９１１１0000６０0037341Ｌ") == EXAMPLE  # as an input method left in full width types it
    assert check("\u30009111\u00a000006000\u200937341ｌ") == EXAMPLE


@pytest.mark.parametrize("code", ["91350203M0009XY03J", "91350203M0009XY25T"])
def test_an_early_code_of_fujian_is_taken_whose_check_character_proves_nothing(code):
    assert check(code) == code
    assert has_other_check_character(code)
    assert not has_other_check_character(EXAMPLE)


@pytest.mark.parametrize("authority", "123456789ANY")
def test_every_registration_authority_is_known(authority):
    code = _checked(f"{authority}1210500600037341")
    assert check(code) == code


@pytest.mark.parametrize("division", ["100000", "110105", "469030", "659001", "810000", "990000"])
def test_provinces_and_the_registries_beside_them_are_known(division):
    assert check(make(1, division))[2:8] == division


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "应为18位，现为0位"),
        ("9111000060003734", "应为18位，现为16位"),
        (EXAMPLE + "0", "应为18位，现为19位"),
        ("91110000600037341O", "第18位“O”不是代码字符"),
        ("9111000060003I341L", "第14位“I”不是代码字符"),
        (_checked("96110000600037341"), "第2位“6”不是机构类别代码"),
        ("362322198709086409", "不能是居民身份证号码，请填写单位的代码"),
        ("11010519491231002x", "不能是居民身份证号码"),
        ("91210203M0009XY03J", "校验码不符"),
        ("91350203A0009XY03J", "校验码不符"),
        ("0" * 18, "第1位“0”不是登记管理部门代码"),
        (_checked("B1210500600037341"), "第1位“B”不是登记管理部门代码"),
        (_checked("91000000600037341"), "第3至8位“000000”不是登记机关的行政区划代码"),
        (_checked("91390000600037341"), "第3至8位“390000”"),
        (_checked("91A10000600037341"), "第3至8位“A10000”"),
        ("91110000600037341M", "校验码不符"),
        ("551234567890123456", "校验码不符"),
        ("91460000730055113E", "校验码不符"),
        ("91460300713000518M", "校验码不符"),
        ("9131011513230855XX", "校验码不符"),
    ],
)
def test_a_code_that_does_not_hold_is_refused_with_the_reason(code, reason):
    with pytest.raises(InvalidUscc, match=reason) as caught:
        check(code)
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == code
    assert caught.value.reason == str(caught.value)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_never_passes(place):
    for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        if other != EXAMPLE[place]:
            with pytest.raises(InvalidUscc):
                check(EXAMPLE[:place] + other + EXAMPLE[place + 1 :])


def test_made_codes_are_valid_distinct_and_the_same_every_time():
    codes = [make(seed) for seed in range(500)]
    assert [check(code) for code in codes] == codes
    assert len(set(codes)) == 500
    assert codes == [make(seed) for seed in range(500)]
    assert all(code.startswith("91210500") for code in codes)


def test_no_code_is_made_for_a_division_that_does_not_exist():
    with pytest.raises(InvalidUscc, match="行政区划"):
        make(1, "390000")

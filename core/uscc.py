"""The unified social credit code (统一社会信用代码, GB 32100-2015) that names every organisation."""

import random
import re

from stdnum.cn import uscc

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUTHORITIES = frozenset("123456789ANY")
# Six digits that begin with a province (GB/T 2260) or with one of two registries that stand beside the provinces: 10,
# the national one, where the state-owned banks are, and 99, that of the Xinjiang Production and Construction Corps.
_DIVISION = re.compile(r"(1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|99)[0-9]{4}")


class InvalidUscc(ValueError):
    """`reason` is a sentence in zh-CN that a clerk can act on."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def check(code: str) -> str:
    """The code in capitals, digits in half width, without spaces and hyphens; raises InvalidUscc.

    Ours beside the library's: it takes eighteen zeros, and refuses the authorities written with a letter (A, N, Y).
    """
    number = uscc.compact(code)
    if len(number) != 18:
        raise InvalidUscc(code, f"应为18位，现为{len(number)}位。")
    for place, character in enumerate(number, start=1):
        if character not in _ALPHABET:
            raise InvalidUscc(code, f"第{place}位“{character}”不是代码字符：只用数字和大写字母，不用I、O、S、V、Z。")
    if number[0] not in _AUTHORITIES:
        raise InvalidUscc(code, f"第1位“{number[0]}”不是登记管理部门代码（1至9、A、N、Y）。")
    if not _DIVISION.fullmatch(number[2:8]):
        raise InvalidUscc(code, f"第3至8位“{number[2:8]}”不是登记机关的行政区划代码。")
    if number[-1] != uscc.calc_check_digit(number[:-1]):
        raise InvalidUscc(code, "校验码不符，请核对是否有字符录错。")
    return number


def make(seed: int, division: str = "210500") -> str:
    """An enterprise's code for demonstrations and tests: the same for the same seed, and valid."""
    subject = "".join(random.Random(seed).choices(_ALPHABET, k=9))  # noqa: S311 - a made-up code guards nothing
    number = f"91{division}{subject}"
    return check(number + uscc.calc_check_digit(number))

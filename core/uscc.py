"""The unified social credit code (统一社会信用代码, GB 32100-2015) that names every organisation."""

import random
import re

from stdnum.cn import uscc

from core.messages import Message

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUTHORITIES = frozenset("123456789ANY")
# Six digits that begin with a province (GB/T 2260) or with one of two registries that stand beside the provinces: 10,
# the national one, where the state-owned banks are, and 99, that of the Xinjiang Production and Construction Corps.
_DIVISION = re.compile(r"(1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|99)[0-9]{4}")


class InvalidUscc(ValueError):
    """`reason` tells a clerk what is wrong with the code, in Chinese; `wrong` does so within any sentence."""

    def __init__(self, code: str, wrong: Message) -> None:
        super().__init__(code, wrong)
        self.code, self.wrong = code, wrong

    @property
    def reason(self) -> str:
        return f"{self.wrong.zh}。"

    def __str__(self) -> str:
        return self.reason


def check(code: str) -> str:
    """The code in capitals, digits in half width, without spaces and hyphens; raises InvalidUscc.

    Ours beside the library's: it takes eighteen zeros, and refuses the authorities written with a letter (A, N, Y).
    """
    number = uscc.compact(code)
    if len(number) != 18:
        raise InvalidUscc(code, Message("uscc.length", found=len(number)))
    for place, character in enumerate(number, start=1):
        if character not in _ALPHABET:
            raise InvalidUscc(code, Message("uscc.character", place=place, found=character))
    if number[0] not in _AUTHORITIES:
        raise InvalidUscc(code, Message("uscc.authority", found=number[0]))
    if not _DIVISION.fullmatch(number[2:8]):
        raise InvalidUscc(code, Message("uscc.division", found=number[2:8]))
    if number[-1] != uscc.calc_check_digit(number[:-1]):
        raise InvalidUscc(code, Message("uscc.check_digit"))
    return number


def make(seed: int, division: str = "210500") -> str:
    """An enterprise's code for demonstrations and tests: the same for the same seed, and valid."""
    subject = "".join(random.Random(seed).choices(_ALPHABET, k=9))  # noqa: S311 - a made-up code guards nothing
    number = f"91{division}{subject}"
    return check(number + uscc.calc_check_digit(number))

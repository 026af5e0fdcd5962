"""The unified social credit code (统一社会信用代码, GB 32100-2015) that names every organisation."""

import random
import re
import unicodedata
from datetime import date

from stdnum.cn import uscc

from core.messages import Message

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUTHORITIES = frozenset("123456789ANY")
_KINDS = frozenset("123459")
"""Kinds of bodies that some authority has: no code's second character is another."""
# Six digits that begin with a province (GB/T 2260) or with one of two registries that stand beside the provinces: 10,
# the national one, where the state-owned banks are, and 99, that of the Xinjiang Production and Construction Corps.
_DIVISION = re.compile(r"(1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|99)[0-9]{4}")


# Given out in Fujian in 2015 and 2016, when the check character was computed otherwise; they are valid to this day.
_OF_FUJIAN = re.compile(r"..35[0-9]{4}M000.{6}")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


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
    """The code in capitals and half width, without blanks and hyphens; raises InvalidUscc, and says so where it is the
    number of a person's identity card.

    Ours beside the library's: it takes eighteen zeros, and refuses the authorities written with a letter (A, N, Y).
    """
    number = re.sub(r"[\s\-‐‑–—−]", "", unicodedata.normalize("NFKC", code)).upper()
    try:
        _check(code, number)
    except InvalidUscc:
        if _is_identity_number(number):
            raise InvalidUscc(code, Message("uscc.identity_number")) from None
        raise
    return number


def has_other_check_character(number: str) -> bool:
    """Whether a code that was checked is one of Fujian's early ones, whose check character proves nothing: a typing
    error goes unseen, and somebody has to look."""
    return number[-1] != uscc.calc_check_digit(number[:-1])


def _check(code: str, number: str) -> None:
    if len(number) != 18:
        raise InvalidUscc(code, Message("uscc.length", found=len(number)))
    for place, character in enumerate(number, start=1):
        if character not in _ALPHABET:
            raise InvalidUscc(code, Message("uscc.character", place=place, found=character))
    if number[0] not in _AUTHORITIES:
        raise InvalidUscc(code, Message("uscc.authority", found=number[0]))
    if number[1] not in _KINDS:
        raise InvalidUscc(code, Message("uscc.kind", found=number[1]))
    if not _DIVISION.fullmatch(number[2:8]):
        raise InvalidUscc(code, Message("uscc.division", found=number[2:8]))
    if has_other_check_character(number) and not _OF_FUJIAN.fullmatch(number):
        raise InvalidUscc(code, Message("uscc.check_digit"))


def _is_identity_number(number: str) -> bool:
    """By GB 11643: a day of birth, and a check character by weights."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return False
    try:
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[-1]


def make(seed: int, division: str = "210500") -> str:
    """An enterprise's code for demonstrations and tests: the same for the same seed, and valid."""
    subject = "".join(random.Random(seed).choices(_ALPHABET, k=9))  # noqa: S311 - a made-up code guards nothing
    number = f"91{division}{subject}"
    return check(number + uscc.calc_check_digit(number))

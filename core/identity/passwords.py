"""Passwords: what the city asks of them, and how they are kept."""

import asyncio
from collections.abc import Callable
from datetime import date

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from core.decisions import Decision, Violation
from core.messages import Message
from core.rulesets.ruleset import Ruleset

# 19 MiB and two passes: the lighter of OWASP's equal choices; log-ins of many at once fit into a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash("no password is this one")
LONGEST = 128
"""Characters; longer input is refused before it is hashed."""

_LEAKED = frozenset[str](FREQUENCY_LISTS["passwords"])


def _special(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


_CLASSES: dict[str, Callable[[str], bool]] = {
    "upper": str.isupper,
    "lower": str.islower,
    "digit": str.isdigit,
    "special": _special,
}


def compute(password: str) -> str:
    """The argon2id hash (some 70 ms of CPU; on an event loop by ``core.identity.hash_queue``)."""
    return _hasher.hash(password)


def verify(password: str, hash_: str | None) -> bool:
    """Whether the password has this hash. Without one, or too long to have any, the same time is spent on nobody's."""
    if len(password) > LONGEST:
        password, hash_ = "", None
    try:
        _hasher.verify(hash_ or _NOBODY, password)
    except VerificationError:
        return False
    return hash_ is not None


async def hash_password(password: str) -> str:
    """``compute``, for commands, which wait for nobody."""
    return await asyncio.to_thread(compute, password)


def violations(ruleset: Ruleset, password: str, on: date) -> list[Violation]:
    """Every rule of the city that the password breaks (BX-004 to BX-006), each with the decision that cites it."""
    found: list[Violation] = []

    def broken(path: str | None, code: str, said: Message) -> None:
        decision: Decision | None = ruleset.decide(path, {}, on) if path else None
        found.append(Violation(code, ("password",), said.zh, decision, english=said.en))

    shortest: int = ruleset.value("auth.password.min_length", on)
    if len(password) < shortest:
        broken("auth.password.min_length", "PASSWORD_TOO_SHORT", Message("password.too_short", least=shortest))
    if len(password) > LONGEST:  # the platform's limit; no text asks for it
        broken(None, "PASSWORD_TOO_LONG", Message("password.too_long", most=LONGEST))
    lacking = [
        kind
        for kind in ruleset.value("auth.password.require", on)
        if not any(_CLASSES[kind](character) for character in password)
    ]
    if lacking:
        broken("auth.password.require", "PASSWORD_LACKS", Message("password.lacks", lacking=lacking))
    if ruleset.value("auth.password.refuse_common", on) and _common(ruleset, password, on):
        broken("auth.password.refuse_common", "PASSWORD_COMMON", Message("password.common"))
    return found


def _common(ruleset: Ruleset, password: str, on: date) -> bool:
    """On the city's own list or among the passwords that leaks have shown to be common."""
    listed = {word.casefold() for word in ruleset.value_or_none("auth.password.forbidden", on) or ()}
    return password.casefold() in listed or password.casefold() in _LEAKED

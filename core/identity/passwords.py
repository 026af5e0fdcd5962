"""Passwords: what the cities ask of them, and how they are kept."""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
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
_ENDS = re.compile(r"\A[^a-z]+|[^a-z]+\Z")
_DECORATION = 5
"""So many digits and signs around a word hide nothing: @2026!, 123!. More of them may be a secret."""
_LIKENESSES = str.maketrans("@4031!$57", "aaoeiisst")


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


def violations(rulesets: Sequence[Ruleset], password: str, on: date) -> list[Violation]:
    """Every rule that the password breaks (BX-004 to BX-006), each with the decision that cites it; of several cities
    the strictest of each (``core.identity.log_in_rules``)."""
    found: list[Violation] = []

    def broken(ruleset: Ruleset | None, path: str, code: str, said: Message) -> None:
        decision: Decision | None = ruleset.decide(path, {}, on) if ruleset else None
        found.append(Violation(code, ("password",), said.zh, decision, english=said.en))

    def shortest(ruleset: Ruleset) -> int:
        return ruleset.value("auth.password.min_length", on)

    longest = max(rulesets, key=shortest)
    if len(password) < shortest(longest):
        said = Message("password.too_short", least=shortest(longest))
        broken(longest, "auth.password.min_length", "PASSWORD_TOO_SHORT", said)
    if len(password) > LONGEST:  # the platform's limit; no text asks for it
        broken(None, "", "PASSWORD_TOO_LONG", Message("password.too_long", most=LONGEST))
    asking = {kind: one for one in reversed(rulesets) for kind in one.value("auth.password.require", on)}
    lacking = [kind for kind in _CLASSES if kind in asking and not any(map(_CLASSES[kind], password))]
    if lacking:
        broken(
            asking[lacking[0]], "auth.password.require", "PASSWORD_LACKS", Message("password.lacks", lacking=lacking)
        )
    for ruleset in rulesets:
        if ruleset.value("auth.password.refuse_common", on) and _common(ruleset, password, on):
            broken(ruleset, "auth.password.refuse_common", "PASSWORD_COMMON", Message("password.common"))
            break
    return found


def _common(ruleset: Ruleset, password: str, on: date) -> bool:
    """On the city's own list or among the passwords that leaks have shown to be common, or made of such a word to have
    all classes: Password1!, Admin@123, P@ssw0rd2026."""
    listed = {word.casefold() for word in ruleset.value_or_none("auth.password.forbidden", on) or ()}
    return any(plain in listed or plain in _LEAKED for plain in _plain_forms(password[:LONGEST].casefold()))


def _plain_forms(password: str) -> Iterator[str]:
    """The password, and the words that it may be made of."""
    yield password
    yield "".join(filter(str.isalnum, password))
    word = _ENDS.sub("", password)
    if len(password) - len(word) <= _DECORATION:
        yield word
        yield word.translate(_LIKENESSES)

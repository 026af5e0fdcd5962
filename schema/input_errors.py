"""What GraphQL itself refuses in variables, in our words: it speaks English alone, and quotes as Python does."""

import re
from collections.abc import Sequence

from core.messages import Message

_LONGEST = 40
"""Characters of a refused value that its refusal repeats."""


def translate(told: str) -> Message | None:
    """The sentence for one of graphql-core's about a value; None for any other."""
    for key, pattern in _SENTENCES:
        if found := pattern.match(told):
            facts = found.groupdict()
            shown = {"seen": _seen_by_python(facts.pop("seen"))} if "seen" in facts else {}
            return Message(key, **facts, **shown)
    return None


def seen(value: object, json: str) -> Message:
    """What was sent, as its sender wrote it: text in quotation marks, anything else as JSON."""
    if isinstance(value, str):
        return Message("value.text", text=_shorten(value))
    return Message("value.written", json=_shorten(json))


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _seen_by_python(shown: str) -> Message:
    """Of graphql-core's ``inspect``."""
    if len(shown) > 1 and shown[0] == shown[-1] and shown[0] in "'\"":
        return seen(shown[1:-1], "")
    words = {"None": "null", "True": "true", "False": "false"}
    plain = re.sub(r"\b(None|True|False)\b", lambda found: words[found[0]], shown).replace("'", '"')
    return seen(None, plain)


_VALUE = r"Expected value of type '\w+!?'"
_SENTENCES: Sequence[tuple[str, re.Pattern[str]]] = [
    (key, re.compile(pattern, re.DOTALL))
    for key, pattern in (
        ("input.missing", r"Expected a? ?value of non-null type '[^']+' (not to be None|to be provided)\."),
        ("input.no_boolean", r"Boolean cannot represent a non boolean value: (?P<seen>.*)"),
        ("input.no_integer", r"Int cannot represent non-integer value: (?P<seen>.*)"),
        ("input.no_object", rf"{_VALUE} to be an object, found: (?P<seen>.*)\.$"),
        ("input.no_option", r"Value (?P<seen>'.*') does not exist in '(?P<type>\w+)' enum\."),
        ("input.no_option", r"Enum '(?P<type>\w+)' cannot represent non-string value: (?P<seen>.*?)\.( Did .*)?$"),
        ("input.no_text", r"(String|ID) cannot represent (a non string )?value: (?P<seen>.*)"),
        ("input.required_field", rf"{_VALUE} to include required field '(?P<field>\w+)'"),
        (
            "input.unknown_field_near",
            rf"{_VALUE} not to include unknown field '(?P<field>\w+)'\. Did you mean '(?P<near>\w+)'",
        ),
        ("input.unknown_field", rf"{_VALUE} not to include unknown field '(?P<field>\w+)'"),
        ("input.vast_integer", r"Int cannot represent non 32-bit signed integer value: (?P<seen>.*)"),
    )
]

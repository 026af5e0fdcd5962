"""What the platform says to people, in Chinese and in English: a key and facts here, one table of sentences a language.

``{name}`` in a sentence is a fact; ``{kind:type}`` looks it up in the glossary's table of that name; ``{code:words}``
writes an identifier as words, ``{name:field}`` that of an input's field; ``{count:file|files}`` is a number with its
noun. A ruleset's own texts are facts like any other: they stay as they are written.
"""

import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, cast

from core.messages import en, zh
from core.messages.glossary import FIELDS, TABLES

Language = Literal["zh", "en"]
Fact: TypeAlias = "str | int | Decimal | date | Message | Sequence[str] | Sequence[Message] | None"

SENTENCES: Mapping[Language, Mapping[str, str]] = {"zh": zh.SENTENCES, "en": en.SENTENCES}


class Message:
    """One sentence that is not yet written in a language."""

    def __init__(self, key: str, /, **facts: Fact) -> None:
        self.key, self.facts = key, facts

    def text(self, language: Language) -> str:
        return _WORDING[language].vformat(SENTENCES[language][self.key], (), self.facts)

    @property
    def zh(self) -> str:
        return self.text("zh")

    @property
    def en(self) -> str:
        return self.text("en")


class _Wording(string.Formatter):
    """Writes facts into a sentence of its language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, (list, tuple)):
            parts = cast("Sequence[object]", value)
            joint = _BETWEEN if any(isinstance(part, Message) for part in parts) else _AMONG
            return joint[self._language].join(self.format_field(part, format_spec) for part in parts)
        if "|" in format_spec:
            number = self._plain(value)
            return f"{number} {format_spec.split('|')[number != '1']}"
        if format_spec == "words":
            return str(value).replace("_", " ")
        if format_spec == "field":
            return FIELDS.get(str(value).rpartition(".")[2]) or self.format_field(
                str(value).rpartition(".")[2], "words"
            )
        if format_spec:
            term = TABLES[format_spec].get(str(value))
            return str(value) if term is None else getattr(term, self._language)
        return self._plain(value)

    def _plain(self, value: object) -> str:
        if isinstance(value, Message):
            return value.text(self._language)
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        return str(value)


_AMONG: Mapping[Language, str] = {"zh": "、", "en": ", "}
"""Between words."""
_BETWEEN: Mapping[Language, str] = {"zh": "", "en": " "}
"""Between sentences, each of which has its full stop."""
_WORDING: Mapping[Language, _Wording] = {"zh": _Wording("zh"), "en": _Wording("en")}

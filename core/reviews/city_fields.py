"""What a city's form asks besides what the act's input has fields for: given by the fact's path as text, limited to
that form, read by the fact's kind, and kept with the row as canonical text."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Mapped

from core import phones, texts
from core.act import Act
from core.decisions import Value, Violation
from core.errors import RulesViolated
from core.messages import Message
from core.rulesets import readers
from core.rulesets.language import values
from core.rulesets.language.conditions import Facts
from core.rulesets.language.format import FormField
from core.rulesets.lookup import find_choice
from core.rulesets.ruleset import Ruleset

PLACE = "city_fields"
"""The field of every input that has them."""

_SHOWN = 40
"""Characters of a wrong answer that its refusal repeats."""


class Answering(Protocol):
    """A row with the answers to a city's own questions."""

    city_fields: Mapped[dict[str, Any] | None]


def take(act: Act, row: Answering, ruleset: Ruleset, procedure: str, facts: Facts, *, partly: bool = False) -> Facts:
    """The facts with what the act states of the form's own fields, which the row keeps from now on. What it does not
    state is not stated any more, unless it is told ``partly``, as of a draft. Raises RulesViolated with every field
    that the form does not have, or that is not of its kind."""
    stated = read(act, ruleset, procedure)
    asked = {item.code for item in _fields(act, ruleset, procedure)}
    before: Mapping[str, str] = row.city_fields or {}
    said = act.city_fields.keys() if partly else act.city_fields.keys() | asked
    kept = {path: text for path, text in before.items() if path not in said} | texts_of(stated, ruleset)
    if kept != before:
        row.city_fields = kept or None
    return {**facts, **answers(row, ruleset)}


def read(act: Act, ruleset: Ruleset, procedure: str) -> dict[str, Value]:
    """What the act states of the form's own fields, by the facts' paths. Raises RulesViolated as ``take`` does."""
    asked = {item.code: item for item in _fields(act, ruleset, procedure)}
    found: list[Violation] = []
    stated: dict[str, Value] = {}
    for path, written in act.city_fields.items():
        if path not in asked:
            said = Message("field.not_asked", path=path)
            found.append(Violation("UNKNOWN_FIELD", (PLACE, path), said.zh, None, english=said.en))
        elif written is not None and texts.tidy(written):
            item, kind = asked[path], ruleset.fact(path).kind
            try:
                stated[path] = values.from_text(_as_kept(item, written), kind)
            except values.WrongKind:
                said = Message("field.kind", label=item.label, field=path, kind=kind.value, value=written[:_SHOWN])
                found.append(Violation("FIELD_INVALID", (PLACE, path), said.zh, None, english=said.en))
    if found:
        raise RulesViolated(found)
    return stated


def answers(row: Answering, ruleset: Ruleset) -> dict[str, Value]:
    """What the row keeps, as rules see it."""
    kept: Mapping[str, str] = row.city_fields or {}
    return {path: values.from_text(text, ruleset.fact(path).kind) for path, text in kept.items()}


def texts_of(stated: Mapping[str, Value], ruleset: Ruleset) -> dict[str, str]:
    """As rows keep it."""
    return {path: values.canonical_text(value, ruleset.fact(path).kind) for path, value in stated.items()}


def _fields(act: Act, ruleset: Ruleset, procedure: str) -> Iterator[FormField]:
    version = ruleset.procedure(procedure, act.on)
    form = ruleset.form(version.form, act.on) if version and version.form else ruleset.form(procedure, act.on)
    for item in form.fields if form else []:
        if item.need != "derived" and not readers.has_field(item.code, act.input_fields):
            yield item


def _as_kept(item: FormField, written: str) -> str:
    """As an input of its own would keep it: a telephone number without blanks, a choice by its code."""
    text = texts.tidy(written)
    if item.kind == "phone":
        return phones.as_kept(text)
    return find_choice(item.options, text) if item.options else text

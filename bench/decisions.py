"""What the peers' act decides by: our rulesets' rules about the use of a deposit, as decision tables for ZEN.

Exported from the rules themselves, so that both sides decide the same; what a table cannot say ends the run. Texts come
beside the tables: the decision that names each period, and the notice with what the city sets already filled in.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from core.rulesets.language.conditions import AllOf, Comparison, Condition, Not
from core.rulesets.lookup import PLACEHOLDER
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets
from core.wage_deposits.actions.uses import PERIOD, PROCEDURE
from core.workdays import Span, Unit, day_off, national

NOTICE = "deposit_used"
_YEARS = 2
"""Before and after this one, for which days off are told."""

Row = Mapping[str, str]
"""Of a table: by fact, what must hold of it; under an empty name what the row says."""


def export_all(rulesets: Rulesets, on: date) -> str:
    """As JSON: every city's rules that know the procedure on that day, by the id of their version, and the calendar."""
    versions = {
        str(rulesets.version_id(ruleset)): export(ruleset, on)
        for ruleset in rulesets.cities
        if ruleset.procedure(PROCEDURE, on)
    }
    return json.dumps({"versions": versions, "calendar": _calendar(on.year)}, ensure_ascii=False)


def export(ruleset: Ruleset, on: date) -> Mapping[str, Any]:
    """What a city decides: tables, and the texts that belong to their rows."""
    begun = sorted({entry.since for layer in ruleset.layers for entry in layer.values.get(PERIOD, ())}, reverse=True)
    notice = ruleset.notice(NOTICE, on)
    assert notice is not None
    period: list[Row] = [{"deposit_use.used_on": f'd($) >= d("{since}")', "": since.isoformat()} for since in begun]
    return {
        "digest": ruleset.ref.digest,
        "tables": _graph(
            form=("collect", "code", _form(ruleset, on)),
            checks=("collect", "code", [_breach(check) for check in ruleset.checks(PROCEDURE, on)]),
            period=("first", "entry", [*period, {"deposit_use.used_on": "", "": "none"}]),
        ),
        "periods": {
            **{since.isoformat(): _period(ruleset, since) for since in begun},
            "none": _period(ruleset, date.min),
        },
        "notice": {
            "channels": notice.channels,
            "subject": _fill_in(ruleset, notice.subject, on),
            "body": _fill_in(ruleset, notice.body, on),
            "given": _set_by_city(ruleset, f"{notice.subject} {notice.body}", on),
        },
    }


def _form(ruleset: Ruleset, on: date) -> list[Row]:
    version = ruleset.procedure(PROCEDURE, on)
    assert version is not None
    assert version.form is not None
    fields = ruleset.required_fields(version.form, {}, on)
    wanted: list[Row] = [{item.code: "null", "": "FIELD_REQUIRED"} for item, _ in fields]
    empty: list[Row] = [{item.code: 'trim($) == ""', "": "FIELD_REQUIRED"} for item, _ in fields if item.kind == "text"]
    below: list[Row] = [{item.code: "number($) < 0", "": "FIELD_INVALID"} for item, _ in fields if item.kind == "money"]
    return wanted + empty + below


def _breach(check: Any) -> Row:
    """The row that is met where ``when`` holds and ``must`` does not."""
    must: Condition = check.must
    assert isinstance(must, Comparison), f"{check.id}: no table says when this does not hold"
    comparison, value = must.one
    assert comparison == "is"
    assert isinstance(value, bool)
    return {**(_cells(check.when) if check.when else {}), must.fact: _literal(not value), "": check.code}


def _cells(condition: Condition) -> Row:
    match condition:
        case AllOf(all=parts):
            return {fact: cell for part in parts for fact, cell in _cells(part).items()}
        case Comparison(fact=fact, one=("is", bool(value))):
            return {fact: _literal(value)}
        case Not(not_=Comparison(fact=fact, one=("missing", _))):
            return {fact: "$ != null"}
        case _:
            raise AssertionError(f"no table says {condition}")


def _literal(value: bool) -> str:
    return "true" if value else "false"


def _graph(**tables: tuple[str, str, Sequence[Row]]) -> Mapping[str, Any]:
    """All tables between one input and one output, each result under its table's name."""
    edges = [
        {
            "id": f"{name} {way}",
            "type": "edge",
            "sourceId": way if way == "in" else name,
            "targetId": name if way == "in" else way,
        }
        for name in tables
        for way in ("in", "out")
    ]
    return {
        "nodes": [
            _node("in", "inputNode"),
            *(_node(name, "decisionTableNode", **_table(name, *table)) for name, table in tables.items()),
            _node("out", "outputNode"),
        ],
        "edges": edges,
    }


def _node(name: str, type: str, **content: Any) -> Mapping[str, Any]:
    return {"id": name, "type": type, "name": name, "position": {"x": 0, "y": 0}, "content": content}


def _table(name: str, hit_policy: str, says: str, rows: Sequence[Row]) -> Mapping[str, Any]:
    facts = sorted({fact for row in rows for fact in row if fact})
    return {
        "hitPolicy": hit_policy,
        "outputPath": name,
        "inputs": [{"id": fact, "name": fact, "field": fact} for fact in facts],
        "outputs": [{"id": "says", "name": says, "field": says}],
        "rules": [
            {"_id": f"{name} {number}", **{fact: row.get(fact, "") for fact in facts}, "says": f'"{row[""]}"'}
            for number, row in enumerate(rows)
        ],
    }


def _period(ruleset: Ruleset, on: date) -> Mapping[str, Any]:
    written: str | None = ruleset.value_or_none(PERIOD, on)
    span = Span.parse(written) if written else None
    assert span is None or span.unit is Unit.WORKING_DAY, f"{span}: the peers count working days"
    return {"days": span.count if span else None, "decision": ruleset.decide(PERIOD, {}, on).as_json()}


def _fill_in(ruleset: Ruleset, template: str, on: date) -> str:
    """With what the city sets, and the facts still open."""

    def value(match: re.Match[str]) -> str:
        return match[0] if ruleset.has("facts", match[1]) else ruleset.fill_template(match[0], {}, on)

    return PLACEHOLDER.sub(value, template)


def _set_by_city(ruleset: Ruleset, template: str, on: date) -> Mapping[str, str]:
    """What the city itself sets, by its path."""
    named = {match[1]: match[0] for match in PLACEHOLDER.finditer(template)}
    return {path: ruleset.fill_template(part, {}, on) for path, part in named.items() if not ruleset.has("facts", path)}


def _calendar(year: int) -> Mapping[str, Any]:
    calendar = national()
    until = date(year + _YEARS, 12, 31)
    days = _days(date(year - _YEARS, 1, 1), until)
    return {
        "daysOff": [day.isoformat() for day in days if day_off(day, calendar)],
        "published": [str(published) for published in calendar.notices],
        "until": until.isoformat(),
    }


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))

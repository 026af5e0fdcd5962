"""Personal data (个人信息): who sees a telephone number or a person's name whole, and what everybody else sees of it.

A column says ``info=masked(...)``; both ways of reading go by that, for what the trail tells, too. What is masked is
never null where there is a value: one sees that something is there (个人信息保护法 art. 6 and 51).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Text, case, column, func, inspect, literal_column, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapper

from core.actor import Actor, Role

_KEY = "masked"
_NOTHING: Mapping[Any, Any] = {}
_HEAD, _TAIL = 3, 4
"""Of a number so many characters stay: 139****0011."""
PERSONAL = r"(^|[._])(phone|mobile|contact|email|identity_number|account_number)$"
"""How a column or a fact that holds personal data is called, in the trail."""


@dataclass(frozen=True)
class Masked:
    """Whole for these ``roles``, where they see the row; with ``members`` for whoever acts for the row itself. Of
    handlers only for those of the enterprises that these columns of the row name, if any are told (``handlers_of``)."""

    roles: Collection[Role | None] = ()
    members: bool = False
    handlers_of: Sequence[str] = ()

    def show(self, value: Any, row: Any, actor: Actor) -> Any:
        """The value as the actor may see it; a text, or what an entry of the trail tells."""
        whole = actor.role in self.roles or (self.members and actor.organization_id == row.id)
        if whole and self._asks_whose(actor):
            whole = actor.organization_id in [getattr(row, name) for name in self.handlers_of]
        if whole or value is None:
            return value
        return mask(value) if isinstance(value, str) else _masked_json(value)

    def shown_in_sql(self, value: ColumnElement[Any], id: ColumnElement[Any], actor: Actor) -> ColumnElement[Any]:
        """The same in SQL, of a row's column and its id."""
        hidden = _json_in_sql(value) if isinstance(value.type, JSONB) else _mask_in_sql(value)
        if actor.role in self.roles:
            if not self._asks_whose(actor):
                return value
            row = cast("Any", id).table.c
            return case((or_(*(row[name] == actor.organization_id for name in self.handlers_of)), value), else_=hidden)
        if not self.members or actor.organization_id is None:
            return hidden
        return case((id == actor.organization_id, value), else_=hidden)

    def _asks_whose(self, actor: Actor) -> bool:
        return bool(self.handlers_of) and actor.role is Role.HANDLER


def masked(*roles: Role | None, members: bool = False, handlers_of: Sequence[str] = ()) -> dict[Any, Any]:
    """The ``info`` of a column with personal data."""
    return {_KEY: Masked(frozenset(roles), members, handlers_of)}


def mask_of(model: type[Any], name: str) -> Masked | None:
    """How the column of that name is masked; None for what everybody sees who sees the row."""
    mapper: Mapper[Any] | None = inspect(model, raiseerr=False)
    found: Any = mapper.column_attrs.get(name) if mapper else None
    return None if found is None else getattr(found.columns[0], "info", _NOTHING).get(_KEY)


def mask(text: str) -> str:
    """139****0011; of what is shorter than eight characters, the first."""
    length = len(text)
    if length <= _HEAD + _TAIL:
        return text[:1] + "*" * (length - 1)
    return text[:_HEAD] + "*" * (length - _HEAD - _TAIL) + text[-_TAIL:]


def _sql(text: str) -> ColumnElement[Any]:
    return cast("ColumnElement[Any]", literal_column(text))


def _mask_in_sql(value: ColumnElement[Any]) -> ColumnElement[str]:
    length, star, both = func.char_length(value), _sql("'*'"), _sql(str(_HEAD + _TAIL))
    short = func.concat(func.left(value, _sql("1")), func.repeat(star, length - _sql("1")))
    head, tail = func.left(value, _sql(str(_HEAD))), func.right(value, _sql(str(_TAIL)))
    hidden = case((length <= both, short), else_=func.concat(head, func.repeat(star, length - both), tail))
    return type_coerce(case((value.is_not(None), hidden)), Text)


def _masked_json(told: Mapping[str, Any]) -> dict[str, Any]:
    """With the texts under personal names masked; the facts of a case are told one level down."""
    return {
        key: _masked_json(cast("Mapping[str, Any]", value))
        if isinstance(value, dict)
        else mask(value)
        if isinstance(value, str) and re.search(PERSONAL, key)
        else value
        for key, value in told.items()
    }


def _json_in_sql(told: ColumnElement[Any], deep: int = 1) -> ColumnElement[Any]:
    each = func.jsonb_each(told).table_valued(column("key", Text), column("value", JSONB), name=f"told_{deep}")
    kind: ColumnElement[Any] = func.jsonb_typeof(each.c.value)
    text: ColumnElement[Any] = each.c.value.op("#>>")(_sql("'{}'"))
    personal: ColumnElement[bool] = (kind == _sql("'string'")) & each.c.key.op("~")(_sql(f"'{PERSONAL}'"))
    deeper = [(kind == _sql("'object'"), _json_in_sql(each.c.value, deep - 1))] if deep else []
    shown = case((personal, func.to_jsonb(_mask_in_sql(type_coerce(text, Text)))), *deeper, else_=each.c.value)
    every = func.coalesce(func.jsonb_object_agg(each.c.key, shown), _sql("'{}'::jsonb"))
    return type_coerce(select(every).select_from(each).scalar_subquery(), JSONB)

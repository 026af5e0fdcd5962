"""Fields that Python answers: places left open in the database's text, filled by one call for all rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, cast, func

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.serializers import Writer
from resolvers.compiler.sql.json_text import Piece, or_else
from resolvers.compiler.sql.tables import Rows
from resolvers.context import Context
from resolvers.fields.marks import Answer

_EDGE = "\x01"
_NUMBER_ENDS = b"\x03"


@dataclass(frozen=True)
class Hole:
    """What fills a place: one call of ``answer`` with the rows' ``columns``, each value written by ``write``."""

    answer: Answer
    model: type[Any]
    columns: Mapping[str, Callable[[Any], Any]]
    write: Writer

    def rows(self, texts: Sequence[bytes]) -> list[SimpleNamespace]:
        """The rows that the places hold: with these columns, so that asking for another fails aloud."""
        return [
            SimpleNamespace(
                **{
                    name: None if value is None else read(value)
                    for (name, read), value in zip(self.columns.items(), values, strict=True)
                }
            )
            for values in orjson.loads(b"[" + b",".join(texts) + b"]")
        ]


def columns_read(rows: Rows, names: Sequence[str]) -> Mapping[str, Callable[[Any], Any]]:
    """For each column of a hole, how its value comes back from JSON."""
    return {name: _reader(rows.attribute(name)) for name in names}


def place(number: int, rows: Rows, names: Sequence[str]) -> list[Piece]:
    """The open place of hole ``number``: the columns' values, between marks that no JSON text contains."""
    pieces: list[Piece] = [f"{_EDGE}{number}{_NUMBER_ENDS.decode()}["]
    for place, name in enumerate(names):
        pieces += ["," if place else "", *or_else([cast(func.to_json(_sent(rows.attribute(name))), Text)], "null")]
    return [*pieces, f"]{_EDGE}"]


async def filled(raw: bytes, holes: Sequence[Hole], context: Context) -> bytes:
    """The text with every place filled; rows with equal columns have one answer. What an answer raises is not caught
    here."""
    parts = raw.split(_EDGE.encode())
    found: dict[int, list[tuple[int, bytes]]] = {}
    for index in range(1, len(parts), 2):
        number, _, values = parts[index].partition(_NUMBER_ENDS)
        found.setdefault(int(number), []).append((index, values))
    for number, places in found.items():
        hole = holes[number]
        texts = list(dict.fromkeys(values for _, values in places))
        answers = await hole.answer(context, hole.model, hole.rows(texts))
        written = {text: orjson.dumps(hole.write(value)) for text, value in zip(texts, answers, strict=True)}
        for index, values in places:
            parts[index] = written[values]
    return b"".join(parts)


def _sent(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As JSON that comes back as it was: an amount as text, since JSON's numbers are floats to Python."""
    return cast(column, Text) if column.type.python_type in (Decimal, datetime) else column


def _reader(column: ColumnElement[Any]) -> Callable[[Any], Any]:
    kind = column.type.python_type
    if kind not in _READERS:
        raise Fallback(f"a hole needs a column of {kind.__name__}, which does not come back from JSON as it was")
    return _READERS[kind]


_READERS: Mapping[type[Any], Callable[[Any], Any]] = {
    int: int,
    str: str,
    bool: bool,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
}

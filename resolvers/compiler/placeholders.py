"""Fields that Python answers: places left open in the database's text, filled by one call for all rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import orjson

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.serializers import Writer
from resolvers.context import Context
from resolvers.fields.marks import BatchAnswer

EDGE, NUMBER_END = "\x01", "\x03"
"""A placeholder is an edge, its number and the number's end, the row's columns as a JSON list, and an edge: no JSON
text holds these characters."""
_NUMBER_END = NUMBER_END.encode()


@dataclass(frozen=True)
class Placeholder:
    """What fills it: one call of ``answer`` with the rows' ``columns``, each value written by ``write``."""

    answer: BatchAnswer
    model: type[Any]
    columns: Mapping[str, Callable[[Any], Any]]
    """For each column how its value comes back from JSON."""
    write: Writer

    def read_rows(self, texts: Sequence[bytes]) -> list[SimpleNamespace]:
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


def reader_of(python_type: type[Any]) -> Callable[[Any], Any]:
    """How a column's value comes back from JSON, in which amounts and moments are texts. Raises Fallback for one that
    does not come back as it was."""
    if python_type not in _READERS:
        raise Fallback(f"a placeholder needs a column of {python_type.__name__}")
    return _READERS[python_type]


async def fill(raw: bytes, placeholders: Sequence[Placeholder], context: Context) -> bytes:
    """The text with every placeholder filled; rows with equal columns have one answer. What an answer raises is not
    caught here."""
    parts = raw.split(EDGE.encode())
    found: dict[int, list[tuple[int, bytes]]] = {}
    for index in range(1, len(parts), 2):
        number, _, values = parts[index].partition(_NUMBER_END)
        found.setdefault(int(number), []).append((index, values))
    for number, places in found.items():
        placeholder = placeholders[number]
        texts = list(dict.fromkeys(values for _, values in places))
        answers = await placeholder.answer(context, placeholder.model, placeholder.read_rows(texts))
        written = {text: orjson.dumps(placeholder.write(value)) for text, value in zip(texts, answers, strict=True)}
        for index, values in places:
            parts[index] = written[values]
    return b"".join(parts)


_READERS: Mapping[type[Any], Callable[[Any], Any]] = {
    int: int,
    str: str,
    bool: bool,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    object: lambda read: read,  # what a JSON column holds, whose texts stay texts
}

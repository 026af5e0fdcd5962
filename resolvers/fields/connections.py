"""Connections: a table, its order and its filters make a page."""

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, false, func, select, union_all

from core import paging
from core.access import split_visible
from core.paging import Order, Page
from resolvers.context import Context, Info
from resolvers.fields.marks import returns_request

Row = TypeVar("Row")
LONGEST_PART = 500
"""Characters that are looked for; no name and no title has as many."""
_SHIFT = 0xFEE0
"""From a printable character of ASCII to the same in full width."""
_WIDE_BLANK = "\u3000"
_OF_TWO_WIDTHS = re.compile("[\u0020-\u007e\u3000\uff01-\uff5e]")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list of a table's rows. The order must end in the id, so that it is total and an index can give it."""

    model: type[Row]
    order: Sequence[Order]

    def page(
        self, info: Info, *, first: int, after: str | None, where: Sequence[ColumnElement[bool]] = ()
    ) -> "PageRequest[Row]":
        """Requests the ``first`` rows after the cursor, among those the caller may see and that meet ``where``."""
        return PageRequest(info.context, self, first, after, where)


def newest_first(model: type[Any]) -> Callable[..., Any]:
    """The resolver of a root field that lists a table without any filter, the newest row first."""
    listing = Listing(model, [Order(model.id, descending=True)])

    def page(info: Info, first: int = 10, after: str | None = None) -> PageRequest[Any]:
        return listing.page(info, first=first, after=after)

    return returns_request(page)


class PageRequest(NamedTuple, Generic[Row]):
    """A page that is to be read: await it, or hand it to the compiler."""

    context: Context
    listing: Listing[Row]
    first: int
    after: str | None
    where: Sequence[ColumnElement[bool]]

    def __await__(self) -> Generator[Any, Any, Page[Row]]:
        return self._read().__await__()

    async def _read(self) -> Page[Row]:
        context, order = self.context, self.listing.order
        size = paging.size(self.first)
        model: Any = self.listing.model
        seen = [select(model.id).where(part, *self.where) for part in split_visible(model, context.actor)]
        later = seen
        if self.after is not None:
            after = paging.later_than(order, paging.values_of(self.after, order))
            later = [part.where(after) for part in seen]
        first = union_all(*(paging.ordered(part, order).limit(size + 1) for part in later)).subquery()
        page = select(model).where(model.id.in_(select(first.c.id)))
        async with context.db.read(context.actor) as session:
            found: Any = await session.scalars(paging.ordered(page, order).limit(size + 1))
            rows: Sequence[Row] = found.all()

        async def count() -> int:
            async with context.db.read(context.actor) as session:
                return await session.scalar(select(func.count()).select_from(union_all(*seen).subquery())) or 0

        edges = [paging.Edge(paging.cursor_of(row, order), row) for row in rows[:size]]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        return Page(edges, paging.PageInfo(len(rows) > size, self.after is not None, *ends), count)


def contains(column: Any, part: str) -> ColumnElement[bool]:
    """Whether the column's text has the part somewhere, as people type it: letters, digits and brackets of either width
    are one character (１号楼 and 1号楼). A part without them is compared as it is, which costs PostgreSQL a quarter."""
    if len(part) > LONGEST_PART:
        return false()
    if not _OF_TWO_WIDTHS.search(part):
        return column.contains(part, autoescape=True)
    return column.regexp_match("".join(map(_either_width, part)))


def _either_width(character: str) -> str:
    """As PostgreSQL's expressions take it: by numbers, so that no character means anything but itself."""
    narrow = " " if character == _WIDE_BLANK else character
    if "\uff01" <= character <= "\uff5e":
        narrow = chr(ord(character) - _SHIFT)
    if not " " <= narrow <= "~":
        return f"\\U{ord(character):08x}"
    wide = _WIDE_BLANK if narrow == " " else chr(ord(narrow) + _SHIFT)
    return f"[\\u{ord(narrow):04x}\\u{ord(wide):04x}]"

"""Connections: a table, its order and its filters make a page."""

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, false, func, select, union_all

from core import paging
from core.access import split_visible
from core.paging import Cut, Order, Page, Place
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

    def page(self, info: Info, place: Place, where: Sequence[ColumnElement[bool]] = ()) -> "PageRequest[Row]":
        """Requests the page at that place, among the rows that the caller may see and that meet ``where``."""
        return PageRequest(info.context, self, place, where)


def lists(listing: Listing[Any]) -> Callable[[Callable[..., Sequence[ColumnElement[bool]]]], Callable[..., Any]]:
    """A decorator for root fields that list a table: the function gives the conditions of its own arguments, and takes
    ``info`` where it has to; the arguments that say which page come with each."""

    def decorate(conditions: Callable[..., Sequence[ColumnElement[bool]]]) -> Callable[..., Any]:
        own = signature(conditions).parameters
        asks_info = {"info"} & own.keys()

        def page(
            info: Info,
            first: int = 10,
            after: str | None = None,
            last: int | None = None,
            before: str | None = None,
            page: int | None = None,
            **narrowing: Any,
        ) -> PageRequest[Any]:
            given = {**dict.fromkeys(asks_info, info), **narrowing}
            return listing.page(info, Place(first, after, last, before, page), conditions(**given))

        cutting = [one for one in signature(page).parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        narrowing = [one for one in own.values() if one.name != "info"]
        cast("Any", page).__signature__ = Signature([*cutting, *narrowing], return_annotation=PageRequest)
        page.__module__, page.__name__, page.__doc__ = conditions.__module__, conditions.__name__, conditions.__doc__
        return returns_request(page)

    return decorate


def newest_first(model: type[Any]) -> Callable[..., Any]:
    """The resolver of a root field that lists a table without any filter, the newest row first."""

    @lists(Listing(model, [Order(model.id, descending=True)]))
    def page() -> Sequence[ColumnElement[bool]]:
        return []

    return page


class PageRequest(NamedTuple, Generic[Row]):
    """A page that is to be read: await it, or hand it to the compiler."""

    context: Context
    listing: Listing[Row]
    place: Place
    where: Sequence[ColumnElement[bool]]

    def __await__(self) -> Generator[Any, Any, Page[Row]]:
        return self._read().__await__()

    async def _read(self) -> Page[Row]:
        context, order = self.context, self.listing.order
        cut = Cut.of(self.place, order)
        reading = [*map(cut.order_of, order)]
        model: Any = self.listing.model
        seen = [select(model.id).where(part, *self.where) for part in split_visible(model, context.actor)]
        later, skipped = seen, cut.skipped or 0
        if cut.beyond is not None:
            beyond = paging.later_than(reading, cut.beyond)
            later = [part.where(beyond) for part in seen]
        begun = union_all(*(paging.ordered(part, reading).limit(skipped + cut.size + 1) for part in later)).subquery()
        page = paging.ordered(select(model).where(model.id.in_(select(begun.c.id))), reading)
        async with context.db.read(context.actor) as session:
            found: Any = await session.scalars(page.limit(cut.size + 1).offset(skipped))
            read: Sequence[Row] = found.all()

        async def count() -> int:
            async with context.db.read(context.actor) as session:
                return await session.scalar(select(func.count()).select_from(union_all(*seen).subquery())) or 0

        rows, more = read[: cut.size], len(read) > cut.size
        edges = [paging.Edge(paging.cursor_of(row, order), row) for row in (rows[::-1] if cut.backward else rows)]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        return Page(edges, paging.PageInfo(cut.has_next(more=more), cut.has_previous(more=more), *ends), count)


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

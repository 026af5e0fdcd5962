"""Connections: a table, its order and its filters make a page."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, Signature, signature
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar, cast
from unicodedata import normalize

from sqlalchemy import ColumnElement, false, func, select, union_all

from core import paging
from core.access import split_visible
from core.paging import Cut, OneOf, Order, Page, Place
from core.texts import SEARCHED
from resolvers.context import Context, Info
from resolvers.fields.marks import returns_request

Row = TypeVar("Row")
LONGEST_PART = 500
"""Characters that are looked for; no name and no title has as many."""
LAST_CHARACTER = "\U0010ffff"


Narrowing = Sequence[ColumnElement[bool] | OneOf]
"""Conditions of which a list's rows meet all."""


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list of a table's rows. The order must end in the id, so that it is total and an index can give it."""

    model: type[Row]
    order: Sequence[Order]
    orders: Mapping[Any, Sequence[Order]] | None = None
    """What a client may choose among, by the members of an enumeration."""

    def page(
        self, info: Info, place: Place, where: "Narrowing" = (), order: Sequence[Order] | None = None
    ) -> "PageRequest[Row]":
        """Requests the page at that place, among the rows that the caller may see and that meet ``where``."""
        return PageRequest(info.context, self, place, where, order or self.order)


def lists(listing: Listing[Any]) -> Callable[[Callable[..., "Narrowing"]], Callable[..., Any]]:
    """A decorator for root fields that list a table: the function gives the conditions of its own arguments, and takes
    ``info`` where it has to; the arguments that say which page come with each."""

    orders = listing.orders or {}

    def decorate(conditions: Callable[..., Narrowing]) -> Callable[..., Any]:
        own = signature(conditions).parameters
        asks_info = {"info"} & own.keys()

        def page(
            info: Info,
            first: int = 10,
            after: str | None = None,
            last: int | None = None,
            before: str | None = None,
            page: int | None = None,
            order_by: Any = None,
            **narrowing: Any,
        ) -> PageRequest[Any]:
            given = {**dict.fromkeys(asks_info, info), **narrowing}
            where = conditions(**given)
            return listing.page(info, Place(first, after, last, before, page), where, orders.get(order_by))

        cutting = [one for one in signature(page).parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        ordering = cutting.pop()
        if orders:
            [chosen] = {cast("Any", type)(one) for one in orders}
            cutting.append(ordering.replace(annotation=chosen | None))
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
    where: Narrowing
    order: Sequence[Order]

    def split_where(self) -> Sequence[Sequence[ColumnElement[bool]]]:
        """The conditions in alternatives, no row in two of them."""
        parts = [one.conditions if isinstance(one, OneOf) else [one] for one in self.where]
        return [*product(*parts)]

    def __await__(self) -> Generator[Any, Any, Page[Row]]:
        return self._read().__await__()

    async def _read(self) -> Page[Row]:
        context, order = self.context, self.order
        cut = Cut.of(self.place, order)
        reading = [*map(cut.order_of, order)]
        model: Any = self.listing.model
        seen = [
            select(model.id).where(part, *where)
            for part in split_visible(model, context.actor)
            for where in self.split_where()
        ]
        later, skipped = seen, cut.skipped or 0
        if cut.beyond is not None:
            later = [part.where(beyond) for part in seen for beyond in paging.later_than(reading, cut.beyond)]
        begun = union_all(*(paging.ordered(part, reading).limit(skipped + cut.size + 1) for part in later)).subquery()
        page = paging.ordered(select(model).where(model.id.in_(select(begun.c.id))), reading)
        async with context.db.read(context.actor) as session:
            found: Any = await session.scalars(page.limit(cut.size + 1).offset(skipped))
            read: Sequence[Row] = found.all()

        async def count() -> paging.Count:
            every = union_all(*seen)
            counted = every.limit(paging.MOST_COUNTED + 1) if self.where else every
            async with context.db.read(context.actor) as session:
                found = await session.scalar(select(func.count()).select_from(counted.subquery())) or 0
            return paging.Count.limited(found) if self.where else paging.Count(found)

        rows, more = read[: cut.size], len(read) > cut.size
        edges = [paging.Edge(paging.cursor_of(row, order), row) for row in (rows[::-1] if cut.backward else rows)]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        return Page(edges, paging.PageInfo(cut.has_next(more=more), cut.has_previous(more=more), *ends), count)


def contains(key: Any, part: str) -> ColumnElement[bool]:
    """Whether a text has the part somewhere, given the column with its ``core.db.search_key``."""
    sought = normalize("NFKC", part).translate(SEARCHED)
    return false() if len(part) > LONGEST_PART else key.contains(sought, autoescape=True)


def one_of(column: Any, values: Sequence[Enum] | None) -> Sequence[OneOf]:
    """Where some values are given: whether the column has one of them."""
    return [] if values is None else [OneOf([column == value.value for value in dict.fromkeys(values)] or [false()])]


def between(column: Any, least: Any, most: Any) -> Sequence[ColumnElement[bool]]:
    """Whether the column is between the bounds that are given, both included."""
    above = [] if least is None else [column >= least]
    return above if most is None else [*above, column <= most]


def begins(column: Any, part: str | None) -> Sequence[ColumnElement[bool]]:
    """Where a part is given: whether the column, whose collation is C, begins with it. LIKE says the same, but where
    rows are hidden an index is asked only what gives nothing of them away."""
    return [] if part is None else between(column, part, part + LAST_CHARACTER)

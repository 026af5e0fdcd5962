"""Connections: a table, its order and its filters make a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func, select

from core import paging
from core.access import visible
from core.paging import Order, Page
from resolvers.context import Info

Row = TypeVar("Row")


@dataclass(frozen=True)
class Listing(Generic[Row]):
    """A list of a table's rows. The order must end in the id, so that it is total and an index can give it."""

    model: type[Row]
    order: Sequence[Order]

    async def page(
        self, info: Info, *, first: int, after: str | None, where: Sequence[ColumnElement[bool]] = ()
    ) -> Page[Row]:
        """The ``first`` rows after the cursor, among those the caller may see and that meet ``where``."""
        context = info.context
        size = paging.size(first)
        model: Any = self.model
        seen = select(model).where(visible(model, context.actor), *where)
        later = seen if after is None else seen.where(paging.later_than(self.order, after))
        async with context.db.read() as session:
            found: Any = await session.scalars(paging.ordered(later, self.order).limit(size + 1))
            rows: Sequence[Row] = found.all()

        async def count() -> int:
            async with context.db.read() as session:
                return await session.scalar(select(func.count()).select_from(seen.subquery())) or 0

        edges = [paging.Edge(paging.cursor_of(row, self.order), row) for row in rows[:size]]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        return Page(edges, paging.PageInfo(len(rows) > size, after is not None, *ends), count)

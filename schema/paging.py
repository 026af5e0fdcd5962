"""Pages of longer lists, the same for every list."""

from typing import Any, Generic, TypeVar

import strawberry

from core import paging
from schema.fields import answered_by, represents

Item = TypeVar("Item")


@strawberry.type(description="Where a page stands in its list.")
@represents(paging.PageInfo)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None = strawberry.field(description="Pass as `after` for the next page.")


@strawberry.type(description="A row of a page.")
class Edge(Generic[Item]):
    cursor: str
    node: Item = strawberry.field(description="The row.")


async def _total_count(root: strawberry.Parent[Any]) -> int:
    return await root.count()


@strawberry.type(description="One page of a longer list. `first` may be up to 100.")
class Connection(Generic[Item]):
    edges: list[Edge[Item]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[Item] = strawberry.field(description="The rows.")
    page_info: PageInfo
    total_count: int = answered_by(_total_count, "Rows in the whole list; counted only when asked.")

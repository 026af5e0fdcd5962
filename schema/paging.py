"""Pages of longer lists, the same for every list."""

from typing import Any, Generic, TypeVar

import strawberry

from core import paging
from schema.types import answered_by, represents

Item = TypeVar("Item")


@represents(paging.PageInfo, "Where a page stands in its list (分页信息).")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="A row of a page (列表行).")
class Edge(Generic[Item]):
    cursor: str
    node: Item


async def _total_count(root: strawberry.Parent[Any]) -> int:
    return (await root.count()).rows


async def _total_count_exact(root: strawberry.Parent[Any]) -> bool:
    return (await root.count()).exact


@strawberry.type(description="One page of a longer list; `first` may be up to 100 (分页列表).")
class Connection(Generic[Item]):
    edges: list[Edge[Item]]
    nodes: list[Item]
    page_info: PageInfo
    total_count: int = answered_by(_total_count)
    total_count_exact: bool = answered_by(_total_count_exact)

"""Reading anything again by its global id."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from core.db import Base
from core.errors import InvalidInput
from core.paging import MOST
from resolvers import ids
from resolvers.context import Info
from resolvers.fields import RowRequest, by_id, pointing, returns_request


@returns_request
def node(info: Info, id: strawberry.ID) -> RowRequest | None:
    """The thing, None when there is none for this caller."""
    return _request(info, id, "id")


async def nodes(info: Info, ids: list[strawberry.ID]) -> Sequence[Any]:
    """All at once, so that each table is asked once; what is raised of one is an error at its place."""
    if len(ids) > MOST:
        raise InvalidInput(("ids",), "too_many_ids", most=MOST)
    return await asyncio.gather(*(_found(info, id) for id in ids), return_exceptions=True)


def pointed(kind: str, id: str) -> Callable[..., Any]:
    """The resolver of a field that is whatever two columns name, its class and its id; None where they name nothing,
    nothing that is shown, or what the caller does not see."""

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        name = getattr(root, kind)
        model = _table_of(info, name) if name else None
        return await by_id(info.context, model).load(getattr(root, id)) if model else None

    return pointing(kind, id)(resolve)


def _request(info: Info, id: str, argument: str) -> RowRequest | None:
    type_name, row_id = ids.decode(id, (argument,))
    model = _table_of(info, type_name)
    return RowRequest(info.context, model, type_name, row_id) if model else None


async def _found(info: Info, id: str) -> Any:
    asked = _request(info, id, "ids")
    return await asked if asked else None


def _table_of(info: Info, type_name: str) -> type[Any] | None:
    """The table behind a type of the schema, None for names that are no node of it."""
    shown = info.schema.get_type_by_name(type_name)
    model: Any = getattr(getattr(shown, "origin", None), "represents", None)
    return model if isinstance(model, type) and issubclass(model, Base) else None

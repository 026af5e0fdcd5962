"""Reading anything again by its global id."""

from collections.abc import Sequence
from typing import Any

import strawberry

from core.db import Base
from resolvers import ids
from resolvers.context import Info
from resolvers.reading.relations import by_id


async def node(info: Info, id: strawberry.ID) -> Any:
    """The thing, None when there is none for this caller."""
    type_name, row_id = ids.read(id)
    model = _shown(info, type_name)
    return await by_id(info.context, model).load(row_id) if model else None


async def nodes(info: Info, ids: list[strawberry.ID]) -> Sequence[Any]:
    return [await node(info, id) for id in ids[:100]]


def _shown(info: Info, type_name: str) -> type[Any] | None:
    """The table behind a type of the schema, None for names that are no node of it."""
    shown = info.schema.get_type_by_name(type_name)
    model: Any = getattr(getattr(shown, "origin", None), "represents", None)
    return model if isinstance(model, type) and issubclass(model, Base) else None

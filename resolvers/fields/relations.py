"""Fields that follow a relationship: one query for a whole level of the answer, however many rows ask."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple

from sqlalchemy import inspect, select
from sqlalchemy.orm import Mapper, RelationshipProperty
from strawberry.dataloader import DataLoader

from core.access import visible
from core.privacy import mask_of
from resolvers.context import Context, Info
from resolvers.fields.marks import Personal, Related, mark

Resolver = Callable[[Any, Info], Awaitable[Any]]


def relationship_of(model: type[Any], name: str) -> RelationshipProperty[Any] | None:
    """The relationship of that name, None where ``model`` has a plain column or no table at all."""
    mapper: Mapper[Any] | None = inspect(model, raiseerr=False)
    return mapper.relationships.get(name) if mapper else None


def related(model: type[Any], name: str) -> Resolver:
    """The resolver of a field that stands for the relationship ``name`` of ``model``."""

    async def resolve(root: Any, info: Info) -> Any:
        relationship = relationship_of(model, name)
        assert relationship is not None
        [(local, _)] = relationship.local_remote_pairs or []
        key = getattr(root, relationship.parent.get_property_by_column(local).key)
        return None if key is None else await _loader(info.context, relationship).load(key)

    return mark(resolve, Related(name))


def personal(model: type[Any], name: str) -> Resolver:
    """The resolver of a field that stands for the masked column ``name`` of ``model``."""
    masked = mask_of(model, name)
    assert masked is not None

    async def resolve(root: Any, info: Info) -> Any:
        return masked.show(getattr(root, name), root, info.context.actor)

    return mark(resolve, Personal(name))


class RowRequest(NamedTuple):
    """One row that is to be read by its id: await it, or hand it to the compiler. None when it is not visible."""

    context: Context
    model: type[Any]
    type_name: str
    id: int

    def __await__(self) -> Generator[Any, Any, Any]:
        return by_id(self.context, self.model).load(self.id).__await__()


def by_id(context: Context, model: type[Any]) -> DataLoader[int, Any]:
    """Rows of ``model`` by id, those the caller may see; None for the others."""
    return _keep(context, model, lambda: _one(context, model, "id"))


def _loader(context: Context, relationship: RelationshipProperty[Any]) -> DataLoader[Any, Any]:
    [(_, remote)] = relationship.local_remote_pairs or []
    target: type[Any] = relationship.mapper.class_
    column = relationship.mapper.get_property_by_column(remote).key
    if relationship.uselist:
        order = relationship.order_by or ()
        return _keep(context, relationship, lambda: _many(context, target, column, list(order)))
    return _keep(context, relationship, lambda: _one(context, target, column))


def _keep(context: Context, key: Any, make: Callable[[], DataLoader[Any, Any]]) -> DataLoader[Any, Any]:
    if key not in context.loaders:
        context.loaders[key] = make()
    return context.loaders[key]


def _one(context: Context, target: type[Any], column: str) -> DataLoader[Any, Any]:
    async def load(keys: list[Any]) -> list[Any]:
        async with context.db.read(context.actor) as session:
            query = select(target).where(getattr(target, column).in_(keys), visible(target, context.actor))
            rows = {getattr(row, column): row for row in await session.scalars(query)}
        return [rows.get(key) for key in keys]

    return DataLoader(load_fn=load)


def _many(context: Context, target: type[Any], column: str, order: list[Any]) -> DataLoader[Any, Any]:
    async def load(keys: list[Any]) -> list[list[Any]]:
        rows_of = defaultdict[Any, list[Any]](list)
        async with context.db.read(context.actor) as session:
            query = select(target).where(getattr(target, column).in_(keys), visible(target, context.actor))
            for row in await session.scalars(query.order_by(*order)):
                rows_of[getattr(row, column)].append(row)
        return [rows_of[key] for key in keys]

    return DataLoader(load_fn=load)

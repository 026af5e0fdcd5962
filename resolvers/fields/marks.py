"""What a resolver says of itself, so that both ways of reading rest on one declaration.

A resolver is a function that answers a field for one row. One that carries a mark from here can also be compiled: it is
never called for a row then, the compiler does what the mark says for all rows at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import strawberry
from sqlalchemy import ColumnElement, select
from strawberry.dataloader import DataLoader

from core.access import visible
from resolvers.context import Context, Info

Resolver = TypeVar("Resolver", bound=Callable[..., Any])
BatchAnswer = Callable[[Context, type[Any], Sequence[Any]], Awaitable[Sequence[Any]]]
"""The values of a field for some rows of a model, in their order."""


@dataclass(frozen=True)
class GlobalId:
    """The type's name and the row's id."""


@dataclass(frozen=True)
class Related:
    """The rows at the other end of the relationship of that name."""

    name: str


@dataclass(frozen=True)
class Personal:
    """The column of that name, as the caller may see it (``core.privacy``)."""

    name: str


@dataclass(frozen=True)
class ReturnsRequest:
    """The resolver is plain: it returns a ``connections.PageRequest``, a ``relations.RowRequest`` or None."""


@dataclass(frozen=True)
class Batched:
    """``answer`` computes the values, from these columns of the rows and no others."""

    answer: BatchAnswer
    columns: Sequence[str]


@dataclass(frozen=True)
class Matching:
    """The rows of ``model``, by id, that meet the condition on the owner: on its values, or on its columns."""

    model: type[Any]
    condition: "OwnerCondition"


@dataclass(frozen=True)
class Pointing:
    """One row of one of several tables, named by a column with the class and a column with the id."""

    kind: str
    id: str


OwnerCondition = Callable[[Any, str], ColumnElement[bool]]
"""From an owner (a row, or whatever has the row's columns as attributes) and the name of its class."""

MARK = "mark"
"""The attribute of a resolver that has its mark."""

Mark = GlobalId | Related | Personal | ReturnsRequest | Batched | Matching | Pointing


def mark(resolver: Resolver, mark: Mark) -> Resolver:
    """The resolver itself, carrying the mark."""
    setattr(resolver, MARK, mark)
    return resolver


def returns_request(resolver: Resolver) -> Resolver:
    """A decorator for root fields that read tables: they return what is to be read, and touch nothing."""
    return mark(resolver, ReturnsRequest())


def batched(answer: BatchAnswer, *columns: str) -> Callable[..., Any]:
    """The resolver of a field that ``answer`` computes for many rows at once, from the named columns of each."""

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        context, row = info.context, root
        model = cast("type[Any]", type(row))
        key = (answer, model)
        if key not in context.loaders:
            context.loaders[key] = DataLoader(
                load_fn=lambda rows: _list(answer, context, model, rows), cache_key_fn=lambda row: row.id
            )
        return await context.loaders[key].load(row)

    return mark(resolve, Batched(answer, columns))


def computed(*columns: str) -> Callable[[Resolver], Resolver]:
    """A decorator for resolvers that need nothing but these columns of the row."""

    def decorate(resolver: Resolver) -> Resolver:
        async def answer(_context: Context, _model: type[Any], rows: Sequence[Any]) -> Sequence[Any]:
            return [resolver(row) for row in rows]

        return mark(resolver, Batched(answer, columns))

    return decorate


def matching(model: type[Any], condition: OwnerCondition) -> Callable[..., Any]:
    """The resolver of a field that lists the visible rows of ``model`` that meet a condition on their owner."""

    async def resolve(root: strawberry.Parent[Any], info: Info) -> Any:
        mine = select(model).where(condition(root, type(root).__name__), visible(model, info.context.actor))
        async with info.context.db.read(info.context.actor) as session:
            return (await session.scalars(mine.order_by(model.id))).all()

    return mark(resolve, Matching(model, condition))


def pointing(kind: str, id: str) -> Callable[[Resolver], Resolver]:
    """A decorator for resolvers that find the row which two columns name: its class, and its id."""
    return lambda resolver: mark(resolver, Pointing(kind, id))


async def _list(answer: BatchAnswer, context: Context, model: type[Any], rows: Sequence[Any]) -> list[Any]:
    return list(await answer(context, model, rows))

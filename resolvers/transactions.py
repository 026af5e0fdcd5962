"""Doing a business act once: one transaction, one idempotency key, one result."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import UNSET

from core import idempotency
from core.actor import Act
from core.db import Base
from resolvers.context import Info

Row = TypeVar("Row", bound=Base)


async def once(
    info: Info,
    input: Any,
    model: type[Row],
    action: Callable[[AsyncSession, Act], Awaitable[Row]],
    *,
    request: Mapping[str, Any] | None = None,
) -> Row:
    """Run ``action`` in a transaction. With an ``idempotencyKey`` in the input, the same input again gives the row that
    the first one brought, and changes nothing. ``request`` stands for an input that has no text: a file."""
    context = info.context
    key: str | None = input.idempotency_key
    async with context.db.write() as session:
        if key is None:
            row = await action(session, context.act)
        else:
            asked = {info.field_name: plain(input) if request is None else request}
            claimed = await idempotency.claim(session, context.act, key, asked)
            if claimed.result_id is not None:
                return await session.get_one(model, claimed.result_id)
            row = await action(session, context.act)
            await session.flush()
            claimed.result_type, claimed.result_id = model.__name__, row.id
    context.loaders.clear()  # the next act of this document must not be answered with what was read before it
    return row


def plain(value: Any) -> Any:
    """An input as JSON, the same for the same request: what is not stated is left out, amounts are normalised."""
    match value:
        case Enum():
            return value.name
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value.normalize():f}"
        case date():
            return value.isoformat()
        case list():
            return [plain(item) for item in cast("Sequence[Any]", value)]
        case _ if is_dataclass(value):
            stated = {field.name: getattr(value, field.name) for field in fields(value)}
            return {name: plain(part) for name, part in stated.items() if part is not UNSET}
        case _:
            raise TypeError(f"an input of {type(value).__name__} has no text for an idempotency key")

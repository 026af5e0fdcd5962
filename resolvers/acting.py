"""Doing a business act once: one transaction, one idempotency key, one result."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from core import idempotency
from core.acting import Act
from core.db import Base
from resolvers.context import Info

Row = TypeVar("Row", bound=Base)


async def once(info: Info, input: Any, model: type[Row], action: Callable[[AsyncSession, Act], Awaitable[Row]]) -> Row:
    """Run ``action`` in a transaction. With an ``idempotencyKey`` in the input, the same input again gives the row that
    the first one brought, and changes nothing."""
    context = info.context
    key: str | None = input.idempotency_key
    async with context.db.write() as session:
        if key is None or context.actor.account_id is None:
            return await action(session, context.act)
        claimed = await idempotency.claim(session, context.act, key, {info.field_name: _plain(input)})
        if claimed.result_id is not None:
            return await session.get_one(model, claimed.result_id)
        row = await action(session, context.act)
        await session.flush()
        claimed.result_type, claimed.result_id = model.__name__, row.id
        return row


def _plain(value: Any) -> Any:
    """The input as text that is the same for the same request."""
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] -- inputs are dynamic here
    return value.value if isinstance(value, Enum) else None if value is None else str(value)

"""New rows that are written with the COMMIT: nobody waits for them while the act runs."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, make_transient_to_detached

from core.db import deferred_writes
from core.db.deferred_writes import DeferredWrite
from core.db.prepared import PreparedStatement
from core.db.tables import Base, is_written


def next_id(model: type[Base]) -> ColumnElement[int]:
    """An id for a row that is still to come: for an act that asks for something anyway, and then need not wait until
    its row is written."""
    return func.nextval(func.pg_get_serial_sequence(text(f"'{model.__tablename__}'"), text("'id'")))


async def new_id(session: AsyncSession, model: type[Base]) -> int:
    """The same for an act that asks for nothing else."""
    [(id,)] = await _new_id(model).fetch(session)
    return id


@cache
def _new_id(model: type[Base]) -> PreparedStatement:
    return PreparedStatement(select(next_id(model)))


def insert(session: AsyncSession, row: Base) -> None:
    """Have a new row, with an id of ``next_id``, written as the act ends: nothing changes it or refers to it before.
    What it leaves out is null."""
    model = type(row)
    values = {key: getattr(row, key) for key in _columns(model)}
    parameters = {f"new_{model.__tablename__}_{key}": value for key, value in values.items()}
    deferred_writes.defer_row(session, _insertion(model), **parameters)
    vars(row).update(values)  # what was left out is known, too
    make_transient_to_detached(row)
    session.add(row)


@cache
def _columns(model: type[Base]) -> Sequence[str]:
    mapper: Mapper[Any] = inspect(model)
    return [part.key for part in mapper.column_attrs if is_written(part.columns[0])]


@cache
def _insertion(model: type[Base]) -> DeferredWrite:
    table = cast("Table", model.__table__)
    values = {key: bindparam(f"new_{model.__tablename__}_{key}", type_=table.c[key].type) for key in _columns(model)}
    return DeferredWrite(table.insert().inline().values(values))

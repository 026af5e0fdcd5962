"""A row and those it refers to as the session's objects, read by one statement, without the ORM's own loading.

That prepares itself anew for every row it is about to read, which for the one row of an act takes most of the time.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from core.db.prepared import Lookup, PreparedStatement, flush


class RowLoader:
    """Reads the one row of ``model`` for which ``condition`` holds. ``along`` are relations to one row each that is
    always there; ``lock`` is for the row alone."""

    def __init__(self, model: type[Any], condition: ColumnElement[bool], *, along: Sequence[str], lock: bool) -> None:
        self._along = along
        self._mappers = [_mapper(model), *(_mapper(model).relationships[name].mapper for name in along)]
        assert all(map(_is_plain, self._mappers))
        columns = [part.columns[0] for mapper in self._mappers for part in mapper.column_attrs]
        query = select(*columns).select_from(model).where(condition)
        for name in along:
            query = query.join(getattr(model, name))
        self._statement = PreparedStatement(query.with_for_update(of=model) if lock else query)

    async def load(self, session: AsyncSession, *beside: Lookup, **values: Any) -> Any:
        """The row as it stands now, whatever the session read of it before; None where there is none."""
        await flush(session)
        rows = await self._statement.fetch(session, *beside, **values)
        if not rows:
            return None
        columns = iter(rows[0])
        row, *others = [_attach(session, mapper, columns) for mapper in self._mappers]
        for name, other in zip(self._along, others, strict=True):
            set_committed_value(row, name, other)
        return row


def _attach(session: AsyncSession, mapper: Mapper[Any], columns: Iterator[Any]) -> Any:
    """The session's object of a row, with the values that were read."""
    values = {part.key: next(columns) for part in mapper.column_attrs}
    row = session.sync_session.identity_map.get(mapper.identity_key_from_primary_key((values["id"],)))
    if row is None:
        row = mapper.class_()
        cast("dict[str, Any]", vars(row)).update(values)
        make_transient_to_detached(row)
        session.add(row)
    else:
        for key, value in values.items():
            set_committed_value(row, key, value)
    return row


def _mapper(model: type[Any]) -> Mapper[Any]:
    return inspect(model)


def _is_plain(mapper: Mapper[Any]) -> bool:
    """Whether its rows are read whole, and have no class but one."""
    return mapper.polymorphic_on is None and not any(part.deferred for part in mapper.column_attrs)

"""The changes of rows that an act holds, as statements that need not be waited for one by one.

The ORM's own flush sends an UPDATE for every row and waits for each. Whatever an act changes is its own by then: it
found the row under a lock, or no other act changes that column.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.attributes import set_committed_value

from core.db.prepared import PreparedStatement
from core.db.tables import is_written


def take_updates(session: AsyncSession) -> Iterator[tuple[PreparedStatement, Mapping[str, Any]]]:
    """One statement, with its values, for each changed row of the session; which then takes the change for written."""
    for row in list(session.dirty):
        state: InstanceState[Any] = inspect(row)
        changed = tuple(key for key in _columns(state.mapper) if state.attrs[key].history.has_changes())
        if changed:
            values = {key: getattr(row, key) for key in changed}
            for key, value in values.items():
                set_committed_value(row, key, value)
            yield _update(state.mapper, changed), {"row_id": row.id, **values}


@cache
def _columns(mapper: Mapper[Any]) -> Sequence[str]:
    return [part.key for part in mapper.column_attrs if is_written(part.columns[0])]


@cache
def _update(mapper: Mapper[Any], changed: tuple[str, ...]) -> PreparedStatement:
    table = cast("Table", mapper.local_table)
    values = {key: bindparam(key, type_=table.c[key].type) for key in changed}
    return PreparedStatement(table.update().where(table.c.id == bindparam("row_id")).values(values))

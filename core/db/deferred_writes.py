"""What is written as an act ends: its new row, the decisions it rests on, its messages and their jobs, its entry in the
trail.

None of these rows is read in the act itself. They are gathered while it runs, written by one statement, and that is
sent with the COMMIT in one round trip, so that the head of the audit chain, for which the other acts of the region
wait, is locked no longer than PostgreSQL itself takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Insert, Select, Update, select, true
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.outages import CommitLost
from core.db.prepared import PreparedStatement, pipeline_of
from core.db.row_updates import take_updates

_ROWS, _REST = "new_rows", "deferred_writes"
"""New rows come first, for all else may refer to them; then what was changed; the entry in the trail at last."""


class DeferredWrite:
    """What writes rows of one kind, or a query of one value that does. Its parameters have names that no other one's
    have. It sees nothing of what others of the same statement write."""

    def __init__(self, clause: Insert | Update | Select[Any]) -> None:
        self.clause = clause


_Batch = dict[DeferredWrite, Mapping[str, Any]]
_Bound = tuple[PreparedStatement, Mapping[str, Any]]


def defer(session: AsyncSession, write: DeferredWrite, **values: Any) -> None:
    """Have ``write`` done as the transaction ends; what was deferred twice, by two statements."""
    _defer(session, _REST, write, values)


def defer_row(session: AsyncSession, write: DeferredWrite, **values: Any) -> None:
    """The same for a new row, to which all else that is written may refer."""
    _defer(session, _ROWS, write, values)


def _defer(session: AsyncSession, place: str, write: DeferredWrite, values: Mapping[str, Any]) -> None:
    batches = session.info.setdefault(place, [{}])
    if write in batches[-1]:
        batches.append({})
    batches[-1][write] = values


def barrier(session: AsyncSession) -> None:
    """What is deferred from now on sees what was deferred until now."""
    session.info.setdefault(_REST, [{}]).append({})


async def commit(session: AsyncSession) -> None:
    """End the transaction well. Raises what a statement is refused with; nothing is committed then. Raises CommitLost
    where nobody knows."""
    if session.new or session.deleted:
        await session.flush()
    changed = list(take_updates(session))
    if not changed and session.info.keys().isdisjoint((_ROWS, _REST)):
        try:
            await session.commit()
        except OperationalError as lost:
            if isinstance(lost.orig, psycopg.Error) and lost.orig.sqlstate is None:
                raise CommitLost(str(lost.orig)) from lost
            raise
        return
    pipeline = await pipeline_of(session)
    await pipeline.run([statement.bind(values) for statement, values in _take(session, changed)], commit=True)
    await session.commit()  # nothing is left to do; it ends the session's own idea of the transaction


async def write_now(session: AsyncSession) -> None:
    """Write what was deferred so far, in a transaction that goes on."""
    if session.new or session.deleted:
        await session.flush()
    pipeline = await pipeline_of(session)
    await pipeline.run([statement.bind(values) for statement, values in _take(session, list(take_updates(session)))])


def _take(session: AsyncSession, changed: Sequence[_Bound]) -> Iterator[_Bound]:
    """The statements of what was deferred: one, if nothing was changed between the new rows and the rest."""
    rows: list[_Batch] = session.info.pop(_ROWS, [{}])
    rest: list[_Batch] = session.info.pop(_REST, [{}])
    if not changed:
        rest[0] = {**rows.pop(), **rest[0]}
    yield from [_bind(batch) for batch in rows if batch]
    yield from changed
    yield from [_bind(batch) for batch in rest if batch]


def _bind(batch: _Batch) -> _Bound:
    return _combine(tuple(batch)), {name: value for values in batch.values() for name, value in values.items()}


@cache
def _combine(writes: tuple[DeferredWrite, ...]) -> PreparedStatement:
    """One statement for all of them. PostgreSQL runs an INSERT beside it in any case, a SELECT only if it is read."""
    beside = [write.clause.cte(f"write_{number}") for number, write in enumerate(writes)]
    read = [select(one).scalar_subquery() for one, write in zip(beside, writes, strict=True) if write.clause.is_select]
    return PreparedStatement(select(true(), *read).add_cte(*beside))

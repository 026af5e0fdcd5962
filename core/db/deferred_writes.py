"""What is written as an act ends: its new row, the decisions it rests on, its messages and their jobs, its entry in the
trail.

None of these rows is read in the act itself. They are gathered while it runs, written by one statement, and that is
sent with the COMMIT in one round trip, so that the head of the audit chain, for which the other acts of the region
wait, is locked no longer than PostgreSQL itself takes.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.prepared import PreparedStatement, driver_connection, flush

_BATCHES = "deferred_writes"
_COMMIT = "COMMIT"
"""The driver's own ``commit`` would wait for what was sent, and the pipeline's end then once more."""


class DeferredWrite:
    """What writes rows of one kind, or a query of one value that does. Its parameters have names that no other one's
    have. It sees nothing of what others of the same statement write."""

    def __init__(self, clause: Insert | Select[Any]) -> None:
        self.clause = clause


def defer(session: AsyncSession, write: DeferredWrite, **values: Any) -> None:
    """Have ``write`` done as the transaction ends; what was deferred twice, by two statements."""
    batches = session.info.setdefault(_BATCHES, [{}])
    if write in batches[-1]:
        batches.append({})
    batches[-1][write] = values


def barrier(session: AsyncSession) -> None:
    """What is deferred from now on sees what was deferred until now."""
    session.info.setdefault(_BATCHES, [{}]).append({})


async def commit(session: AsyncSession) -> None:
    """End the transaction well. Raises what a statement is refused with; nothing is committed then."""
    if _BATCHES not in session.info:
        await session.commit()
        return
    await flush(session)
    connection = await driver_connection(session)
    async with connection.pipeline():
        for statement, values in _take(session):
            await statement.send(connection, values)
        await connection.execute(_COMMIT)
    await session.commit()  # nothing is left to do; it ends the session's own idea of the transaction


async def write_now(session: AsyncSession) -> None:
    """Write what was deferred so far, in a transaction that goes on."""
    await flush(session)
    for statement, values in _take(session):
        await statement.fetch(session, **values)


def _take(session: AsyncSession) -> Iterator[tuple[PreparedStatement, Mapping[str, Any]]]:
    for batch in session.info.pop(_BATCHES, ()):
        if batch:
            yield _combine(tuple(batch)), {name: value for values in batch.values() for name, value in values.items()}


@cache
def _combine(writes: tuple[DeferredWrite, ...]) -> PreparedStatement:
    """One statement for all of them. PostgreSQL runs an INSERT beside it in any case, a SELECT only if it is read."""
    beside = [write.clause.cte(f"write_{number}") for number, write in enumerate(writes)]
    read = [select(one).scalar_subquery() for one, write in zip(beside, writes, strict=True) if write.clause.is_select]
    return PreparedStatement(select(true(), *read).add_cte(*beside))

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

from core.db.prepared import Statement, driver, flush

_GATHERED = "closing"
_COMMIT = "COMMIT"
"""The driver's own ``commit`` would wait for what was sent, and the pipeline's end then once more."""


class Part:
    """What writes rows of one kind, or a query of one value that does. Its parameters have names that no other part's
    have. It sees nothing of what other parts of the same statement write."""

    def __init__(self, clause: Insert | Select[Any]) -> None:
        self.clause = clause


def add(session: AsyncSession, part: Part, **values: Any) -> None:
    """Have ``part`` written as the transaction ends; what was added twice, by two statements."""
    batches = session.info.setdefault(_GATHERED, [{}])
    if part in batches[-1]:
        batches.append({})
    batches[-1][part] = values


def separate(session: AsyncSession) -> None:
    """What is added from now on sees what was added until now."""
    session.info.setdefault(_GATHERED, [{}]).append({})


async def commit(session: AsyncSession) -> None:
    """End the transaction well. Raises what a statement is refused with; nothing is committed then."""
    if _GATHERED not in session.info:
        await session.commit()
        return
    await flush(session)
    connection = await driver(session)
    async with connection.pipeline():
        for statement, values in _taken(session):
            await statement.sent(connection, values)
        await connection.execute(_COMMIT)
    await session.commit()  # nothing is left to do; it ends the session's own idea of the transaction


async def send(session: AsyncSession) -> None:
    """Write what was gathered so far, in a transaction that goes on."""
    await flush(session)
    for statement, values in _taken(session):
        await statement.rows(session, **values)


def _taken(session: AsyncSession) -> Iterator[tuple[Statement, Mapping[str, Any]]]:
    for batch in session.info.pop(_GATHERED, ()):
        if batch:
            yield _together(tuple(batch)), {name: value for values in batch.values() for name, value in values.items()}


@cache
def _together(parts: tuple[Part, ...]) -> Statement:
    """One statement for all of them. PostgreSQL runs an INSERT beside it in any case, a SELECT only if it is read."""
    beside = [part.clause.cte(f"part_{number}") for number, part in enumerate(parts)]
    read = [select(one).scalar_subquery() for one, part in zip(beside, parts, strict=True) if part.clause.is_select]
    return Statement(select(true(), *read).add_cte(*beside))

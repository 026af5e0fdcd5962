"""What is written as an act ends: its new row, the decisions it rests on, its messages and their jobs, its entry in the
trail.

None of these rows is read in the act itself. They are gathered while it runs, written by one statement, and that is
sent with the COMMIT in one round trip, so that the head of the audit chain, for which the other acts of the region
wait, is locked no longer than PostgreSQL itself takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, Update, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.prepared import Statement, driver
from core.db.row_updates import take_updates

_ROWS, _GATHERED = "new_rows", "closing"
"""New rows come first: the changes of others may refer to them; the entry in the trail last."""
_COMMIT = "COMMIT"
"""The driver's own ``commit`` would wait for what was sent, and the pipeline's end then once more."""


_Batch = dict["Part", Mapping[str, Any]]
_Bound = tuple[Statement, Mapping[str, Any]]


class Part:
    """What writes rows of one kind, or a query of one value that does. Its parameters have names that no other part's
    have. It sees nothing of what other parts of the same statement write."""

    def __init__(self, clause: Insert | Update | Select[Any]) -> None:
        self.clause = clause


def add(session: AsyncSession, part: Part, **values: Any) -> None:
    """Have ``part`` written as the transaction ends; what was added twice, by two statements."""
    _add(session, _GATHERED, part, values)


def add_row(session: AsyncSession, part: Part, **values: Any) -> None:
    """The same for a new row, to which all else that is written may refer."""
    _add(session, _ROWS, part, values)


def _add(session: AsyncSession, place: str, part: Part, values: Mapping[str, Any]) -> None:
    batches = session.info.setdefault(place, [{}])
    if part in batches[-1]:
        batches.append({})
    batches[-1][part] = values


def separate(session: AsyncSession) -> None:
    """What is added from now on sees what was added until now."""
    session.info.setdefault(_GATHERED, [{}]).append({})


async def commit(session: AsyncSession) -> None:
    """End the transaction well. Raises what a statement is refused with; nothing is committed then."""
    if session.new or session.deleted:
        await session.flush()
    changed = list(take_updates(session))
    if not changed and session.info.keys().isdisjoint((_ROWS, _GATHERED)):
        await session.commit()
        return
    connection = await driver(session)
    async with connection.pipeline():
        for statement, values in _in_order(session, changed):
            await statement.sent(connection, values)
        await connection.execute(_COMMIT)
    await session.commit()  # nothing is left to do; it ends the session's own idea of the transaction


async def send(session: AsyncSession) -> None:
    """Write what was gathered so far, in a transaction that goes on."""
    if session.new or session.deleted:
        await session.flush()
    connection = await driver(session)
    for statement, values in _in_order(session, list(take_updates(session))):
        await statement.sent(connection, values)


def _in_order(session: AsyncSession, changed: Sequence[_Bound]) -> Iterator[_Bound]:
    """The statements of what was gathered: one, if nothing was changed between the new rows and the rest."""
    rows: list[_Batch] = session.info.pop(_ROWS, [{}])
    rest: list[_Batch] = session.info.pop(_GATHERED, [{}])
    if not changed:
        rest[0] = {**rows.pop(), **rest[0]}
    yield from [_bound(batch) for batch in rows if batch]
    yield from changed
    yield from [_bound(batch) for batch in rest if batch]


def _bound(batch: _Batch) -> _Bound:
    return _together(tuple(batch)), {name: value for values in batch.values() for name, value in values.items()}


@cache
def _together(parts: tuple[Part, ...]) -> Statement:
    """One statement for all of them. PostgreSQL runs an INSERT beside it in any case, a SELECT only if it is read."""
    beside = [part.clause.cte(f"part_{number}") for number, part in enumerate(parts)]
    read = [select(one).scalar_subquery() for one, part in zip(beside, parts, strict=True) if part.clause.is_select]
    return Statement(select(true(), *read).add_cte(*beside))

"""What is written as an act ends: the decisions it rests on, its messages and their jobs, its entry in the trail.

None of these rows is read in the act itself. They are gathered while it runs and sent with its COMMIT in one round
trip, so that the head of the audit chain, for which the other acts of the region wait, is locked no longer than
PostgreSQL itself takes.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.statements import Statement, driver

_GATHERED = "closing"
_COMMIT = "COMMIT"
"""The driver's own ``commit`` would wait for what was sent, and the pipeline's end then once more."""


def add(session: AsyncSession, statement: Statement, **values: Any) -> None:
    """Have ``statement`` run as the transaction ends, after what was added before it."""
    session.info.setdefault(_GATHERED, []).append((statement, values))


async def commit(session: AsyncSession) -> None:
    """End the transaction well. Raises what a statement is refused with; nothing is committed then."""
    if _GATHERED not in session.info:
        await session.commit()
        return
    await session.flush()
    connection = await driver(session)
    async with connection.pipeline():
        await _send(session)
        await connection.execute(_COMMIT)
    await session.commit()  # nothing is left to do; it ends the session's own idea of the transaction


async def send(session: AsyncSession) -> None:
    """Write what was gathered so far, in a transaction that goes on."""
    await session.flush()
    await _send(session)


async def _send(session: AsyncSession) -> None:
    connection = await driver(session)
    for statement, values in session.info.pop(_GATHERED, ()):
        await connection.execute(*statement.bound(values), prepare=True)

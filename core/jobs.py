"""Work for later, promised inside the act's own transaction: rolled back with it, never lost after it."""

from datetime import datetime

import procrastinate
from sqlalchemy.ext.asyncio import AsyncSession

# Never opened: it only writes a row through the session's connection. The worker has an App of its own.
_queue = procrastinate.App(connector=procrastinate.PsycopgConnector())


async def defer(session: AsyncSession, task: str, /, *, at: datetime | None = None, **arguments: int | str) -> None:
    """Promise ``task``. Arguments are ids, never personal data: the queue is not where those are kept."""
    connection = await (await session.connection()).get_raw_connection()
    deferrer = _queue.configure_task(task, connection=connection.driver_connection, schedule_at=at)
    await deferrer.defer_async(**arguments)

"""Work for later, promised inside the act's own transaction: rolled back with it, never lost after it."""

from collections.abc import Mapping

import procrastinate
from procrastinate.types import JSONDict
from sqlalchemy.ext.asyncio import AsyncSession

# Never opened: it only writes a row through the session's connection. The worker has an App of its own.
_queue = procrastinate.App(connector=procrastinate.PsycopgConnector())


async def defer(session: AsyncSession, task: str, *each: Mapping[str, int | str]) -> None:
    """Promise ``task`` once for each of the arguments. These are ids, never personal data: the queue is not where those
    are kept."""
    if not each:
        return
    connection = await (await session.connection()).get_raw_connection()
    arguments: list[JSONDict] = [{**one} for one in each]
    await _queue.configure_task(task, connection=connection.driver_connection).batch_defer_async(*arguments)

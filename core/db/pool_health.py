"""Pooled connections that are pinged before they are lent, but only where there is a doubt whether they still stand.

SQLAlchemy's own ``pool_pre_ping`` pings each time: a round trip before every act. A server that ends tells its clients,
which can be seen without asking; only where the network is gone, nobody says anything.
"""

import select
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

TRUSTED_SECONDS = 5.0
"""For so long silence means nothing."""
_SINCE = "idle_since"


def check_when_stale(engine: AsyncEngine) -> None:
    """Lend connections of this engine only if they stand. Where one does not, all are opened anew."""
    dialect: Any = engine.dialect

    def check(connection: Any, record: Any, _: object) -> None:
        since = record.info.get(_SINCE)
        if since is None or (monotonic() - since < TRUSTED_SECONDS and not _has_input(connection)):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def note_return(_: object, record: Any) -> None:
        record.info[_SINCE] = monotonic()

    event.listen(engine.sync_engine, "checkout", check)
    event.listen(engine.sync_engine, "checkin", note_return)


def _has_input(connection: Any) -> bool:
    """Whether something waits to be read: most likely that the connection is at its end."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.driver_connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))

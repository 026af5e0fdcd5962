"""Connections that are asked whether they still stand before they are lent, but only where there is a doubt.

SQLAlchemy's own ``pool_pre_ping`` asks each time: a round trip before every act. A server that ends tells its clients,
which can be seen without asking; only where the network is gone, nobody says anything.
"""

import select
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

TRUSTED = 5.0
"""Seconds for which silence means nothing."""
_SINCE = "idle_since"


def ask_in_doubt(engine: AsyncEngine) -> None:
    """Lend connections of this engine only if they stand. Where one does not, all are opened anew."""
    dialect: Any = engine.dialect

    def lent(connection: Any, record: Any, _: object) -> None:
        since = record.info.get(_SINCE)
        if since is None or (monotonic() - since < TRUSTED and not _has_been_told(connection)):
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    def given_back(_: object, record: Any) -> None:
        record.info[_SINCE] = monotonic()

    event.listen(engine.sync_engine, "checkout", lent)
    event.listen(engine.sync_engine, "checkin", given_back)


def _has_been_told(connection: Any) -> bool:
    """Whether something waits to be read: most likely that the connection is at its end."""
    if connection.closed:
        return True
    told = select.poll()
    told.register(connection.driver_connection.fileno(), select.POLLIN)
    return bool(told.poll(0))

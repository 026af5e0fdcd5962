"""Whether the process lives, and whether it can work: for load balancers and supervisors."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anxin.database import migrate
from core.db import Database, DatabaseAway
from core.notifications.models import GatewayState
from resolvers.context import Services

PATIENCE = 3.0
"""Seconds for the database to answer."""
TRIED_EVERY = 5.0
"""Seconds between two tries to write, however often somebody asks."""
_log = structlog.stdlib.get_logger(__name__)
# What changes nothing, but is written to the log of transactions and waited for: a replica and a full disk refuse it.
_WRITE = text(
    "UPDATE ruleset_version SET last_loaded_at = last_loaded_at WHERE id = (SELECT min(id) FROM ruleset_version)"
)
"""Of a row that is always there and that no act waits for."""
_NO_RULES = "no city has rules"
_TOLD = ("rulesets", "messages")
_FRESH = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    """200 as long as the process answers at all; it asks nobody else."""
    return JSONResponse({"status": "ok"}, headers=_FRESH)


async def readyz(request: Request) -> Response:
    """200 when every part is well, else 503; each part says so or why not."""
    parts = await examine(request.app.state.services)
    # A city that is served otherwise than its files say is told of, and does not stop the others; nor does a gateway.
    well = all(said == "ok" or (part in _TOLD and said != _NO_RULES) for part, said in parts.items())
    return JSONResponse({"status": "ok" if well else "unavailable", **parts}, 200 if well else 503, headers=_FRESH)


async def examine(services: Services) -> dict[str, str]:
    """The parts by name: "ok", or what is wrong with them, without anything a stranger should not read."""
    rulesets = _describe_rules(services)
    try:
        async with asyncio.timeout(PATIENCE), services.db.engine.connect() as connection:
            found = await connection.run_sync(migrate.read_revision)
            at_head = found == migrate.head_revision()
            messages = await _describe_gateways(connection) if at_head else "unknown"
    except (SQLAlchemyError, OSError):  # OSError: the time-out, too
        return {"database": "no answer", "migrations": "unknown", "rulesets": rulesets, "messages": "unknown"}
    return {
        "database": await _try_to_write(services.db),
        "migrations": "ok" if at_head else f"at {found}, not at {migrate.head_revision()}",
        "rulesets": rulesets,
        "messages": messages,
    }


def _describe_rules(services: Services) -> str:
    if not services.rulesets.cities:
        return _NO_RULES
    notes = [f"{city}: {note}" for city, note in sorted(services.rules_notes.items())]
    for ruleset in services.rulesets.cities:
        disabled: Sequence[str] = getattr(ruleset.hooks, "disabled", ())
        notes += [f"{ruleset.city}: the hook {hook} failed again and again and is disabled" for hook in disabled]
    return "; ".join(notes) or "ok"


async def _describe_gateways(connection: AsyncConnection) -> str:
    disabled = select(GatewayState).where(GatewayState.retry_at.is_not(None)).order_by(GatewayState.channel)
    notes = [
        f"{state.channel}: the gateway {state.gateway} failed {state.failures} times in a row ({state.reason}) and is "
        "disabled; it is tried again every half minute"
        for state in await connection.execute(disabled)
    ]
    return "; ".join(notes) or "ok"


class _Tried(NamedTuple):
    at: float
    said: str


_tried: WeakKeyDictionary[Database, _Tried] = WeakKeyDictionary()


async def _try_to_write(db: Database) -> str:
    """What came of the last try, which is made anew when it is old. A database that is full or read-only answers every
    read, and no act."""
    last = _tried.get(db)
    if last is None or monotonic() - last.at >= TRIED_EVERY:
        last = _tried[db] = _Tried(monotonic(), await _write(db))
    return last.said


async def _write(db: Database) -> str:
    try:
        async with asyncio.timeout(PATIENCE), db.write() as session:
            await session.execute(_WRITE)
    except (DatabaseAway, SQLAlchemyError, OSError) as error:
        _log.warning("database_takes_no_writes", reason=type(error).__name__)
        return "takes no writes"
    return "ok"


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]

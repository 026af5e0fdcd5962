"""Whether the process lives, and whether it can work: for load balancers and supervisors."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anxin.database import migrate
from resolvers.context import Services

PATIENCE = 3.0
"""Seconds for the database to answer."""
_FRESH = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    """200 as long as the process answers at all; it asks nobody else."""
    return JSONResponse({"status": "ok"}, headers=_FRESH)


async def readyz(request: Request) -> Response:
    """200 when every part is well, else 503; each part says so or why not."""
    parts = await examine(request.app.state.services)
    well = all(said == "ok" for said in parts.values())
    return JSONResponse({"status": "ok" if well else "unavailable", **parts}, 200 if well else 503, headers=_FRESH)


async def examine(services: Services) -> dict[str, str]:
    """The parts by name: "ok", or what is wrong with them, without anything a stranger should not read."""
    rulesets = "ok" if services.rulesets.cities else "no city has rules"
    try:
        async with asyncio.timeout(PATIENCE), services.db.engine.connect() as connection:
            found = await connection.run_sync(migrate.read_revision)
    except (SQLAlchemyError, OSError):  # OSError: the time-out, too
        return {"database": "no answer", "migrations": "unknown", "rulesets": rulesets}
    at_head = found == migrate.head_revision()
    return {
        "database": "ok",
        "migrations": "ok" if at_head else f"at {found}, not at {migrate.head_revision()}",
        "rulesets": rulesets,
    }


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]

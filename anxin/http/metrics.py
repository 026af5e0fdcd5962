"""What a supervisor measures by, in Prometheus' text: requests by place and status, connections in use.

Only for who brings the token of ``ANXIN_METRICS_TOKEN``; without that setting there is no such place, and nothing is
counted. The processes of one ``serve`` write into one folder, so that whichever is asked tells of all of them.
"""

import os
import secrets
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from anxin.http.endpoint import PATHS
from anxin.processes.serve import METRICS_FOLDER
from core.db import Database

Observe = Callable[[str, int | None, float], None]
"""A path, the answer's status, seconds."""

_PLACES = {**dict.fromkeys(PATHS, "graphql"), "/healthz": "probe", "/readyz": "probe", "/metrics": "metrics"}
_REQUESTS = Histogram(
    "anxin_request_seconds",
    "Seconds from a request's head to its answer; for a WebSocket or a stream as long as it stands.",
    ["place", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_CONNECTIONS = Gauge(
    "anxin_database_connections", "Connections to PostgreSQL that are at work.", ["use"], multiprocess_mode="livesum"
)


def observer(database: Callable[[], Database]) -> Observe:
    """To be called at the end of each request."""

    def observe(path: str, status: int | None, seconds: float) -> None:
        place = _PLACES.get(path) or ("files" if path.startswith("/files/") else "other")
        _REQUESTS.labels(place, str(status or "none")).observe(seconds)
        acts, reads = database().connections_in_use()
        _CONNECTIONS.labels("acts").set(acts)
        _CONNECTIONS.labels("reads").set(reads)

    return observe


def routes(token: str | None) -> list[Route]:
    """None without a token."""

    async def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, headers={"www-authenticate": "Bearer"})
        return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)] if token else []


def _registry() -> CollectorRegistry:
    if METRICS_FOLDER not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry

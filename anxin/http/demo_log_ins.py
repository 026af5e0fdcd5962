"""The log-ins of the demo's people, for the page on the machine where the demo runs, and for nobody else."""

from ipaddress import ip_address
from pathlib import Path

from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FILE = "log-ins.json"
"""In the folder of what the demo keeps."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")


def routes(var: Path) -> list[BaseRoute]:
    """404 wherever it is not asked from this machine, by an address of this machine: a site of somebody else whose name
    leads here (DNS rebinding) asks by its own name, and a proxy says that it stands between."""

    def log_ins(request: Request) -> Response:
        file = var / FILE
        if not (_is_local(request) and file.is_file()):
            raise HTTPException(404)
        return Response(file.read_bytes(), media_type="application/json", headers={"Cache-Control": "no-store"})

    return [Route("/graphql/log-ins.json", log_ins)]


def _is_local(request: Request) -> bool:
    peer = request.client
    named = URL(scope=request.scope).hostname or ""
    return (
        peer is not None
        and _is_loopback(peer.host)
        and (named == "localhost" or _is_loopback(named))
        and not any(name in request.headers for name in _FORWARDED)
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

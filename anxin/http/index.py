"""`/`: leads a browser to GraphiQL, and tells a program where everything is."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from anxin.http.headers import VARY, parse_headers

_PLACES = {"graphql": "/graphql", "health": "/healthz", "readiness": "/readyz"}


async def index(request: Request) -> Response:
    """Of the two, what the caller accepts."""
    vary = {"vary": VARY.decode()}
    if parse_headers(request.scope["headers"]).takes_page:
        return RedirectResponse(_PLACES["graphql"], headers=vary)
    return JSONResponse(_PLACES, headers=vary)


ROUTES = [Route("/", index)]

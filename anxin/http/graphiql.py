"""GraphiQL from our own origin: the page, its files and its examples, under a policy that lets it reach nobody else."""

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

# Written by web/build_ide.py; not in the repository.
BUILT = Path(__file__).parent.parent / "static" / "graphiql"

# Monaco, GraphiQL's editor, writes style elements at run time: that is the one thing the policy has to let through.
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARD = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_REVALIDATED = {**_GUARD, "Cache-Control": "no-cache"}
_IMMUTABLE = {**_GUARD, "Cache-Control": "public, max-age=31536000, immutable"}


def routes(examples: Callable[[], Mapping[str, object]]) -> list[BaseRoute]:
    """Everything under /graphql/ that the page loads.

    `examples` gives `{"tabs": [...]}`, each with the texts `group` (a city), `title`, `query`, and `variables` and
    `headers`, which are JSON in a text or None; also `documents` in the same shape, the `steps`
    of 入门, and `strangers` (open, listed).
    """

    def tabs(_request: Request) -> Response:
        return JSONResponse(dict(examples()), headers=_REVALIDATED)

    return [Route("/graphql/examples.json", tabs), Route("/graphql/assets/{name}", _asset)]


async def page(request: Request) -> Response:
    """The answer to a browser that asks for /graphql; 503 with the command to say when GraphiQL was not built."""
    return await run_in_threadpool(_page)


def _page() -> Response:
    index = BUILT / "index.html"
    if not index.is_file():
        sentence = f"GraphiQL is not built: {index} is missing; say: python web/build_ide.py\n"
        return PlainTextResponse(sentence, status_code=503, headers=_REVALIDATED)
    # The same address answers queries in JSON, so what is kept of it depends on what was asked for.
    return FileResponse(index, headers={**_REVALIDATED, "Vary": "Accept"})


def _asset(request: Request) -> Response:
    """A file of the build, whose name holds a hash of its content; names are looked up, never joined to a path."""
    folder = BUILT / "assets"
    files = {file.name: file for file in folder.iterdir()} if folder.is_dir() else {}
    file = files.get(request.path_params["name"])
    if file is None:
        raise HTTPException(404, headers=_REVALIDATED)
    return FileResponse(file, headers=_IMMUTABLE)

"""`GET /files/{id}`: a file that was handed in, to whoever may see it, streamed from the store."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from anxin.http.authentication import Callers, language
from core import access
from core.documents.models import Document
from core.errors import Unauthenticated
from resolvers import ids
from resolvers.context import Services
from schema.error_codes import ErrorCode, code_of, log_refusal, refusal, shown

_STATUS: Mapping[ErrorCode | None, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}


async def download(request: Request) -> Response:
    """The file, or a refusal with GraphQL's codes: 401, 400 for no id of ours, 404 for another's as for none."""
    try:
        return await _file(request)
    except Exception as crash:
        error = shown(
            GraphQLError(str(crash), original_error=crash), language(request.headers.get("accept-language", ""))
        )
        log_refusal([error])
        return Response(refusal(error), _STATUS.get(code_of(error), 400), media_type="application/json; charset=utf-8")


async def _file(request: Request) -> Response:
    services: Services = request.app.state.services
    callers: Callers = request.app.state.callers
    actor = await callers.authenticated(request.headers.get("authorization"), datetime.now(UTC))
    if actor.account_id is None:
        raise Unauthenticated
    id = ids.of(request.path_params["id"], "Document")
    async with services.db.read(actor) as session:
        document = await access.find(session, Document, id, actor)
    headers = {
        "content-length": str(document.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        # What others handed in never runs as a page of ours, whatever it is.
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-store",
        # Files are compressed already; this keeps the gzip middleware, which would drop the length, away from them.
        "content-encoding": "identity",
    }
    return StreamingResponse(await services.files.open(document.key), headers=headers, media_type=document.media_type)


ROUTES = [Route("/files/{id}", download, methods=["GET"])]

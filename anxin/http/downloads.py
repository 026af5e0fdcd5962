"""`GET /files/{id}`: a file that was handed in, to whoever may see it, streamed from the store."""

from datetime import UTC, datetime
from urllib.parse import quote

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from anxin.http import refusals
from anxin.http.authentication import Authenticator
from anxin.http.headers import VARY, RequestHeaders, parse_headers
from anxin.http.refusals import RequestRefused
from anxin.http.responses import compose_refusal, status_of
from core import access
from core.documents.models import Document
from core.errors import Unauthenticated
from resolvers import ids
from resolvers.context import Services
from schema.error_codes import present


async def download(request: Request) -> ASGIApp:
    """The file, or a refusal with GraphQL's codes: 401, 400 for no id of ours, 404 for another's as for none."""
    asked = parse_headers(request.scope["headers"])
    try:
        return await _file(request, asked)
    except RequestRefused as refused:
        return compose_refusal(asked, refused.error(asked.language), refused.status)
    except Exception as crash:
        error = present(GraphQLError(str(crash), original_error=crash), asked.language)
        return compose_refusal(asked, error, status_of(error))


async def _file(request: Request, asked: RequestHeaders) -> Response:
    services: Services = request.app.state.services
    authenticator: Authenticator = request.app.state.authenticator
    if not asked.has_one_authorization:
        raise RequestRefused(refusals.SEVERAL_AUTHORIZATIONS)
    actor = await authenticator.authenticate(asked.authorization, datetime.now(UTC))
    if actor.account_id is None:
        raise Unauthenticated
    id = ids.decode_as(request.path_params["id"], "Document", ("id",))
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
        "vary": VARY.decode(),
    }
    return StreamingResponse(await services.files.open(document.key), headers=headers, media_type=document.media_type)


ROUTES = [Route("/files/{id}", download, methods=["GET"])]

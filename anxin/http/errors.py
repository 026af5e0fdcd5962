"""What is refused outside GraphQL: no such place, no such method, a crash; JSON as everywhere, never a bare line."""

from typing import Any

from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from anxin.http import refusals
from anxin.http.headers import parse_headers
from anxin.http.refusals import RequestRefused
from anxin.http.responses import compose_refusal, status_of
from schema.error_codes import ErrorCode, present

_SHOWN = 80
"""Characters of a path that its refusal repeats."""


async def refuse(request: Request, refused: Exception) -> ASGIApp:
    """A route's own exception, as the edge says it."""
    asked = parse_headers(request.scope["headers"])
    error = _translate(request, refused)
    if isinstance(error, RequestRefused):
        return compose_refusal(asked, error.error(asked.language), error.status, error.headers)
    masked = present(GraphQLError(str(error), original_error=error), asked.language)
    return compose_refusal(asked, masked, status_of(masked))


def _translate(request: Request, refused: Exception) -> Exception:
    if not isinstance(refused, HTTPException):
        return refused
    path, headers = request.url.path[:_SHOWN], refused.headers or {}
    sent = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
    match refused.status_code:
        case 404:
            return RequestRefused(refusals.NO_SUCH_PLACE, status=404, code=ErrorCode.NOT_FOUND, headers=sent, path=path)
        case 405:
            methods = ", ".join(sorted(headers.get("Allow", "GET").split(", ")))  # Starlette's come in any order
            allow = ((b"allow", methods.encode()),)
            return RequestRefused(refusals.METHODS_ALLOWED, status=405, headers=allow, path=path, methods=methods)
        case status:
            return RequestRefused(refusals.OTHERWISE_REFUSED, status=status, headers=sent, shown=status)


HANDLERS: dict[Any, Any] = {HTTPException: refuse, Exception: refuse}

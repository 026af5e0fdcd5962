"""`/graphql`: whatever bytes arrive, the answer is JSON with a code, or a stream of it for who takes nothing else.

Strawberry's own view answers ten kinds of hostile bytes with a 500, closes a WebSocket with all its subscriptions over
one syntax error, and waits for ever. Results may carry `data=orjson.Fragment(...)`: those bytes go out untouched.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Collection
from datetime import UTC, datetime
from typing import NamedTuple, cast

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response as StarletteResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from anxin.http import refusals
from anxin.http.authentication import Authenticator, Caller
from anxin.http.fast_path import FastPath
from anxin.http.headers import VARY, MediaType, RequestHeaders, parse_headers
from anxin.http.refusals import RequestRefused
from anxin.http.requests import ParsedRequest, parse_form, parse_json, parse_query_string
from anxin.http.responses import Response, compose, compose_refusal, compose_result, compose_stream, status_of
from anxin.http.websockets import WebSockets
from core.errors import Unauthenticated
from resolvers.context import Context, Services
from schema.error_codes import ErrorCode, coded, shown
from schema.limits.operations import DEFAULT, overdue
from schema.root import Schema

Page = Callable[[Request], Awaitable[StarletteResponse]]

PATHS = ("/graphql", "/graphql/")
_ALLOW = (b"allow", b"GET, HEAD, POST")
_QUERIES = {OperationType.QUERY}
_QUERIES_AND_MUTATIONS = {OperationType.QUERY, OperationType.MUTATION}


class _Arrived(NamedTuple):
    """A request before anything of its body is known."""

    scope: Scope
    receive: Receive
    asked: RequestHeaders
    at: datetime
    clock: asyncio.Timeout


class Endpoint:
    """The ASGI application of `/graphql`, over HTTP and WebSocket. One for the process. Batching is off."""

    def __init__(
        self,
        schema: BaseSchema,
        services: Services,
        authenticator: Authenticator,
        *,
        page: Page | None = None,
        deadline: float = DEFAULT.seconds,
        origins: Collection[str] = (),
    ) -> None:
        """`page` answers a browser's visit; `deadline` is in seconds, the reading of a body not counted; `origins` are
        other sites that may open WebSockets."""
        self.schema, self.services, self.authenticator = schema, services, authenticator
        self.page, self.deadline = page, deadline
        self.fast_path = FastPath(schema) if isinstance(schema, Schema) else None
        self.websockets = WebSockets(schema, services, authenticator, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.websockets(scope, receive, send)
            return
        asked = parse_headers(scope["headers"])
        clock = asyncio.timeout(None)
        try:
            async with clock:
                response = await self._answer(_Arrived(scope, receive, asked, datetime.now(UTC), clock))
        except ClientDisconnect:
            return  # nobody listens any more
        except RequestRefused as refused:
            response = compose_refusal(asked, refused.error(asked.language), refused.status, refused.headers)
        except Exception as crash:
            if isinstance(crash, TimeoutError) and clock.expired():  # somebody else's is a crash like any other
                response = _refused(asked, overdue(self.deadline))
            else:  # of a session, mostly: one that ended, a database that is away
                error = shown(GraphQLError(str(crash), original_error=crash), asked.language)
                response = compose_refusal(asked, error, status_of(error))
        await response(scope, receive, send)

    async def _answer(self, arrived: _Arrived) -> ASGIApp:
        scope, asked = arrived.scope, arrived.asked
        method = scope["method"]
        if not asked.has_one_authorization:
            raise RequestRefused(refusals.SEVERAL_AUTHORIZATIONS)
        if method == "POST":
            return await self._posted(arrived)
        if method not in ("GET", "HEAD"):
            raise RequestRefused(refusals.METHOD_NOT_ALLOWED, status=405, headers=(_ALLOW,))
        request = Request(scope, arrived.receive)
        if not {"query", "documentId", "extensions"} & request.query_params.keys():
            if self.page is not None and asked.takes_page:
                return await self.page(request)
            if method == "HEAD":
                kinds = (b"accept-post", b"application/json, multipart/form-data")
                return Response(200, [_ALLOW, kinds, (b"vary", VARY), (b"content-length", b"0")], b"")
        caller = await self._caller(arrived)
        parsed = parse_query_string(scope["query_string"], self.services.documents)
        return await self._operation(arrived, caller, parsed, _QUERIES)

    async def _posted(self, arrived: _Arrived) -> ASGIApp:
        caller = await self._caller(arrived)
        kind, is_utf8 = arrived.asked.content_type
        if not is_utf8:
            raise RequestRefused(refusals.NOT_UTF8, status=415)
        arrived.clock.reschedule(None)  # the protocol has a limit for bodies
        if kind == "application/json":
            parsed = parse_json(await _body(arrived.receive), self.services.documents)
            return await self._operation(arrived, caller, parsed, _QUERIES_AND_MUTATIONS)
        if kind != "multipart/form-data":
            raise RequestRefused(refusals.UNSUPPORTED_TYPE, status=415)
        if caller.actor.account_id is None:
            raise Unauthenticated  # before the body is read: nobody's files are taken in
        request = Request(arrived.scope, arrived.receive)
        try:
            parsed = await parse_form(request, self.services.documents)
            return await self._operation(arrived, caller, parsed, _QUERIES_AND_MUTATIONS)
        finally:
            await request.close()  # the spooled files

    async def _caller(self, arrived: _Arrived) -> Caller:
        """Raises Unauthenticated for a token that is not good (any more), RequestRefused where no answer would be."""
        asked = arrived.asked
        if asked.media_type is None:
            raise RequestRefused(refusals.NOT_ACCEPTABLE, status=406, types=", ".join(MediaType))
        cached = self.authenticator.cached(asked.authorization, arrived.at)
        return Caller(cached, is_cached=True) if cached else await self._authenticate(arrived)

    async def _authenticate(self, arrived: _Arrived) -> Caller:
        self._start(arrived.clock)
        return Caller(await self.authenticator.authenticate(arrived.asked.authorization, arrived.at))

    def _start(self, clock: asyncio.Timeout) -> None:
        clock.reschedule(asyncio.get_running_loop().time() + self.deadline)

    async def _operation(
        self, arrived: _Arrived, caller: Caller, request: ParsedRequest, allowed: set[OperationType]
    ) -> ASGIApp:
        self._start(arrived.clock)
        context = self._context(arrived, caller)
        if self.fast_path is not None:
            answer = await self.fast_path.try_answer(request, caller, context, allowed)
            if answer is not None:
                return compose(arrived.asked, answer)
            if caller.is_cached:
                context = self._context(arrived, await self._authenticate(arrived))
        return await self._execute(arrived.asked, request, context, allowed)

    def _context(self, arrived: _Arrived, caller: Caller) -> Context:
        return Context(
            self.services,
            actor=caller.actor,
            at=arrived.at,
            request_id=arrived.scope["state"]["request_id"],
            language=arrived.asked.language,
        )

    async def _execute(
        self, asked: RequestHeaders, request: ParsedRequest, context: Context, allowed: set[OperationType]
    ) -> ASGIApp:
        """By Strawberry's executor. A subscription has many answers, for which a stream is opened or a way named."""
        try:
            result = await self.schema.execute(
                request.query,
                variable_values=request.variables,
                context_value=context,
                operation_name=request.operation_name,
                allowed_operation_types=allowed,
                operation_extensions=request.extensions,
            )
        except MissingQueryError as error:
            raise RequestRefused(refusals.NO_QUERY) from error
        except CannotGetOperationTypeError as error:
            return _refused(asked, coded(ErrorCode.BAD_USER_INPUT, error.as_http_error_reason()))
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.MUTATION:
                refusal = refusals.MUTATION_BY_GET
                raise RequestRefused(refusal, status=405, headers=((b"allow", b"POST"),)) from error
            if not asked.takes_stream:
                return _refused(asked, coded(ErrorCode.BAD_USER_INPUT, refusals.ELSEWHERE.of(asked.language)))
            return compose_stream(await self._subscribe(request, context))
        return compose_result(asked, result)

    async def _subscribe(self, request: ParsedRequest, context: Context) -> AsyncIterable[ExecutionResult]:
        results = await self.schema.stream(
            request.query,
            variable_values=request.variables,
            context_value=context,
            operation_name=request.operation_name,
            operation_extensions=request.extensions,
            allowed_operation_types={OperationType.SUBSCRIPTION},
        )
        return cast("AsyncIterable[ExecutionResult]", results)


def _refused(asked: RequestHeaders, error: GraphQLError) -> Response:
    """As GraphQL refuses what it does not execute."""
    return compose_result(asked, ExecutionResult(data=None, errors=[error]))


async def _body(receive: Receive) -> bytes:
    """Raises ClientDisconnect."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return message.get("body", b"")
    parts: list[bytes] = []
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise ClientDisconnect

"""`/graphql`: whatever bytes arrive, the answer is JSON with a code, or a stream of it for who takes nothing else.

Strawberry's own view answers ten kinds of hostile bytes with a 500, closes a WebSocket with all its subscriptions over
one syntax error, and waits for ever. Results may carry `data=orjson.Fragment(...)`: those bytes go out untouched.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response as StarletteResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema import BaseSchema
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from anxin.http import refusals
from anxin.http.authentication import Authenticator, Caller
from anxin.http.execution import execute
from anxin.http.fast_path import FastPath
from anxin.http.headers import VARY, MediaType, RequestHeaders, parse_headers
from anxin.http.refusals import RequestRefused
from anxin.http.requests import ParsedRequest, parse_form, parse_json, parse_query_string, read_body
from anxin.http.responses import Response, compose, compose_refusal, compose_result, status_of, with_retry
from anxin.http.session_watch import SessionWatch
from anxin.http.source import digest_source
from anxin.http.websockets import WebSockets
from core.actor import Actor
from core.errors import Unauthenticated
from core.tracing import trace_operation
from resolvers.context import Context, Services
from schema.error_codes import present
from schema.limits.operations import DEFAULT, overdue
from schema.root import Schema

Page = Callable[[Request], Awaitable[StarletteResponse]]

PATHS = ("/graphql", "/graphql/")
_ALLOW = (b"allow", b"GET, HEAD, POST")
_QUERIES = {OperationType.QUERY}
_QUERIES_AND_MUTATIONS = {OperationType.QUERY, OperationType.MUTATION}


class _Incoming(NamedTuple):
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
        self.watch = SessionWatch(services)
        self.websockets = WebSockets(schema, services, authenticator, self.watch, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.websockets(scope, receive, send)
            return
        asked = parse_headers(scope["headers"])
        clock = asyncio.timeout(None)
        try:
            async with clock:
                response = await self._answer(_Incoming(scope, receive, asked, datetime.now(UTC), clock))
        except ClientDisconnect:
            return  # nobody listens any more
        except RequestRefused as refused:
            response = compose_refusal(asked, refused.error(asked.language), refused.status, refused.headers)
        except Exception as crash:
            if isinstance(crash, TimeoutError) and clock.expired():  # somebody else's is a crash like any other
                response = compose_result(
                    asked, ExecutionResult(data=None, errors=[overdue(self.deadline, asked.language)])
                )
            else:  # of a session, mostly: one that ended, a database that is away
                error = present(GraphQLError(str(crash), original_error=crash), asked.language)
                response = compose_refusal(asked, error, status_of(error))
        await response(scope, receive, send)

    async def _answer(self, incoming: _Incoming) -> ASGIApp:
        scope, asked = incoming.scope, incoming.asked
        method = scope["method"]
        if not asked.has_one_authorization:
            raise RequestRefused(refusals.SEVERAL_AUTHORIZATIONS)
        if method == "POST":
            return await self._post(incoming)
        if method not in ("GET", "HEAD"):
            raise RequestRefused(refusals.METHOD_NOT_ALLOWED, status=405, headers=(_ALLOW,))
        request = Request(scope, incoming.receive)
        if not {"query", "documentId", "extensions"} & request.query_params.keys():
            if self.page is not None and asked.takes_page:
                return await self.page(request)
            if method == "HEAD":
                kinds = (b"accept-post", b"application/json, multipart/form-data")
                return Response(200, [_ALLOW, kinds, (b"vary", VARY), (b"content-length", b"0")], b"")
        caller = await self._caller(incoming)
        parsed = parse_query_string(scope["query_string"], self.services.documents)
        return await self._operate(incoming, caller, parsed, _QUERIES)

    async def _post(self, incoming: _Incoming) -> ASGIApp:
        caller = await self._caller(incoming)
        kind, is_utf8 = incoming.asked.content_type
        if not is_utf8:
            raise RequestRefused(refusals.NOT_UTF8, status=415)
        incoming.clock.reschedule(None)  # the protocol has a limit for bodies
        if kind == "application/json":
            parsed = parse_json(await read_body(incoming.receive), self.services.documents)
            return await self._operate(incoming, caller, parsed, _QUERIES_AND_MUTATIONS)
        if kind != "multipart/form-data":
            raise RequestRefused(refusals.UNSUPPORTED_TYPE, status=415)
        if caller.actor.account_id is None:
            raise Unauthenticated  # before the body is read: nobody's files are taken in
        request = Request(incoming.scope, incoming.receive)
        try:
            parsed = await parse_form(request, self.services.documents)
            return await self._operate(incoming, caller, parsed, _QUERIES_AND_MUTATIONS)
        finally:
            await request.close()  # the spooled files

    async def _caller(self, incoming: _Incoming) -> Caller:
        """Raises Unauthenticated for a token that is not good (any more), RequestRefused where no answer would be."""
        asked = incoming.asked
        if asked.media_type is None:
            raise RequestRefused(refusals.NOT_ACCEPTABLE, status=406, types=", ".join(MediaType))
        cached = self.authenticator.cached(asked.authorization, incoming.at)
        if cached:
            return Caller(cached, is_cached=True)
        self._start(incoming.clock)
        return Caller(await self.authenticator.authenticate(asked.authorization, incoming.at))

    def _start(self, clock: asyncio.Timeout) -> None:
        clock.reschedule(asyncio.get_running_loop().time() + self.deadline)

    async def _operate(
        self, incoming: _Incoming, caller: Caller, request: ParsedRequest, allowed: set[OperationType]
    ) -> ASGIApp:
        self._start(incoming.clock)
        with trace_operation():
            return await self._answer_operation(incoming, caller, request, allowed)

    async def _answer_operation(
        self, incoming: _Incoming, caller: Caller, request: ParsedRequest, allowed: set[OperationType]
    ) -> ASGIApp:
        context = self._context(incoming, caller.actor)
        if self.fast_path is not None:
            answer = await self.fast_path.try_answer(request, caller, context, allowed)
            if isinstance(answer, ExecutionResult):
                return compose_result(incoming.asked, answer)
            if answer is not None:
                return with_retry(compose(incoming.asked, answer), context.retry_after)
            if caller.is_cached:
                actor = await self.authenticator.authenticate(incoming.asked.authorization, incoming.at)
                context = self._context(incoming, actor)
        return await execute(self.schema, incoming.asked, request, context, allowed, self.watch)

    def _context(self, incoming: _Incoming, actor: Actor) -> Context:
        return Context(
            self.services,
            actor=actor,
            at=incoming.at,
            request_id=incoming.scope["state"]["request_id"],
            language=incoming.asked.language,
            find_source=partial(digest_source, incoming.scope, self.services.settings.proxies),
        )

"""GraphQL over one WebSocket, by graphql-transport-ws: a bad document costs its own operation, nothing else.

A socket has one token for its life; each operation on it has a caller, a clock, a request id and loaders of its own, as
a request has. Once the session has ended nothing is answered any more, and the socket is closed: with 4401, or with
4403 where the membership ended that the caller acted under.
"""

import copy
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.typevars import Context as AnyContext
from strawberry.http.typevars import RootValue
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from anxin.http import refusals
from anxin.http.authentication import Authenticator
from anxin.http.headers import parse_headers
from anxin.http.origins import is_admitted
from anxin.http.refusals import RequestRefused
from anxin.http.requests import parse_message
from anxin.http.session_watch import SessionWatch, membership_ended
from anxin.http.source import digest_source
from core.actor import STRANGER
from core.messages import Language
from core.tracing import trace_operation
from resolvers.context import Context, Services
from schema.error_codes import ErrorCode, code_of, language_of, log_refusal, present

MAX_SUBSCRIPTIONS = 50  # at once on one connection
_MAX_ID_BYTES = 64  # an id is repeated in the reason of a close frame, which holds 123 bytes
_ENDED: Mapping[ErrorCode | None, int] = {ErrorCode.UNAUTHENTICATED: 4401, ErrorCode.FORBIDDEN: 4403}
_CLOSE = {**_ENDED, ErrorCode.SERVICE_UNAVAILABLE: 1013}
"""1013 is "try again later", upon which clients connect anew; 1011 any other trouble."""


class TextFrames(ASGIWebSocketAdapter):
    """Sends JSON in text frames, as the protocol demands; the base class would send bytes in binary ones."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        await self.ws.send_text(orjson.dumps(message).decode())


class Conversation(BaseGraphQLTransportWSHandler[AnyContext, RootValue]):
    """Checks each message's shape first; the base class trusts it and dies of a list or a number."""

    async def handle_message(self, message: Message) -> None:
        if not _is_well_formed(message):
            await self.handle_invalid_message("Not a message of graphql-transport-ws")
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)  # which closes the connection
            return
        view = cast("WebSockets", self.view)
        try:
            if len(self.operations) >= MAX_SUBSCRIPTIONS:
                raise RequestRefused(refusals.TOO_MANY_OPERATIONS, code=ErrorCode.RATE_LIMITED, most=MAX_SUBSCRIPTIONS)
            asked = parse_message(message["payload"], view.services.documents)
        except RequestRefused as refused:
            error = refused.error(language_of(self.context))
            log_refusal([error])
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        sent = message["payload"]
        sent["query"], sent["operationName"] = asked.query or "", asked.operation_name
        await super().handle_subscribe(message)

    async def handle(self) -> None:
        view, context = cast("WebSockets", self.view), cast("SocketContext", self.context)
        with view.watch.watch(context, self.end):
            await super().handle()

    async def run_operation(self, operation: Operation[AnyContext, RootValue]) -> None:
        view = cast("WebSockets", self.view)
        try:
            context = await view.open_operation(cast("SocketContext", self.context))
        except Exception as crash:
            error = _present(crash, language_of(self.context))
            log_refusal([error])
            if code_of(error) in _ENDED:
                await self.close(error)
            else:
                await operation.send_initial_errors([error])
            return
        structlog.contextvars.bind_contextvars(request_id=context.request_id)  # in the task of this operation
        with view.watch.watch(context, self.end):
            # The base class executes in the conversation's context, and knows no other.
            within = copy.copy(self)
            within.context = cast("AnyContext", context)
            with trace_operation():
                await super(Conversation, within).run_operation(operation)

    async def end(self, refused: RequestRefused) -> None:
        """Close, as the session or the membership has ended."""
        await self.close(refused.error(language_of(self.context)))

    async def close(self, error: GraphQLError) -> None:
        await _close(cast("TextFrames", self.websocket).ws, error)


class SocketContext(Context):
    """Of a conversation; its operations have contexts of their own. ``actor`` is who was met last."""

    connection_params: Mapping[str, Any] | None = None
    """A browser cannot set a handshake's headers: it sends them so."""
    authorization: str | None = None
    operations: int = 0
    """How many were begun."""


class WebSockets(GraphQL[SocketContext, None]):
    """The ASGI application of the endpoint's WebSockets. ``origins`` are those of other sites; a handshake from any
    further one is refused with 403."""

    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Conversation[Any, None]

    def __init__(
        self,
        schema: BaseSchema,
        services: Services,
        authenticator: Authenticator,
        watch: SessionWatch,
        origins: Collection[str] = (),
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=5),
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS,
            allowed_origins=["*"],  # it forgives the usual port; ours is asked first
        )
        self.services, self.authenticator, self.watch = services, authenticator, watch
        self.origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive=receive, send=send)
        try:
            one = parse_headers(scope["headers"]).has_one_authorization
            if not one or not is_admitted(dict(scope["headers"]), self.origins):
                await socket.close()  # a refused handshake is a 403
                return
            await self.run(socket)
        except Exception as crash:
            error = _present(crash, "zh")
            log_refusal([error])
            await _close(socket, error)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> SocketContext:
        asked = parse_headers(request.scope["headers"])
        context = SocketContext(
            self.services,
            actor=STRANGER,
            at=datetime.now(UTC),
            request_id=request.scope["state"]["request_id"],
            language=asked.language,
            find_source=partial(digest_source, request.scope, self.services.settings.proxies),
        )
        context.authorization = asked.authorization
        context.actor = await self.authenticator.authenticate(context.authorization, context.at)
        return context

    async def on_ws_connect(self, context: SocketContext) -> UnsetType:
        params = context.connection_params or {}
        if authorization := params.get("Authorization") or params.get("authorization"):
            context.authorization = str(authorization)
            context.actor = await self.authenticator.authenticate(context.authorization, datetime.now(UTC))
        return UNSET

    async def open_operation(self, socket: SocketContext) -> Context:
        """As a request's. Raises Unauthenticated where the session has ended, RequestRefused where the membership
        has that was acted under before."""
        at = datetime.now(UTC)
        before, actor = socket.actor, await self.authenticator.authenticate(socket.authorization, at)
        if before.role is not None and actor.role is None:
            raise membership_ended()
        socket.actor = actor
        socket.operations += 1
        request_id = f"{socket.request_id}.{socket.operations}"
        return Context(
            self.services,
            actor=actor,
            at=at,
            request_id=request_id,
            language=socket.language,
            find_source=lambda: socket.source,
        )

    def decode_json(self, data: str | bytes) -> object:
        """Strict UTF-8, no lone surrogates, no NaN, bounded nesting."""
        return orjson.loads(data)


def _present(crash: Exception, language: Language) -> GraphQLError:
    if isinstance(crash, RequestRefused):
        return crash.error(language)
    return present(GraphQLError(str(crash), original_error=crash), language)


async def _close(socket: WebSocket, error: GraphQLError) -> None:
    if WebSocketState.DISCONNECTED not in (socket.client_state, socket.application_state):
        # A close frame holds 123 bytes of reason: forty Chinese characters.
        await socket.close(_CLOSE.get(code_of(error), 1011), error.message[:40])


def _is_well_formed(message: object) -> bool:
    match message:
        case {"type": "connection_init" | "ping" | "pong"}:
            return True
        case {"type": "complete", "id": str(name)}:
            return len(name.encode()) <= _MAX_ID_BYTES
        case {"type": "subscribe", "id": str(name), "payload": dict()}:
            sent = cast("dict[str, dict[str, object]]", message)["payload"]
            typed = (
                not sent.keys().isdisjoint(("query", "documentId", "extensions"))
                and isinstance(sent.get("query"), str | None)
                and isinstance(sent.get("variables"), dict | None)
                and isinstance(sent.get("operationName"), str | None)
            )
            return typed and len(name.encode()) <= _MAX_ID_BYTES
        case _:
            return False

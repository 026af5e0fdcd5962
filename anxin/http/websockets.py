"""GraphQL over one WebSocket, by graphql-transport-ws: a bad document costs its own operation, nothing else."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
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
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from anxin.http import refusals
from anxin.http.authentication import Authenticator
from anxin.http.headers import parse_headers
from anxin.http.origins import is_admitted
from anxin.http.refusals import RequestRefused
from anxin.http.requests import parse_message
from resolvers.context import Context, Services
from schema.error_codes import ErrorCode, code_of, language_of, log_refusal, present

MAX_SUBSCRIPTIONS = 50  # at once on one connection
_MAX_ID_BYTES = 64  # an id is repeated in the reason of a close frame, which holds 123 bytes
_CLOSE: Mapping[ErrorCode | None, int] = {ErrorCode.UNAUTHENTICATED: 4401, ErrorCode.FORBIDDEN: 4403}


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


class SocketContext(Context):
    """Of a conversation. A browser cannot set a handshake's headers: it sends them as ``connection_params``."""

    connection_params: Mapping[str, Any] | None = None


class WebSockets(GraphQL[SocketContext, None]):
    """The ASGI application of the endpoint's WebSockets. ``origins`` are those of other sites; a handshake from any
    further one is refused with 403."""

    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Conversation[Any, None]

    def __init__(
        self, schema: BaseSchema, services: Services, authenticator: Authenticator, origins: Collection[str] = ()
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=5),
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS,
            allowed_origins=["*"],  # it forgives the usual port; ours is asked first
        )
        self.services, self.authenticator = services, authenticator
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
            error = present(GraphQLError(str(crash), original_error=crash))
            log_refusal([error])
            if WebSocketState.DISCONNECTED not in (socket.client_state, socket.application_state):
                # A close frame holds 123 bytes of reason: forty Chinese characters.
                await socket.close(_CLOSE.get(code_of(error), 1011), error.message[:40])

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> SocketContext:
        asked, at = parse_headers(request.scope["headers"]), datetime.now(UTC)
        actor = await self.authenticator.authenticate(asked.authorization, at)
        return SocketContext(
            self.services,
            actor=actor,
            at=at,
            request_id=request.scope["state"]["request_id"],
            language=asked.language,
        )

    async def on_ws_connect(self, context: SocketContext) -> UnsetType:
        params = context.connection_params or {}
        if authorization := params.get("Authorization") or params.get("authorization"):
            context.actor = await self.authenticator.authenticate(str(authorization), context.at)
        return UNSET

    def decode_json(self, data: str | bytes) -> object:
        """Strict UTF-8, no lone surrogates, no NaN, bounded nesting."""
        return orjson.loads(data)


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

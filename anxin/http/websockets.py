"""GraphQL over one WebSocket, by graphql-transport-ws: a bad document costs its own operation, nothing else."""

from collections.abc import Mapping
from typing import cast

import orjson
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.typevars import Context, RootValue
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from schema.error_codes import ErrorCode, coded

MAX_SUBSCRIPTIONS = 50  # at once on one connection
_MAX_ID_BYTES = 64  # an id is repeated in the reason of a close frame, which holds 123 bytes


class TextFrames(ASGIWebSocketAdapter):
    """Sends JSON in text frames, as the protocol demands; the base class would send bytes in binary ones."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        await self.ws.send_text(orjson.dumps(message).decode())


class Conversation(BaseGraphQLTransportWSHandler[Context, RootValue]):
    """Checks each message's shape first; the base class trusts it and dies of a list or a number."""

    async def handle_message(self, message: Message) -> None:
        if not _is_well_formed(message):
            await self.handle_invalid_message("Not a message of graphql-transport-ws")
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if len(self.operations) < MAX_SUBSCRIPTIONS:
            await super().handle_subscribe(message)
            return
        error = coded(ErrorCode.RATE_LIMITED, f"同一连接最多 {MAX_SUBSCRIPTIONS} 个订阅，请先结束不用的订阅。")
        await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})


def _is_well_formed(message: object) -> bool:
    match message:
        case {"type": "connection_init" | "ping" | "pong"}:
            return True
        case {"type": "complete", "id": str(name)}:
            return len(name.encode()) <= _MAX_ID_BYTES
        case {"type": "subscribe", "id": str(name), "payload": {"query": str()}}:
            sent = cast("dict[str, dict[str, object]]", message)["payload"]
            typed = isinstance(sent.get("variables"), dict | None) and isinstance(sent.get("operationName"), str | None)
            return typed and len(name.encode()) <= _MAX_ID_BYTES
        case _:
            return False

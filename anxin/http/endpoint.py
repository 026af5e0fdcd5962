"""GraphQL over HTTP, SSE and WebSocket at one address; whatever bytes arrive, the answer is JSON with a code.

Strawberry's own view answers ten kinds of hostile bytes with a 500, closes a WebSocket with all its subscriptions over
one syntax error, and waits for ever. Results may carry `data=orjson.Fragment(...)`: those bytes go out untouched.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError, GraphQLFormattedError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import GraphQL
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.typevars import Context
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from anxin.http.requests import RequestAdapter, RequestRefused, parameters
from anxin.http.websockets import MAX_SUBSCRIPTIONS, Conversation, TextFrames
from schema.error_codes import ErrorCode, code_of, coded, log_refusal, refusal, shown
from schema.limits.operations import DEFAULT, overdue

Page = Callable[[Request], Awaitable[Response]]

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
NO_DOCUMENTS: Mapping[str, str] = MappingProxyType({})

# Of a request that was not executed; any other code is the client's 400.
_STATUS: Mapping[str | None, int] = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}
_CLOSE: Mapping[ErrorCode | None, int] = {ErrorCode.UNAUTHENTICATED: 4401, ErrorCode.FORBIDDEN: 4403}


class Endpoint(GraphQL[Context, None], Generic[Context]):
    """The ASGI application of `/graphql`: subclass it with a `get_context`. Batching is off."""

    request_adapter_class = RequestAdapter
    websocket_adapter_class = TextFrames
    graphql_transport_ws_handler_class = Conversation[Any, None]

    def __init__(
        self,
        *,
        schema: BaseSchema,
        page: Page | None = None,
        deadline: float = DEFAULT.seconds,
        allowed_origins: Sequence[str] = (),
        documents: Mapping[str, str] = NO_DOCUMENTS,
    ) -> None:
        """`page` answers a browser's visit; `deadline` is in seconds; `allowed_origins` are other sites' WebSockets;
        `documents` may be asked for by their ids."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=5),
            multipart_uploads_enabled=True,
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS,
            allowed_origins=allowed_origins,
        )
        self.page, self.deadline, self.documents = page, deadline, documents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._converse(WebSocket(scope, receive=receive, send=send))
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return  # nobody listens any more
        finally:
            await request.close()  # the spooled files of a multipart request
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            if request.method not in ("GET", "POST"):
                raise RequestRefused("GraphQL 只接受 GET 和 POST。", status=405, headers={"allow": "GET, POST"})
            visits = request.method == "GET" and "query" not in request.query_params
            if self.page is not None and visits and "text/html" in request.headers.get("accept", ""):
                return await self.page(request)
            return await self.run(request)
        except ClientDisconnect:
            raise
        except RequestRefused as refused:
            error, status, headers = coded(ErrorCode.BAD_USER_INPUT, refused.message), refused.status, refused.headers
        except HTTPException as refused:  # what Strawberry refuses by itself
            error, status, headers = coded(ErrorCode.BAD_USER_INPUT, refused.reason), refused.status_code, None
        except Exception as crash:  # of `get_context`, mostly: an expired session, a database that is away
            error = shown(GraphQLError(str(crash), original_error=crash))
            status, headers = _STATUS.get(code_of(error), 400), None
        log_refusal([error])
        return Response(refusal(error), status, headers, media_type(request.headers.get("accept", "")))

    async def _converse(self, socket: WebSocket) -> None:
        try:
            await self.run(socket)
        except Exception as crash:
            error = shown(GraphQLError(str(crash), original_error=crash))
            log_refusal([error])
            if WebSocketState.DISCONNECTED not in (socket.client_state, socket.application_state):
                # A close frame holds 123 bytes of reason: forty Chinese characters.
                await socket.close(_CLOSE.get(code_of(error), 1011), error.message[:40])

    def should_render_graphql_ide(self, request: object) -> bool:
        """No: a visitor was answered before, and `Accept: */*` is a program."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """Strict UTF-8, no lone surrogates, no NaN, bounded nesting; used for WebSocket messages."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        sent = await parameters(request, self.documents)
        stream = self._get_stream_transport_from_headers(request.headers)
        return GraphQLRequestData(
            query=sent.query,
            variables=sent.variables,
            operation_name=sent.operation_name,
            extensions=sent.extensions,
            protocol=stream.protocol if stream else "http",
        )

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """One answer within the deadline; a subscription has many, and is told where to go."""
        allowed = {OperationType.QUERY} if request.method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        clock = asyncio.timeout(self.deadline)
        try:
            async with clock:
                return await self.schema.execute(
                    request_data.query,
                    root_value=root_value,
                    variable_values=request_data.variables,
                    context_value=context,
                    operation_name=request_data.operation_name,
                    allowed_operation_types=allowed,
                    operation_extensions=request_data.extensions,
                )
        except TimeoutError:
            if not clock.expired():  # somebody else's time-out is a crash like any other
                raise
            return _refused(overdue(self.deadline))
        except MissingQueryError as error:
            raise RequestRefused("请求中没有 GraphQL 查询，请在 query 中给出。") from error
        except CannotGetOperationTypeError as error:
            return _refused(coded(ErrorCode.BAD_USER_INPUT, error.as_http_error_reason()))
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.MUTATION:
                raise RequestRefused("变更请以 POST 发送。", status=405, headers={"allow": "POST"}) from error
            elsewhere = "订阅请通过 WebSocket（graphql-transport-ws），或以 Accept: text/event-stream 发送。"
            return _refused(coded(ErrorCode.BAD_USER_INPUT, elsewhere))

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        return formatted(result)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Carries the media type that the caller accepts, and what the context sets, to `create_response`."""
        carrier = await super().get_sub_response(request)
        carrier.headers["content-type"] = media_type(request.headers.get("accept", ""))
        return carrier

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """To `application/json` all that GraphQL answers is a 200; the newer type tells a refusal by its status."""
        status = 200
        if (
            isinstance(response_data, dict)
            and "data" not in response_data
            and sub_response.headers["content-type"].startswith(GRAPHQL_RESPONSE)
        ):
            status = _refused_status(response_data)
        response = Response(self.encode_json(response_data), sub_response.status_code or status)
        response.headers.raw.extend(sub_response.headers.raw)
        response.background = sub_response.background
        return response

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """Of the stream's own media type only."""
        del sub_response.headers["content-type"]
        return await super().create_streaming_response(request, stream, sub_response, headers)


def formatted(result: ExecutionResult) -> GraphQLHTTPResponse:
    """Without `data` when nothing was executed: by that a client tells a refusal from a null."""
    errors = [shown(error) for error in result.errors or ()]
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    answer: GraphQLHTTPResponse = {} if refused else {"data": result.data}
    if errors:
        answer["errors"] = [error.formatted for error in errors]
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def _refused(error: GraphQLError) -> PreExecutionError:
    log_refusal([error])
    return PreExecutionError(data=None, errors=[error])


def _refused_status(answer: GraphQLHTTPResponse) -> int:
    """Of the first error; they are already formatted here."""
    first = cast("GraphQLFormattedError", (answer.get("errors") or [{}])[0])
    return _STATUS.get(first.get("extensions", {}).get("code"), 400)


@lru_cache(256)
def media_type(accept: str) -> str:
    """The newer type for who names it and does not prefer the other; an absent or open `Accept` gets JSON."""
    weights = dict(map(_weighed, accept.lower().split(",")))
    newer = weights.get(GRAPHQL_RESPONSE, 0.0)
    return f"{GRAPHQL_RESPONSE if newer and newer >= weights.get(JSON, 0.0) else JSON}; charset=utf-8"


def _weighed(part: str) -> tuple[str, float]:
    name, *options = (piece.strip() for piece in part.split(";"))
    quality = next((option[2:] for option in options if option.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 1.0

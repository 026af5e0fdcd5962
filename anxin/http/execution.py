"""An operation by Strawberry's executor: all that the fast path does not cover."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import suppress
from typing import cast

from graphql import GraphQLError
from starlette.types import ASGIApp
from strawberry.exceptions import MissingQueryError
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from anxin.http import refusals
from anxin.http.headers import RequestHeaders
from anxin.http.refusals import RequestRefused
from anxin.http.requests import ParsedRequest
from anxin.http.responses import Response, compose_result, compose_stream, with_retry
from anxin.http.session_watch import SessionWatch
from resolvers.context import Context
from schema.error_codes import ErrorCode, code_error


async def execute(
    schema: BaseSchema,
    asked: RequestHeaders,
    request: ParsedRequest,
    context: Context,
    allowed: set[OperationType],
    watch: SessionWatch,
) -> ASGIApp:
    """By Strawberry's executor. A subscription has many answers, for which a stream is opened or a way named."""
    try:
        result = await schema.execute(
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
        return _refuse(asked, code_error(ErrorCode.BAD_USER_INPUT, error.as_http_error_reason()))
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.MUTATION:
            refusal = refusals.MUTATION_BY_GET
            raise RequestRefused(refusal, status=405, headers=((b"allow", b"POST"),)) from error
        if not asked.takes_stream:
            return _refuse(asked, code_error(ErrorCode.BAD_USER_INPUT, refusals.ELSEWHERE.of(asked.language)))
        return compose_stream(_end_with_session(await _subscribe(schema, request, context), context, watch))
    return with_retry(compose_result(asked, result), context.retry_after)


async def _subscribe(schema: BaseSchema, request: ParsedRequest, context: Context) -> AsyncIterable[ExecutionResult]:
    results = await schema.stream(
        request.query,
        variable_values=request.variables,
        context_value=context,
        operation_name=request.operation_name,
        operation_extensions=request.extensions,
        allowed_operation_types={OperationType.SUBSCRIPTION},
    )
    return cast("AsyncIterable[ExecutionResult]", results)


async def _end_with_session(
    results: AsyncIterable[ExecutionResult], context: Context, watch: SessionWatch
) -> AsyncGenerator[ExecutionResult]:
    """The results until the caller's session or membership ends; then the reason, and no more."""
    ended: asyncio.Future[RequestRefused] = asyncio.get_running_loop().create_future()

    async def end(refused: RequestRefused) -> None:
        ended.set_result(refused)

    source = aiter(results)
    with watch.watch(context, end):
        while True:
            following = asyncio.ensure_future(anext(source))
            try:
                await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                following.cancel()
            if ended.done():
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await following
                yield ExecutionResult(data=None, errors=[ended.result().error(context.language)])
                return
            try:
                yield following.result()
            except StopAsyncIteration:
                return


def _refuse(asked: RequestHeaders, error: GraphQLError) -> Response:
    """As GraphQL refuses what it does not execute."""
    return compose_result(asked, ExecutionResult(data=None, errors=[error]))

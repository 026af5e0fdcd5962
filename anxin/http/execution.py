"""An operation by Strawberry's executor: all that the fast path does not cover."""

from collections.abc import AsyncIterable
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
from anxin.http.responses import Response, compose_result, compose_stream
from resolvers.context import Context
from schema.error_codes import ErrorCode, code_error


async def execute(
    schema: BaseSchema, asked: RequestHeaders, request: ParsedRequest, context: Context, allowed: set[OperationType]
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
        return compose_stream(await _subscribe(schema, request, context))
    return compose_result(asked, result)


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


def _refuse(asked: RequestHeaders, error: GraphQLError) -> Response:
    """As GraphQL refuses what it does not execute."""
    return compose_result(asked, ExecutionResult(data=None, errors=[error]))

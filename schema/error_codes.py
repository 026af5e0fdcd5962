"""What a refused request says: one fixed list of codes, and no word of a crash beyond the id under which it is logged.

A client branches on `extensions.code` and shows `message`. Mix `CodedErrors` into the schema, in front of
`strawberry.Schema`; code that answers without Strawberry's executor calls `shown` on each error itself.
"""

import re
import secrets
from collections.abc import Sequence
from enum import StrEnum

import orjson
import structlog
from graphql import DocumentNode, GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from core.db import DatabaseAway
from core.errors import DomainError
from core.messages import Language, Message
from resolvers.inputs import path_of
from schema import input_errors
from schema.places import place_of

_OF_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ([^:]+))?:")
_log = structlog.stdlib.get_logger(__name__)


class ErrorCode(StrEnum):
    """Every code a client can meet; only the last one means that we are at fault."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class ValueRefused(ValueError):
    """A scalar says no."""

    def __init__(self, said: Message) -> None:
        super().__init__(said.zh)
        self._said = said

    def sentence(self, place: str, language: Language) -> str:
        """With the input's field, where it is known: a literal has its line and column instead."""
        colon = ": " if language == "en" else "："
        return f"{place}{colon if place else ''}{self._said.text(language)}"


class CodedErrors:
    """A mix-in for the schema: every error of every transport passes here, instead of Strawberry's traceback logger."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Codes the list in place, because Strawberry hands out this very list as the response's errors."""
        language = language_of(execution_context.context) if execution_context else "zh"
        document = execution_context.graphql_document if execution_context else None
        errors[:] = [_present(error, language, document, execution_context) for error in errors]
        log_refusal(errors)


def present_refusals(refusals: Sequence[GraphQLError], language: Language) -> list[GraphQLError]:
    """Those of root fields that were not asked of the executor."""
    shown = [_present(refusal, language, None, None) for refusal in refusals]
    log_refusal(shown)
    return shown


def code_error(code: ErrorCode, message: str) -> GraphQLError:
    """A refusal of our own, not tied to a place in the document."""
    return GraphQLError(message, extensions={"code": code.value})


def language_of(context: object) -> Language:
    """In which the caller is spoken to; Chinese where the context does not say."""
    return getattr(context, "language", "zh")


def present(error: GraphQLError, language: Language = "zh", *, acted: bool = False) -> GraphQLError:
    """The error as the client may see it: coded, and masked when its cause is a crash; repeating it changes nothing.

    Every sentence of ours is in `language`, and those on variables are; what GraphQL says of a document is English.
    A domain error with a code of its own (NOT_CONFIGURED) is BAD_USER_INPUT here, with that code as `problem`. `acted`
    is true of what goes wrong below a mutation's root field, when its act is done.
    """
    if code_of(error) is not None:
        return error
    cause = _cause(error)
    if isinstance(cause, DomainError):  # raised to be read
        purpose, message = _code(cause.code), cause.sentence(language)
        if purpose is not None:
            return _with(error, purpose, message)
        return _with(error, ErrorCode.BAD_USER_INPUT, message, problem=cause.code)
    if isinstance(cause, DatabaseAway):
        unknown = "request.outcome_unknown" if cause.outcome_unknown else "request.away"
        said = Message("request.done_not_shown" if acted else unknown)
        return _with(error, ErrorCode.SERVICE_UNAVAILABLE, said.text(language))
    if isinstance(cause, (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)):
        return _with(error, ErrorCode.BAD_USER_INPUT, error.message or Message("request.no_query").text(language))
    if cause is not None and not _refuses_an_input(error, cause):
        return _masked(error, cause, language)
    if isinstance(cause, ValueRefused):
        return _with(error, ErrorCode.BAD_USER_INPUT, cause.sentence(_place(error), language))
    return _with(error, *_own_words(error, cause, language))


def code_of(error: GraphQLError) -> ErrorCode | None:
    """None when the error has no code, or one that is not in the list."""
    return _code((error.extensions or {}).get("code"))


def refusal(*errors: GraphQLError) -> bytes:
    """The JSON body of a request that was not executed; it has no `data`, as GraphQL demands."""
    return orjson.dumps({"errors": [error.formatted for error in errors]})


def log_refusal(errors: list[GraphQLError]) -> None:
    """One line for all the client's errors in a response; without their messages, which repeat the client's input."""
    codes = [code.value for code in map(code_of, errors) if code and code is not ErrorCode.INTERNAL_SERVER_ERROR]
    if codes:
        _log.info("client_error", codes=sorted({*codes}), errors=len(codes), path=errors[0].path)


def _present(
    error: GraphQLError, language: Language, document: DocumentNode | None, context: ExecutionContext | None
) -> GraphQLError:
    """With the place in the input that is refused, in GraphQL's names, where there is one."""
    cause = _cause(error)
    place = path_of(cause.path) if isinstance(cause, DomainError) else place_of(error, document)
    shown = present(error, language, acted=_shows_act(error, context))
    if place and code_of(shown) is ErrorCode.BAD_USER_INPUT:
        shown.extensions = {**(shown.extensions or {}), "path": place}
    return shown


def _shows_act(error: GraphQLError, context: ExecutionContext | None) -> bool:
    """Whether it happened below a mutation's root field: whoever has a path was executed."""
    below = error.path is not None and len(error.path) > 1
    return below and context is not None and context.operation_type is OperationType.MUTATION


def _own_words(error: GraphQLError, cause: Exception | None, language: Language) -> tuple[ErrorCode, str]:
    """The code of an error that GraphQL itself found, told by the stage at which it did."""
    if isinstance(error, GraphQLSyntaxError):
        # The parser has no class of its own for its limits; no token of a document can end a message this way.
        if error.message.endswith("Parsing aborted."):
            return ErrorCode.QUERY_TOO_COMPLEX, Message("limit.text", reason=error.message).text(language)
        return ErrorCode.GRAPHQL_PARSE_FAILED, error.message
    if (place := _OF_VARIABLE.match(error.message)) and error.path is None:
        said = input_errors.translate(error.message[place.end() :].lstrip())
        if said:
            return ErrorCode.BAD_USER_INPUT, ValueRefused(said).sentence(_place(error), language)
    in_variables = error.path is None and isinstance(error.original_error, GraphQLError)
    if error.path is None and not in_variables and cause is None:
        return ErrorCode.GRAPHQL_VALIDATION_FAILED, error.message
    return ErrorCode.BAD_USER_INPUT, error.message


def _refuses_an_input(error: GraphQLError, cause: Exception) -> bool:
    """A scalar says no with ValueError, before anything runs (no path) and at a place in the document (nodes)."""
    return isinstance(cause, ValueError) and error.path is None and bool(error.nodes)


def _place(error: GraphQLError) -> str:
    """`input.fields.name`, as graphql-core tells it of a variable."""
    told = _OF_VARIABLE.match(error.message)
    return "".join(told.groups("")) if told else ""


def _masked(error: GraphQLError, cause: Exception, language: Language) -> GraphQLError:
    number = secrets.token_hex(6)
    _log.error("internal_error", id=number, path=error.path, exc_info=cause)
    message = Message("request.internal", number=number).text(language)
    return _with(error, ErrorCode.INTERNAL_SERVER_ERROR, message, id=number)


def _with(error: GraphQLError, code: ErrorCode, message: str, **more: str) -> GraphQLError:
    """Without the original, so that nothing downstream can print it, and never of a subclass.

    Strawberry closes a WebSocket with all its subscriptions when one document ends in a GraphQLSyntaxError.
    """
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, extensions={"code": code.value, **more}
    )


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised beneath GraphQL's own wrappings, or None when GraphQL raised it."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _code(value: object) -> ErrorCode | None:
    return ErrorCode(value) if isinstance(value, str) and value in ErrorCode.__members__ else None

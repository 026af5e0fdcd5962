"""A read or an act answered from the bytes of its request, without what a request costs on the usual way.

It takes a POST of JSON by a caller who was authenticated lately, if the reader covers the query or the mutation is one
act. The read's own statement asks whether the session still holds; before an act that is asked for itself. Of anything
else it says None: nothing was done then, and the usual way answers from the start.

``AnsweredAtOnce`` does that before the application; ``anxin.fast_lane`` even before there is an ASGI request.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple

import orjson
import structlog
from graphql import GraphQLError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anxin.http.authentication import Callers
from anxin.http.endpoint import GRAPHQL_RESPONSE, formatted
from anxin.http.headers import LONGEST_BODY, Header, Heads, Spoken, spoken_by
from anxin.http.requests import RequestRefused, Sent, sent_as_json
from anxin.processes import log
from anxin.time_limit import TimeLimit
from core.actor import Actor
from core.db import CannotRead, PendingQuery
from resolvers.compiler.executor import check_text, finish
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.operations import Operation, Plan
from resolvers.context import Context, Services
from schema.error_codes import log_refusal, refusal, shown
from schema.limits.operations import DEFAULT, overdue
from schema.limits.texts import is_clean
from schema.root import Schema

STATE = "at_once"
"""Where the application's lifespan leaves its ``AtOnce``."""
PATH = "/graphql"
_COMPRESSED = 1024
"""Bytes of an answer from which on it is compressed for who takes that."""
_QUICKLY = 4
"""gzip's level: at its usual 9 a page takes three times as long, and comes out a twentieth smaller."""

_log = structlog.stdlib.get_logger(__name__)


class Known(NamedTuple):
    """A request of somebody who was authenticated lately."""

    caller: Actor
    at: datetime
    request_id: str
    spoken: Spoken


class Meant(NamedTuple):
    """What such a request asks for: an operation that passed all checks."""

    known: Known
    operation: Operation
    sent: Sent
    context: Context


class Asked(NamedTuple):
    """A read that is on its way."""

    meant: Meant
    plan: Plan
    question: PendingQuery


class Answer(NamedTuple):
    """What goes out. The body is in pieces: pages are large, and copied once, by who sends them."""

    status: int
    headers: Sequence[Header]
    pieces: Sequence[bytes]


@dataclass(eq=False)
class AtOnce:
    """One for an event loop."""

    services: Services
    callers: Callers
    api: Schema
    heads: Heads = field(default_factory=Heads)
    limit: TimeLimit = field(default_factory=lambda: TimeLimit(DEFAULT.seconds))

    def known(self, spoken: Spoken, at: datetime) -> Known | None:
        """None for a caller whom the usual way has to authenticate."""
        caller = self.callers.remembered(spoken.token, at)
        return caller and Known(caller, at, log.request_id(spoken.request_id), spoken)

    def meant(self, known: Known, body: bytes) -> Meant | None:
        """None where the usual way has to look at it."""
        try:
            sent = sent_as_json(body, self.services.documents)
            # JSON holds U+0000 as an escape only, so that what is decoded need not be gone through.
            if b"\\u0000" in body or not is_clean(sent.query, None):
                return None
            operation = self.api.query_executor.find_operation(sent.query, sent.operation_name)
        except (RequestRefused, Fallback):
            return None
        context = Context(
            self.services, actor=known.caller, at=known.at, request_id=known.request_id, language=known.spoken.language
        )
        return Meant(known, operation, sent, context)

    def asked(self, meant: Meant) -> Asked | None:
        """The read that answers a query, begun; None for whatever has another answer."""
        try:
            reading = self.api.query_executor.bind(meant.operation, meant.sent.variables, meant.context)
            return Asked(meant, reading.plan, self.services.db.read_text(reading.plan.sql, reading.values))
        except (Fallback, CannotRead):
            return None

    def answer(self, asked: Asked) -> Answer | None:
        """To a read that is done, and has no field that Python answers."""
        try:
            return _read(asked.meant.known, check_text(asked.question.result()))
        except CannotRead as error:
            _log.warning("compiled_read_failed", reason=str(error))
        except Fallback:
            pass
        return None

    async def answered(self, asked: Asked) -> Answer | None:
        """To any read."""
        try:
            raw = await asked.question
            return _read(asked.meant.known, await finish(raw, asked.plan, asked.meant.context))
        except CannotRead as error:
            _log.warning("compiled_read_failed", reason=str(error))
        except Fallback:
            pass
        return None

    async def done(self, meant: Meant) -> Answer | None:
        """To an act."""
        try:
            await self.api.query_executor.check_session(meant.context)
        except Fallback:
            return None
        with structlog.contextvars.bound_contextvars(request_id=meant.known.request_id):
            try:
                return await self._done(meant)
            except Exception as crash:  # said as on the usual way, which would do the act again
                return _refused(meant.known, shown(GraphQLError(str(crash), original_error=crash)), 500)

    async def _done(self, meant: Meant) -> Answer | None:
        said = meant.sent.query, meant.sent.operation_name, meant.sent.variables
        acted = await self.api.mutation_executor.execute(meant.context, *said)
        if acted is None:
            return None
        return _composed(
            meant.known, 200, [orjson.dumps(formatted(await self.api.read_back(acted, meant.context, *said)))]
        )

    def overdue(self, known: Known) -> Answer:
        return _refused(known, overdue(self.limit.seconds), 503)


class AnsweredAtOnce:
    """ASGI middleware: asks first whether there is an answer at once. The request's line in the log is written here
    then, since nothing behind sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        at_once: AtOnce | None = None
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"] == PATH
            and not scope["query_string"]
        ):
            at_once = getattr(scope["app"].state, STATE, None)
        began = perf_counter()
        spoken = at_once and spoken_by(scope["headers"])
        known = at_once and spoken and at_once.known(spoken, datetime.now(UTC))
        if not at_once or not known:
            await self.app(scope, receive, send)
            return
        received = await _received(receive)
        answer = await self._answer(at_once, known, received)
        if answer is None:
            await self.app(scope, _again(received, receive), send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"".join(answer.pieces)})
        log.answered(known.request_id, "POST", PATH, answer.status, perf_counter() - began)

    @staticmethod
    async def _answer(at_once: AtOnce, known: Known, received: Sequence[Message]) -> Answer | None:
        if received[-1]["type"] != "http.request" or received[-1].get("more_body", False):
            return None
        meant = at_once.meant(known, b"".join(message.get("body", b"") for message in received))
        if meant is None:
            return None
        try:
            with at_once.limit.begun():
                if meant.operation.is_mutation:
                    return await at_once.done(meant)
                asked = at_once.asked(meant)
                return None if asked is None else await at_once.answered(asked)
        except TimeoutError:
            return at_once.overdue(known)


async def _received(receive: Receive) -> Sequence[Message]:
    """The parts of the body, up to the last or as much as is waited for here."""
    received: list[Message] = []
    size, more = 0, True
    while more and size <= LONGEST_BODY:
        received.append(await receive())
        size += len(received[-1].get("body", b""))
        more = received[-1].get("more_body", False)
    return received


def _again(received: Sequence[Message], receive: Receive) -> Receive:
    """Gives what was received once more, and then what comes."""
    before = iter(received)

    async def again() -> Message:
        return next(before, None) or await receive()

    return again


def _refused(known: Known, error: GraphQLError, status: int) -> Answer:
    """To plain JSON all that GraphQL answers is a 200, as on the usual way."""
    log_refusal([error])
    return _composed(known, status if known.spoken.media_type.startswith(GRAPHQL_RESPONSE) else 200, [refusal(error)])


def _composed(known: Known, status: int, pieces: Sequence[bytes]) -> Answer:
    length = sum(map(len, pieces))
    headers = [
        (b"content-type", known.spoken.media_type.encode()),
        (b"x-request-id", known.request_id.encode()),
        (b"vary", b"Accept-Encoding"),
    ]
    if known.spoken.compressed and length >= _COMPRESSED:
        pieces = [gzip.compress(b"".join(pieces), _QUICKLY)]
        length = len(pieces[0])
        headers.append((b"content-encoding", b"gzip"))
    return Answer(status, [*headers, (b"content-length", b"%d" % length)], pieces)


def _read(known: Known, data: bytes) -> Answer:
    return _composed(known, 200, [b'{"data":', data, b"}"])

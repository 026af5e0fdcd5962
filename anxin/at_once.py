"""A read or an act answered from the bytes of its request, without what a request costs on the usual way.

It takes a POST of JSON by a caller who was authenticated lately, if the reader covers the query or the mutation is one
act. The read's own statement asks whether the session still holds; before an act that is asked for itself. Of anything
else it says None: nothing was done then, and the usual way answers from the start.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import orjson

from anxin.callers import Callers, language
from anxin.time_limit import TimeLimit
from core.acting import Actor
from resolvers.context import Context, House
from resolvers.reading.fallback import Fallback
from schema.endpoint import GRAPHQL_RESPONSE, formatted, media_type
from schema.error_codes import log_refusal, refusal
from schema.limits import DEFAULT, overdue
from schema.requests import RequestRefused, Sent, sent_as_json
from schema.root import Schema
from schema.texts import is_clean


class Known(NamedTuple):
    """A request of somebody who was authenticated lately; header names are in small letters."""

    caller: Actor
    at: datetime
    headers: Mapping[bytes, bytes]

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


class Answer(NamedTuple):
    """What goes out. The body is in pieces: pages are large, and copied once, by who sends them."""

    status: int
    media_type: str
    pieces: Sequence[bytes]


@dataclass(frozen=True)
class AtOnce:
    """One for an event loop."""

    house: House
    callers: Callers
    api: Schema
    limit: TimeLimit = field(default_factory=lambda: TimeLimit(DEFAULT.seconds))

    def known(self, sent: Iterable[tuple[bytes, bytes]], at: datetime) -> Known | None:
        """The request with these headers; None where it is not for us. Of a header that was sent twice it is for others
        to say which counts."""
        lines = list(sent)
        headers = dict(lines)
        authorization = headers.get(b"authorization")
        plain = headers.get(b"content-type", b"").startswith(b"application/json") and b"content-encoding" not in headers
        if authorization is None or not plain or len(headers) != len(lines):
            return None
        caller = self.callers.remembered(authorization.decode("latin-1"), at)
        return None if caller is None else Known(caller, at, headers)

    async def answer(self, known: Known, body: bytes, request_id: str) -> Answer | None:
        sent = _sent(body, self.house.documents)
        if sent is None:
            return None
        tongue, shown_as = language(known.header(b"accept-language")), media_type(known.header(b"accept"))
        context = Context(self.house, actor=known.caller, at=known.at, request_id=request_id, language=tongue)
        try:
            with self.limit.begun():
                data = await self._answered(context, sent)
        except TimeoutError:
            error = overdue(self.limit.seconds)
            log_refusal([error])
            return Answer(503 if shown_as.startswith(GRAPHQL_RESPONSE) else 200, shown_as, [refusal(error)])
        return None if data is None else Answer(200, shown_as, data)

    async def _answered(self, context: Context, sent: Sent) -> Sequence[bytes] | None:
        reader = self.api.reader
        try:
            operation = reader.operation(sent.query, sent.operation_name)
            if not operation.acts:
                return b'{"data":', await reader.answered(operation, sent.variables, context), b"}"
            await reader.must_hold(context)
        except Fallback:
            return None
        acted = await self.api.acts.done(context, sent.query, sent.operation_name, sent.variables)
        if acted is None:
            return None
        shown = await self.api.shown(acted, context, sent.query, sent.operation_name, sent.variables)
        return [orjson.dumps(formatted(shown))]


def _sent(body: bytes, documents: Mapping[str, str]) -> Sent | None:
    try:
        sent = sent_as_json(body, documents)
    except RequestRefused:
        return None
    # JSON holds U+0000 as an escape only, so that what is decoded need not be gone through.
    return sent if b"\\u0000" not in body and is_clean(sent.query, None) else None

"""A read or an act answered from the bytes of its request, without what a request costs on the usual way.

It takes a POST of JSON by a caller who was authenticated lately, if the reader covers the query or the mutation is one
act. The read's own statement asks whether the session still holds; before an act that is asked for itself. Of anything
else it says None: nothing was done then, and the usual way answers from the start.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from anxin.callers import Callers, language
from core.acting import Actor
from resolvers.context import Context, House
from resolvers.reading.fallback import Fallback
from schema.endpoint import GRAPHQL_RESPONSE, formatted, media_type
from schema.error_codes import log_refusal, refusal
from schema.limits import DEFAULT, overdue
from schema.requests import RequestRefused, Sent, sent_as_json
from schema.root import Schema
from schema.texts import is_clean


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class AtOnce:
    """One for the process."""

    house: House
    callers: Callers
    api: Schema
    deadline: float = DEFAULT.seconds

    def caller(self, headers: Mapping[str, str], at: datetime) -> Actor | None:
        """Who asks, by headers whose names are in small letters; None where a request is not for us."""
        authorization = headers.get("authorization")
        plain = headers.get("content-type", "").startswith("application/json") and "content-encoding" not in headers
        return self.callers.remembered(authorization, at) if authorization and plain else None

    async def answer(
        self, caller: Actor, at: datetime, headers: Mapping[str, str], body: bytes, request_id: str
    ) -> Answer | None:
        sent = _sent(body, self.house.documents)
        if sent is None:
            return None
        tongue, shown_as = language(headers.get("accept-language", "")), media_type(headers.get("accept", ""))
        context = Context(self.house, actor=caller, at=at, request_id=request_id, language=tongue)
        try:
            async with asyncio.timeout(self.deadline):
                data = await self._answered(context, sent)
        except TimeoutError:
            error = overdue(self.deadline)
            log_refusal([error])
            return Answer(503 if shown_as.startswith(GRAPHQL_RESPONSE) else 200, shown_as, refusal(error))
        return None if data is None else Answer(200, shown_as, data)

    async def _answered(self, context: Context, sent: Sent) -> bytes | None:
        reader = self.api.reader
        try:
            if not reader.operation(sent.query, sent.operation_name).acts:
                data = await reader.answer(context, sent.query, sent.operation_name, sent.variables)
                return b'{"data":%b}' % data
            await reader.must_hold(context)
        except Fallback:
            return None
        acted = await self.api.acts.done(context, sent.query, sent.operation_name, sent.variables)
        if acted is None:
            return None
        shown = await self.api.shown(acted, context, sent.query, sent.operation_name, sent.variables)
        return orjson.dumps(formatted(shown))


def _sent(body: bytes, documents: Mapping[str, str]) -> Sent | None:
    try:
        sent = sent_as_json(body, documents)
    except RequestRefused:
        return None
    # JSON holds U+0000 as an escape only, so that what is decoded need not be gone through.
    return sent if b"\\u0000" not in body and is_clean(sent.query, None) else None

"""A read answered from the bytes of its request, without what a request costs on the usual way.

It takes a POST of JSON by a caller who was authenticated lately, if the reader covers the query; the read's own
statement asks whether the session still holds. Of anything else it says None: nothing was done then, and the usual way
answers from the start.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from anxin.callers import Callers, language
from core.acting import Actor
from resolvers.context import Context, House
from resolvers.reading.fallback import Fallback
from resolvers.reading.plans import Reader
from schema.endpoint import GRAPHQL_RESPONSE, media_type
from schema.error_codes import log_refusal, refusal
from schema.limits import DEFAULT, overdue
from schema.requests import RequestRefused, Sent, sent_as_json
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
    reader: Reader

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
            async with asyncio.timeout(DEFAULT.seconds):
                data = await self.reader.answer(context, sent.query, sent.operation_name, sent.variables)
        except Fallback:
            return None
        except TimeoutError:
            error = overdue(DEFAULT.seconds)
            log_refusal([error])
            return Answer(503 if shown_as.startswith(GRAPHQL_RESPONSE) else 200, shown_as, refusal(error))
        return Answer(200, shown_as, b'{"data":%b}' % data)


def _sent(body: bytes, documents: Mapping[str, str]) -> Sent | None:
    try:
        sent = sent_as_json(body, documents)
    except RequestRefused:
        return None
    return sent if is_clean(sent.query, sent.variables) else None

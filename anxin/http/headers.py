"""What the head of a request for us says; and heads that were read before, which need not be read again.

A connection asks most of its requests under one head, or under one for each length of a body. To know a head again
takes a digest, to read it a fifth of a small read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from anxin.http.authentication import language, token_of
from anxin.http.endpoint import media_type
from core.identity import sessions
from resolvers.context import Language

END = b"\r\n\r\n"
LONGEST = 8 * 1024
"""Bytes of a head that is kept."""
LONGEST_BODY = 64 * 1024
"""Bytes of a body that is waited for before anything is said to it."""
MOST = 10_000

# Its value differs with each request, so that a head is kept, and looked for, without this line.
_REQUEST_ID = re.compile(rb"\r\nx-request-id:[ \t]*([0-9A-Za-z._-]{8,64})(?=\r\n[^ \t])", re.IGNORECASE)

Header = tuple[bytes, bytes]


class Spoken(NamedTuple):
    """What a head says, if it may be for us."""

    token: bytes
    """Its digest."""
    length: bytes
    """Of the body, as it was sent."""
    request_id: str
    language: Language
    media_type: str
    compressed: bool


class Heads:
    """One for an event loop. A head holds its caller's token, so that nothing but a digest of it is kept."""

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[Spoken, int]] = {}

    def heard(self, head: bytes) -> tuple[Spoken, int] | None:
        """What a head says that was kept, and the bytes of the body that follows."""
        known = self._kept.get(sha256(head).digest())
        if known is None and (id := _REQUEST_ID.search(head)):
            known = self._kept.get(_without(id))
            if known is not None:
                return known[0]._replace(request_id=id[1].decode()), known[1]
        return known

    def keep(self, head: bytes, spoken: Spoken) -> None:
        """A head up to its empty line, as the server's parser read it."""
        if len(head) > LONGEST or not spoken.length.isdigit() or int(spoken.length) > LONGEST_BODY:
            return
        id = _REQUEST_ID.search(head)
        digest = _without(id) if id else sha256(head).digest()
        self._kept[digest] = spoken._replace(request_id="") if id else spoken, int(spoken.length)
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]


def spoken_by(sent: Sequence[Header]) -> Spoken | None:
    """What these headers say, their names in small letters; None where they are not for us. Of a header that was sent
    twice it is for others to say which counts."""
    headers = dict(sent)
    authorization = headers.get(b"authorization")
    if authorization is None or len(headers) != len(sent) or b"content-encoding" in headers:
        return None
    token = token_of(authorization.decode("latin-1"))
    if token is None or not headers.get(b"content-type", b"").startswith(b"application/json"):
        return None
    return Spoken(
        sessions.digest(token),
        headers.get(b"content-length", b""),
        headers.get(b"x-request-id", b"").decode("latin-1"),
        *_liked(headers.get(b"accept-language", b""), headers.get(b"accept", b"")),
        b"gzip" in headers.get(b"accept-encoding", b""),
    )


@lru_cache(256)
def _liked(accept_language: bytes, accept: bytes) -> tuple[Language, str]:
    return language(accept_language.decode("latin-1")), media_type(accept.decode("latin-1"))


def _without(id: re.Match[bytes]) -> bytes:
    head = id.string
    return sha256(head[: id.start()] + head[id.end() :]).digest()

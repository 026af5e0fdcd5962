"""What the headers of a request ask for, decided once: who asks, language, media type and compression of the answer.

An answer is JSON wherever JSON is accepted and weighs no less than ``text/event-stream``; a stream where only a stream
is accepted, or is liked better; a subscription is answered by a stream wherever the caller names one.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from resolvers.context import Language

Header = tuple[bytes, bytes]

VARY = b"Accept, Accept-Encoding, Accept-Language, Authorization"
"""By what an answer of ours differs."""


class MediaType(StrEnum):
    """Of an answer."""

    JSON = "application/json"
    GRAPHQL_RESPONSE = "application/graphql-response+json"
    EVENT_STREAM = "text/event-stream"


class ContentType(NamedTuple):
    """Of a body."""

    media_type: str
    is_utf8: bool
    """Whether no other charset is declared."""


class RequestHeaders(NamedTuple):
    """What the endpoint wants to know."""

    authorization: str | None
    has_one_authorization: bool
    """False for several, of which nobody knows which counts."""
    content_type: ContentType
    media_type: MediaType | None
    """Of the answer; None where nothing that we send is accepted."""
    takes_stream: bool
    """Whether a subscription may be answered by a stream."""
    takes_page: bool
    """Whether this is a browser's visit."""
    language: Language
    takes_gzip: bool


def parse_headers(sent: Sequence[Header]) -> RequestHeaders:
    """Of headers whose names are in small letters."""
    headers = dict(sent)
    one = True
    if len(headers) != len(sent):
        one = sum(name == b"authorization" for name, _ in sent) < 2
        headers = join_lines(sent)
    authorization = headers.get(b"authorization")
    return RequestHeaders(
        None if authorization is None else authorization.decode("latin-1"),
        one,
        parse_content_type(headers.get(b"content-type", b"")),
        *_negotiate(headers.get(b"accept", b"")),
        choose_language(headers.get(b"accept-language", b"").decode("latin-1")),
        takes_gzip(headers.get(b"accept-encoding", b"")),
    )


def join_lines(sent: Iterable[Header]) -> Mapping[bytes, bytes]:
    """Headers by their names; one that was sent in several lines is one list (RFC 9110, 5.2)."""
    headers: dict[bytes, bytes] = {}
    for name, value in sent:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


@lru_cache(256)
def parse_content_type(value: bytes) -> ContentType:
    media_type, *parameters = (part.strip() for part in value.decode("latin-1").lower().split(";"))
    charsets = [part[8:].strip("\"' ") for part in parameters if part.startswith("charset=")]
    return ContentType(media_type, all(charset in ("utf-8", "utf8") for charset in charsets))


@lru_cache(256)
def choose_language(accepted: str) -> Language:
    """From `Accept-Language`: English where the caller likes it better than Chinese, else Chinese."""
    liked: dict[str, float] = {}
    for name, weight in _parse_weights(accepted, otherwise=0.0).items():
        tongue = name.partition("-")[0]
        liked[tongue] = max(weight, liked.get(tongue, 0.0))
    return "en" if liked.get("en", 0.0) > liked.get("zh", 0.0) else "zh"


@lru_cache(256)
def takes_gzip(accept_encoding: bytes) -> bool:
    weights = _parse_weights(accept_encoding.decode("latin-1"))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


@lru_cache(256)
def _negotiate(accept: bytes) -> tuple[MediaType | None, bool, bool]:
    """``media_type``, ``takes_stream`` and ``takes_page``."""
    weights = _parse_weights(accept.decode("latin-1")) or {"*/*": 1.0}
    plain = _weight_of(weights, MediaType.JSON)
    newer = _weight_of(weights, MediaType.GRAPHQL_RESPONSE)
    stream = _weight_of(weights, MediaType.EVENT_STREAM)
    if stream > max(plain, newer):
        media_type = MediaType.EVENT_STREAM
    elif newer > 0 and newer >= plain and (MediaType.GRAPHQL_RESPONSE in weights or plain == 0):
        media_type = MediaType.GRAPHQL_RESPONSE  # for who names it: anything else is answered as JSON always was
    else:
        media_type = MediaType.JSON if plain > 0 else None
    # Of `*/*` nobody knows whether it could read a stream.
    named = any(weights.get(name, 0.0) > 0 for name in (MediaType.EVENT_STREAM, "text/*"))
    return media_type, named and stream > 0, weights.get("text/html", 0.0) > 0


def _weight_of(weights: Mapping[str, float], media_type: str) -> float:
    """The most exact name counts (RFC 9110, 12.5.1)."""
    names = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[name] for name in names if name in weights), 0.0)


def _parse_weights(listed: str, otherwise: float = 1.0) -> dict[str, float]:
    """Names in small letters with their weights; `otherwise` is that of a name whose weight is no number."""
    return dict(_parse_weight(part, otherwise) for part in listed.lower().split(",") if part.strip())


def _parse_weight(part: str, otherwise: float) -> tuple[str, float]:
    name, *options = (piece.strip() for piece in part.split(";"))
    named = (option.partition("=") for option in options)
    weight = next((value.strip() for key, _, value in named if key.strip() == "q"), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, otherwise

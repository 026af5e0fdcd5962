"""Who asks, and in which language: read from a request's headers, for GraphQL and for downloads alike."""

from datetime import datetime

from starlette.requests import HTTPConnection

from core.acting import STRANGER, Actor
from core.errors import Unauthenticated
from core.identity import sessions
from resolvers.context import House, Language


async def caller(house: House, authorization: str | None, at: datetime) -> Actor:
    """Who holds the token; without one a stranger. Raises Unauthenticated for a token that is not good (any more)."""
    if authorization is None:
        return STRANGER
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    async with house.db.write() as session:  # it keeps the session awake
        actor = await sessions.authenticate(session, token.strip(), at, idle=house.settings.session_idle)
    if actor is None:
        raise Unauthenticated
    return actor


def language(connection: HTTPConnection) -> Language:
    """English where the caller likes it better than Chinese, else Chinese."""
    liked: dict[str, float] = {}
    for part in connection.headers.get("accept-language", "").lower().split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        tongue = name.partition("-")[0]
        liked[tongue] = max(quality, liked.get(tongue, 0.0))
    return "en" if liked.get("en", 0.0) > liked.get("zh", 0.0) else "zh"

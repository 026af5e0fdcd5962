"""Who asks, and in which language: read from a request's headers, for GraphQL and for downloads alike."""

from collections import OrderedDict
from datetime import datetime
from functools import lru_cache

from core.actor import STRANGER, Actor
from core.errors import Unauthenticated
from core.identity import sessions
from resolvers.context import Language, Services

MOST_REMEMBERED = 10_000


class Callers:
    """Tells who holds a token. One for the process: whom it told before, it remembers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._remembered: OrderedDict[bytes, Actor] = OrderedDict()

    async def authenticated(self, authorization: str | None, at: datetime) -> Actor:
        """Who holds the token; without one a stranger. Raises Unauthenticated for a token that is not good (any
        more)."""
        if authorization is None:
            return STRANGER
        token = token_of(authorization)
        if token is None:
            raise Unauthenticated
        async with self._services.db.write() as session:  # it keeps the session awake
            actor = await sessions.authenticate(session, token, at, idle=self._services.settings.session_idle)
        if actor is None:
            self._remembered.pop(sessions.digest(token), None)
            raise Unauthenticated
        self._remembered[sessions.digest(token)] = actor
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return actor

    def remembered(self, digest: bytes, at: datetime) -> Actor | None:
        """Who held the token of this digest when it was last authenticated. For a read that asks ``sessions.HOLDS``
        itself."""
        actor = self._remembered.get(digest)
        return actor if actor and actor.holds_until and at < actor.holds_until else None


@lru_cache(256)
def language(accepted: str) -> Language:
    """From `Accept-Language`: English where the caller likes it better than Chinese, else Chinese."""
    liked: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        tongue = name.partition("-")[0]
        liked[tongue] = max(quality, liked.get(tongue, 0.0))
    return "en" if liked.get("en", 0.0) > liked.get("zh", 0.0) else "zh"


def token_of(authorization: str) -> str | None:
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None

"""Who asks: read from a request's token, for GraphQL and for downloads alike."""

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from core.actor import STRANGER, Actor
from core.db import DatabaseAway, persist
from core.errors import Unauthenticated
from core.identity import sessions
from resolvers.context import Services

MOST_CACHED = 10_000


class Caller(NamedTuple):
    """Who asks."""

    actor: Actor
    is_cached: bool = False
    """Found without asking the database: whatever is done for him asks it whether his session still holds."""


class Authenticator:
    """Tells who holds a token. One for the process: whom it told before, it remembers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._actors: OrderedDict[bytes, Actor] = OrderedDict()

    async def authenticate(self, authorization: str | None, at: datetime) -> Actor:
        """Who holds the token; without one a stranger. Raises Unauthenticated for a token that is not good (any
        more)."""
        if authorization is None:
            return STRANGER
        token = _token_of(authorization)
        if token is None:
            raise Unauthenticated

        async def find() -> Actor | None:
            async with self._services.db.write() as session:  # it keeps the session awake
                return await sessions.authenticate(session, token, at, idle=self._services.settings.session_idle)

        try:
            actor = await persist(find)  # which may be done twice
        except DatabaseAway as away:  # whatever became of this transaction, nothing was done for the caller
            raise DatabaseAway(str(away)) from away
        if actor is None:
            self._actors.pop(sessions.digest(token), None)
            raise Unauthenticated
        self._actors[sessions.digest(token)] = actor
        if len(self._actors) > MOST_CACHED:
            self._actors.popitem(last=False)
        return actor

    def cached(self, authorization: str | None, at: datetime) -> Actor | None:
        """Who held the token when it was last authenticated. For what asks ``sessions.HOLDS`` itself."""
        token = authorization and _token_of(authorization)
        actor = self._actors.get(sessions.digest(token)) if token else None
        return actor if actor and actor.holds_until and at < actor.holds_until else None


def _token_of(authorization: str) -> str | None:
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None

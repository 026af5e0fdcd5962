"""What a request carries from the edge to the resolvers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from core.actor import CHINA, Actor
from core.db import Database
from core.files import FileStore
from core.identity.hash_queue import HashQueue
from core.messages import Language
from core.rulesets.versions import Rulesets
from core.settings import Settings


@dataclass(frozen=True)
class Services:
    """What lives as long as the process: built once at start, shared by all requests."""

    settings: Settings
    db: Database
    rulesets: Rulesets
    files: FileStore
    documents: Mapping[str, str]
    """Trusted GraphQL documents by their ids."""
    examples: Mapping[str, str] = field(default_factory=dict[str, str])
    """The texts of the worked examples beside the rules in force, by city."""
    rules_notes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Cities whose files cannot be used, and what is served instead."""
    listed: Collection[str] = ()
    """The texts of the documents that strangers may send, where they may send no others."""
    hashes: HashQueue = field(default_factory=HashQueue)


class Context:
    """One request: who asks, when, in which language, and the loaders that batch its look-ups."""

    def __init__(
        self,
        services: Services,
        *,
        actor: Actor,
        at: datetime,
        request_id: str,
        language: Language = "zh",
        find_source: Callable[[], bytes] = bytes,
    ) -> None:
        self.services = services
        self.actor = actor
        self.at = at
        self.request_id = request_id
        self.language: Language = language
        self.loaders: dict[Any, DataLoader[Any, Any]] = {}
        self.retry_after: int | None = None
        """Seconds, where something was refused for being asked too often."""
        self._find_source = find_source

    @cached_property
    def source(self) -> bytes:
        """The digest of where the request comes from; found when it is asked for, which is seldom."""
        return self._find_source()

    @property
    def db(self) -> Database:
        return self.services.db

    @property
    def rulesets(self) -> Rulesets:
        return self.services.rulesets

    @property
    def on(self) -> date:
        return self.at.astimezone(CHINA).date()


Info = strawberry.Info[Context, None]
"""The ``info`` argument of every resolver."""

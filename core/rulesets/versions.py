"""Every ruleset that was ever loaded, by content: a case goes on under the one it began with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.access import Public
from core.db import Base, Database
from core.errors import NotFound
from core.rulesets import loading
from core.rulesets.hooks import Hooks, MissingHooks, NoHooks
from core.rulesets.ruleset import Ruleset


class RulesetVersion(Base, Public):
    """One content of a city's rules: its own file and the files under it, exactly as they were read."""

    __tablename__ = "ruleset_version"

    city: Mapped[str]
    region_code: Mapped[str]
    version: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    layers: Mapped[list[Any]]
    hooks_source: Mapped[str]
    first_loaded_at: Mapped[datetime]


class Rulesets:
    """The rules in force, by city, and the earlier ones that cases still run under."""

    def __init__(self, current: Sequence[Ruleset]) -> None:
        self._current = {ruleset.city: ruleset for ruleset in current}
        self._by_digest = {ruleset.ref.digest: ruleset for ruleset in current}
        self._ids: dict[str, int] = {}
        self._digests: dict[int, str] = {}

    @property
    def cities(self) -> Sequence[Ruleset]:
        """Every city's current ruleset; the national base is not a city."""
        return [ruleset for ruleset in self._current.values() if ruleset.own.ruleset.level != "national"]

    @property
    def national(self) -> Ruleset:
        return self._current["national"]

    def of(self, city: str) -> Ruleset:
        """The current rules of a city, by its code (``benxi``) or its region code (``210500``); raises NotFound."""
        for ruleset in self._current.values():
            if city in (ruleset.city, ruleset.own.ruleset.region):
                return ruleset
        raise NotFound("Ruleset", city)

    def version_id(self, ruleset: Ruleset) -> int:
        return self._ids[ruleset.ref.digest]

    async def remember(self, db: Database, at: datetime) -> None:
        """Store every current content that was not seen before, and learn the ids of all."""
        async with db.write() as session:
            for ruleset in self._current.values():
                await session.execute(
                    insert(RulesetVersion)
                    .values(
                        city=ruleset.city,
                        region_code=ruleset.own.ruleset.region,
                        version=ruleset.ref.version,
                        digest=ruleset.ref.digest,
                        layers=[content.decode() for content in ruleset.contents],
                        hooks_source=ruleset.hooks_source.decode(),
                        first_loaded_at=at,
                    )
                    .on_conflict_do_nothing(index_elements=["digest"])
                )
            for id, digest in (await session.execute(select(RulesetVersion.id, RulesetVersion.digest))).all():
                self._ids[digest] = id
                self._digests[id] = digest

    async def get_pinned(self, session: AsyncSession, version_id: int) -> Ruleset:
        """The rules a case began under, whatever is in force now.

        A content that is not loaded is read from where it was stored. Its hooks run only where today's hooks have the
        very same source; otherwise decisions that need them are undecided.
        """
        digest = self._digests.get(version_id)
        if digest in self._by_digest:
            return self._by_digest[digest]
        stored = await session.get_one(RulesetVersion, version_id)
        layers = [loading.read_layer(text.encode(), f"{stored.city}@{stored.version}") for text in stored.layers]
        hooks = self._hooks_of(stored)
        ruleset = loading.join(layers, hooks=hooks, hooks_source=stored.hooks_source.encode())
        self._by_digest[stored.digest] = ruleset
        self._digests[version_id] = stored.digest
        return ruleset

    def _hooks_of(self, stored: RulesetVersion) -> Hooks:
        """The hooks the version ran with: today's where their source is the same, none where it had none."""
        if not stored.hooks_source:
            return NoHooks()
        current = self._current.get(stored.city)
        same = current is not None and current.hooks_source.decode() == stored.hooks_source
        return current.hooks if current and same else MissingHooks()

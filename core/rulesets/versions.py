"""Every ruleset that was ever loaded, by content: a case goes on under the one it began with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, select, tuple_
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
    examples: Mapped[str | None]
    """The ``tests.yaml`` it was last loaded with; null where there was none."""
    first_loaded_at: Mapped[datetime]
    last_loaded_at: Mapped[datetime]

    @property
    def own(self) -> str:
        """The city's own file, without those under it."""
        return self.layers[0]

    def revive(self, hooks: Hooks) -> Ruleset:
        """The rules as they were, with hooks that have the same source. Raises RulesetInvalid where this release reads
        that content no more."""
        layers = [loading.read_layer(text.encode(), f"{self.city}@{self.version}") for text in self.layers]
        return loading.join(layers, hooks=hooks, hooks_source=self.hooks_source.encode())


async def find_last(session: AsyncSession, city: str) -> RulesetVersion | None:
    """What was last in force in a city, None where it never had rules here."""
    versions = select(RulesetVersion).where(RulesetVersion.city == city)
    return await session.scalar(versions.order_by(RulesetVersion.last_loaded_at.desc(), RulesetVersion.id.desc()))


async def find_renamed(session: AsyncSession, rulesets: Iterable[Ruleset]) -> Mapping[str, RulesetVersion]:
    """By city, a stored content under the ruleset's own version number that is another one, and under which there are
    cases."""
    by_city = {ruleset.city: ruleset for ruleset in rulesets}
    numbers = [(ruleset.city, ruleset.ref.version) for ruleset in by_city.values()]
    same_number = select(RulesetVersion).where(
        tuple_(RulesetVersion.city, RulesetVersion.version).in_(numbers),
        RulesetVersion.digest.not_in([ruleset.ref.digest for ruleset in by_city.values()]),
    )
    others = [other for other in await session.scalars(same_number) if not _says_the_same(other, by_city[other.city])]
    if not others:
        return {}
    with_cases = select(RulesetVersion.id).where(RulesetVersion.id.in_([other.id for other in others]), has_cases())
    used = set(await session.scalars(with_cases))
    return {other.city: other for other in sorted(others, key=lambda other: -other.id) if other.id in used}


def _says_the_same(stored: RulesetVersion, ruleset: Ruleset) -> bool:
    """Only what stands under it may differ."""
    return (stored.own, stored.hooks_source) == (ruleset.contents[0].decode(), ruleset.hooks_source.decode())


def has_cases() -> ColumnElement[bool]:
    """Of a version: whether a row of any table refers to it."""
    referring = [
        exists(column.table.select().where(column == RulesetVersion.id))
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column is RulesetVersion.__table__.c.id for key in column.foreign_keys)
    ]
    return or_(false(), *referring)


async def remember(
    session: AsyncSession, rulesets: Iterable[Ruleset], at: datetime, examples: Mapping[str, str]
) -> None:
    """Store every content that was not seen before, with the city's worked examples, and that all are in force now."""
    rows = [
        {
            "city": ruleset.city,
            "region_code": ruleset.own.ruleset.region,
            "version": ruleset.ref.version,
            "digest": ruleset.ref.digest,
            "layers": [content.decode() for content in ruleset.contents],
            "hooks_source": ruleset.hooks_source.decode(),
            "examples": examples.get(ruleset.city),
            "first_loaded_at": at,
            "last_loaded_at": at,
        }
        for ruleset in rulesets
    ]
    store = insert(RulesetVersion).values(rows)
    again = {"last_loaded_at": store.excluded.last_loaded_at, "examples": store.excluded.examples}
    await session.execute(store.on_conflict_do_update(index_elements=["digest"], set_=again))


class Rulesets:
    """The rules in force, by city, and the earlier ones that cases still run under."""

    def __init__(self, current: Sequence[Ruleset], removed: Sequence[Ruleset] = ()) -> None:
        """``removed`` are cities that have cases and no rules any more: as they were last."""
        self._current = {ruleset.city: ruleset for ruleset in current}
        self._removed = removed
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
        """The current rules of a city, by its code (``benxi``) or its region code (``210500``); raises NotFound.

        The national base is no city: nobody registers, applies or signs in there."""
        return _find(city, self.cities)

    def of_any(self, code: str) -> Ruleset:
        """The same to read them: the national base's as well."""
        return _find(code, self._current.values())

    def of_regions(self, region_codes: Iterable[str]) -> Sequence[Ruleset]:
        """Those that are in force in any of these regions."""
        wanted = set(region_codes)
        return [ruleset for ruleset in self.cities if ruleset.own.ruleset.region in wanted]

    def of_case(self, city: str) -> Ruleset:
        """By code or region code, for what goes on in a case that is there already: a removed city's, too."""
        return _find(city, [*self._current.values(), *self._removed])

    def version_id(self, ruleset: Ruleset) -> int:
        return self._ids[ruleset.ref.digest]

    async def learn_ids(self, db: Database) -> None:
        async with db.read_everything() as session:
            for id, digest in (await session.execute(select(RulesetVersion.id, RulesetVersion.digest))).all():
                self._ids[digest] = id
                self._digests[id] = digest

    async def get_all_pinned(self, db: Database, version_ids: Iterable[int]) -> Mapping[int, Ruleset]:
        """The rules of many cases; nothing is asked of the database where all of them are loaded."""
        ids = set(version_ids)
        loaded = {id: self._by_digest[digest] for id in ids if (digest := self._digests.get(id)) in self._by_digest}
        if loaded.keys() < ids:
            async with db.read_everything() as session:
                loaded |= {id: await self.get_pinned(session, id) for id in ids - loaded.keys()}
        return loaded

    async def get_pinned(self, session: AsyncSession, version_id: int) -> Ruleset:
        """The rules a case began under, whatever is in force now.

        A content that is not loaded is read from where it was stored. Its hooks run only where today's hooks have the
        very same source; otherwise decisions that need them are undecided.
        """
        digest = self._digests.get(version_id)
        if digest in self._by_digest:
            return self._by_digest[digest]
        stored = await session.get_one(RulesetVersion, version_id)
        ruleset = stored.revive(self._hooks_of(stored))
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


def _find(city: str, rulesets: Iterable[Ruleset]) -> Ruleset:
    for ruleset in rulesets:
        if city in (ruleset.city, ruleset.own.ruleset.region):
            return ruleset
    raise NotFound("Ruleset", city)

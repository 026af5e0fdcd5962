"""Which rules are in force: one set for all processes of ``anxin serve``, whatever becomes of the files meanwhile.

Whoever starts first (``serve``, or a command or worker by itself) reads the files, plays their worked examples, and
stores each city's content. ``serve`` then tells the processes it begins the digests, and these load what was stored; a
process that begins anew after a file was broken serves what the others serve. Hooks are never read from the database:
those of the city's file run, and only if it is the very source that was stored.

A city that cannot be used is served as it was last stored, or not at all, and is named in the log and by ``/readyz``.
Without the national base nothing starts.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from core.rulesets import versions, worked_examples
from core.rulesets.hooks import MissingHooks
from core.rulesets.language.diagnostics import RulesetInvalid
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets, RulesetVersion
from plugins import cities
from plugins.cities import Place

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ServedRules:
    """The rules in force, and in a word what is wrong with the cities that have others than their files say."""

    rulesets: Rulesets
    notes: Mapping[str, str]
    examples: Mapping[str, str]
    """Their ``tests.yaml``, by city."""

    def told(self) -> str:
        """As the setting ``served_rules`` has it."""
        current = {ruleset.city: ruleset.ref.digest for ruleset in (self.rulesets.national, *self.rulesets.cities)}
        return orjson.dumps({"digests": current, "notes": self.notes}).decode()


def publish(url: str, extra: Path | None, *, strict: bool) -> ServedRules:
    """Read, check and store the rules before anything is served: for the process that begins all others. Raises
    RulesetInvalid."""

    async def run() -> ServedRules:
        db = Database(url)
        try:
            return await from_files(db, extra, strict=strict)
        finally:
            await db.close()

    return asyncio.run(run())


async def from_files(db: Database, extra: Path | None, *, strict: bool = False) -> ServedRules:
    """The rules as their files say, and as stored where a file cannot be used. ``strict``: nor can one whose version
    number stands for another content under which there are cases; else that is only warned of. Raises RulesetInvalid
    for the national base."""
    places = cities.find_places(extra)
    found, unusable = cities.load_each(places)
    broken = {city: "; ".join(map(str, problems)) for city, problems in unusable.items()}
    examples = _read_examples(places)
    async with db.read_everything() as session:
        renamed = await versions.find_renamed(session, found)
        for ruleset in found:
            wrong = _play(ruleset, examples.get(ruleset.city, ""))
            if not wrong and (other := renamed.get(ruleset.city)):
                reason = (
                    f"版本号 {other.version} 已用于 {other.first_loaded_at:%Y-%m-%d} 的另一内容，且已有业务按其办理；"
                    "内容有变时请改版本号"
                )
                if strict:
                    wrong = reason
                else:
                    _log.warning("ruleset_version_reused", city=ruleset.city, reason=reason)
            if wrong and ruleset.city == cities.BASE:
                raise RulesetInvalid([cities.diagnose(ruleset.city, wrong)])
            if wrong:
                broken[ruleset.city] = wrong
        usable = [ruleset for ruleset in found if ruleset.city not in broken]
        stored = [one for city in sorted(broken) if (one := await _revive_last(session, city, extra))]
        stored_examples = _examples_of(await _find_all(session, [one.ref.digest for one in stored]))
        removed = await _find_removed(session, {*broken, *(ruleset.city for ruleset in usable)}, extra)
    notes = {
        city: next((f"served as stored ({one.ref.version})" for one in stored if one.city == city), "not served")
        for city in broken
    }
    for city, note in notes.items():
        _log.error("ruleset_broken", city=city, instead=note, reason=broken[city])
    rulesets = Rulesets([*usable, *stored], removed)
    async with db.write() as session:
        await versions.remember(session, usable, datetime.now(UTC), examples)
    await rulesets.learn_ids(db)
    in_force = {city: text for city, text in examples.items() if city not in broken}
    return ServedRules(rulesets, notes, {**in_force, **stored_examples})


async def from_store(db: Database, told: str, extra: Path | None) -> ServedRules:
    """The rules that ``serve`` told its processes of. Raises RulesetInvalid."""
    said = orjson.loads(told)
    digests: Mapping[str, str] = said["digests"]
    notes: dict[str, str] = dict(said["notes"])
    async with db.read_everything() as session:
        by_city = {stored.city: stored for stored in await _find_all(session, digests.values())}
        current: list[Ruleset] = []
        for city in digests:
            ruleset = _revive(by_city[city], extra)
            if isinstance(ruleset.hooks, MissingHooks):
                notes[city] = "its hooks.py is another one by now: what needs it is undecided"
                _log.error("hooks_refused", city=city, digest=digests[city])
            current.append(ruleset)
        removed = await _find_removed(session, {*digests, *notes}, extra)
    rulesets = Rulesets(current, removed)
    await rulesets.learn_ids(db)
    return ServedRules(rulesets, notes, _examples_of(by_city.values()))


async def _find_all(session: AsyncSession, digests: Iterable[str]) -> Sequence[RulesetVersion]:
    wanted = list(digests)
    if not wanted:
        return []
    return (await session.scalars(select(RulesetVersion).where(RulesetVersion.digest.in_(wanted)))).all()


def _examples_of(stored: Iterable[RulesetVersion]) -> Mapping[str, str]:
    return {one.city: one.examples for one in stored if one.examples}


def _revive(stored: RulesetVersion, extra: Path | None) -> Ruleset:
    return stored.revive(cities.find_hooks(stored.city, stored.hooks_source.encode(), extra))


async def _revive_last(session: AsyncSession, city: str, extra: Path | None) -> Ruleset | None:
    stored = await versions.find_last(session, city)
    if stored is None:
        return None
    try:
        return _revive(stored, extra)
    except RulesetInvalid:  # of an earlier release, that this one reads no more
        return None


async def _find_removed(session: AsyncSession, known: set[str], extra: Path | None) -> Sequence[Ruleset]:
    """Cities with cases, without rules: as they were last."""
    others = select(RulesetVersion.city).where(RulesetVersion.city.not_in(known)).distinct()
    if not (gone := (await session.scalars(others)).all()):
        return []
    used = others.where(RulesetVersion.city.in_(gone), versions.has_cases())
    return [one for city in (await session.scalars(used)).all() if (one := await _revive_last(session, city, extra))]


def _read_examples(places: Iterable[Place]) -> Mapping[str, str]:
    files = {place.city: place.folder / "tests.yaml" for place in places}
    return {city: file.read_text("utf-8", errors="replace") for city, file in files.items() if file.is_file()}


_played: dict[tuple[str, str], str] = {}
"""By the digest of the rules and the text of the examples: played once in a process."""


def _play(ruleset: Ruleset, examples: str) -> str:
    """What is wrong with the worked examples, or nothing."""
    key = ruleset.ref.digest, examples
    if key not in _played:
        _played[key] = _find_difference(ruleset, examples) if examples else ""
    return _played[key]


def _find_difference(ruleset: Ruleset, examples: str) -> str:
    try:
        cases = worked_examples.read(examples.encode(), f"{ruleset.city}/tests.yaml", ruleset)
    except RulesetInvalid as invalid:
        return "; ".join(map(str, invalid.diagnostics))
    for case in cases:
        for difference in worked_examples.find_differences(case, ruleset):
            return f"算例“{case.name}”不符：{difference}"
    return ""

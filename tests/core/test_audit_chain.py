"""Whoever changes the record, the database's owner too, is found, and the entry named."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import PLATFORM, Actor, Role
from core.audit import trail
from core.audit.models import AuditEntry
from core.db import Database, deferred_writes
from core.identity.models import Enterprise, LoginGuard
from core.projects.models import Project
from core.rulesets.versions import Rulesets
from tests.helpers.platform import platform_act


async def breaks(session: AsyncSession, anchors: Any = None) -> list[trail.Break]:
    return [found async for found in trail.verify(session, anchors)]


CHAINS = ("210500", "440100", trail.PLATFORM_CHAIN)


@pytest.fixture
async def record(database: Database) -> Database:
    """A database with three chains of twenty entries."""
    at = datetime(2026, 11, 21, 3, tzinfo=UTC)
    dice = random.Random(1)
    async with database.write() as session:
        firm = Enterprise(name="演示建筑有限公司", uscc="91210500MA00000009")
        session.add(firm)
        await session.flush()
        for number in range(60):
            actor = Actor(number % 5 + 1, "张三", firm.id, Role.HANDLER) if number % 7 else PLATFORM
            subject: Any = Project(id=number + 1, region_code=CHAINS[number % 3], applicant_id=firm.id)
            if CHAINS[number % 3] == trail.PLATFORM_CHAIN:
                subject = LoginGuard(id=number + 1)
            moment = at + timedelta(seconds=number, microseconds=dice.randrange(10**6))
            trail.record(
                Act(session, Rulesets([]), actor, moment, f"r{number}"),
                "project.enter",
                subject,
                before={"name": None},
                after={"name": f"项目{number}", "at": at, "amount": dice.randrange(10**9), "parts": ["一", "二"]},
                reason="原因" if number % 2 else None,
                ruleset_digest="d" * 64,
            )
    return database


async def test_an_untouched_record_is_whole(record: Database):
    async with record.read_everything() as session:
        assert await breaks(session) == []
        kept = await trail.read_heads(session)
        assert await breaks(session, kept) == []
        assert {chain: number for chain, (number, _) in kept.items()} == dict.fromkeys(CHAINS, 20)


OTHER = {
    "id": "id + 1000000",
    "at": "at + interval '1 microsecond'",
    "chain": "'350200'",
    "number": "number + 1000",
    "region_code": "'350200'",
    "account_id": "coalesce(account_id, 0) + 1",
    "submitter_id": "coalesce(submitter_id, 0) + 1",
    "subject_id": "subject_id + 1",
    "applicant_id": "CASE WHEN applicant_id IS NULL THEN 1 END",
    "office_id": "1",
    "authority_id": "1",
    "role": "CASE WHEN role IS NULL THEN 'handler' END",
    "reason": "CASE WHEN reason IS NULL THEN '原因' END",
    "before": 'before || \'{"name": "旧名"}\'',
    "after": 'after || \'{"name": "新名"}\'',
    "previous": "sha256(previous)",
    "digest": "sha256(digest)",
    "ruleset_digest": "NULL",
}
"""How each column is changed; texts not named here get a letter more."""
COLUMNS = [column.key for column in AuditEntry.__table__.columns]


async def tamper(session: AsyncSession, how: str, chain: str, number: int, dice: random.Random) -> set[tuple[str, int]]:
    """Does to an entry what the database's owner can; the places one of which must be named."""
    at = {"chain": chain, "number": number}
    here = "WHERE chain = :chain AND number = :number"
    if how == "delete":
        await session.execute(text(f"DELETE FROM audit_entry {here}"), at)
        return {(chain, number)}
    if how == "insert":
        copied = ", ".join(column for column in COLUMNS if column not in ("id", "number"))
        await session.execute(
            text(f"INSERT INTO audit_entry (number, {copied}) SELECT 21, {copied} FROM audit_entry {here}"), at
        )
        return {(chain, 21)}
    if how == "squeeze in":
        await session.execute(
            text("UPDATE audit_entry SET number = -number - 1 WHERE chain = :chain AND number >= :number"), at
        )
        await session.execute(text("UPDATE audit_entry SET number = -number WHERE number < 0"))
        copied = ", ".join(column for column in COLUMNS if column not in ("id", "number"))
        await session.execute(
            text(
                f"INSERT INTO audit_entry (number, {copied}) SELECT :number, {copied} FROM audit_entry "
                "WHERE chain = :chain AND number = :number + 1"
            ),
            at,
        )
        await session.execute(text("UPDATE audit_head SET number = 21 WHERE chain = :chain"), at)
        return {(chain, number), (chain, number + 1)}
    if how == "reorder":
        other = dice.choice([n for n in range(1, 21) if n != number])
        swap = "UPDATE audit_entry SET number = CASE number WHEN :a THEN :b ELSE :a END"
        await session.execute(text("ALTER TABLE audit_entry DROP CONSTRAINT uq_audit_entry_chain_number"))
        await session.execute(
            text(f"{swap} WHERE chain = :chain AND number IN (:a, :b)"), {"chain": chain, "a": number, "b": other}
        )
        return {(chain, number), (chain, other)}
    if how == "cut":
        await session.execute(text("DELETE FROM audit_entry WHERE chain = :chain AND number >= :number"), at)
        await session.execute(
            text(
                "UPDATE audit_head SET (number, digest) = (SELECT number, digest FROM audit_entry "
                "WHERE chain = :chain AND number = :number - 1) WHERE chain = :chain"
            ),
            at,
        )
        return {(chain, number - 1)}
    assert how in COLUMNS
    changed = OTHER.get(how, f"{how} || 'x'")
    await session.execute(text(f"UPDATE audit_entry SET {how} = {changed} {here}"), at)
    return {(chain, number)}


async def test_whatever_the_databases_owner_does_is_found_and_the_entry_named(record: Database):
    dice = random.Random(20261121)
    ways = [*COLUMNS, "delete", "insert", "squeeze in", "reorder", "cut"]
    async with record.read_everything() as session:
        anchors = await trail.read_heads(session)
    for attempt in range(2 * len(ways)):
        how, chain, number = ways[attempt % len(ways)], dice.choice(CHAINS), dice.randint(2, 20)
        async with record.read_everything() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no foreign keys
            places = await tamper(session, how, chain, number, dice)
            found = await breaks(session, anchors)
            assert {(one.chain, one.number) for one in found} & places, (how, chain, number, found)
            await session.rollback()
    async with record.read_everything() as session:
        assert await breaks(session, anchors) == []


@pytest.mark.parametrize(
    ("change", "relaxed"),
    [
        ("at = 'infinity'", ""),
        ("at = '10000-01-01'", ""),
        ("at = '0044-03-15 BC'", ""),
        ("at = NULL", "at"),
        ("after = jsonb_build_object('amount', repeat('9', 5000)::numeric)", ""),
        ("after = (repeat('[', 3000) || repeat(']', 3000))::jsonb", ""),
        ("after = '1'", ""),
        ("after = 'null'", ""),
        ("before = NULL", "before"),
        ("number = NULL", "number"),
        ("chain = NULL", "chain"),
        ("digest = NULL", "digest"),
        ("previous = NULL", "previous"),
    ],
)
async def test_an_entry_is_named_whatever_is_written_into_it(record: Database, change: str, relaxed: str):
    async with record.read_everything() as session:
        anchors = await trail.read_heads(session)
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        if relaxed:
            await session.execute(text(f"ALTER TABLE audit_entry ALTER COLUMN {relaxed} DROP NOT NULL"))
        await session.execute(text(f"UPDATE audit_entry SET {change} WHERE chain = '210500' AND number = 7"))
        found = {(one.chain, one.number) for one in await breaks(session, anchors)}
        missing = {"number": ("210500", 21), "chain": ("210500", 7)}  # the last of its chain, and a gap in it
        assert missing.get(relaxed, ("210500", 7)) in found
        await session.rollback()


async def test_a_chain_rewritten_with_fitting_digests_is_found_by_its_anchor(record: Database):
    async with record.read_everything() as session:
        anchors = await trail.read_heads(session)
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("DELETE FROM audit_entry WHERE chain = '210500' AND number = 20"))
        await session.execute(
            text("UPDATE audit_head SET number = 19, digest = :d WHERE chain = '210500'"),
            {"d": await session.scalar(text("SELECT digest FROM audit_entry WHERE chain = '210500' AND number = 19"))},
        )
        assert await breaks(session) == []
        forged = Project(id=99, region_code="210500", applicant_id=1)
        trail.record(platform_act(session), "project.enter", forged)
        await deferred_writes.write_now(session)
        assert await breaks(session) == []
        [found] = await breaks(session, anchors)
        assert (found.chain, found.number) == ("210500", 20)
        assert "锚点" in found.reason
        await session.execute(text("DELETE FROM audit_entry WHERE chain = '440100'"))
        await session.execute(text("DELETE FROM audit_head WHERE chain = '440100'"))
        assert {found.chain for found in await breaks(session, anchors)} == {"210500", "440100"}


async def unlocked(database: Database, subject: Any) -> None:
    async with database.write() as session:
        trail.record(platform_act(session), "identity.unlock", subject)


async def test_acts_that_begin_a_chain_at_the_same_time_are_all_in_it(database: Database):
    await asyncio.gather(*(unlocked(database, LoginGuard(id=number)) for number in range(1, 9)))
    async with database.read_everything() as session:
        assert await breaks(session) == []
        assert {chain: number for chain, (number, _) in (await trail.read_heads(session)).items()} == {"platform": 8}


async def test_an_act_that_began_a_chain_and_failed_leaves_it_to_the_next(database: Database):
    async with database.read_everything() as session:  # which commits nothing
        trail.record(platform_act(session), "identity.unlock", LoginGuard(id=1))
        await deferred_writes.write_now(session)
    await unlocked(database, LoginGuard(id=1))
    async with database.read_everything() as session:
        assert await breaks(session) == []


async def test_without_the_head_of_its_chain_nothing_is_done(record: Database):
    async with record.write() as session:
        await session.execute(text("DELETE FROM audit_head WHERE chain = 'platform'"))
    with pytest.raises(psycopg.errors.NotNullViolation):
        await unlocked(record, LoginGuard(id=99))
    async with record.read_everything() as session:
        assert {one.reason for one in await breaks(session)} == {"链尾与记录不符"}


async def test_an_act_that_gives_up_waiting_for_its_chain_leaves_nothing(record: Database):
    async with record.write() as rival:
        await rival.execute(text("SELECT FROM audit_head WHERE chain = 'platform' FOR UPDATE"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await unlocked(record, LoginGuard(id=98))
    await asyncio.gather(*(unlocked(record, LoginGuard(id=99)) for _ in range(4)))  # by the same connections
    async with record.read_everything() as session:
        assert await breaks(session) == []
        assert (await trail.read_heads(session))["platform"][0] == 24
        assert (await session.scalars(select(AuditEntry).where(AuditEntry.subject_id == 98))).all() == []

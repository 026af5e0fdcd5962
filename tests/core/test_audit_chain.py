"""Whoever changes the record, the database's owner too, is found, and the entry named."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import PLATFORM, Actor, Role
from core.audit import signing, trail
from core.audit.models import AuditEntry, AuditHead
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


WRITTEN: list[tuple[str, dict[str, Any]]] = [
    (
        "238066f48c9581aec10bdf152c10b08c3b4ef3a6bbe9f293cf92087038b9239e",
        {
            "applicant_id": 7,
            "office_id": 8,
            "authority_id": 9,
            "account_id": 5,
            "actor_name": "张三",
            "role": "handler",
            "after": {"name": "项目“一”", "amount": "100.00"},
            "ruleset_digest": "dddddddd",
        },
    ),
    (
        "8192f81cc2aa3d5c32fd5a20c874348b0ff03d185cb1fa40f49f3e7e7d96f220",
        {
            "office_id": 8,
            "account_id": 5,
            "submitter_id": 5,
            "actor_name": "张三",
            "role": "handler",
            "act": "certification.submit",
            "subject_type": "Certification",
            "reason": "原因",
            "ruleset_digest": "dddddddd",
        },
    ),
    (
        "2156eae6c90c18935d454317ab47d32936ca62348a74c88bd104c1b24a8d7b42",
        {
            "applicant_id": 7,
            "authority_id": 9,
            "actor_name": "平台",
            "before": {"state": "draft"},
            "after": {"parts": ["一", 2], "at": None},
        },
    ),
]
"""A chain as releases before wrote it: the digest of each entry, and what it said."""


async def test_a_chain_that_an_earlier_release_wrote_is_whole(database: Database):
    previous = bytes(32)
    async with database.read_everything() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))  # nobody else is there
        for number, (digest, said) in enumerate(WRITTEN, 1):
            given = {"act": "project.enter", "subject_type": "Project", "before": {}, "after": {}, **said}
            given |= {"id": 40 + number, "chain": "210500", "region_code": "210500", "request_id": "r1"}
            at = datetime(2026, 11, 27, 3, 0, number, 250000, tzinfo=UTC)
            entry = AuditEntry(**given, number=number, at=at, subject_id=number, previous=previous)
            previous = entry.digest = bytes.fromhex(digest)
            session.add(entry)
        session.add(AuditHead(chain="210500", number=3, digest=previous))
        await session.flush()
        assert await breaks(session) == []
        await session.execute(text("UPDATE audit_entry SET office_id = 9 WHERE number = 2"))
        assert [one.number for one in await breaks(session)] == [2]
        await session.rollback()


def test_every_column_of_an_entry_is_digested():
    """One that is not stands here, by name: whoever adds it, or takes it out of the digest, says so."""
    assert set(COLUMNS) - set(trail._DIGESTED) == {"digest"}


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


async def rewrite(session: AsyncSession, chain: str, first: int) -> None:
    """Change an entry and compute its digest and all behind it anew, as whoever owns the database can."""
    entries = select(AuditEntry).where(AuditEntry.chain == chain, AuditEntry.number >= first - 1)
    known, *behind = await session.scalars(entries.order_by(AuditEntry.number))
    previous = known.digest
    for entry in behind:
        entry.previous, entry.actor_name = previous, "某人" if entry.number == first else entry.actor_name
        previous = trail._digest(trail._told({name: getattr(entry, name) for name in trail._DIGESTED}))
        entry.digest = previous
    await session.flush()
    await session.execute(update(AuditHead).where(AuditHead.chain == chain).values(digest=previous))


async def cut(session: AsyncSession, chain: str, first: int) -> None:
    await session.execute(delete(AuditEntry).where(AuditEntry.chain == chain, AuditEntry.number >= first))
    last = select(AuditEntry.number, AuditEntry.digest).where(AuditEntry.chain == chain, AuditEntry.number == first - 1)
    if kept := (await session.execute(last)).one_or_none():
        await session.execute(update(AuditHead).where(AuditHead.chain == chain).values(number=kept[0], digest=kept[1]))
    else:
        await session.execute(delete(AuditHead).where(AuditHead.chain == chain))


async def test_what_was_computed_anew_or_cut_is_found_by_the_signed_heads(record: Database):
    key, at = Ed25519PrivateKey.generate(), datetime(2026, 11, 28, 3, tzinfo=UTC)
    async with record.read_everything() as session:
        ten = dict((await session.execute(select(AuditEntry.chain, AuditEntry.digest).filter_by(number=10))).all())
        twenty = await trail.read_heads(session)
    heads = [{chain: (10, digest.hex()) for chain, digest in ten.items()}, twenty, twenty]
    lines = [signing.sign(one, at + timedelta(hours=hour), key) for hour, one in enumerate(heads)]
    proof = signing.read_signed(lines, key.public_key())
    assert (len(proof.signed), proof.wrong_lines) == (3, [])
    for do, first, number, reason in (
        (rewrite, 18, 11, "第 11 至 20 条中有内容在 2026-11-28 12:00 签名之后被改写"),
        (rewrite, 10, 1, "第 1 至 10 条中有内容在 2026-11-28 11:00 签名之后被改写"),
        (cut, 16, 16, "第 16 至 20 条在 2026-11-28 12:00 签名之后被截去"),
        (cut, 1, 0, "整条链不见了，2026-11-28 12:00 签名时有 20 条"),
    ):
        async with record.read_everything() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await do(session, "210500", first)
            assert await breaks(session) == []
            found = [one async for one in trail.verify(session, signed=proof.signed)]
            assert found[-1] == trail.Break("210500", number, reason)
            await session.rollback()
    async with record.read_everything() as session:
        assert [one async for one in trail.verify(session, signed=proof.signed)] == []


def test_a_line_that_was_changed_or_that_another_signed_proves_nothing():
    key, at = Ed25519PrivateKey.generate(), datetime(2026, 11, 28, tzinfo=UTC)
    line = signing.sign({"210500": (20, "ab")}, at, key)
    lines = [
        line.replace("20,", "19,"),
        line.replace("210500", "210600"),
        line.replace("2026", "2025"),
        signing.sign({"210500": (20, "ab")}, at, Ed25519PrivateKey.generate()),
        "\n",
        "{}",
        "[1]",
        line[:-9],
        line,
    ]
    proof = signing.read_signed(lines, key.public_key())
    assert proof.wrong_lines == [1, 2, 3, 4, 6, 7, 8]
    assert proof.signed == [signing.SignedHeads(at, {"210500": (20, "ab")})]

"""M1 in SQL, for those who compare themselves with us, and the proof that they write what we write."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from core.audit import trail
from core.db import Database

TABLES = (
    "deposit_use",
    "kept_decision",
    "message",
    "procrastinate_jobs",
    "procrastinate_events",
    "audit_entry",
)
_OURS = """
    SELECT used.office_id AS office, used.replenish_by, used.replenish_provisional AS provisional,
           used.recorded_by_id AS account, entry.actor_name AS name, entry.ruleset_digest AS digest,
           kept.body AS decision, split_part(kept.body #>> '{because,0,sentence}', '：', 2) AS period
    FROM deposit_use AS used
    JOIN audit_entry AS entry ON entry.subject_type = 'DepositUse' AND entry.subject_id = used.id
    JOIN kept_decision AS kept ON kept.case_type = 'DepositUse' AND kept.case_id = used.id
    ORDER BY used.id DESC LIMIT 1"""


def install(dsn: str) -> None:
    """Make the function of ``act.sql``, with what the rules decided when our own server last acted."""
    template = Path(__file__).with_name("act.sql").read_text("utf-8")
    with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as connection:
        given: dict[str, Any] = connection.execute(_OURS).fetchone() or {}
        given["decision"] = Jsonb(given["decision"])
        literals = {name: sql.Literal(value) for name, value in given.items()}
        connection.execute(sql.SQL(template).format(**literals))  # pyright: ignore[reportArgumentType] -- a file of ours


def rows(dsn: str) -> Mapping[str, int]:
    """How many rows each table has that the act writes to."""
    counts = [sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(name)) for name in TABLES]
    with psycopg.connect(dsn) as connection:
        found = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(counts))).fetchone()
    return dict(zip(TABLES, found or (), strict=True))


async def heads(url: str) -> Mapping[str, int]:
    """The number of the last entry of each chain of the audit trail."""
    db = Database(url)
    async with db.read_everything() as session:
        found = {chain: number for chain, (number, _) in (await trail.heads(session)).items()}
    await db.close()
    return found


async def breaks(url: str, since: Mapping[str, int]) -> list[trail.Break]:
    """Where the audit trail does not hold after those heads: nowhere, if everybody's entries are as ours. The data
    that were made before have a trail that only looks like one."""
    db = Database(url)
    async with db.read_everything() as session:
        found = [found async for found in trail.verify(session) if found.number > since.get(found.chain, 0)]
    await db.close()
    return found

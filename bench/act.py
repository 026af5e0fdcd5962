"""M1 in SQL, for those who compare themselves with us, and the proof that they write what we write."""

from collections.abc import Collection, Mapping, Sequence
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
_NEW = {
    *("id", "at", "kept_at", "recorded_at", "written_at", "scheduled_at"),
    *("number", "previous", "digest", "request_id"),
}
_REFERS_TO = {
    "subject_id": "deposit_use",
    "about_id": "deposit_use",
    "message_id": "message",
    "job_id": "procrastinate_jobs",
}
_OURS = """
    SELECT used.office_id AS office, used.replenish_by, used.replenish_provisional AS provisional,
           used.recorded_by_id AS account, entry.actor_name AS name, entry.ruleset_digest AS digest,
           kept.body AS decision, split_part(kept.body #>> '{because,0,sentence}', '：', 2) AS period
    FROM deposit_use AS used
    JOIN audit_entry AS entry ON entry.subject_type = 'DepositUse' AND entry.subject_id = used.id
    JOIN kept_decision AS kept ON kept.subject_type = 'DepositUse' AND kept.subject_id = used.id
    ORDER BY used.id DESC LIMIT 1"""


_DEPOSITS = """
    SELECT jsonb_build_object('state', deposit.state, 'used_amount', used_amount, 'replenish_by', deposit.replenish_by)
    FROM wage_deposit AS deposit JOIN deposit_use AS used ON used.wage_deposit_id = deposit.id
    WHERE used.id > %s ORDER BY used.id"""
"""What the uses made of their deposits."""
_SECURED = """
    UPDATE wage_deposit SET state = 'secured', used_amount = 0, replenish_by = NULL
    FROM deposit_use AS used WHERE used.wage_deposit_id = wage_deposit.id AND used.id > %s"""


def install_function(dsn: str) -> None:
    """Make the function of ``act.sql``, with what the rules decided when our own server last acted."""
    template = Path(__file__).with_name("act.sql").read_text("utf-8")
    with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as connection:
        given: dict[str, Any] = connection.execute(_OURS).fetchone() or {}
        given["decision"] = Jsonb(given["decision"])
        literals = {name: sql.Literal(value) for name, value in given.items()}
        connection.execute(sql.SQL(template).format(**literals))  # pyright: ignore[reportArgumentType] -- a file of ours


def last_ids(dsn: str) -> Mapping[str, int]:
    """The last row of each table that the act writes to."""
    last = [sql.SQL("(SELECT coalesce(max(id), 0) FROM {})").format(sql.Identifier(name)) for name in TABLES]
    with psycopg.connect(dsn) as connection:
        found = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(last))).fetchone()
    return dict(zip(TABLES, found or (), strict=True))


def rows_since(dsn: str, marks: Mapping[str, int]) -> Mapping[str, Sequence[Any]]:
    """By table, the rows after those, without what is new in every act: numbers of rows and notices, moments, digests,
    random names. What refers to another new row is true if it does."""
    found: dict[str, Sequence[Any]] = {}
    with psycopg.connect(dsn) as connection:
        for table in TABLES:
            query = sql.SQL("SELECT to_jsonb(new) FROM {} AS new WHERE id > %s ORDER BY id").format(
                sql.Identifier(table)
            )
            found[table] = [row for (row,) in connection.execute(query, [marks[table]])]
        found["wage_deposit"] = [row for (row,) in connection.execute(_DEPOSITS, [marks["deposit_use"]])]
    new = {table: {row["id"] for row in found[table]} for table in TABLES}
    notices = [row["notice_number"] for row in found["deposit_use"]]
    return {table: [_lasting_part(row, new, notices) for row in rows] for table, rows in found.items()}


def secure_again(dsn: str, marks: Mapping[str, int]) -> None:
    """The deposits that were used after those rows stand as before, for the next side to see and to use."""
    with psycopg.connect(dsn) as connection:
        connection.execute(_SECURED, [marks["deposit_use"]])


def _lasting_part(value: Any, new: Mapping[str, Collection[int]], notices: Sequence[str], key: str = "") -> Any:
    match value:
        case dict():
            parts = {name: _lasting_part(part, new, notices, name) for name, part in value.items()}
            return {name: part for name, part in parts.items() if name not in _NEW}
        case list():
            return [_lasting_part(part, new, notices) for part in value]
        case str() if key == "message_id":  # the mail's own, made of chance
            return value[-len("@anxin.invalid>") :]
        case str():
            for notice in notices:
                value = value.replace(notice, "…")
            return value
        case int() if key in _REFERS_TO:
            return value in new[_REFERS_TO[key]]
        case _:
            return value


async def chain_ends(url: str) -> Mapping[str, int]:
    """The number of the last entry of each chain of the audit trail."""
    db = Database(url)
    async with db.read_everything() as session:
        found = {chain: number for chain, (number, _) in (await trail.read_heads(session)).items()}
    await db.close()
    return found


async def find_breaks(url: str, since: Mapping[str, int]) -> list[trail.Break]:
    """Where the audit trail does not hold after those heads: nowhere, if everybody's entries are as ours. The data
    that were made before have a trail that only looks like one."""
    db = Database(url)
    async with db.read_everything() as session:
        found = [found async for found in trail.verify(session) if found.number > since.get(found.chain, 0)]
    await db.close()
    return found

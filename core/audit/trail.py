"""Appending to the trail and proving it whole."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import BindParameter, Table, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import Concerning
from core.acting import Act
from core.audit.models import AuditEntry, AuditHead
from core.db import Base

_START = b"\0" * 32
_ENTRIES = cast("Table", AuditEntry.__table__)
_HEADS = cast("Table", AuditHead.__table__)
_DIGESTED = [column.key for column in _ENTRIES.columns if column.key != "digest"]
PLATFORM_CHAIN = "platform"
"""The chain of acts that belong to no region: accounts, sessions."""


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=_ENTRIES.c[name].type)


# Written once, because SQLAlchemy takes longer to put them together than PostgreSQL to run them.
_NEXT_ID = func.nextval(func.pg_get_serial_sequence(_ENTRIES.name, "id"))
_END = select(_HEADS.c.number, _HEADS.c.digest, _NEXT_ID).where(_HEADS.c.chain == bindparam("of")).with_for_update()
_MOVED = update(_HEADS).where(_HEADS.c.chain == _new("chain")).values(number=_new("number"), digest=_new("digest"))
_APPEND = insert(_ENTRIES).values({name: _new(name) for name in (*_DIGESTED, "digest")}).add_cte(_MOVED.cte("moved"))


async def record(
    session: AsyncSession,
    act: Act,
    name: str,
    subject: Base,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    ruleset_digest: str | None = None,
) -> None:
    """Append what ``act`` did to ``subject`` (already flushed), in the act's own transaction. Call it last: the chain
    of the region is locked from here to the commit."""
    concerned = subject if isinstance(subject, Concerning) else None
    chain = concerned.region_code if concerned else PLATFORM_CHAIN
    number, previous, id = await _end_of(session, chain)
    entry: dict[str, Any] = {
        "id": id,
        "chain": chain,
        "number": number + 1,
        "at": act.at,
        "account_id": act.actor.account_id,
        "actor_name": act.actor.name,
        "role": act.actor.role,
        "act": name,
        "subject_type": type(subject).__name__,
        "subject_id": subject.id,
        "region_code": chain,
        "applicant_id": concerned.applicant_id if concerned else None,
        "office_id": concerned.office_id if concerned else None,
        "authority_id": concerned.authority_id if concerned else None,
        "before": _plain(before),
        "after": _plain(after),
        "reason": reason,
        "ruleset_digest": ruleset_digest,
        "request_id": act.request_id,
        "previous": previous,
    }
    entry["digest"] = _digest(entry)
    await session.execute(_APPEND, {f"new_{name}": value for name, value in entry.items()})


async def _end_of(session: AsyncSession, chain: str) -> tuple[int, bytes, int]:
    """Number and digest of the chain's last entry, locked, and the id of its next: the digest covers that too."""
    end = (await session.execute(_END, {"of": chain})).one_or_none()
    if end is None:
        begun = insert(_HEADS).values(chain=chain, number=0, digest=_START)
        await session.execute(begun.on_conflict_do_nothing(index_elements=["chain"]))
        end = (await session.execute(_END, {"of": chain})).one()
    return end[0], end[1], end[2]


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, and why."""

    chain: str
    number: int
    reason: str


async def verify(session: AsyncSession, anchors: Mapping[str, tuple[int, str]] | None = None) -> AsyncIterator[Break]:
    """Every break in every chain. ``anchors`` gives heads seen earlier (number and digest in hex) by chain: a chain
    that no longer passes through its anchor was cut or rewritten."""
    heads = {head.chain: head for head in await session.scalars(select(AuditHead))}
    known = set(heads) | set(await session.scalars(select(AuditEntry.chain).distinct())) | set(anchors or {})
    for chain in sorted(known):
        async for found in _verify_chain(session, chain, heads.get(chain), (anchors or {}).get(chain)):
            yield found


async def _verify_chain(
    session: AsyncSession, chain: str, head: AuditHead | None, anchor: tuple[int, str] | None
) -> AsyncIterator[Break]:
    previous, number, passed = _START, 0, anchor is None or anchor[0] == 0
    entries = await session.stream_scalars(
        select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.number).execution_options(yield_per=500)
    )
    async for entry in entries:
        number += 1
        if entry.number != number:
            yield Break(chain, number, f"缺少第 {number} 条，接着是第 {entry.number} 条")
            number = entry.number
        if entry.previous != previous:
            yield Break(chain, number, "与上一条不相连")
        if _digest({name: getattr(entry, name) for name in _DIGESTED}) != entry.digest:
            yield Break(chain, number, "内容与摘要不符")
        previous = entry.digest
        passed = passed or (anchor is not None and (number, entry.digest.hex()) == anchor)
    if head is None or (head.number, head.digest) != (number, previous):
        yield Break(chain, number, "链尾与记录不符")
    if not passed:
        yield Break(chain, number, "链不再经过此前保存的锚点")


async def heads(session: AsyncSession) -> dict[str, tuple[int, str]]:
    """The heads of all chains, to be kept outside the database as anchors."""
    return {head.chain: (head.number, head.digest.hex()) for head in await session.scalars(select(AuditHead))}


def _digest(content: Mapping[str, Any]) -> bytes:
    """Over every column but the digest itself, each by name, so that none can change unseen."""
    return hashlib.sha256(json.dumps(_plain(content), ensure_ascii=False, sort_keys=True).encode()).digest()


def _plain(content: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: _text(value) for key, value in (content or {}).items()}


def _text(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return value

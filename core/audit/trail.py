"""Appending to the trail and proving it whole."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    DateTime,
    Row,
    Table,
    Text,
    bindparam,
    case,
    event,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from core.access import Concerning
from core.act import Act
from core.actor import CHINA
from core.audit.models import AuditEntry, AuditHead
from core.audit.signing import SignedHeads
from core.db import Base, deferred_writes, next_id
from core.db.deferred_writes import DeferredWrite

_START = b"\0" * 32
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_ENTRIES = cast("Table", AuditEntry.__table__)
_HEADS = cast("Table", AuditHead.__table__)
_DIGESTED = (
    "id",
    "applicant_id",
    "office_id",
    "authority_id",
    "chain",
    "number",
    "at",
    "account_id",
    "submitter_id",
    "actor_name",
    "role",
    "act",
    "subject_type",
    "subject_id",
    "before",
    "after",
    "reason",
    "ruleset_digest",
    "request_id",
    "previous",
    "region_code",
)
"""For ever these: whatever column the table gains, what was written before it keeps its digest. One that says something
of the act belongs in here and in ``_LATER``; a test lists those that do not."""
_KNOWN_BY_DATABASE = ("id", "number", "previous")
"""What of an entry is known only to who holds the chain's head; as sorted, the first two stand side by side."""
_LATER = ("submitter_id",)
"""Columns that the trail's first entries did not have."""
PLATFORM_CHAIN = "platform"
"""The chain of acts that belong to no region: accounts, sessions."""


_NOBODY_ELSE: Mapping[str, None] = {"applicant_id": None, "office_id": None, "authority_id": None}


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"entry_{name}", type_=_ENTRIES.c[name].type)


def _begin_chain() -> DeferredWrite:
    """A chain without entries, unless there is that chain."""
    head = insert(_HEADS).values(chain=bindparam("begun_chain"), number=0, digest=_START)
    return DeferredWrite(head.on_conflict_do_nothing(index_elements=["chain"]))


def _append_entry() -> DeferredWrite:
    """The entry after the chain's last, which stays locked until the commit; the digest is taken where the last one is
    known. Without a head the entry has no number, which its table refuses."""
    end = select(_HEADS.c.number, _HEADS.c.digest).where(_HEADS.c.chain == _new("chain")).with_for_update().cte("end")
    one = select(text("1")).subquery("one")
    place = select(
        next_id(AuditEntry).label("id"), (end.c.number + text("1")).label("number"), end.c.digest.label("previous")
    )
    next = place.select_from(one.outerjoin(end, true())).cte("next")
    said: list[ColumnElement[Any]] = [bindparam(f"entry_said_{part}", type_=Text) for part in range(4)]
    filled_in = [as_type(next.c.id, Text), as_type(next.c.number, Text), func.encode(next.c.previous, text("'hex'"))]
    all = said[0] + filled_in[0] + said[1] + filled_in[1] + said[2] + filled_in[2] + said[3]
    digest = func.sha256(func.convert_to(all, text("'UTF8'")), type_=_ENTRIES.c.digest.type)
    entry = select(next, digest.label("digest")).cte("entry")
    moved = update(_HEADS).where(_HEADS.c.chain == _new("chain")).values(number=entry.c.number, digest=entry.c.digest)
    stated = [name for name in _DIGESTED if name not in _KNOWN_BY_DATABASE]
    row = select(*(entry.c[name] for name in (*_KNOWN_BY_DATABASE, "digest")), *map(_new, stated))
    written = _ENTRIES.insert().inline().from_select([*_KNOWN_BY_DATABASE, "digest", *stated], row)
    return DeferredWrite(written.add_cte(moved.cte("moved")))


_BEGIN, _APPEND = _begin_chain(), _append_entry()
_chains: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
"""The chains that are known to have a head, by engine. No head is ever removed."""


def record(
    act: Act,
    name: str,
    subject: Base,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    ruleset_digest: str | None = None,
) -> None:
    """Append what ``act`` did to ``subject`` (already flushed), in the act's own transaction, as that ends."""
    concerned = subject if isinstance(subject, Concerning) else None
    chain = concerned.region_code if concerned else PLATFORM_CHAIN
    stated: dict[str, Any] = {
        "chain": chain,
        "at": act.at,
        "account_id": act.actor.account_id,
        "actor_name": act.actor.name,
        "role": act.actor.role,
        "act": name,
        "subject_type": type(subject).__name__,
        "subject_id": subject.id,
        "submitter_id": Concerning.submitter_of(concerned) if concerned else None,
        **(Concerning.like(concerned) if concerned else _NOBODY_ELSE),
        "region_code": chain,
        "before": _plain(before),
        "after": _plain(after),
        "reason": reason,
        "ruleset_digest": ruleset_digest,
        "request_id": act.request_id,
    }
    _begin(act.session, chain)
    said = {f"entry_said_{place}": part for place, part in enumerate(_around(stated))}
    deferred_writes.defer(act.session, _APPEND, **said, **{f"entry_{name}": value for name, value in stated.items()})


def _begin(session: AsyncSession, chain: str) -> None:
    """Make sure that the chain has a head. Once that is committed, nobody here asks again."""
    begun = _chains.setdefault(session.bind, set())
    if chain not in begun:

        def learnt(_: Session) -> None:
            begun.add(chain)

        deferred_writes.defer(session, _BEGIN, begun_chain=chain)
        deferred_writes.barrier(session)
        event.listen(session.sync_session, "after_commit", learnt, once=True)


_IN_CALENDAR = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
"""What Python has a moment for; whatever else stands there was written by somebody else."""


def _as_it_comes(column: Column[Any]) -> ColumnElement[Any]:
    """The column's value in a form that can be fetched whatever stands there."""
    match column.type:
        case DateTime():
            return case((column.between(*_IN_CALENDAR), column)).label(column.key)
        case JSONB():
            return as_type(column, Text).label(column.key)
        case _:
            return column


_STORED = [_as_it_comes(column) for column in _ENTRIES.columns]
_WRITTEN_AS_JSON = [column.key for column in _ENTRIES.columns if isinstance(column.type, JSONB)]


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, and why."""

    chain: str
    number: int
    reason: str


async def verify(
    session: AsyncSession, anchors: Mapping[str, tuple[int, str]] | None = None, signed: Sequence[SignedHeads] = ()
) -> AsyncIterator[Break]:
    """Every break in every chain. ``anchors`` gives heads seen earlier (number and digest in hex) by chain: a chain
    that no longer passes through its anchor was cut or rewritten. So was one that does not pass through what was
    ``signed``, the oldest first; between which two signatures is told."""
    heads = {head.chain: head for head in await session.scalars(select(AuditHead))}
    known = set(heads) | set(await session.scalars(select(AuditEntry.chain).distinct())) | set(anchors or {})
    for chain in sorted(known.union(*(one.heads for one in signed)), key=str):
        passage = _Passage(chain, signed)
        async for found in _verify_chain(session, chain, heads.get(chain), (anchors or {}).get(chain), passage):
            yield found


class _Passage:
    """How far a chain passes through the heads of it that were signed."""

    def __init__(self, chain: str, signed: Sequence[SignedHeads]) -> None:
        self._chain = chain
        self._due: dict[int, list[tuple[str, datetime]]] = {}
        self._passed = 0
        for one in signed:
            number, digest = one.heads.get(chain, (0, ""))
            if number and digest not in [known for known, _ in self._due.get(number, ())]:
                self._due.setdefault(number, []).append((digest, one.at))

    def meet(self, number: int, digest: str) -> Break | None:
        """The break that an entry shows, the first of its chain: behind it there is nothing to compare."""
        for signed, at in self._due.pop(number, ()):
            if signed != digest:
                self._due.clear()
                first = self._passed + 1
                rows = f"第 {number} 条" if first == number else f"第 {first} 至 {number} 条中有内容"
                return Break(self._chain, first, f"{rows}在 {_moment(at)} 签名之后被改写")
            self._passed = number
        return None

    def end(self, last: int) -> Break | None:
        """The break that the chain's end shows, ``last`` being the number of its last entry."""
        if not self._due:
            return None
        number = max(self._due)
        at = self._due[number][0][1]
        if last == 0:
            return Break(self._chain, 0, f"整条链不见了，{_moment(at)} 签名时有 {number} 条")
        if number > last:
            return Break(self._chain, last + 1, f"第 {last + 1} 至 {number} 条在 {_moment(at)} 签名之后被截去")
        return Break(self._chain, number, f"缺少 {_moment(at)} 签名时的第 {number} 条")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


async def _verify_chain(
    session: AsyncSession, chain: str, head: AuditHead | None, anchor: tuple[int, str] | None, passage: _Passage
) -> AsyncIterator[Break]:
    previous, number, passed = _START, 0, anchor is None or anchor[0] == 0
    of_chain = select(*_STORED).where(_ENTRIES.c.chain.is_not_distinct_from(chain)).order_by(_ENTRIES.c.number)
    entries = await session.stream(of_chain.execution_options(yield_per=500))
    async for entry in entries:
        number += 1
        if entry.number != number:
            yield Break(chain, number, f"缺少第 {number} 条，接着是第 {entry.number} 条")
            number = number if entry.number is None else entry.number
        if entry.previous != previous:
            yield Break(chain, number, "与上一条不相连")
        if not _is_as_written(entry):
            yield Break(chain, number, "内容与摘要不符")
        previous = entry.digest
        digest = (entry.digest or b"").hex()
        passed = passed or (anchor is not None and (number, digest) == anchor)
        if found := passage.meet(number, digest):
            yield found
    if head is None or (head.number, head.digest) != (number, previous):
        yield Break(chain, number, "链尾与记录不符")
    if not passed:
        yield Break(chain, number, "链不再经过此前保存的锚点")
    if found := passage.end(number):
        yield found


def _is_as_written(entry: Row[Any]) -> bool:
    """Whether the digest is that of the content. What nobody could have written here (a year 10000, a number of ten
    thousand digits, a thousand lists in one another) is not."""
    content = {name: getattr(entry, name) for name in _DIGESTED}
    try:
        content.update({name: content[name] and json.loads(content[name]) for name in _WRITTEN_AS_JSON})
        return _digest(_told(content)) == entry.digest
    except (ValueError, TypeError, RecursionError, OverflowError):
        return False


async def read_heads(session: AsyncSession) -> dict[str, tuple[int, str]]:
    """The heads of all chains, to be kept outside the database as anchors."""
    return {head.chain: (head.number, head.digest.hex()) for head in await session.scalars(select(AuditHead))}


def _digest(content: Mapping[str, Any]) -> bytes:
    """Over each value by its name, so that none can change unseen."""
    return hashlib.sha256(_json(content).encode()).digest()


def _told(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is digested of an entry: columns that came later only where they say something, so that older entries have
    the digests they had."""
    return {name: value for name, value in content.items() if value is not None or name not in _LATER}


def _around(stated: Mapping[str, Any]) -> list[str]:
    """What is digested, in four parts between which ``_KNOWN_BY_DATABASE`` is filled in."""
    names = sorted(_told({**dict.fromkeys(_KNOWN_BY_DATABASE), **stated}))
    id, number, previous = map(names.index, _KNOWN_BY_DATABASE)
    assert number == id + 1
    first, second, third = (
        _json({name: stated[name] for name in part})[1:-1]
        for part in (names[:id], names[number + 1 : previous], names[previous + 1 :])
    )
    return [f'{{{first}, "id": ', ', "number": ', f', {second}, "previous": "', f'", {third}}}']


def _json(content: Mapping[str, Any]) -> str:
    return _JSON.encode(_plain(content))


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

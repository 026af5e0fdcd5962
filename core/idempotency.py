"""The same request twice has one effect: a key and what it brought are kept in the act's own transaction."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from core.access import Personal
from core.act import Act
from core.db import Base
from core.errors import InvalidInput, KeyReused

LONGEST = 200
"""Characters of a key."""


class IdempotencyKey(Base, Personal):
    """A key of one account, the request it stood for, and the row that came of it."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    key: Mapped[str]
    request_digest: Mapped[bytes]
    result_type: Mapped[str | None]
    result_id: Mapped[int | None]


async def claim(act: Act, key: str, request: Mapping[str, Any]) -> IdempotencyKey:
    """The key's row; its result is set when the same request was done before.

    Of several at once the first claims, the others wait for its transaction to end. Raises KeyReused when the key stood
    for another request, or for another organisation: who no longer acts for it does not get its result again.
    """
    if not 0 < len(key) <= LONGEST:
        raise InvalidInput(("idempotencyKey",), "key_length", most=LONGEST)
    digest = _digest(request, act.actor.organization_id)
    await act.session.execute(
        insert(IdempotencyKey)
        .values(account_id=act.actor.account_id, key=key, request_digest=digest)
        .on_conflict_do_nothing(index_elements=["account_id", "key"])
    )
    mine = select(IdempotencyKey).where(IdempotencyKey.account_id == act.actor.account_id, IdempotencyKey.key == key)
    claimed = (await act.session.scalars(mine.with_for_update())).one()
    # The first certification is submitted for nobody yet, and repeated for the enterprise that it entered.
    if claimed.request_digest not in (digest, _digest(request, None)):
        raise KeyReused(key)
    return claimed


def _digest(request: Mapping[str, Any], organization_id: int | None) -> bytes:
    content = json.dumps({"for": organization_id, "request": request}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).digest()

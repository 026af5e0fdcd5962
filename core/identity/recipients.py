"""Who is told: an account's addresses, read without the rest of it."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.pipeline import Rows
from core.db.prepared import PreparedStatement
from core.identity.models import Account
from core.notifications.outbox import Recipient


def query(account_id: ColumnElement[int], *besides: ColumnElement[Any]) -> PreparedStatement:
    """The addresses of the account with that id, and what an act has to know besides: a statement for ``fetch``."""
    return PreparedStatement(
        select(Account.id, Account.mobile, Account.email, *besides).where(Account.id == account_id)
    )


async def fetch(
    session: AsyncSession, statement: PreparedStatement, **values: Any
) -> tuple[Recipient, *tuple[Any, ...]]:
    return read(await statement.fetch(session, **values))


def read(rows: Rows) -> tuple[Recipient, *tuple[Any, ...]]:
    """What ``query`` gave."""
    [(id, mobile, email, *besides)] = rows
    return Recipient(id, {"sms": mobile, "email": email}), *besides


_ACCOUNT = query(bindparam("account_id"))


async def find(session: AsyncSession, account_id: int) -> Recipient:
    return (await fetch(session, _ACCOUNT, account_id=account_id))[0]

"""What is kept of log-ins and codes is removed once it counts no more, by index and in batches."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from core.act import Act
from core.db import Database
from core.identity import spent_rows
from core.identity.models import LoginGuard, OneTimeCode
from tests.helpers.platform import platform_act

NOW = datetime(2026, 11, 28, 18, 45, tzinfo=UTC)


def guard(mobile: str, counted: timedelta, locked: timedelta | None = None) -> LoginGuard:
    until = None if locked is None else NOW + locked
    return LoginGuard(mobile=mobile, source=b"", failures=4, counted_since=NOW - counted, locked_until=until)


def code(request: str, sent: timedelta, good: timedelta = timedelta(minutes=5)) -> OneTimeCode:
    sent_at = NOW - sent
    way = {"purpose": "log_in", "channel": "sms", "address": "13900000001", "source": b"", "digest": b""}
    return OneTimeCode(request=request, sent_at=sent_at, expires_at=sent_at + good, tries_left=3, **way)


async def test_what_counts_no_more_is_removed_and_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spent_rows, "BATCH", 2)
    day = timedelta(days=1)
    async with database.write() as session:
        session.add_all(
            [
                *(guard(f"old{number}", 30 * day) for number in range(5)),
                guard("lock over", 31 * day, timedelta(0)),
                guard("counted still", 30 * day - timedelta(seconds=1)),
                guard("locked still", 400 * day, day),
                guard("clock set back", -day),
                *(code(f"old{number}", day) for number in range(3)),
                code("counted still", day - timedelta(seconds=1)),
                code("good still", 2 * day, 3 * day),
            ]
        )
    begun = 0

    @asynccontextmanager
    async def begin() -> AsyncGenerator[Act]:
        nonlocal begun
        begun += 1
        async with database.write() as session:
            yield platform_act(session, at=NOW)

    assert await spent_rows.remove_all(begin) == 9
    assert begun == 2 + 4  # a batch of two each, and one that finds less
    async with database.read_everything() as session:
        kept = set(await session.scalars(select(LoginGuard.mobile)))
        assert kept == {"counted still", "locked still", "clock set back"}
        assert set(await session.scalars(select(OneTimeCode.request))) == {"counted still", "good still"}
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        for spent, index in (
            (spent_rows.spent_codes, "ix_one_time_code_sent_at"),
            (spent_rows.spent_guards, "ix_login_guard_counted_since"),
        ):
            statement = spent(NOW).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            plan = "\n".join(await session.scalars(text(f"EXPLAIN {statement}".replace(":", r"\:"))))
            assert index in plan, plan

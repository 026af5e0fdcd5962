"""What the platform itself does, as a job or a command does it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import PLATFORM
from core.rulesets.versions import Rulesets
from resolvers.context import Services


def platform_act(session: AsyncSession, rulesets: Rulesets | None = None, at: datetime | None = None) -> Act:
    """Now, unless it is said when; under no city's rules, unless they are given."""
    return Act(session, rulesets or Rulesets([]), PLATFORM, at or datetime.now(UTC))


def platform_acts(services: Services, at: datetime) -> Callable[[], AbstractAsyncContextManager[Act]]:
    """What begins an act of the platform at that moment, in a transaction of its own, as often as it is called."""

    @asynccontextmanager
    async def begin() -> AsyncGenerator[Act]:
        async with services.db.write() as session:
            yield platform_act(session, services.rulesets, at)

    return begin

"""What the platform itself does, as a job or a command does it."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.actor import PLATFORM
from core.rulesets.versions import Rulesets


def platform_act(session: AsyncSession, rulesets: Rulesets | None = None, at: datetime | None = None) -> Act:
    """Now, unless it is said when; under no city's rules, unless they are given."""
    return Act(session, rulesets or Rulesets([]), PLATFORM, at or datetime.now(UTC))

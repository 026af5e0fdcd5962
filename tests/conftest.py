"""The real application on a real PostgreSQL, spoken to as its clients do: GraphQL over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.speaking import Town, settled

pytest_plugins = ["tests.postgres", "tests.browser", "tests.world", "tests.helpers.demo"]


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town with nobody in it yet: the application, and the means to let people speak to it."""
    async with settled(database_url, tmp_path) as town:
        yield town

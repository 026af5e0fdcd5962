"""The real application on a real PostgreSQL, spoken to as its clients do: GraphQL over HTTP."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.speaking import Town, settled

pytest_plugins = ["tests.postgres", "tests.browser", "tests.world", "tests.helpers.demo"]


SPOKEN_TO = {"town", "world", "scene"}
"""Fixtures whose people speak to a server."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ANXIN_FAST_LANE=1 only what speaks to a server runs again: it does so through uvicorn and its fast lane."""
    if os.environ.get("ANXIN_FAST_LANE"):
        spoken_to = [item for item in items if SPOKEN_TO & set(getattr(item, "fixturenames", ()))]
        chosen = [item for item in spoken_to if not item.get_closest_marker("called_directly")]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town with nobody in it yet: the application, and the means to let people speak to it."""
    async with settled(database_url, tmp_path) as town:
        yield town

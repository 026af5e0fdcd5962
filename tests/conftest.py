"""The real application on a real PostgreSQL, spoken to as its clients do: GraphQL over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from anxin.app import create_app
from core.settings import Settings
from resolvers.context import House
from tests.speaking import Town

pytest_plugins = ["tests.postgres", "tests.browser"]


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town with nobody in it yet: the application, and the means to let people speak to it."""
    settings = Settings(database_url=database_url, var=tmp_path)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        house: House = app.state.house
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://anxin.test") as http:
            yield Town(house, http)

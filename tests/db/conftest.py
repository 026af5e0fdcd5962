"""What tests of the database share."""

from collections.abc import AsyncIterator

import pytest

from core.db import Database


@pytest.fixture
async def another(database_url: str) -> AsyncIterator[Database]:
    """A second process on the same database."""
    database = Database(database_url)
    yield database
    await database.close()

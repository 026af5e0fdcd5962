"""A template database whose people have registered, are certified and logged in: a copy costs 25 ms, they 300 each."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anxin.database.embedded import EmbeddedPostgres
from tests.helpers.app import Application, open_application
from tests.helpers.people import Person
from tests.helpers.postgres import copied

HANDLERS = ((1, "演示建筑有限公司"), (2, "另一建筑有限公司"))
"""The seed and the name of each certified enterprise."""


@dataclass(frozen=True)
class Populated:
    """The template, the folder of its files, and who is in it."""

    database: str
    var: Path
    handlers: dict[tuple[int, str], Person]
    persons: list[Person]


@pytest.fixture(scope="session")
async def populated(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Populated:
    name, var = "anxin_populated", tmp_path_factory.mktemp("populated")
    server.create_database(name, template=template)
    async with open_application(server.url(name), var) as app:
        handlers = {(seed, firm): await app.handler(seed, firm) for seed, firm in HANDLERS}
        return Populated(name, var, handlers, [await app.person()])


@pytest.fixture
async def app(
    request: pytest.FixtureRequest, server: EmbeddedPostgres, template: str, populated: Populated, tmp_path: Path
) -> AsyncIterator[Application]:
    """The application, and the means to let people speak to it; who needs a handler finds one who has registered."""
    if request.node.get_closest_marker("unregistered"):
        with copied(server, template) as url:
            async with open_application(url, tmp_path) as app:
                yield app
        return
    shutil.copytree(populated.var, tmp_path, dirs_exist_ok=True)
    with copied(server, populated.database) as url:
        async with open_application(url, tmp_path) as app:
            app.registered, app.certified = list(populated.persons), dict(populated.handlers)
            yield app

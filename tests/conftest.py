"""The real application on a real PostgreSQL, spoken to as its clients do: GraphQL over HTTP."""

import zlib

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.helpers.savings",
    "tests.helpers.postgres",
    "tests.helpers.templates",
    "tests.helpers.browser",
    "tests.helpers.seeded",
    "tests.helpers.demo",
]

settings.register_profile("anxin", deadline=None)  # a busy machine is no defect
settings.load_profile("anxin")

LONGEST = (
    "test_cli.py",
    "test_plans.py",
    "test_graphiql.py",
    "test_bench.py",
    "test_worker.py",
    "test_embedded_postgres.py",
)
"""Files that take longest run first, so that no worker is left with one of them when the others are done."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tenth", action="store_true", help="run a tenth of the tests, the same each time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("tenth"):
        chosen = [item for item in items if zlib.crc32(item.nodeid.encode()) % 10 == 0]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))

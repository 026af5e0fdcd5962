"""How many files of ours a request passes from its resolver to its SQL: so many a reader has to open."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from core.db.pipeline import Pipeline
from resolvers import projects
from resolvers.compiler import QueryExecutor
from schema.root import schema
from tests.helpers import deposits
from tests.helpers.app import Application
from tests.helpers.seeded import Seeded
from tests.wage_deposits.test_deposit_uses import record

ROOT = Path(__file__).parents[2]
OURS = ("anxin", "schema", "resolvers", "core", "plugins", "rules")
PAGE = """query ($filter: ProjectFilter) { projects(first: 5, filter: $filter) {
  totalCount edges { cursor node { id name state contractAmount createdAt contractor { name }
    wageDeposits { id state amountDue } } } pageInfo { hasNextPage endCursor } } }"""
MOST_OF_A_PAGE = 14
"""Whose statement is compiled first."""
MOST_OF_A_KEPT_PAGE = 6


MOST_OF_AN_ACT = 9


@contextmanager
def profiled(note: Callable[[FrameType], None]) -> Iterator[None]:
    """Calls ``note`` for each function that is entered."""
    sys.setprofile(lambda frame, event, _: note(frame) if event == "call" else None)
    try:
        yield
    finally:
        sys.setprofile(None)


def ours(frame: FrameType) -> str | None:
    """The file, if it is one of the platform's."""
    path = Path(frame.f_code.co_filename)
    if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OURS:
        return str(path.relative_to(ROOT))
    return None


@pytest.fixture
def forgotten() -> Iterator[None]:
    """No document and no plan is kept from before."""
    schema.query_executor._operations.clear()
    yield
    schema.query_executor._operations.clear()


async def files_of_a_page(seeded: Seeded) -> set[str]:
    """Those of which any function is entered, from when the resolver is called to when the statement is there."""
    files: set[str | None] = set()
    is_on = False

    def note(frame: FrameType) -> None:
        nonlocal is_on
        is_on = (is_on or frame.f_code is projects.page.__code__) and frame.f_code is not QueryExecutor._run.__code__
        if is_on:
            files.add(ours(frame))

    with profiled(note):
        await seeded.compiled(seeded.officer, PAGE, {"filter": {"name": "小区", "states": ["ENTERED"]}})
    return {file for file in files if file}


@pytest.mark.usefixtures("forgotten")
async def test_a_page_passes_few_files_from_its_resolver_to_its_sql(seeded: Seeded):
    compiled, kept = await files_of_a_page(seeded), await files_of_a_page(seeded)
    assert "resolvers/compiler/sql/objects.py" in compiled - kept
    assert len(kept) <= MOST_OF_A_KEPT_PAGE, sorted(kept)
    assert len(compiled) <= MOST_OF_A_PAGE, " ".join(sorted(compiled))


async def test_an_act_passes_few_files_from_its_resolver_to_its_sql(app: Application):
    """Those that stand on one another when a statement goes to the database: the resolver, whom it calls, and so on."""
    chains: set[frozenset[str]] = set()
    into_the_database = {Pipeline.run.__code__, *(method.__code__ for method in METHODS)}

    def note(frame: FrameType) -> None:
        if frame.f_code in into_the_database:
            files = [file for file in map(ours, stack(frame)) if file]
            resolvers = [
                place for place, file in enumerate(files) if file.startswith("resolvers/") and "/compiler/" not in file
            ]
            if resolvers:
                chains.add(frozenset(files[: resolvers[-1] + 1]))

    handler, officer = await app.handler(), await app.officer()
    with profiled(note):
        secured = await deposits.secured_deposit(handler, officer)
        assert (await record(officer, secured))["__typename"] == "DepositUse"
    assert any("core/wage_deposits/actions/uses.py" in chain for chain in chains)
    longest = max(chains, key=len)
    assert len(longest) <= MOST_OF_AN_ACT, sorted(longest)


METHODS: list[Any] = [
    getattr(AsyncSession, name)
    for name in ("execute", "scalar", "scalars", "get", "get_one", "flush", "commit", "refresh")
]


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back

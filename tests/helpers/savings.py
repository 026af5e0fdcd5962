"""What thousands of applications in one process need not do each for itself: compile the same statements, and hash
passwords as dearly as those of people."""

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.db import database
from core.identity import passwords

REAL_HASHER = passwords._hasher


class _OfAnyDialect(dict[tuple[Any, ...], Any]):
    """SQLAlchemy's key begins with the dialect, of which every engine has one; here all speak to the same server."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    compiled = _OfAnyDialect()

    def create(*arguments: Any, **named: Any) -> AsyncEngine:
        return create_async_engine(*arguments, execution_options={"compiled_cache": compiled}, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "create_async_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2id all the same; ``tests/identity/test_passwords.py`` has the real ones."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", cheap)
        patched.setattr(passwords, "_NOBODY", cheap.hash("no password is this one"))
        yield

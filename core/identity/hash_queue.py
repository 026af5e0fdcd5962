"""Password hashes of one process: two at a time, a queue of bounded length, and no more than its share for a source.

A hash takes 35 ms of a core and 19 MB. So nobody waits for one while he holds a connection or a lock, and whoever finds
the queue full is told so before anything was done for him.
"""

import asyncio
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from core.errors import RateLimited
from core.identity import passwords

AT_ONCE = 2
WAITING = 20
PER_SOURCE = 10
"""So that an address that many people share is served, and none can fill the queue alone."""
RETRY_AFTER = 2
"""Seconds, in which a full queue has been worked off."""


class HashQueue:
    """One for the process."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING, per_source: int = PER_SOURCE) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="hash")
        self._most, self._most_of_source = at_once + waiting, per_source
        self._taken = Counter[bytes]()

    @contextmanager
    def place(self, source: bytes) -> Generator[None]:
        """A place in the queue, kept until the block ends. Raises RateLimited where there is none."""
        if self._taken.total() >= self._most or self._taken[source] >= self._most_of_source:
            raise RateLimited(RETRY_AFTER)
        self._taken[source] += 1
        try:
            yield
        finally:
            self._taken[source] -= 1
            if not self._taken[source]:
                del self._taken[source]

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, passwords.compute, password)

    async def matches(self, password: str, hash_: str | None) -> bool:
        """As ``passwords.verify``."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, passwords.verify, password, hash_)

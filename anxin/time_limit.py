"""One timer for all that has to be done within the same time: a timer each costs more than a small read."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Self


class TimeLimit:
    """``with limit.begun():`` around what may take so many seconds; out of it comes TimeoutError when they are over.
    One for an event loop."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._running: deque[Run] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begun(self, work: "asyncio.Future[Any] | None" = None) -> "Run":
        """By the current task, or, where nobody waits within a ``with``, by a future whose ``Run`` is to be ended."""
        run = Run(work or asyncio.current_task(self._loop), self._loop.time() + self.seconds)
        running = self._running
        while running and running[0].work is None:
            running.popleft()
        running.append(run)
        if self._timer is None:
            self._timer = self._loop.call_at(run.until, self._stop_overdue)
        return run

    def _stop_overdue(self) -> None:
        while self._running and (self._running[0].work is None or self._running[0].until <= self._loop.time()):
            self._running.popleft().stop()
        self._timer = self._loop.call_at(self._running[0].until, self._stop_overdue) if self._running else None


class Run:
    """What is done until a moment of the loop's clock; without ``work`` it is over."""

    __slots__ = ("overdue", "until", "work")

    def __init__(self, work: "asyncio.Future[Any] | None", until: float) -> None:
        self.work = work
        self.until = until
        self.overdue = False
        """Whether it was cancelled because its time was over."""

    def stop(self) -> None:
        if self.work is not None:
            self.overdue = True
            self.overdue = self.work.cancel()

    def end(self) -> None:
        self.work = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        work, self.work = self.work, None
        if self.overdue and kind is asyncio.CancelledError and isinstance(work, asyncio.Task):
            task: asyncio.Task[Any] = work
            if task.uncancel() == 0:
                raise TimeoutError from error

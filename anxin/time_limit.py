"""One timer for all that has to be done within the same time: a timer each costs more than a small read."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Self


class TimeLimit:
    """`with limit.begun():` around what may take so many seconds; raises TimeoutError out of it when they are over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: deque[_Run] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begun(self) -> "_Run":
        """By the current task."""
        loop = asyncio.get_running_loop()
        run = _Run(asyncio.current_task(loop), loop.time() + self.seconds)
        while self._running and self._running[0].task is None:
            self._running.popleft()
        self._running.append(run)
        if self._timer is None:
            self._timer = loop.call_at(run.until, self._stop_overdue, loop)
        return run

    def _stop_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._running and (self._running[0].task is None or self._running[0].until <= loop.time()):
            self._running.popleft().stop()
        self._timer = loop.call_at(self._running[0].until, self._stop_overdue, loop) if self._running else None


class _Run:
    """What one task does until a moment of the loop's clock; without a task it is done."""

    def __init__(self, task: asyncio.Task[Any] | None, until: float) -> None:
        self.task = task
        self.until = until
        self._stopped = False

    def stop(self) -> None:
        if self.task is not None:
            self._stopped = self.task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        task, self.task = self.task, None
        if self._stopped and kind is asyncio.CancelledError and task is not None and task.uncancel() == 0:
            raise TimeoutError from error

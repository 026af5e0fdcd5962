"""Keeps a city's hooks from harming anything but their own answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from queue import Empty, SimpleQueue
from threading import Thread
from types import MappingProxyType
from typing import Any, TypeVar

import pluggy
import structlog

from core.rulesets.hooks import BrokenRule, HookFailed, Hooks, Supervisors
from core.rulesets.language.conditions import Facts
from plugins.city_hooks import causes, guard

BUDGET = 0.2
"""Seconds a hook may take; it computes on a handful of facts."""

DISABLED_AFTER = 5
"""Failures in a row after which a hook is asked no more, until the process begins anew."""

HookAnswer = TypeVar("HookAnswer")
log = structlog.get_logger()


class LeashedHooks:
    """Asks a city's hooks with frozen facts and a time budget, and turns every failure into HookFailed."""

    def __init__(
        self,
        city: str,
        manager: pluggy.PluginManager,
        source: str = "",
        under_another_clock: Callable[[], Hooks] | None = None,
    ) -> None:
        self._city = city
        self._manager = manager
        self._source = source
        self._under_another_clock = under_another_clock
        self._left_behind: dict[str, Thread] = {}
        self._failures: Counter[str] = Counter()

    @property
    def disabled(self) -> Sequence[str]:
        """The hooks that failed again and again, by name."""
        return sorted(hook for hook, times in self._failures.items() if times >= DISABLED_AFTER)

    def under_another_clock(self) -> Hooks:
        return self._under_another_clock() if self._under_another_clock else self

    def calculate(self, name: str, facts: Facts, on: date) -> Decimal | None:
        answer = self._ask("calculate", name=name, facts=facts, on=on)
        amount = self._require_type("calculate", answer, Decimal, type(None))
        if amount is not None and not (amount.is_finite() and abs(amount.adjusted()) <= 30):
            raise self._log_failure("calculate", f"结果不是通常的数字：{amount}")
        return self._answered("calculate", amount)

    def broken_rules(self, act: str, facts: Facts, on: date) -> Sequence[BrokenRule]:
        answers = self._ask("broken_rules", act=act, facts=facts, on=on)
        lists = [self._require_type("broken_rules", answer, list, tuple) for answer in answers]
        found = [self._require_texts("broken_rules", broken, BrokenRule) for found in lists for broken in found]
        return self._answered("broken_rules", found)

    def supervisors(self, facts: Facts, on: date) -> Supervisors | None:
        answer = self._ask("supervisors", facts=facts, on=on)
        found = None if answer is None else self._require_texts("supervisors", answer, Supervisors)
        return self._answered("supervisors", found)

    def _ask(self, hook: str, *, facts: Facts, **arguments: Any) -> Any:
        if self._failures[hook] >= DISABLED_AFTER:
            raise HookFailed(hook, f"连续失败 {DISABLED_AFTER} 次，已停用，修正后重新启动")
        stuck = self._left_behind.get(hook)
        if stuck and stuck.is_alive():
            raise HookFailed(hook, "上一次询问仍没有结束，暂不再问")
        caller: Callable[..., Any] = getattr(self._manager.hook, hook)
        answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        frozen = MappingProxyType(dict(facts))

        def ask() -> None:
            answer: Any = None
            failed: BaseException | None = None
            with guard.watch() as stopped:
                try:
                    answer = caller(facts=frozen, **arguments)
                except BaseException as error:
                    failed = error  # SystemExit too: a hook does not end the platform
            answers.put((answer, guard.NotAllowed(stopped[0]) if stopped else failed))

        # A daemon: one that never returns is left behind, is never waited for, and does not keep the process alive.
        thread = Thread(target=ask, name=f"hook-{self._city}-{hook}", daemon=True)
        thread.start()
        try:
            answer, error = answers.get(timeout=BUDGET)
        except Empty:
            self._left_behind[hook] = thread
            raise self._log_failure(hook, f"超过 {BUDGET} 秒没有结果") from None
        if error:
            line = causes.find_line(error, self._source)
            where = f"hooks.py 第 {line} 行" if line else ""
            raise self._log_failure(hook, f"{where}{causes.explain(error)[0]}") from error
        return answer

    def _require_type(self, hook: str, answer: Any, *types: type[Any]) -> Any:
        if not isinstance(answer, types):
            raise self._log_failure(hook, f"结果的类型不对：{type(answer).__name__}")
        return answer

    def _require_texts(self, hook: str, answer: object, kind: type[HookAnswer]) -> HookAnswer:
        """Both answers are made of texts; a dataclass would hold anything."""
        if not isinstance(answer, kind):
            raise self._log_failure(hook, f"结果的类型不对：{type(answer).__name__}")
        for name, value in vars(answer).items():
            if not isinstance(value, str) and not (value is None and name in ("at", "message_en")):
                raise self._log_failure(hook, f"{name} 应为文字，得到 {type(value).__name__}")
        return answer

    def _answered(self, hook: str, answer: HookAnswer) -> HookAnswer:
        self._failures.pop(hook, None)
        return answer

    def _log_failure(self, hook: str, reason: str) -> HookFailed:
        log.error("hook failed", city=self._city, hook=hook, reason=reason)
        self._failures[hook] += 1
        if self._failures[hook] == DISABLED_AFTER:
            log.error("hook disabled", city=self._city, hook=hook, failures=DISABLED_AFTER)
        return HookFailed(hook, reason)

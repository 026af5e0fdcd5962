"""A city's hooks as a module: the built-in names of the list and no others, under today's clock or another one."""

import builtins
import datetime
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from plugins.city_hooks.source import BUILTINS, IMPORTS

LATER = datetime.timedelta(days=400)
"""How far ahead the second clock is: another year, month and day of the week."""

_BEHIND = ("time", "_strptime")
"""What ``datetime`` itself asks for by the hook's own import, to format a day."""

# Loaded now: in the middle of a hook nothing may be any more.
for _module in (*IMPORTS, *_BEHIND):
    importlib.import_module(_module)


def load(name: str, content: bytes, path: Path, *, later: bool = False, own_modules: frozenset[str]) -> ModuleType:
    """The source run once, as that module; raises whatever it raises. ``later`` lets it see the second clock."""
    module = ModuleType(name)
    module.__file__ = str(path)
    vars(module)["__builtins__"] = _make_builtins(_CLOCK_AHEAD if later else {}, own_modules)
    sys.modules[name] = module  # dataclasses look their module up while they are being made
    exec(compile(content, str(path), "exec"), vars(module))  # noqa: S102 -- read by `source` before
    return module


def _make_builtins(instead: Mapping[str, ModuleType], own_modules: frozenset[str]) -> dict[str, Any]:
    def import_listed(name: str, _g: Any = None, _l: Any = None, of: Sequence[str] | None = (), level: int = 0) -> Any:
        if level or name not in {*IMPORTS, *_BEHIND, *own_modules}:
            raise ImportError(f"{name} is not listed", name=name)
        return instead.get(name) or (importlib.import_module(name) if of else __import__(name))

    allowed = {name: each for name, each in vars(builtins).items() if name in BUILTINS}
    return {**allowed, "__build_class__": builtins.__build_class__, "__import__": import_listed}


class _AsDate(type):
    """A day of either clock is a date."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _DateAhead(datetime.date, metaclass=_AsDate):
    @classmethod
    def today(cls) -> datetime.date:  # type: ignore[override]
        return datetime.date.today() + LATER


class _TimeAhead(datetime.datetime, metaclass=_AsDate):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return datetime.datetime.now(tz) + LATER

    @classmethod
    def utcnow(cls) -> datetime.datetime:  # type: ignore[override]
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + LATER

    @classmethod
    def today(cls) -> datetime.datetime:  # type: ignore[override]
        return cls.now()


def _make_clock() -> ModuleType:
    clock = ModuleType("datetime")
    vars(clock).update({**vars(datetime), "date": _DateAhead, "datetime": _TimeAhead})
    return clock


_CLOCK_AHEAD = {"datetime": _make_clock()}

"""Stops what a hook may not do while it runs: whatever its source says, the interpreter tells of it first.

Only the hook's own context is watched: a thread of the process that opens a file meanwhile is not its concern.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

_WHAT = {
    "open": "打开文件",
    "os": "使用操作系统",
    "shutil": "改动文件",
    "tempfile": "改动文件",
    "glob": "查看文件夹",
    "pathlib": "查看文件夹",
    "socket": "连接网络",
    "urllib": "连接网络",
    "http": "连接网络",
    "smtplib": "连接网络",
    "ftplib": "连接网络",
    "subprocess": "启动程序",
    "pty": "启动程序",
    "_thread": "另开线程",
    "_posixsubprocess": "启动程序",
    "ctypes": "使用内存",
    "mmap": "使用内存",
    "fcntl": "使用操作系统",
    "signal": "使用操作系统",
    "resource": "使用操作系统",
    "syslog": "使用操作系统",
    "winreg": "使用操作系统",
    "msvcrt": "使用操作系统",
    "sqlite3": "打开数据库",
    "import": "装入模块",
    "marshal": "装入程序",
    "pickle": "装入程序",
    "code": "装入程序",
    "gc": "查看内存",
    "builtins": "读写终端",
    "webbrowser": "打开网页",
}
"""By the first part of an audit event's name, what it is about."""
_OF_THE_INTERPRETER = frozenset({"sys.addaudithook", "sys.settrace", "sys.setprofile", "sys._current_frames"})

_stopped: ContextVar[list[str] | None] = ContextVar("what the hook that runs here was kept from", default=None)


class NotAllowed(Exception):
    """What a hook was kept from."""


@contextmanager
def watch() -> Generator[list[str]]:
    """Everything inside is watched; what was stopped stands in the list, also where the hook passed over it."""
    _install()
    stopped = list[str]()
    token = _stopped.set(stopped)
    try:
        yield stopped
    finally:
        _stopped.reset(token)


@cache
def _install() -> None:
    """Once, and for good: an audit hook cannot be taken away. A process without hooks of cities has none."""
    sys.addaudithook(_look_at)


def _look_at(event: str, arguments: tuple[object, ...]) -> None:
    stopped = _stopped.get()
    if stopped is None:
        return
    what = _WHAT.get(event.partition(".")[0]) or ("使用解释器" if event in _OF_THE_INTERPRETER else None)
    if what:
        of = f" {arguments[0]}" if event in ("open", "import") and arguments else ""
        stopped.append(f"要{what}{of}，已阻止")
        raise NotAllowed(stopped[-1])

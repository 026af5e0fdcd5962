"""What went wrong in a city's hooks, as a clerk reads it: the line, the cause, and what to do."""

import traceback
from pathlib import Path

from plugins.city_hooks.guard import NotAllowed

_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (SyntaxError, "这一行不合 Python 语法"),
    (ImportError, "不能导入 {name}"),
    (NameError, "没有名为 {name} 的变量"),
    (AttributeError, "没有 {name} 这个属性"),
    (KeyError, "没有 {0} 这一项"),
    (IndexError, "列表没有这么多项"),
    (ZeroDivisionError, "除数为 0"),
    (ArithmeticError, "这样的数不能计算"),
    (TypeError, "这样的值不能这样用"),
    (ValueError, "值不合要求"),
    (RecursionError, "函数没完没了地调用自己"),
    (MemoryError, "占用内存过多"),
    (SystemExit, "程序自己退出了"),
    (KeyboardInterrupt, "程序自己中断了"),
)
_REMEDY = "改正这一行；可用的钩子和参数见 plugins/hookspecs.py"


class Misspelt(LookupError):
    """A hook or an argument that there is not; said in Chinese."""


def find_line(error: BaseException, path: str | Path) -> int | None:
    """Where in the hooks' own file it went wrong."""
    if isinstance(error, SyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(path) and frame.lineno), None)


def explain(error: BaseException) -> tuple[str, str]:
    """The cause, with Python's own word for it, and the remedy."""
    if isinstance(error, (Misspelt, NotAllowed)):
        return str(error), "对照 plugins/hookspecs.py 的说明修改"
    cause = next((words for kind, words in _CAUSES if isinstance(error, kind)), "出错")
    if "{" in cause:
        cause = cause.format(*(error.args or ("?",)), name=getattr(error, "name", None) or "?")
    said = f"：{error}" if str(error) and not isinstance(error, KeyError) else ""
    return f"{cause}（{type(error).__name__}{said}）", _REMEDY

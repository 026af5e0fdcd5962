"""What may stand in a city's hooks, read before any of it runs: imports and names from a list, no way around it.

A hook answers from the facts and the day it is given. Everything else (files, network, the clock, the platform's
inside) is out of reach: refused here where it is written, and at run time by ``module`` and ``guard``.
"""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping

from core.rulesets.language.diagnostics import Diagnostic

IMPORTS: Mapping[str, frozenset[str]] = {
    module: frozenset(names.split())
    for module, names in {
        "plugins": "hookimpl",
        "plugins.hookspecs": "hookimpl",
        "core.rulesets.hooks": "BrokenRule Supervisors",
        "core.decisions": "Value",
        "core.money": "yuan round_to yuan_text rate_text",
        "__future__": "annotations",
        "collections": "Counter defaultdict deque namedtuple OrderedDict",
        "collections.abc": "Callable Collection Iterable Iterator Mapping Sequence Set",
        "dataclasses": "dataclass field replace",
        "datetime": "MAXYEAR MINYEAR date datetime timedelta",
        "decimal": "Decimal InvalidOperation ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN "
        "ROUND_HALF_UP ROUND_UP",
        "enum": "Enum IntEnum StrEnum",
        "fractions": "Fraction",
        "functools": "cache lru_cache partial reduce",
        "itertools": "accumulate chain combinations groupby pairwise product takewhile zip_longest",
        "math": "ceil floor gcd prod",
        "re": "compile findall fullmatch match search split sub",
        "typing": "Any Final Literal NamedTuple Protocol TypedDict cast",
    }.items()
}
"""Modules and what may be used of each."""

_BUILTINS = (
    "abs all any bool bytes callable chr classmethod dict divmod enumerate filter format frozenset hasattr int "
    "isinstance issubclass iter len list map max min next object ord pow property range repr reversed round set slice "
    "sorted staticmethod str sum super tuple type zip Ellipsis False None NotImplemented True"
)
_ERRORS = [name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, BaseException)]
BUILTINS = frozenset({*_BUILTINS.split(), *_ERRORS})
"""Other built-in names open files, run texts, reach by name for what is hidden, or differ each time."""

_WHY = {
    **dict.fromkeys(("open", "input", "print"), "读写文件或终端"),
    **dict.fromkeys(("eval", "exec", "compile", "__import__"), "把文字当程序运行"),
    **dict.fromkeys(("getattr", "setattr", "delattr", "vars", "dir", "globals", "locals"), "按名称取用隐藏的内容"),
    **dict.fromkeys(("id", "hash"), "每次运行得出不同的结果"),
    "float": "会使金额失准，改用 Decimal",
}
_LEADS_INSIDE = re.compile(r"\{[^}]*[.\[][^}:]*_")
_CLOCK = frozenset({"today", "now", "utcnow"})
_INSIDE = ("_", "gi_", "cr_", "ag_", "f_", "tb_", "co_")
"""Attributes that lead from a value into the interpreter."""


def list_imports(text: bytes) -> set[str]:
    """The modules that the source imports names from; raises SyntaxError."""
    return {node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module}


def find_problems(text: bytes, shown_as: str, own_modules: frozenset[str] = frozenset()) -> list[Diagnostic]:
    """What may not stand in the source, each at its line; raises SyntaxError. ``own_modules`` are the package's own,
    read in the same way."""
    tree = ast.parse(text)
    reader = _Reader(tree, shown_as, own_modules)
    return [found for node in ast.walk(tree) for found in reader.look_at(node)]


def _is_plain_template(node: ast.expr) -> bool:
    """A text as written that leads into none of what it is filled with."""
    return isinstance(node, ast.Constant) and not _LEADS_INSIDE.search(str(node.value))


class _Reader:
    """One file, with the names that it makes itself and the modules it imports."""

    def __init__(self, tree: ast.Module, shown_as: str, own_modules: frozenset[str]) -> None:
        self._file = shown_as
        self._own_modules = own_modules
        nodes = list(ast.walk(tree))
        self._modules = {
            alias.asname or alias.name: alias.name
            for node in nodes
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        self._made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        self._made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        self._made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        self._used = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}

    def look_at(self, node: ast.AST) -> Iterator[Diagnostic]:
        match node:
            case ast.Import():
                for alias in node.names:
                    if alias.name not in IMPORTS or "." in alias.name:
                        yield self._refuse_import(node, alias.name)
            case ast.ImportFrom():
                yield from self._look_at_names(node)
            case ast.Name(ctx=ast.Load()):
                yield from self._look_at_name(node)
            case ast.Attribute():
                yield from self._look_at_attribute(node)
            case ast.MatchClass():
                yield from (found for name in node.kwd_attrs for found in self._look_at_hidden(node, name))
            case _:
                pass

    def _look_at_names(self, node: ast.ImportFrom) -> Iterator[Diagnostic]:
        module = f"{'.' * node.level}{node.module or ''}"
        if module in self._own_modules:
            return
        known = IMPORTS.get(module)
        if known is None:
            yield self._refuse_import(node, module)
            return
        for alias in node.names:
            if alias.name not in known:
                yield self._refuse_use(node, module, alias.name)

    def _look_at_name(self, node: ast.Name) -> Iterator[Diagnostic]:
        name = node.id
        if name in self._modules and id(node) not in self._used:
            remedy = f"写明用其中的哪一个，如 {name}.{min(IMPORTS.get(self._modules[name], {'x'}))}"
            yield self._tell(node, f"不能把模块 {name} 当作值", remedy)
        elif name in self._made:
            return
        elif name in vars(builtins) and name not in BUILTINS:
            why = f"（{_WHY[name]}）" if name in _WHY else ""
            yield self._tell(node, f"不能使用 {name}{why}", "只按给出的事实（facts）和日期（on）计算")
        elif name.startswith("__"):
            yield self._tell(node, f"不能使用名称 {name}", "只按给出的事实（facts）和日期（on）计算")

    def _look_at_attribute(self, node: ast.Attribute) -> Iterator[Diagnostic]:
        if found := list(self._look_at_hidden(node, node.attr)):
            yield from found
            return
        if node.attr in ("format", "format_map") and not _is_plain_template(node.value):
            yield self._tell(node, f"不能这样使用 {node.attr}（模板可以取到隐藏的内容）", "写成 f 字符串")
        module = self._modules.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if node.attr not in IMPORTS.get(module, {node.attr}):
            yield self._refuse_use(node, module, node.attr)

    def _look_at_hidden(self, node: ast.AST, name: str) -> Iterator[Diagnostic]:
        if name in _CLOCK:
            message = f"{name} 读取当前时间，同一件业务今天和明天会得出不同的结果"
            yield self._tell(node, message, "用参数 on：业务发生的日期")
        elif name.startswith(_INSIDE):
            yield self._tell(node, f"不能使用以 {name[: name.index('_') + 1]} 开头的属性 {name}", "换一种写法")

    def _refuse_import(self, node: ast.AST, module: str) -> Diagnostic:
        listed = "、".join(sorted(name for name in IMPORTS if name != "__future__"))
        return self._tell(node, f"不能导入 {module}", f"只能导入：{listed}")

    def _refuse_use(self, node: ast.AST, module: str, name: str) -> Diagnostic:
        return self._tell(node, f"不能使用 {module} 的 {name}", f"其中只能用：{'、'.join(sorted(IMPORTS[module]))}")

    def _tell(self, node: ast.AST, message: str, remedy: str) -> Diagnostic:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        return Diagnostic(self._file, line, column, "", "HOOKS_INVALID", f"城市规则程序{message}", remedy)

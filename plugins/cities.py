"""Finds the rulesets that are there: folders of ``rules/``, a folder named in the settings, installed packages."""

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core.rulesets import loading
from core.rulesets.hooks import Hooks, MissingHooks, NoHooks
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.loading import Layer
from core.rulesets.ruleset import Ruleset
from plugins.city_hooks import causes, module, source
from plugins.hookspecs import PROJECT, CityHooks
from plugins.leash import LeashedHooks

BASE = "national"
GROUP = f"{PROJECT}.rulesets"


@dataclass(frozen=True)
class Place:
    """Where a city's files are. The code is the folder's name, or the entry point's for an installed package."""

    city: str
    folder: Path


FILES = ("ruleset.yaml", "tests.yaml", "hooks.py")
"""By any of these a folder is a city's: one whose rules are missing is told of, and does not just vanish."""


def shipped_folder() -> Path:
    """The folder ``rules/`` of this installation."""
    with as_file(files("rules")) as folder:
        return folder


def find_places(extra: Path | None = None) -> list[Place]:
    """Every folder with a ``ruleset.yaml``: ours, the extra one's, and those that installed packages name.

    Raises RulesetInvalid for an extra folder that does not exist and for a package that cannot be imported.
    """
    return [*places_in(shipped_folder()), *(places_in(extra) if extra else ()), *_find_installed()]


def places_in(root: Path) -> list[Place]:
    """The cities whose folders stand in ``root``, by name."""
    if not root.is_dir():
        message, remedy = "没有这个规则文件夹", "检查路径，或去掉这一设置"
        raise RulesetInvalid([Diagnostic(str(root), 1, 1, "", "UNREADABLE", message, remedy)])
    return [Place(path.name, path) for path in sorted(root.iterdir()) if any(_stands(path / name) for name in FILES)]


def _stands(file: Path) -> bool:
    """Also a link that leads nowhere, of which something must be told."""
    return file.exists() or file.is_symlink()


def load(extra: Path | None = None) -> list[Ruleset]:
    """All cities on their base, the base first. Raises RulesetInvalid with everything wrong anywhere."""
    found, broken = load_each(find_places(extra))
    if broken:
        raise RulesetInvalid([problem for problems in broken.values() for problem in problems])
    return found


def load_each(places: Iterable[Place]) -> tuple[list[Ruleset], Mapping[str, Sequence[Diagnostic]]]:
    """All cities that can be used, the base first; and by its code what is wrong with each other one. Raises
    RulesetInvalid where that is the base."""
    base = loading.read_folder(shipped_folder() / BASE)
    broken: dict[str, list[Diagnostic]] = {}
    found: dict[str, Ruleset] = {}
    for place in places:
        problems: list[Diagnostic] = []
        try:
            ruleset = load_folder(place.folder, base, city=place.city)
        except RulesetInvalid as invalid:
            if place.city == BASE:
                raise
            broken.setdefault(place.city, []).extend(invalid.diagnostics)
            continue
        except Exception as error:  # a fault of ours in checking one city keeps no other from being served
            if place.city == BASE:
                raise
            broken.setdefault(place.city, []).append(
                diagnose(place.city, f"检查时出错（{error!r}）", "请报告平台维护人员")
            )
            continue
        name = f"{place.folder.parent.name}/{place.folder.name}/ruleset.yaml"
        if ruleset.city in found:
            message, remedy = f"城市 {ruleset.city} 出现了两次", "删去其中一个文件夹或软件包"
            problems.append(Diagnostic(name, 1, 1, "ruleset.city", "CITY_TWICE", message, remedy))
        region = ruleset.own.ruleset.region
        for other in found.values():
            if other.city != ruleset.city and other.own.ruleset.region == region:
                message, remedy = f"区划代码 {region} 已由 {other.city} 使用", "一个地区只有一份规则，改正区划代码"
                problems.append(Diagnostic(name, 1, 1, "ruleset.region", "REGION_TWICE", message, remedy))
        if problems:
            broken.setdefault(ruleset.city, []).extend(problems)
        found[ruleset.city] = ruleset
    usable = [ruleset for city, ruleset in found.items() if city not in broken]
    return sorted(usable, key=lambda ruleset: (ruleset.city != BASE, ruleset.own.ruleset.region)), broken


def diagnose(city: str, wrong: str, remedy: str = "改正后重新启动") -> Diagnostic:
    """What is wrong with a city as a whole."""
    return Diagnostic(f"{city}/ruleset.yaml", 1, 1, "ruleset", "NOT_SERVED", wrong, remedy)


def find_hooks(city: str, content: bytes, extra: Path | None = None) -> Hooks:
    """The hooks of a city whose file is that very source, and none that differ: MissingHooks then."""
    if not content:
        return NoHooks()
    for place in find_places(extra):
        file = place.folder / "hooks.py"
        if place.city == city and file.is_file() and file.read_bytes() == content:
            try:
                return _load_hooks(city, file, content)
            except RulesetInvalid:
                break
    return MissingHooks()


def load_folder(folder: Path, base: Layer | None = None, *, city: str | None = None) -> Ruleset:
    """One folder's ruleset with its hooks; raises RulesetInvalid."""
    layers = _read_layers(folder, base, city)
    file = folder / "hooks.py"
    if not file.is_file():
        loading.lint(layers)
        return loading.join(layers)
    content = file.read_bytes()
    hooks = _load_hooks(layers[0].file.ruleset.city, file, content)
    loading.lint(layers, has_hooks=True)
    return loading.join(layers, hooks=hooks, hooks_source=content)


def find_warnings(folder: Path, *, city: str | None = None) -> Sequence[Diagnostic]:
    """What is told of a folder's ruleset without refusing it; raises RulesetInvalid for one that is refused."""
    return loading.find_warnings(_read_layers(folder, None, city), has_hooks=(folder / "hooks.py").is_file())


def _read_layers(folder: Path, base: Layer | None, city: str | None) -> list[Layer]:
    try:
        own = loading.read_folder(folder, city=city)
    except RulesetInvalid as invalid:
        below = [] if folder.name == BASE else [base or loading.read_folder(shipped_folder() / BASE)]
        raise RulesetInvalid([*invalid.diagnostics, *loading.find_more(invalid, below)]) from None
    if own.file.ruleset.city == BASE:
        return [own]
    return [own, base or loading.read_folder(shipped_folder() / BASE)]


def _load_hooks(city: str, file: Path, content: bytes, *, later: bool = False) -> Hooks:
    """The city's hooks under a manager of their own. What may not stand in them, and a misspelt hook or argument, is
    refused here, with its line."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CityHooks)
    shown = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
    try:
        own_modules = _read_own_modules(file, content, shown)
        made = module.load(
            f"anxin_city_{city}{'_later' if later else ''}", content, file, later=later, own_modules=own_modules
        )
        _refuse_unknown(made)
        manager.register(made, name=city)
    except RulesetInvalid:
        raise
    except (Exception, SystemExit) as error:
        cause, remedy = causes.explain(error)
        line = causes.find_line(error, file) or (error.line if isinstance(error, _UnknownHook) else 1)
        message = f"城市规则程序不能使用：{cause}"
        raise RulesetInvalid([Diagnostic(shown, line, 1, "", "HOOKS_INVALID", message, remedy)]) from error
    return LeashedHooks(
        city, manager, str(file), None if later else lambda: _load_hooks(city, file, content, later=True)
    )


def _read_own_modules(file: Path, content: bytes, shown: str) -> frozenset[str]:
    """The modules of its own that an installed city's hooks import; raises RulesetInvalid with everything that may not
    stand in any of them."""
    waiting, seen, found = {shown: content}, set[str](), list[Diagnostic]()
    while waiting:
        name, text = waiting.popitem()
        own = {each: path for each in source.list_imports(text) if (path := _find_own_module(each, file.parent))}
        found += source.find_problems(text, name, frozenset(own))
        waiting |= {
            f"{file.parent.name}/{path.name}": path.read_bytes() for each, path in own.items() if each not in seen
        }
        seen |= own.keys()
    if found:
        raise RulesetInvalid(found)
    return frozenset(seen)


def _find_own_module(name: str, folder: Path) -> Path | None:
    """The file of a module of the installed package whose folder this is."""
    package, _, last = name.rpartition(".")
    if not package.isidentifier() or not (folder / f"{last}.py").is_file():
        return None
    spec = find_spec(package)
    places = [Path(place).resolve() for place in (spec.submodule_search_locations or ()) if spec] if spec else []
    return folder / f"{last}.py" if folder.resolve() in places else None


class _UnknownHook(causes.Misspelt):
    def __init__(self, said: str, line: int) -> None:
        super().__init__(said)
        self.line = line


def _refuse_unknown(made: ModuleType) -> None:
    """pluggy only reports unknown hooks once a name is asked for; tell the nearest name at once."""
    known = sorted(name for name in vars(CityHooks) if not name.startswith("_"))
    for name, function in vars(made).items():
        marks: dict[str, Any] | None = getattr(function, f"{PROJECT}_impl", None)
        if not marks:
            continue
        meant, line = str(marks["specname"] or name), function.__code__.co_firstlineno
        if meant not in known:
            raise _UnknownHook(f"没有名为 {meant} 的钩子，{_suggest(meant, known)}可用的有：{'、'.join(known)}", line)
        taken = [each for each in inspect.signature(getattr(CityHooks, meant)).parameters if each != "self"]
        for argument in inspect.signature(function).parameters:
            if argument not in taken:
                said = f"钩子 {meant} 没有参数 {argument}，{_suggest(argument, taken)}可用的有：{'、'.join(taken)}"
                raise _UnknownHook(said, line)


def _suggest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"是不是 {near[0]}？" if near else ""


def _find_installed() -> Iterator[Place]:
    for found in entry_points(group=GROUP):
        try:
            with as_file(files(found.value)) as folder:
                place = Place(found.name, folder)
        except Exception as error:
            raise RulesetInvalid([_explain_unusable(found, error)]) from error
        if not (place.folder / "ruleset.yaml").is_file():
            raise RulesetInvalid([_explain_unusable(found, "其中没有 ruleset.yaml")])
        yield place


def _explain_unusable(found: EntryPoint, reason: object) -> Diagnostic:
    message = f"软件包登记的城市规则 {found.name} 不能使用（{reason}）"
    return Diagnostic(found.value, 1, 1, "", "PACKAGE_INVALID", message, "重新安装或卸载该软件包")

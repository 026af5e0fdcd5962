"""Finds the rulesets that are there: folders of ``rules/``, a folder named in the settings, installed packages."""

import difflib
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import as_file, files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core.rulesets import loading
from core.rulesets.hooks import Hooks, MissingHooks, NoHooks
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.loading import Layer
from core.rulesets.ruleset import Ruleset
from plugins.hookspecs import PROJECT, CityHooks
from plugins.leash import LeashedHooks

BASE = "national"
GROUP = f"{PROJECT}.rulesets"


@dataclass(frozen=True)
class Place:
    """Where a city's files are. The code is the folder's name, or the entry point's for an installed package."""

    city: str
    folder: Path


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
    return [Place(path.name, path) for path in sorted(root.iterdir()) if (path / "ruleset.yaml").is_file()]


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


def diagnose(city: str, wrong: str) -> Diagnostic:
    """What is wrong with a city as a whole."""
    return Diagnostic(f"{city}/ruleset.yaml", 1, 1, "ruleset", "NOT_SERVED", wrong, "改正后重新启动")


def find_hooks(city: str, source: bytes, extra: Path | None = None) -> Hooks:
    """The hooks of a city whose file is that very source, and none that differ: MissingHooks then."""
    if not source:
        return NoHooks()
    for place in find_places(extra):
        file = place.folder / "hooks.py"
        if place.city == city and file.is_file() and file.read_bytes() == source:
            try:
                return _load_hooks(city, file)
            except RulesetInvalid:
                break
    return MissingHooks()


def load_folder(folder: Path, base: Layer | None = None, *, city: str | None = None) -> Ruleset:
    """One folder's ruleset with its hooks; raises RulesetInvalid."""
    layers = _read_layers(folder, base, city)
    source = folder / "hooks.py"
    if not source.is_file():
        loading.lint(layers)
        return loading.join(layers)
    hooks = _load_hooks(layers[0].file.ruleset.city, source)
    loading.lint(layers, has_hooks=True)
    return loading.join(layers, hooks=hooks, hooks_source=source.read_bytes())


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


def _load_hooks(city: str, source: Path) -> Hooks:
    """The city's hooks under a manager of their own. A misspelt hook or argument is refused here, with its name."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(CityHooks)
    try:
        module = _import_hooks(city, source)
        _refuse_unknown(module)
        manager.register(module, name=city)
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {error}" if not isinstance(error, _UnknownHook) else str(error)
        message, remedy = f"城市规则程序不能使用（{said}）", "对照 plugins/hookspecs.py 的说明修改"
        name = f"{source.parent.parent.name}/{source.parent.name}/{source.name}"
        raise RulesetInvalid(
            [Diagnostic(name, _find_line(error, source), 1, "", "HOOKS_INVALID", message, remedy)]
        ) from error
    return LeashedHooks(city, manager)


def _import_hooks(city: str, source: Path) -> ModuleType:
    spec = spec_from_file_location(f"anxin_city_{city}", source)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up while they are being made
    spec.loader.exec_module(module)
    return module


class _UnknownHook(LookupError):
    pass


def _refuse_unknown(module: ModuleType) -> None:
    """pluggy only reports unknown hooks once a name is asked for; tell the nearest name at once."""
    known = sorted(name for name in vars(CityHooks) if not name.startswith("_"))
    for name, function in vars(module).items():
        marks: dict[str, Any] | None = getattr(function, f"{PROJECT}_impl", None)
        meant = str(marks["specname"] or name) if marks else name
        if marks and meant not in known:
            near = difflib.get_close_matches(meant, known, 1)
            raise _UnknownHook(
                f"没有名为 {meant} 的钩子，{f'是不是 {near[0]}？' if near else ''}可用的有：{'、'.join(known)}"
            )


def _find_line(error: BaseException, source: Path) -> int:
    """Where in the hooks' own file it went wrong."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(source) and frame.lineno), 1)


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

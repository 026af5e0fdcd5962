"""From a folder to a ruleset that can be relied on: read strictly, validate, joined to its base, checked as a whole."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.decisions import RulesetRef
from core.rulesets.hooks import Hooks, NoHooks
from core.rulesets.language import strict_yaml
from core.rulesets.language.diagnostics import Diagnostic, RulesetInvalid
from core.rulesets.language.format import RulesetFile
from core.rulesets.language.formulas import Hook, walk_formula
from core.rulesets.language.strict_yaml import Document
from core.rulesets.lint import checks
from core.rulesets.ruleset import Ruleset

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class Layer:
    """One file, read: its exact bytes, where everything stands, and its typed content. One content is one object."""

    content: bytes
    document: Document
    file: RulesetFile


@lru_cache(maxsize=32)
def read_layer(content: bytes, shown_as: str) -> Layer:
    """A file by itself, kept by its content; raises RulesetInvalid for what can be seen without its base."""
    document, problems = strict_yaml.read(content, shown_as)
    try:
        file = RulesetFile.model_validate(document.data)
    except ValidationError as error:
        told = _list_told(problems)
        also = [
            found
            for found in _explain_all(document, error, RulesetFile)
            if not {(found.line, found.column), (found.line, 0)} & told
        ]
        raise RulesetInvalid([*problems, *also], _prune(content, document, error)) from None
    if problems:
        raise RulesetInvalid(problems, Layer(content, document, file))
    return Layer(content, document, file)


def _list_told(problems: Sequence[Diagnostic]) -> set[tuple[int, int]]:
    """Lines and columns that are told already; column 0 is the whole line.

    A line that could not be read is left out: what it lacks there shows on the lines beside it.
    """
    told = {(problem.line, problem.column if problem.path else 0) for problem in problems}
    return told | {(problem.line + step, 0) for problem in problems if problem.code == "SYNTAX" for step in (-1, 1)}


def _prune(content: bytes, document: Document, error: ValidationError) -> Layer | None:
    """The file without the entries that are out of shape, so that the rest is looked at; None where its head is."""
    if not isinstance(document.data, dict):
        return None
    data = dict(cast("dict[str, Any]", document.data))
    for found in error.errors():
        section, *inside = document.known(tuple(found["loc"])) or ("",)
        part = data.get(str(section))
        if not inside or not isinstance(part, dict):
            return None
        rest = cast("dict[str | int, Any]", part)
        data[str(section)] = {name: entry for name, entry in rest.items() if name != inside[0]}
    try:
        return Layer(content, document, RulesetFile.model_validate(data))
    except ValidationError:
        return None


def lint(layers: Sequence[Layer], *, has_hooks: bool = False) -> None:
    """Raises RulesetInvalid with everything wrong in the first layer as one that rests on those below it.

    What only warns is `find_warnings`'s to tell, once nothing is refused any more.

    Not for a content that was found good when it was first loaded: a later, stricter platform still joins the rules a
    case began under.
    """
    if refused := [problem for problem in _find_problems(tuple(layers), has_hooks) if not problem.warns]:
        raise RulesetInvalid(refused)


def find_warnings(layers: Sequence[Layer], *, has_hooks: bool = False) -> Sequence[Diagnostic]:
    """What may be meant in the first layer, and should be looked at once more, in the order of its lines."""
    return sorted(
        (problem for problem in _find_problems(tuple(layers), has_hooks) if problem.warns),
        key=lambda problem: (problem.line, problem.column),
    )


_HANGS_TOGETHER = frozenset({"SECTION_MISSING", "NEVER_READ", "NEVER_CITED", "CASES_DIFFER", "UNKNOWN_NAME"})
"""What an entry that is out of shape, and was left out, can bring about elsewhere."""


def find_more(invalid: RulesetInvalid, below: Sequence[Layer]) -> list[Diagnostic]:
    """What else is wrong in the sound rest of a file that was refused for its shape: told in the same wave."""
    if not isinstance(invalid.sound, Layer):
        return []
    told = {line for line, _ in _list_told(invalid.diagnostics)}
    try:
        found = _find_problems((invalid.sound, *below), True)
    except (LookupError, TypeError):
        return []  # what hangs on the rest that was left out
    return [each for each in found if not each.warns and each.code not in _HANGS_TOGETHER and each.line not in told]


@lru_cache(maxsize=32)
def _find_problems(layers: tuple[Layer, ...], has_hooks: bool) -> Sequence[Diagnostic]:
    """Found once for the same contents, as they are read once."""
    own, *below = layers
    found = checks.find_problems(own.document, own.file, [layer.file for layer in below])
    return found if has_hooks else [*found, *_check_hooks(own)]


def join(layers: Sequence[Layer], *, hooks: Hooks | None = None, hooks_source: bytes = b"") -> Ruleset:
    """A city's layers, its own first and the national base last, as one ruleset.

    The digest covers every layer and the hooks' source.
    """
    contents = [layer.content for layer in layers]
    digest = hashlib.sha256()
    for part in (*contents, hooks_source):
        digest.update(hashlib.sha256(part).digest())
    own = layers[0].file.ruleset
    ref = RulesetRef(own.city, own.version, digest.hexdigest())
    return Ruleset(ref, [layer.file for layer in layers], hooks or NoHooks(), contents, hooks_source)


def read_folder(folder: Path, *, city: str | None = None, shown_as: str | None = None) -> Layer:
    """The ``ruleset.yaml`` of a folder. Its city's code is the folder's name, unless an installed package says."""
    name = shown_as or f"{folder.parent.name}/{folder.name}/ruleset.yaml"
    try:
        content = (folder / "ruleset.yaml").read_bytes()
    except OSError as error:
        unreadable = Diagnostic(name, 1, 1, "", "UNREADABLE", f"无法读取文件（{error.strerror}）", "检查路径和权限")
        raise RulesetInvalid([unreadable]) from error
    found = read_layer(content, name)
    expected = city or folder.name
    if found.file.ruleset.city != expected:
        message = f"城市代码 {found.file.ruleset.city} 与文件夹（或软件包登记）的名称 {expected} 不同"
        remedy = f"改为 city: {expected}，或改文件夹的名称"
        raise RulesetInvalid([found.document.diagnostic(("ruleset", "city"), "WRONG_FOLDER", message, remedy)])
    return found


def _check_hooks(own: Layer) -> list[Diagnostic]:
    """Formulas that ask a hook in a city that has no hooks.py would leave every case to an officer."""
    return [
        own.document.diagnostic(
            place, "NO_HOOKS", "公式要用城市规则程序，但没有 hooks.py", "在旁边写 hooks.py，或改用其他公式"
        )
        for path, rule in own.file.formulas.items()
        for index, version in enumerate(rule.versions)
        for place, node in walk_formula(version.calculate, ("formulas", path, "versions", index, "calculate"))
        if isinstance(node, Hook)
    ]


def validate(document: Document, shape: type[Shape]) -> Shape:
    """The document as the given model; raises RulesetInvalid with one diagnostic for each thing out of shape."""
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        raise RulesetInvalid(_explain_all(document, error, shape)) from None


def _explain_all(document: Document, error: ValidationError, shape: type[BaseModel]) -> list[Diagnostic]:
    words = _list_keys(shape)
    return [_explain(document, found, words) for found in error.errors()]


def json_schema() -> str:
    """The JSON Schema that editors use for completion; kept at ``rules/ruleset.schema.json``."""
    schema = RulesetFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


_KINDS_OF_FORMULA = "percent_of、marginal_tiers、bracket、min_of、max_of、clamp、sum、lookup、hook"
_NOT_A_NUMBER = ("NOT_A_NUMBER", "应为数字", "写成 10_000_000、0.05 或 5%")
_NOT_A_MAPPING = ("NOT_A_MAPPING", "应为“键: 值”", "检查缩进")
_NOT_AN_OPTION = ("NOT_AN_OPTION", "不在允许的取值之内", "改为下列之一：{expected}")
_MESSAGES: Mapping[str, tuple[str, str, str]] = {
    "missing": ("MISSING", "缺少必填项", "补上这一项"),
    "extra_forbidden": ("UNKNOWN_KEY", "不认识的键", "检查拼写，或对照 docs/rulesets.md"),
    "union_tag_invalid": (
        "UNKNOWN_KIND",
        "没有这种公式",
        f"写数字、fact、value、formula，或 kind: {_KINDS_OF_FORMULA}",
    ),
    "literal_error": _NOT_AN_OPTION,
    "enum": _NOT_AN_OPTION,
    "string_type": ("NOT_TEXT", "应为文字", "加上引号"),
    "bool_type": ("NOT_BOOLEAN", "应为 true 或 false", "yes、no、on、off 不算"),
    "int_type": ("NOT_INTEGER", "应为整数", "只写数字"),
    "date_type": ("NOT_A_DATE", "应为日期", "写成 2024-07-01"),
    "is_instance_of": _NOT_A_NUMBER,
    "string_pattern_mismatch": (
        "BAD_NAME",
        "写法不合规定",
        "小写英文、数字和下划线，各段以点分开；区划代码为六位数字并加引号",
    ),
    "list_type": ("NOT_A_LIST", "应为列表", "每项一行，以“- ”开头"),
    "too_short": ("TOO_SHORT", "内容太少", "至少写 {min_length} 项"),
    "string_too_short": ("EMPTY_TEXT", "文字不能为空", "写明内容"),
    "dict_type": _NOT_A_MAPPING,
    "model_type": _NOT_A_MAPPING,
    "not_plain": ("NOT_PLAIN", "只能与一个值比较", "多个值用 in: [...]"),
    "greater_than": ("OUT_OF_RANGE", "数值过小", "应大于 {gt}"),
    "greater_than_equal": ("OUT_OF_RANGE", "数值过小", "应不小于 {ge}"),
}


def _explain(document: Document, error: ErrorDetails, words: Iterable[str]) -> Diagnostic:
    kind, location = error["type"], tuple(error["loc"])
    code, message, remedy = _MESSAGES.get(
        kind, ("INVALID", f"不合格式（{error['msg']}）", "对照 docs/rulesets.md 修改")
    )
    if kind == "missing":
        message = f"{message}“{location[-1]}”"
    elif kind == "extra_forbidden":
        near = difflib.get_close_matches(str(location[-1]), list(words), 1)
        message = f"{message}“{location[-1]}”"
        remedy = f"是不是 {near[0]}？" if near else remedy
    elif not isinstance(error["input"], (dict, list)):
        message = f"{message}，写的是“{error['input']!s:.60}”"
    context = {name: _in_chinese(value) for name, value in error.get("ctx", {}).items()}
    return document.diagnostic(location, code, message, remedy.format_map(context), key=kind == "extra_forbidden")


def _in_chinese(listed: object) -> str:
    """pydantic lists options as ``'a', 'b' or 'c'``."""
    return str(listed).replace("'", "").replace(" or ", "、").replace(", ", "、")


@cache
def _list_keys(shape: type[BaseModel]) -> frozenset[str]:
    """Every key that the format knows anywhere, for "is it …?"."""
    schema = shape.model_json_schema(by_alias=True)
    models = (schema, *schema.get("$defs", {}).values())
    return frozenset(word for model in models for word in model.get("properties", {}))

"""No words but the field's: names that were given up stay given up."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RETIRED = {
    *("at_once", "heads", "fast_lane", "time_limit", "house", "acting", "closing", "introduction", "loading"),
    *("written", "whole", "asked", "shown", "town", "world", "scene", "crowd"),
    *("Spoken", "Meant", "Known", "AtOnce", "Asking", "Gone", "AsUsual"),
}
"""Metaphors and participles that once stood for modules, classes or functions, and say nothing to who meets them."""
KEPT = {"core/rulesets/loading.py"}


def declared(path: Path) -> Iterator[str]:
    """The names of the module, its classes and its functions."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name.strip("_")


@pytest.mark.parametrize(
    "folder", ["anxin", "bench", "core", "plugins", "resolvers", "rules", "schema", "tests", "web"]
)
def test_no_name_is_one_that_was_given_up(folder: str):
    found = {
        str(path.relative_to(ROOT)): sorted(RETIRED & set(declared(path)))
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts and str(path.relative_to(ROOT)) not in KEPT
    }
    assert {path: names for path, names in found.items() if names} == {}

"""Refuses an installation in which another package brings an import name of ours; standard library only.

`schema` and `rules` exist on the package index: installed beside us, their files win over ours silently, or lose.
"""

import csv
import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, distributions
from pathlib import Path

NAMES = frozenset({"anxin", "core", "plugins", "resolvers", "rules", "schema"})
_HOME = Path(__file__).parent.parent


class NameTaken(Exception):
    """The message says which name, by whom or where, and what to do."""


def check(installed: Iterable[Distribution] | None = None, path: list[str] | None = None) -> None:
    """Raises NameTaken. Looks at what is `installed` and at what an import along `path` would find, by default ours."""
    for distribution in distributions() if installed is None else installed:
        # A distribution that was removed by hand may have left a folder without a name.
        name = str(distribution.metadata["Name"] or "")
        if name.lower() != "anxin" and (taken := sorted(_top_level(distribution) & NAMES)):
            raise NameTaken(
                f"the package {name} brings the import name {taken[0]}, which is ours; "
                f"say: pip uninstall {name}, then reinstall anxin, whose files it may have overwritten"
            )
    for name in sorted(NAMES):
        found = PathFinder.find_spec(name, sys.path if path is None else path)
        place = Path(found.origin) if found and found.origin else None
        if place is None or not place.is_relative_to(_HOME / name):
            raise NameTaken(
                f"import {name} finds {place or 'nothing'}, not {_HOME / name}; "
                "remove it, or take its folder out of PYTHONPATH"
            )


def _top_level(distribution: Distribution) -> set[str]:
    """What `import` finds of it: modules and packages that lie directly in site-packages, as its own lists say.

    Not by `distribution.files`: from Python 3.12 on that looks for each file, and leaves out what is not there.
    """
    if declared := distribution.read_text("top_level.txt"):
        return set(declared.split())
    record = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    return {_import_name(row[0]) for row in record if row and row[0].endswith((".py", ".so", ".pyd"))}


def _import_name(file: str) -> str:
    return file.partition("/")[0].partition(".")[0]

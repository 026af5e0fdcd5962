"""No module imports one that needs it: each package can be read from its general end to its particular one."""

from functools import cache
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ("core", "resolvers", "schema")


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_imports_run_in_a_circle(package: str):
    modules = {name for name in graph().modules if name.split(".")[0] == package}
    needs = {name: graph().find_modules_directly_imported_by(name) & modules for name in modules}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))

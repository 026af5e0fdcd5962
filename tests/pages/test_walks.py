"""The walks of the contributing page: each patch applies to what the last one left; all of it is sound and works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anxin.database import migrate
from tests.helpers.area_cost import ceremony, changed_files

ROOT = Path(__file__).parents[2]
MIGRATIONS = Path("anxin/database/migrations/versions")
PATCHES = sorted((ROOT / "docs" / "walks").glob("*.diff"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git tracks, with every walk walked, and our environment beside it."""
    copy = tmp_path_factory.mktemp("walks") / "anxin"
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, tracked):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (copy / ".venv").symlink_to(sys.prefix)
    last = migrate.head_revision()
    for patch in PATCHES:
        run(copy, "git", "apply", "--whitespace=error", str(patch))
    [first] = (copy / MIGRATIONS).glob("9001_*.py")  # goes on from whatever is last by now
    first.write_text(re.sub(r"(?m)^down_revision = .*", f'down_revision = "{last}"', first.read_text("utf-8")), "utf-8")
    return copy


def run(folder: Path, *command: str) -> str:
    """What the command says, of which the last lines are told where it fails."""
    told = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "GIT_"))}
    done = subprocess.run(
        command, cwd=folder, env={**told, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "\n".join([" ".join(command), *(done.stdout + done.stderr).splitlines()[-30:]])
    return done.stdout


def test_what_the_walks_leave_passes_the_type_checker(copy: Path):
    places = ["core/identity", "core/site_inspections", "resolvers/institutions.py", "resolvers/site_inspections.py"]
    run(copy, sys.executable, "-m", "basedpyright", *places, "schema", "anxin/database")


def test_what_the_walks_leave_passes_its_own_tests(copy: Path):
    tests = ["tests/identity/test_telephone.py", "tests/site_inspections", "tests/schema/test_vocabulary.py"]
    run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_an_area_costs_at_most_twelve_files_and_fifty_lines_that_say_nothing_of_it():
    patch = (ROOT / "docs" / "walks" / "3-area.diff").read_text("utf-8")
    assert len(changed_files(patch)) <= 12
    assert sum(ceremony(patch).values()) <= 50, ceremony(patch)


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("from core.db import Base", 1),
        ("@strawberry.type\nclass Queries:\n    things: Thing = root_field(page, 'Things.')", 2),
        ("@represents(Thing, 'A thing.')\nclass Thing(Node):\n    name: str", 0),
        ("@dataclass(frozen=True)\nclass Thing:\n    name: str", 1),
        ("class Thing(Base):\n    __tablename__ = 'thing'\n    name: Mapped[str]", 1),
        ("def decide(act, id):\n    act.must_be(Role.HANDLER)\n    return id", 0),
    ],
)
def test_what_says_nothing_of_an_area_is_counted(written: str, counted: int):
    added = "".join(f"+{line}\n" for line in written.splitlines())
    new = f"diff --git a/core/a.py b/core/a.py\nnew file mode 100644\n+++ b/core/a.py\n@@ -0,0 +1 @@\n{added}"
    register = "diff --git a/b.py b/b.py\n+++ b/b.py\n@@ -1,2 +1,3 @@\n A = (\n+    a,\n )\n"
    test = new.replace("core/a.py", "tests/test_a.py")
    assert ceremony(new + register + test) == {"core/a.py": counted, "b.py": 1}


def test_a_city_is_a_folder_that_passes_its_checks(copy: Path):
    """All in one process: each start of one reads the schema anew."""
    city = "['new', 'chengdu', '--name', '成都市', '--region', '510100', '--rules', 'rules']"
    say = f"from anxin.commands.rules import app\nfor words in ({city}, ['check'], ['test', 'chengdu']):\n"
    said = run(copy, sys.executable, "-c", f"{say}    app(words, standalone_mode=False)")
    assert "rules/chengdu/ruleset.yaml：通过" in said
    assert "chengdu：1 个算例，0 个不符" in said

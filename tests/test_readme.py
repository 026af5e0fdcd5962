"""The README's walk, run as a reader would: against a demo server of its own, its lines copied in order."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """``anxin demo`` in an empty folder; its address."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # root's PostgreSQL runs as another user, who must reach it
    command = [sys.executable, "-m", "anxin.commands.main", "demo", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(README.parent)}
    log = tmp_path / "demo.log"
    with (
        log.open("w") as complaints,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as running,
    ):
        assert running.stdout
        said = "".join(iter(running.stdout.readline, "\n")) + "".join(iter(running.stdout.readline, "\n"))
        address = re.search(r"http://127\.0\.0\.1:\d+/graphql", said)
        yield address[0] if address else log.read_text()
        running.terminate()


def test_the_walk_through_benxi_works_line_by_line(demo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("http://127.0.0.1:8000/graphql", demo)
    said = dict[str, object]()
    exec(compile(lines, "README.md", "exec"), said)
    project = said["ask"](said["query"], said["token"], id=said["project"]["id"])
    assert [deposit["state"] for deposit in project["wageDeposits"]] == ["CANCELLED"]
    assert [deposit["filingStatus"] for deposit in project["wageDeposits"]] == ["FILED"]

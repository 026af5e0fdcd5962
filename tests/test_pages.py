"""The pages for newcomers, run as a reader would: against a demo server of its own, their lines copied in order."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder that root's PostgreSQL, which runs as another user, reaches."""
    folder = tmp_path_factory.mktemp("reader")
    for step in (folder, *folder.parents[:2]):
        step.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[str]:
    """``anxin demo`` in that folder; its address."""
    command = [sys.executable, "-m", "anxin.commands.main", "demo", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    log = folder / "demo.log"
    with (
        log.open("w") as complaints,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as running,
    ):
        assert running.stdout
        said = "".join(iter(running.stdout.readline, "\n")) + "".join(iter(running.stdout.readline, "\n"))
        address = re.search(r"http://127\.0\.0\.1:\d+/graphql", said)
        yield address[0] if address else log.read_text()
        running.terminate()


def test_the_first_query_of_the_readme_has_the_answer_that_stands_below_it(demo: str):
    [query] = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    stated = re.findall(r"^(value|certainty|alternatives) +(\S+) +", README, re.MULTILINE)
    request = urllib.request.Request(demo, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))["data"]["explain"]
    citation, [other] = answer["because"][0]["citation"], answer["alternatives"]
    assert dict(stated) == {"value": answer["value"], "certainty": answer["certainty"], "alternatives": other["value"]}
    assert f"because       {citation['title']}，{citation['locator']}" in README
    assert f"{other['value']}     {other['label']}" in README


def test_the_tutorial_works_line_by_line(demo: str, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
    lines = "\n".join(blocks).replace("http://127.0.0.1:8000/graphql", demo)
    said = dict[str, object]()
    exec(compile(lines, "docs/tutorial.md", "exec"), said)
    project = said["ask"](said["query"], said["token"], id=said["project"]["id"])
    assert [deposit["state"] for deposit in project["wageDeposits"]] == ["CANCELLED"]
    assert [deposit["filingStatus"] for deposit in project["wageDeposits"]] == ["FILED"]

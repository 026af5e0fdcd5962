"""The pages for newcomers, run as a reader would: where the demo was started, their lines copied in order."""

import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.helpers.demo import Demo

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


def test_the_first_query_of_the_readme_has_the_answer_that_stands_below_it(demo_server: Demo):
    [query] = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    stated = re.findall(r"^(value|certainty|alternatives) +(\S+) +", README, re.MULTILINE)
    request = urllib.request.Request(
        demo_server.url, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    answer = json.load(urllib.request.urlopen(request))["data"]["explain"]
    citation, [other] = answer["because"][0]["citation"], answer["alternatives"]
    assert dict(stated) == {"value": answer["value"], "certainty": answer["certainty"], "alternatives": other["value"]}
    assert f"because       {citation['title']}，{citation['locator']}" in README
    assert f"{other['value']}     {other['label']}" in README


def test_the_tutorial_works_line_by_line(demo_server: Demo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(demo_server.folder.parent.parent)
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
    lines = "\n".join(blocks).replace("http://127.0.0.1:8000/graphql", demo_server.url)
    said = dict[str, object]()
    exec(compile(lines, "docs/tutorial.md", "exec"), said)
    project = said["ask"](said["query"], said["token"], id=said["project"]["id"])
    assert [deposit["state"] for deposit in project["wageDeposits"]] == ["CANCELLED"]
    assert [deposit["filingStatus"] for deposit in project["wageDeposits"]] == ["FILED"]

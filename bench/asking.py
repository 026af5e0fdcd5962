"""The requests of a run: made for every side before anything is timed, and the answers found equal."""

import json
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import act
from bench.database import Filled
from bench.operations import OPERATIONS, PAGES, WITH_PYTHON, normal, numbered
from bench.servers import Server
from bench.sides import Side

CHECKED = 20
"""Answers to each query that are compared; to Q1 all are."""


@dataclass(frozen=True)
class Asked:
    """By operation, the requests as they go over the wire, and some answers in their normal form; by table, how many
    rows one act wrote."""

    requests: Mapping[str, Sequence[bytes]]
    answers: Mapping[str, Any]
    written: Mapping[str, int]


def answer(side: Side, server: Server, filled: Filled, body: Mapping[str, Any]) -> Any:
    """What the side says, as JSON."""
    head, _, content = next(numbered([side.request(body, filled)])).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    url = f"http://127.0.0.1:{server.port}/graphql"
    with urllib.request.urlopen(urllib.request.Request(url, content, headers)) as response:
        found = json.load(response)
    if found.get("errors"):
        sys.exit(f"{side.label} answers {body} with {found['errors']}")
    return found["data"]


def pages(side: Side, server: Server, filled: Filled) -> tuple[Sequence[Mapping[str, Any]], Sequence[Any]]:
    """The variables and the answers of the first pages, turned by the side's own cursors."""
    variables: list[Mapping[str, Any]] = []
    answers: list[Any] = []
    more, after = True, None
    while more and len(answers) < PAGES:
        variables.append({"after": after})
        answers.append(answer(side, server, filled, side.language.body("Q1", variables[-1], filled)))
        info = answers[-1]["projects"]["pageInfo"]
        more, after = info["hasNextPage"], info["endCursor"]
    return variables, answers


def everything(side: Side, server: Server, filled: Filled) -> Asked:
    """Ask all of Q1, some of the other queries, and for one act."""
    language = side.language
    turned, found = pages(side, server, filled)
    asked = {"Q1": turned, **{name: language.variables(name, filled) for name in OPERATIONS if name != "Q1"}}
    answers: dict[str, Any] = {"Q1": normal(found)}
    before = act.rows(filled.dsn)
    for name, some in {"Q2": CHECKED, "Q3": CHECKED, "M1": 1}.items():
        bodies = [language.body(name, variables, filled) for variables in asked[name][:some]]
        answers[name] = [normal(answer(side, server, filled, body)) for body in bodies]
    written = {table: count - before[table] for table, count in act.rows(filled.dsn).items()}
    if WITH_PYTHON in language.documents:
        asked[WITH_PYTHON] = turned
        bodies = [language.body(WITH_PYTHON, variables, filled) for variables in turned[:CHECKED]]
        answers[WITH_PYTHON] = [normal(answer(side, server, filled, body)) for body in bodies]
    requests = {
        name: [side.request(language.body(name, variables, filled), filled) for variables in all_variables]
        for name, all_variables in asked.items()
    }
    return Asked(requests, answers, written)

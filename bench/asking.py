"""The requests of a run: made for every side before anything is timed, and the answers found equal."""

import json
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from bench.database import Filled
from bench.operations import OPERATIONS, PAGES, WITH_PYTHON, normal, numbered, written
from bench.servers import Server
from bench.sides import Side

CHECKED = 20
"""Rows of each operation whose answers are compared; of pages all are."""


def answer(side: Side, server: Server, filled: Filled, body: Mapping[str, Any]) -> Any:
    """What the side says, as JSON."""
    [request] = [written(body, filled.token if side.ours else None)]
    head, _, content = next(numbered([request])).partition(b"\r\n\r\n")
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
    more: bool = True
    after: str | None = None
    while more and len(answers) < PAGES:
        variables.append({"after": after})
        answers.append(answer(side, server, filled, side.language.body("Q1", variables[-1], filled)))
        info = answers[-1]["projects"]["pageInfo"]
        more, after = info["hasNextPage"], info["endCursor"]
    return variables, answers


def requests(side: Side, server: Server, filled: Filled) -> tuple[Mapping[str, Sequence[bytes]], Mapping[str, Any]]:
    """By operation, what goes over the wire, and the normal form of the answers to be compared."""
    language = side.language
    turned, found = pages(side, server, filled)
    asked = {"Q1": turned, **{name: language.variables(name, filled) for name in OPERATIONS if name != "Q1"}}
    answers: dict[str, Any] = {"Q1": normal(found)}
    for name in ("Q2", "Q3", "M1"):
        some = asked[name][: 1 if name == "M1" else CHECKED]
        answers[name] = normal([answer(side, server, filled, language.body(name, v, filled)) for v in some])
    if WITH_PYTHON in language.documents:
        asked[WITH_PYTHON] = turned
    token = filled.token if side.ours else None
    return {
        name: [written(language.body(name, v, filled), token) for v in variables] for name, variables in asked.items()
    }, answers

"""The requests of a run: made for every side before anything is timed, and the answers to them."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench import act
from bench.database import Filled
from bench.operations import OPERATIONS, PAGES, WITH_PYTHON, normalize, number_notices
from bench.servers import Server
from bench.sides import Side

CHECKED = 20
"""Answers to each query that are compared; to Q1 all are."""
REFUSED = "refused"
Written = Mapping[str, Sequence[Any]]
ByOperation = Mapping[str, Any]
"""Answers in their normal form."""


@dataclass(frozen=True)
class Answers:
    """By operation, the requests as they go over the wire, and some answers to who is measured; by table, the rows that
    one act wrote. From sides that are equal to ours also the answers to ``others``, by who they are."""

    requests: Mapping[str, Sequence[bytes]]
    answers: ByOperation
    written: Written
    others: Mapping[str, ByOperation]


@dataclass(frozen=True)
class Asker:
    """Somebody who asks one side; ``patient`` if they may be refused what they ask for."""

    side: Side
    server: Server
    filled: Filled
    token: str | None
    patient: bool = False

    def answer(self, operation: str, variables: Mapping[str, Any]) -> Any:
        """What the side says, as JSON; REFUSED for what it does not do, if that may be."""
        body = self.side.language.body(operation, variables, self.filled)
        head, _, content = next(number_notices([self.side.request(body, self.token)])).partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        url = f"http://127.0.0.1:{self.server.port}/graphql"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, content, headers)) as response:
                found = json.load(response)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        data: dict[str, Any] | None = None if found.get("errors") else found.get("data")
        done = data is not None and (operation != "M1" or all(data.values()))
        if not done and not self.patient:
            sys.exit(f"{self.side.label} answers {body} with {str(found)[:2000]}")
        return data if done else REFUSED

    def answers(self, operation: str, some: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        return [normalize(self.answer(operation, variables)) for variables in some]

    def pages(self, most: int) -> tuple[Sequence[Mapping[str, Any]], Sequence[Any]]:
        """The variables and the answers of the first pages, turned by the side's own cursors."""
        variables: list[Mapping[str, Any]] = []
        answers: list[Any] = []
        more, after = True, None
        while more and len(answers) < most:
            variables.append({"after": after})
            answers.append(self.answer("Q1", variables[-1]))
            if answers[-1] == REFUSED:
                break
            info = answers[-1]["projects"]["pageInfo"]
            more, after = info["hasNextPage"], info["endCursor"]
        return variables, answers


def ask_everything(side: Side, server: Server, filled: Filled) -> Answers:
    """Ask all of Q1, some of the other queries, and for one act; for each of the others a little of everything."""
    language = side.language
    officer = Asker(side, server, filled, filled.token)
    turned, found = officer.pages(PAGES)
    asked = {"Q1": turned, **{name: language.variables(name, filled) for name in OPERATIONS if name != "Q1"}}
    answers: dict[str, Any] = {"Q1": normalize(found)}
    for name in ("Q2", "Q3"):
        answers[name] = officer.answers(name, asked[name][:CHECKED])
    marks = act.last_ids(filled.dsn)
    answers["M1"] = officer.answers("M1", asked["M1"][:1])
    written = act.rows_since(filled.dsn, marks)
    act.secure_again(filled.dsn, marks)
    if WITH_PYTHON in language.documents:
        asked[WITH_PYTHON] = turned
        answers[WITH_PYTHON] = officer.answers(WITH_PYTHON, turned[:CHECKED])
    requests = {
        name: [side.request(language.body(name, variables, filled), filled.token) for variables in all_variables]
        for name, all_variables in asked.items()
    }
    return Answers(requests, answers, written, _ask_others(officer) if side.equal else {})


def _ask_others(officer: Asker) -> Mapping[str, ByOperation]:
    """What everybody is shown and not shown, and which acts are refused; those write nothing."""
    filled, language = officer.filled, officer.side.language
    foreign, deposits = zip(*filled.foreign, strict=True)
    projects = [language.row("Project", id) for id in (*filled.projects[:CHECKED], *foreign)]
    enterprises = language.variables("Q3", filled)[:CHECKED]
    tokens = {"the officer": filled.token, **filled.others}
    askers = {who: replace(officer, token=token, patient=True) for who, token in tokens.items()}
    marks = act.last_ids(filled.dsn)
    found: dict[str, ByOperation] = {}
    for who, asker in askers.items():
        uses = [language.use(deposits[0]), language.use(filled.deposits[0], amount="999999999.00")]
        if asker.token != filled.token:
            uses.append(language.use(filled.deposits[0]))
        found[who] = {
            "Q1": [_visible_part(page) for page in normalize(asker.pages(2)[1])],
            "Q2": [_visible_part(answer) for answer in asker.answers("Q2", projects)],
            "Q3": [_visible_part(answer) for answer in asker.answers("Q3", enterprises)],
            "M1": asker.answers("M1", uses),
        }
    if any(rows for rows in act.rows_since(filled.dsn, marks).values()):
        sys.exit(f"{officer.side.label} does what is not allowed")
    return found


def _visible_part(answer: Any) -> Any:
    """None where nothing is shown, whether that is refused or empty."""
    match answer:
        case "refused" | {"node": None} | {"projects": {"edges": []}}:
            return None
        case _:
            return answer

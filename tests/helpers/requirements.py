"""Which requirement rows the tests prove: ``python -m tests.helpers.requirements`` (``make rows``).

A test names the rows it proves with ``@pytest.mark.rows("BX-004", …)``; a worked example in a ``tests.yaml`` with
``rows:``. A row counts where a test that names it goes through the application, on a database, as the row's actor
would; what only a ruleset's text or its worked examples show is counted apart, as rule data. So name a row only where
the test would fail without what the row asks for.

``--by`` runs the tests and prints each row's text beside what was asked for it, and by whom; it fails for a row that
was proven without anything sent by its actor.
"""

import contextlib
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graphql import OperationDefinitionNode, parse

if TYPE_CHECKING:  # pytest rewrites what it imports itself
    from tests.helpers.app import Application
    from tests.helpers.people import Person

ALL = {"GZ": (64, 2), "BX": (128, 3), "XM": (66, 2), "HN": (94, 2)}
"""How many rows each city has, and how many digits their numbers."""

SCREEN_ONLY = {
    "BX-002": "the way from the trading centre's website to this one is links on other people's pages",
    "BX-071": "the upload dialogue's two buttons; the act behind 确定 is BX-062's",
    "GZ-22": "two entries on pages that open the same choice of institution",
}
"""Rows that only a screen could show, each with its reason; counted apart, and sparingly."""


TEXTS = {
    row: (actor, text)
    for row, actor, text in (
        line.split("\t") for line in Path(__file__).with_name("rows.tsv").read_text("utf-8").splitlines()
    )
}
"""Who acts in each row, and what it asks for, in a sentence."""

ENTERPRISE = {"handler", "person", "stranger"}
ACTORS = {
    "HRSS|authority|reviewer": {"hrss_officer", "certification_reviewer", "industry_officer", "administrator"},
    "institution|bank|insurer|guarant|guarantee company": {"institution_staff"},
    "user|handler|contractor|owner|enterprise": ENTERPRISE,
}
"""Whose requests prove a row, by a word of its actor; a row of nobody's (the public, the platform) by anybody's."""


class _Rows:
    """A pytest plugin that notes the rows of everything collected, and what is sent while a test of them runs."""

    def __init__(self, *, listening: bool) -> None:
        self._listening = listening
        self.proven: set[str] = set()
        self.rule_data: set[str] = set()
        self.sent: dict[str, dict[str, list[str]]] = defaultdict(dict)
        """By the row and the test, in the order of the first time: who asked for what."""
        self._now: list[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self._listening:
            self._listen()
        for item in session.items:
            asked = bool({"server", "database_url"} & set(getattr(item, "fixturenames", ())))
            for marker in item.iter_markers("rows"):
                (self.proven if asked else self.rule_data).update(marker.args)
            for marker in item.iter_markers("rule_data"):
                self.rule_data.update(marker.args)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._now.clear()  # what the fixtures asked for is not the test's

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        name = item.nodeid.partition("[")[0]
        for row in (row for marker in item.iter_markers("rows") for row in marker.args):
            self.sent[row][name] = list(dict.fromkeys([*self.sent[row].get(name, []), *self._now]))

    def _listen(self) -> None:
        """Note what every person asks for, and who that is."""
        from tests.helpers.app import Application
        from tests.helpers.people import Person

        post, upload = Person.post, Person.upload

        async def posted(person: Person, query: str, **variables: Any) -> Any:
            self._now += [f"{getattr(person, 'who', 'stranger')} {name}" for name in _root_fields(query)]
            return await post(person, query, **variables)

        async def uploaded(person: Person, *args: Any, **kwargs: Any) -> Any:
            self._now.append(f"{getattr(person, 'who', 'stranger')} uploadFile")
            return await upload(person, *args, **kwargs)

        Person.post, Person.upload = posted, uploaded  # type: ignore[method-assign]
        for name in ("person", "handler", "staff"):
            setattr(Application, name, _named(name, getattr(Application, name)))


def _named(kind: str, meet: Any) -> Any:
    @wraps(meet)
    async def met(app: "Application", *args: Any, **kwargs: Any) -> "Person":
        person = await meet(app, *args, **kwargs)
        person.who = args[0].value if kind == "staff" else kind
        return person

    return met


def _root_fields(query: str) -> list[str]:
    try:
        operations = [one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode)]
    except Exception:
        return []
    return [field.name.value for one in operations for field in one.selection_set.selections if hasattr(field, "name")]


def actors_of(row: str) -> set[str]:
    """Who of a test's people may prove the row; nobody for a row that anybody's request proves."""
    return {who for words, people in ACTORS.items() if re.search(words, TEXTS[row][0]) for who in people}


def every() -> Iterator[str]:
    for city, (count, digits) in ALL.items():
        yield from (f"{city}-{number:0{digits}d}" for number in range(1, count + 1))


def main() -> int:
    by = "--by" in sys.argv[1:]
    rows, said = _Rows(listening=by), io.StringIO()
    how = ["-m", "rows", "--ignore=tests/rulesets"] if by else ["--collect-only"]
    with contextlib.redirect_stdout(said):
        failed = pytest.main([*how, "-q", "-p", "no:cacheprovider"], plugins=[rows])
    if failed:
        print(said.getvalue())
        return int(failed)
    if unknown := (rows.proven | rows.rule_data) - set(every()):
        print(f"no such rows: {', '.join(sorted(unknown))}")
        return 1
    return _print_by(rows) if by else _print_open(rows)


def _print_by(rows: _Rows) -> int:
    strangers: list[str] = []
    for row in every():
        if row not in rows.proven:
            continue
        actor, text = TEXTS[row]
        print(f"{row}  {actor}: {text}")
        for test, asked in rows.sent[row].items():
            print(f"    {test}: {', '.join(asked)}")
        who = {one.partition(" ")[0] for asked in rows.sent[row].values() for one in asked}
        if not who or (actors_of(row) and not actors_of(row) & who):
            strangers.append(row)
    if strangers:
        print(f"nothing sent by their actors: {', '.join(strangers)}")
    return int(bool(strangers))


def _print_open(rows: _Rows) -> int:
    shown_only = rows.rule_data - rows.proven - SCREEN_ONLY.keys()
    for row in every():
        if row in SCREEN_ONLY:
            print(f"{row}  screen only: {SCREEN_ONLY[row]}")
        elif row in shown_only:
            print(f"{row}  rule data only")
        elif row not in rows.proven:
            print(f"{row}  not proven yet")
    counts = " ".join(
        f"{city} {sum(row.startswith(city) and row not in SCREEN_ONLY for row in rows.proven)}/{count}"
        for city, (count, _) in ALL.items()
    )
    print(f"rows: {counts} screen-only {len(SCREEN_ONLY)} rule-data {len(shown_only)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

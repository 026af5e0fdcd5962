"""Which requirement rows the tests prove: ``python -m tests.helpers.requirements`` (``make rows``).

A test names the rows it proves with ``@pytest.mark.rows("BX-004", …)``; a worked example in a ``tests.yaml`` with
``rows:``. A row counts when a test that names it is collected, so name a row only where the test would fail without it.
"""

import contextlib
import io
import sys
from collections.abc import Iterator

import pytest

ALL = {"GZ": (64, 2), "BX": (128, 3), "XM": (66, 2), "HN": (94, 2)}
"""How many rows each city has, and how many digits their numbers."""

SCREEN_ONLY = {
    "BX-002": "the way from the trading centre's website to this one is links on other people's pages",
    "BX-071": "the upload dialogue's two buttons; the act behind 确定 is BX-062's",
    "GZ-22": "two entries on pages that open the same choice of institution",
}
"""Rows that only a screen could show, each with its reason; counted apart, and sparingly."""


class _Rows:
    """A pytest plugin that notes the rows of everything collected."""

    def __init__(self) -> None:
        self.proven: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for marker in item.iter_markers("rows"):
                self.proven.update(marker.args)


def every() -> Iterator[str]:
    for city, (count, digits) in ALL.items():
        yield from (f"{city}-{number:0{digits}d}" for number in range(1, count + 1))


def main() -> int:
    rows = _Rows()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        failed = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"], plugins=[rows])
    if failed:
        print(said.getvalue())
        return int(failed)
    if unknown := rows.proven - set(every()):
        print(f"no such rows: {', '.join(sorted(unknown))}")
        return 1
    for row in every():
        if row in SCREEN_ONLY:
            print(f"{row}  screen only: {SCREEN_ONLY[row]}")
        elif row not in rows.proven:
            print(f"{row}  not proven yet")
    counts = " ".join(
        f"{city} {sum(row.startswith(city) and row not in SCREEN_ONLY for row in rows.proven)}/{count}"
        for city, (count, _) in ALL.items()
    )
    print(f"rows: {counts} screen-only {len(SCREEN_ONLY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

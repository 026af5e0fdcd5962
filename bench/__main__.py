"""``make bench``: our server beside its peers, on the same tables, asked the same, in turns."""

import json
import os
from pathlib import Path

from bench import node, results, sides
from bench.comparison import measured, running
from bench.database import filled

PROJECTS = int(os.environ.get("BENCH_PROJECTS", "100000"))
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    chosen = sides.WITH_NODE if node.installed(_say) else sides.PYTHON
    with filled(PROJECTS, _say) as database, running(database, chosen, _say) as runners:
        figures = measured(runners, _say)
    for operation, by_side in figures.items():
        for side, found in by_side.items():
            _say(
                f"{operation} {side:14}{found.rps:8.0f}/s web {found.web_cpu:7.0f} pg {found.postgres_cpu:7.0f} total {found.total_cpu:7.0f} µs p50 {found.p50:6.1f} p99 {found.p99:6.1f}"
            )
    ratios = results.ratios(figures, "anxin")
    for operation, by_side in ratios.items():
        _say(f"{operation} {by_side}")


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()

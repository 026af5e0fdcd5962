"""``make bench``: our server beside its peers, on the same tables, asked the same, in turns."""

import os

from bench import node, report, sides
from bench.chart import Bar, Panel, drawn
from bench.comparison import Figures, measured, running
from bench.database import filled
from bench.operations import OPERATIONS
from bench.ratios import ratios
from bench.report import say

FULL = 100_000
PROJECTS = int(os.environ.get("BENCH_PROJECTS", FULL))
LABELS = {side.name: side.label for side in sides.WITH_NODE}


def main() -> None:
    chosen = sides.WITH_NODE if node.installed(say) else sides.PYTHON
    with filled(PROJECTS, say) as database, running(database, chosen, say) as runners:
        figures = measured(runners, say)
    plain, fast = ratios(figures, sides.ANXIN.name), ratios(figures, sides.FAST_LANE.name)
    figure_table = report.figure_table(figures, LABELS)
    plain_table, fast_table = report.ratio_table(plain, LABELS), report.ratio_table(fast, LABELS)
    say(f"\n{figure_table}\n\nAnxin, against\n{plain_table}\n\nAnxin with the fast lane, against\n{fast_table}")
    if PROJECTS < FULL or len(chosen) < len(sides.WITH_NODE):
        say("\nA smaller run: what bench/results.json and docs/ say stays as it is.")
        return
    machine = f"{PROJECTS:,} projects, {report.machine()}"
    raw = {operation: {name: vars(of) for name, of in by.items()} for operation, by in figures.items()}
    report.keep({"ratios": plain, "fast_lane": fast, "figures": raw, "machine": machine})
    report.insert("ratios", f"{plain_table}\n\nWith the fast lane:\n\n{fast_table}")
    report.insert("figures", f"{machine}.\n\n{figure_table}")
    (report.DOCS / "performance.svg").write_text(drawn(_panels(figures)), "utf-8")


def _panels(figures: Figures) -> list[Panel]:
    return [
        Panel(
            f"{operation}: {what}",
            [Bar(LABELS[name], of.web_cpu, of.postgres_cpu, f"{of.rps:,.0f}/s") for name, of in by_side.items()],
        )
        for operation, what in OPERATIONS.items()
        if (by_side := figures[operation])
    ]


if __name__ == "__main__":
    main()

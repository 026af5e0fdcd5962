"""``make bench``: our server beside its peers, on the same tables, asked the same, in turns."""

import os

from bench import node, plans, report, row_security, sides
from bench.chart import Bar, Panel, draw
from bench.comparison import Figures, measure_all, run_sides
from bench.database import open_database
from bench.operations import OPERATIONS
from bench.ratios import ratios
from bench.report import say

FULL = 100_000
PROJECTS = int(os.environ.get("BENCH_PROJECTS", FULL))
LABELS = {side.name: side.label for side in sides.WITH_NODE}


def main() -> None:
    chosen = sides.WITH_NODE if node.install(say) else sides.PYTHON
    with open_database(PROJECTS, say) as database:
        row_security.install(database.dsn)
        with run_sides(database, chosen, say) as runners:
            kept = plans.compare(
                database, [side for side in chosen if side.equal and side is not sides.DATALOADER], say
            )
            figures = measure_all(runners, say)
    found = ratios(figures, sides.ANXIN.name)
    figure_table, ratio_table = report.figure_table(figures, LABELS), report.ratio_table(found, LABELS)
    say(f"\n{figure_table}\n\nAnxin, against\n{ratio_table}")
    if PROJECTS < FULL or len(chosen) < len(sides.WITH_NODE):
        say("\nA smaller run: what bench/results.json, bench/plans.json and docs/ say stays as it is.")
        return
    machine = f"{PROJECTS:,} projects, {report.machine()}"
    raw = {operation: {name: vars(of) for name, of in by.items()} for operation, by in figures.items()}
    report.keep({"ratios": found, "figures": raw, "machine": machine})
    plans.keep(kept)
    report.insert("ratios", ratio_table)
    report.insert("figures", f"{machine}.\n\n{figure_table}")
    (report.DOCS / "performance.svg").write_text(draw(_panels(figures)), "utf-8")


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

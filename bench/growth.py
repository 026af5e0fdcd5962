"""``make bench-growth``: what a page of projects costs as the data grow, from a thousand projects to a million."""

import os
from contextlib import ExitStack
from typing import Any

from bench import cpu, daily, report
from bench.answers import Asker
from bench.chart import Bar, Panel, draw
from bench.database import open_database
from bench.measuring import ROUNDS, Measured, Target, medians
from bench.operations import EXPECTED, PAGES, number_notices
from bench.report import say
from bench.servers import run_server
from bench.sides import ANXIN

FULL = 1_000_000
SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", f"1000,10000,100000,{FULL}").split(",")]
GOAL = 1.3


def main() -> None:
    with ExitStack() as running:
        asked: dict[int, tuple[Target, list[bytes]]] = {}
        for size in SIZES:
            database = running.enter_context(open_database(size, say, copied=False))
            server = running.enter_context(run_server(f"anxin_{size}", ANXIN.command, ANXIN.environment(database)))
            pages, _ = Asker(ANXIN, server, database, database.token).pages(PAGES)
            bodies = [ANXIN.language.body("Q1", page, database) for page in pages]
            target = Target(server.port, server.pid, cpu.postmaster(database.dsn))
            asked[size] = target, [ANXIN.request(body, database.token) for body in bodies]
        windows: dict[int, list[Measured]] = {size: [] for size in SIZES}
        for turn in range(ROUNDS):
            for size in SIZES if turn % 2 == 0 else reversed(SIZES):
                target, requests = asked[size]
                windows[size].append(target.window(number_notices(requests), EXPECTED["Q1"]))
            say(f"round {turn + 1} of {ROUNDS}")
    say("the day's work of the worker, among the most")
    _report({size: medians(found) for size, found in windows.items()}, daily.measure(max(SIZES)))


def _report(figures: dict[int, Measured], worked: dict[str, Any]) -> None:
    costs = [of.total_cpu for of in figures.values()]
    spread = max(costs) / min(costs)
    lines = [["projects", "req/s", "web CPU µs", "PostgreSQL CPU µs", "total CPU µs"]]
    for size, of in figures.items():
        cells = (of.rps, of.web_cpu, of.postgres_cpu, of.total_cpu)
        lines.append([f"{size:,}", *(f"{cell:,.0f}" for cell in cells)])
    verdict = f"The dearest is {spread:.2f} × the cheapest ({'✓' if spread <= GOAL else '✗'} ≤ {GOAL})."
    most = worked["MB at most"]
    verdict += (
        f"\n\nAmong {worked['projects']:,} projects and {worked['letters']:,} letters the worker's daily look at what "
        f"ends soon raised {worked['alerts raised']:,} alerts in {worked['seconds']:,.0f} s and took {most} MB at most "
        f"({'✓' if most <= daily.MOST_MEMORY else '✗'} ≤ {daily.MOST_MEMORY})."
    )
    text = f"{report.table(lines)}\n\n{verdict}"
    say(text)
    if max(SIZES) < FULL:
        say("\nA smaller run: what bench/results.json and docs/ say stays as it is.")
        return
    report.keep(
        {"growth": {str(size): vars(of) for size, of in figures.items()}, "growth_spread": spread, "daily": worked}
    )
    report.insert("growth", text)
    bars = [Bar(f"{size:,} projects", of.web_cpu, of.postgres_cpu) for size, of in figures.items()]
    (report.DOCS / "growth.svg").write_text(draw([Panel("Q1 as the data grow", bars)]), "utf-8")


if __name__ == "__main__":
    main()

"""What a run found, for people and for programs: tables, ``results.json``, and their places in the documentation."""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench import ratios
from bench.comparison import Figures
from bench.operations import WITH_PYTHON
from bench.ratios import LIMIT, PEERS, Ratios

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = (DOCS / "performance.md", DOCS / "notes" / "performance-log.md")
RESULTS = ROOT / "bench" / "results.json"
_FIGURES = {"rps": "req/s", "web_cpu": "web CPU", "total_cpu": "total CPU"}


def say(sentence: str) -> None:
    """To whoever waits for the run to end."""
    print(sentence, flush=True)


def keep(part: Mapping[str, Any]) -> None:
    """Put a part of the results in its place in ``results.json``, beside what other runs found."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results.update(ratios.round_all(part))
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def insert(name: str, text: str) -> None:
    """Put a text between the marks of that name in the pages on performance."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    within = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    for path in PAGES:
        page = path.read_text("utf-8")
        path.write_text(within.sub(lambda _: f"{begin}\n{text}\n{end}", page), "utf-8")


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    what = model[1] if model else platform.machine()
    return f"{date.today()}, {os.cpu_count()} cores ({what}), Python {platform.python_version()}"


def ratio_table(found: Ratios, labels: Mapping[str, str]) -> str:
    """Each ratio, with what was wanted of it; below, what the field costs that Python answers."""
    sides = [side for side in (*PEERS, LIMIT) if side in found["Q1"]]
    head = ["", *(labels[side] for side in sides)]
    lines = [
        [f"**{operation}**", *(_cell(operation, side, by_side[side]) for side in sides)]
        for operation, by_side in found.items()
        if operation != WITH_PYTHON
    ]
    return f"{table([head, *lines])}\n\n{WITH_PYTHON} against Q1: {_cell(WITH_PYTHON, 'Q1', found[WITH_PYTHON]['Q1'])}."


def figure_table(figures: Figures, labels: Mapping[str, str]) -> str:
    """CPU in microseconds for a request, latency in milliseconds."""
    lines = [["", "", "req/s", "p50 ms", "p99 ms", "web CPU µs", "PostgreSQL CPU µs", "total CPU µs"]]
    for operation, by_side in figures.items():
        for side, of in by_side.items():
            latencies = [f"{of.p50:.1f}", f"{of.p99:.1f}"]
            cpu = [f"{value:,.0f}" for value in (of.web_cpu, of.postgres_cpu, of.total_cpu)]
            lines.append([operation, labels[side], f"{of.rps:,.0f}", *latencies, *cpu])
    return table(lines)


def table(lines: Sequence[Sequence[str]]) -> str:
    """In Markdown, the first line as its head."""
    head, *rest = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([head, f"|{'---|' * len(lines[0])}", *rest])


def _cell(operation: str, side: str, found: Mapping[str, float]) -> str:
    parts: list[str] = []
    for figure, ratio in found.items():
        said = f"{_FIGURES[figure]} {ratio:.3g} ×"
        verdict = ratios.verdict(operation, side, ratio) if figure == "rps" else None
        parts.append(f"{said} ({verdict})" if verdict else said)
    return ", ".join(parts)

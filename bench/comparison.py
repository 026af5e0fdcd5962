"""The sides of one comparison, running: checked to answer alike, then measured in turns."""

import asyncio
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench import act, asking, cpu
from bench.database import Filled
from bench.measuring import ROUNDS, Measured, Target, middle
from bench.operations import EXPECTED, OPERATIONS, WITH_PYTHON, numbered
from bench.servers import Server, served
from bench.sides import ANXIN, Side

Say = Callable[[str], None]
Figures = Mapping[str, Mapping[str, Measured]]
"""By operation and side."""


@dataclass(frozen=True)
class Runner:
    """A side whose server runs, and what it is asked, by operation."""

    side: Side
    target: Target
    requests: Mapping[str, Sequence[bytes]]


@contextmanager
def running(filled: Filled, sides: Sequence[Side], say: Say) -> Generator[Sequence[Runner]]:
    """Every side's server, asked everything once. Ours comes first: the others' act is made of what it wrote."""
    postgres = cpu.postmaster(filled.dsn)
    with ExitStack() as servers:
        runners: list[Runner] = []
        model: tuple[Any, Mapping[str, int]] | None = None
        for side in sides:
            server = servers.enter_context(served(side.name, side.command, side.environment(filled)))
            requests, found = _asked(side, server, filled)
            model = model or found
            _compare(side, found, model)
            if side is ANXIN:
                act.install(filled.dsn)
            runners.append(Runner(side, Target(server.port, server.pid, postgres), requests))
            say(f"{side.label}: the same answers, the same rows written" if side is not sides[0] else f"{side.label}")
        if breaks := asyncio.run(act.breaks(filled.url)):
            sys.exit(f"the audit trail does not hold: {breaks[0]}")
        yield runners


def _asked(side: Side, server: Server, filled: Filled) -> Any:
    before = act.rows(filled.dsn)
    requests, answers = asking.requests(side, server, filled)
    after = act.rows(filled.dsn)
    return requests, (answers, {table: after[table] - before[table] for table in after})


def measured(runners: Sequence[Runner], say: Say) -> Figures:
    """Medians of some rounds; in every other one the sides take their turns the other way round."""
    figures: dict[str, dict[str, Measured]] = {}
    for operation in (*OPERATIONS, WITH_PYTHON):
        asked = [runner for runner in runners if operation in runner.requests]
        windows: dict[str, list[Measured]] = {runner.side.name: [] for runner in asked}
        for turn in range(ROUNDS):
            for runner in asked if turn % 2 == 0 else reversed(asked):
                requests = numbered(runner.requests[operation])
                windows[runner.side.name].append(runner.target.window(requests, EXPECTED[operation]))
            say(f"{operation}, round {turn + 1} of {ROUNDS}")
        figures[operation] = {name: middle(found) for name, found in windows.items()}
    return figures


def _compare(side: Side, found: Any, model: Any) -> None:
    (answers, written), (expected, to_be_written) = found, model
    for operation, answer in answers.items():
        if answer != expected[operation]:
            sys.exit(f"{side.label} answers {operation} otherwise:\n{_difference(answer, expected[operation])}")
    if written != to_be_written:
        sys.exit(f"{side.label} writes other rows: {written}, not {to_be_written}")


def _difference(one: Any, other: Any) -> str:
    """The innermost parts that are not equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(_difference(one[key], other[key]) for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(_difference(a, b) for a, b in zip(one, other, strict=True) if a != b)
    return f"{one!r}\n{other!r}"

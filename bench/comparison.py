"""The sides of one comparison, running: checked to answer alike, then measured in turns."""

import asyncio
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench import act, answers, cpu
from bench.answers import Answers
from bench.database import Filled
from bench.measuring import ROUNDS, Measured, Target, medians
from bench.operations import ACT, EXPECTED, OPERATIONS, WITH_PYTHON, number_notices
from bench.servers import run_server
from bench.sides import Side

Say = Callable[[str], None]
Figures = Mapping[str, Mapping[str, Measured]]
"""By operation and side."""


@dataclass(frozen=True)
class Runner:
    """A side whose server runs and has been asked everything once."""

    side: Side
    target: Target
    asked: Answers


@contextmanager
def run_sides(filled: Filled, sides: Sequence[Side], say: Say) -> Generator[Sequence[Runner]]:
    """Every side's server, found to answer and write what the first one does. That is ours, so that the others' act can
    be made of what it wrote."""
    postgres, heads = cpu.postmaster(filled.dsn), asyncio.run(act.chain_ends(filled.url))
    with ExitStack() as servers:
        runners: list[Runner] = []
        for side in sides:
            server = servers.enter_context(run_server(side.name, side.command, side.environment(filled)))
            asked = answers.ask_everything(side, server, filled)
            if runners:
                _compare(side, asked, runners[0].asked)
                everybody = f"{len(asked.others)} kinds of callers" if asked.others else "one officer"
                say(f"{side.label} answers {everybody} and writes the same")
            else:
                act.install_function(filled.dsn)
                say(f"{side.label} serves")
            runners.append(Runner(side, Target(server.port, server.pid, postgres), asked))
        if breaks := asyncio.run(act.find_breaks(filled.url, heads)):
            sys.exit(f"the audit trail does not hold: {breaks[0]}")
        yield runners


def measure_all(runners: Sequence[Runner], say: Say) -> Figures:
    """Medians of some rounds; in every other one the sides take their turns the other way round. Reads come before the
    act, which changes the rows that they read."""
    figures: dict[str, dict[str, Measured]] = {}
    for operation in sorted((*OPERATIONS, WITH_PYTHON), key=lambda operation: operation == ACT):
        asked = [runner for runner in runners if operation in runner.asked.requests]
        windows: dict[str, list[Measured]] = {runner.side.name: [] for runner in asked}
        for turn in range(ROUNDS):
            for runner in asked if turn % 2 == 0 else reversed(asked):
                requests = number_notices(runner.asked.requests[operation])
                windows[runner.side.name].append(runner.target.window(requests, EXPECTED[operation]))
            say(f"{operation}, round {turn + 1} of {ROUNDS}")
        figures[operation] = {name: medians(found) for name, found in windows.items()}
    return figures


def _compare(side: Side, found: Answers, expected: Answers) -> None:
    askers = {"": (found.answers, expected.answers)}
    for who, told in found.others.items():
        askers[f" to {who}"] = told, expected.others[who]
    for who, (theirs, ours) in askers.items():
        for operation, answer in theirs.items():
            if answer != ours[operation]:
                sys.exit(f"{side.label} answers {operation}{who} otherwise:\n{_difference(answer, ours[operation])}")
    if found.written != expected.written:
        sys.exit(f"{side.label} writes other rows:\n{_difference(found.written, expected.written)}")


def _difference(one: Any, other: Any) -> str:
    """The innermost parts that are not equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next(_difference(one[key], other[key]) for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next(_difference(a, b) for a, b in zip(one, other, strict=True) if a != b)
    return f"{one!r}\n{other!r}"

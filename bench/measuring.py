"""Windows of load: requests per second, and the CPU of the web process and of PostgreSQL for each request."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import median, quantiles

from bench import cpu, load

SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@dataclass(frozen=True)
class Measured:
    """CPU in microseconds for a request, latencies in milliseconds."""

    rps: float
    web_cpu: float
    postgres_cpu: float
    p50: float
    p99: float

    @property
    def total_cpu(self) -> float:
        return self.web_cpu + self.postgres_cpu


@dataclass(frozen=True)
class Target:
    """Where load goes to: a server's port, its process, PostgreSQL's."""

    port: int
    web: int
    postgres: int

    def window(self, requests: Iterator[bytes], expected: bytes, seconds: float = SECONDS) -> Measured:
        edges: list[tuple[Mapping[int, int], Mapping[int, int]]] = []
        window = load.run(
            self.port,
            requests,
            expected,
            seconds,
            lambda: edges.append((cpu.read_times(self.web), cpu.read_times(self.postgres))),
        )
        if window.wrong is not None:
            sys.exit(f"this is not what was asked for: {window.wrong[:2000]!r}")
        if len(window.latencies) < load.LEAST:
            sys.exit(f"only {len(window.latencies)} answers in {window.seconds:.0f} s")
        done = len(window.latencies)
        web, postgres = (cpu.time_between(*readings) / done / 1000 for readings in zip(*edges, strict=True))
        p50, p99 = (quantiles(window.latencies, n=100)[i - 1] * 1000 for i in (50, 99))
        return Measured(done / window.seconds, web, postgres, p50, p99)


def medians(windows: Sequence[Measured]) -> Measured:
    """The median of each figure by itself."""
    return Measured(*(median(column) for column in zip(*map(astuple, windows), strict=True)))

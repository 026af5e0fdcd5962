"""Figures made into ratios, and what they should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.comparison import Figures
from bench.measuring import Measured
from bench.operations import WITH_PYTHON

PEERS = ("postgraphile", "mercurius", "postgraphile_bare", "mercurius_bare", "dataloader")
LIMIT = "limit"
Ratios = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By operation, side and figure. Against a peer, above 1 is better for us; against the limit (and Q1 without its Python
field) it is our cost over its cost."""


@dataclass(frozen=True)
class Mark:
    """What our requests per second over a peer's should be, and what they must not fall below."""

    goal: float
    floor: float

    def verdict(self, ratio: float) -> str:
        if ratio >= self.goal:
            return f"goal {self.goal:g} reached"
        if ratio >= self.floor:
            return f"between floor {self.floor:g} and goal {self.goal:g}"
        return f"BELOW floor {self.floor:g}, goal {self.goal:g}"


MARKS: Mapping[str, Mapping[str, Mark]] = {
    "Q1": {"postgraphile": Mark(3, 2.5), "mercurius": Mark(3, 2)},
    "Q2": {"postgraphile": Mark(3, 2.5), "mercurius": Mark(2.5, 1.5)},
    "Q3": {"postgraphile": Mark(1.5, 1.3), "mercurius": Mark(1, 0.8)},
    "M1": {"postgraphile": Mark(1, 0.8), "mercurius": Mark(1, 0.7)},
}
"""For equal work. The bare peers, the data loaders and the limit are told without a mark."""


def ratios(figures: Figures, ours: str) -> Ratios:
    """With the side ``ours`` as ourselves."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for operation, by_side in figures.items():
        mine = by_side[ours]
        if operation == WITH_PYTHON:
            found[operation] = {"Q1": _cost(mine, figures["Q1"][ours])}
            continue
        found[operation] = {peer: _against(mine, by_side[peer]) for peer in PEERS if peer in by_side}
        found[operation][LIMIT] = _cost(mine, by_side[LIMIT])
    return found


def verdict(operation: str, side: str, ratio: float) -> str | None:
    """Of requests per second; None where there is no mark."""
    mark = MARKS.get(operation, {}).get(side)
    return mark and mark.verdict(ratio)


def _against(mine: Measured, peer: Measured) -> dict[str, float]:
    return {
        "rps": mine.rps / peer.rps,
        "web_cpu": peer.web_cpu / mine.web_cpu,
        "total_cpu": peer.total_cpu / mine.total_cpu,
    }


def _cost(mine: Measured, other: Measured) -> dict[str, float]:
    return {"total_cpu": mine.total_cpu / other.total_cpu}


def round_all(value: Any) -> Any:
    """The numbers of nested results, to two places."""
    if isinstance(value, Mapping):
        return {key: round_all(part) for key, part in value.items()}
    return round(value, 2) if isinstance(value, float) else value

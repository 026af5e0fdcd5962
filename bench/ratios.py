"""Figures made into ratios, and what they should be."""

from collections.abc import Mapping
from typing import Any

from bench.comparison import Figures
from bench.measuring import Measured
from bench.operations import WITH_PYTHON

PEERS = ("postgraphile", "mercurius", "dataloader")
Ratios = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By operation, side and figure. Against a peer, above 1 is better for us; against the limit (and Q1 without its Python
field) it is our cost over its cost."""
COST = ("limit", "Q1")
GOALS: Ratios = {
    "Q1": {
        "postgraphile": {"rps": 3, "web_cpu": 8},
        "mercurius": {"rps": 3},
        "dataloader": {"rps": 100},
        "limit": {"total_cpu": 1.2},
    },
    "Q2": {
        "postgraphile": {"rps": 3.5},
        "mercurius": {"rps": 3},
        "dataloader": {"rps": 100},
        "limit": {"total_cpu": 1.35},
    },
    "Q3": {
        "postgraphile": {"rps": 2},
        "mercurius": {"rps": 1.2},
        "dataloader": {"rps": 30},
        "limit": {"total_cpu": 1.6},
    },
    "M1": {
        "postgraphile": {"rps": 1},
        "mercurius": {"rps": 0.6},
        "dataloader": {"rps": 5},
        "limit": {"total_cpu": 4},
    },
    WITH_PYTHON: {"Q1": {"total_cpu": 1.15}},
}


def ratios(figures: Figures, ours: str) -> Ratios:
    """With the side ``ours`` as ourselves."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for operation, by_side in figures.items():
        mine = by_side[ours]
        if operation == WITH_PYTHON:
            found[operation] = {"Q1": _cost(mine, figures["Q1"][ours])}
            continue
        found[operation] = {peer: _against(mine, by_side[peer]) for peer in PEERS if peer in by_side}
        found[operation]["limit"] = _cost(mine, by_side["limit"])
    return found


def reached(operation: str, side: str, figure: str, ratio: float) -> bool | None:
    """Whether the goal is; None where there is none."""
    goal = GOALS[operation][side].get(figure)
    if goal is None:
        return None
    return ratio <= goal if side in COST else ratio >= goal


def _against(mine: Measured, peer: Measured) -> dict[str, float]:
    return {
        "rps": mine.rps / peer.rps,
        "web_cpu": peer.web_cpu / mine.web_cpu,
        "total_cpu": peer.total_cpu / mine.total_cpu,
    }


def _cost(mine: Measured, other: Measured) -> dict[str, float]:
    return {"total_cpu": mine.total_cpu / other.total_cpu}


def rounded(value: Any) -> Any:
    """The numbers of nested results, to two places."""
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in value.items()}
    return round(value, 2) if isinstance(value, float) else value

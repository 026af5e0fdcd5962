"""Figures made into ratios: against a peer above 1 is better for us, against the limit it is our cost over its cost."""

from collections.abc import Mapping
from typing import Any

from bench.comparison import Figures
from bench.measuring import Measured

PEERS = ("postgraphile", "mercurius", "dataloader")
Ratios = Mapping[str, Mapping[str, Mapping[str, float]]]


def ratios(figures: Figures, ours: str) -> Ratios:
    """By operation and side, with the side ``ours`` as ourselves."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for operation, by_side in figures.items():
        mine = by_side[ours]
        found[operation] = {peer: _against(mine, by_side[peer]) for peer in PEERS if peer in by_side}
        if "limit" in by_side:
            found[operation]["limit"] = {"total_cpu": _rounded(mine.total_cpu / by_side["limit"].total_cpu)}
    return found


def _against(mine: Measured, peer: Measured) -> dict[str, float]:
    return {
        "rps": _rounded(mine.rps / peer.rps),
        "web_cpu": _rounded(peer.web_cpu / mine.web_cpu),
        "total_cpu": _rounded(peer.total_cpu / mine.total_cpu),
    }


def _rounded(ratio: float) -> float:
    return round(ratio, 2)


def as_json(measured: Measured) -> dict[str, Any]:
    return {name: round(value, 2) for name, value in vars(measured).items()}

"""OpenFisca's part of ``bench.formula``, run by the Python of its own folder: told a way, answers its seconds.

The same two rules as its country packages are written: tiers as a MarginalRateTaxScale, Xiamen's deposit with
``numpy.select``. Its ``float`` is float32; the bare scale is measured in float64 as well.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.periods import YEAR, period
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.taxscales import MarginalRateTaxScale
from openfisca_core.variables import Variable

FOLDER, FIGURES, CALLS = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
STATED = {
    name: np.load(FOLDER / f"{name}.npy") for name in ("amount", "listed", "arrears", "clean_years", "other_projects")
}
THEN = period("2024")
SINGLE = STATED["amount"].astype(np.float32)
Project = build_entity(key="project", plural="projects", label="", is_person=True)
SCALE = MarginalRateTaxScale()
for above, rate in FIGURES["tiers"]:
    SCALE.add_bracket(above, rate)


class amount(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = float, Project, YEAR


class listed(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = bool, Project, YEAR


class arrears(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = bool, Project, YEAR


class clean_years(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = int, Project, YEAR


class other_projects(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = bool, Project, YEAR


class tiers(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = float, Project, YEAR

    def formula(project: Any, then: Any) -> Any:
        return np.round(SCALE.calc(project("amount", then)), 2)


class deposit(Variable):  # noqa: N801 -- OpenFisca knows a variable by its class's name
    value_type, entity, definition_period = float, Project, YEAR

    def formula(project: Any, then: Any) -> Any:
        on_list, owes = project("listed", then), project("arrears", then)
        clean, others = project("clean_years", then) >= 2, project("other_projects", then)
        ratio = np.select([on_list, owes, clean, others], FIGURES["ratios"], FIGURES["ordinary"])
        due = project("amount", then) * ratio
        return np.round(np.where(on_list | owes, due, np.minimum(due, FIGURES["cap"])), 2)


def simulated(name: str, *stated: str) -> tuple[dict[str, float], Any]:
    """Seconds from the columns in memory to a variable of every project, as ours; of these, of its calculation."""
    began = time.perf_counter()
    simulation = SimulationBuilder().build_default_simulation(SYSTEM, count=len(SINGLE))
    for fact in stated:
        simulation.set_input(fact, THEN, STATED[fact])
    ready = time.perf_counter()
    found = simulation.calculate(name, THEN)
    done = time.perf_counter()
    return {"OpenFisca, a whole simulation": done - began, "OpenFisca, the calculation alone": done - ready}, found


def scale(way: str, amounts: Any) -> tuple[dict[str, float], Any]:
    began = time.perf_counter()
    found = SCALE.calc(amounts)
    return {way: time.perf_counter() - began}, found


SYSTEM = TaxBenefitSystem([Project])
SYSTEM.add_variables(amount, listed, arrears, clean_years, other_projects, tiers, deposit)
WAYS: dict[str, Callable[[], tuple[dict[str, float], Any]]] = {
    "scale64": lambda: scale("OpenFisca, its scale alone, float64", STATED["amount"]),
    "scale32": lambda: scale("OpenFisca, its scale alone, float32", SINGLE),
    "tiers": lambda: simulated("tiers", "amount"),
    "deposit": lambda: simulated("deposit", *STATED),
}
print("{}", flush=True)
for line in sys.stdin:
    calls = [WAYS[line.strip()]() for _ in range(CALLS)]
    np.save(FOLDER / f"openfisca-{line.strip()}.npy", calls[-1][1])
    print(json.dumps({way: min(seconds[way] for seconds, _ in calls) for way in calls[0][0]}), flush=True)

"""``python -m bench.formula``: one rule over a million projects, per row, by numpy, in SQL, and by OpenFisca.

Two rules: Xiamen's deposit as it stands in its file, and tiers as OpenFisca has them. The ways take turns in one run,
each from columns in memory (or a table) to an amount for every project; ours must be equal to the fen. OpenFisca gets
a folder and a lock of its own, because its requirements are not the platform's.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Numeric,
    Table,
    cast,
    create_engine,
    func,
    select,
)
from sqlalchemy.schema import CreateTableAs

from anxin.database.embedded import EmbeddedPostgres
from core.rulesets import loading
from core.rulesets.bulk import numpy_backend, sql_backend
from core.rulesets.ruleset import Ruleset
from plugins import cities

PROJECTS = int(os.environ.get("BENCH_FORMULA_PROJECTS", "1000000"))
PER_ROW = 2000
"""So many are answered one by one, with sentence and reasons; their time is told for all."""
ROUNDS = 5
CALLS = 3
ON = date(2024, 8, 1)
FOLDER = Path("var/bench/formula")
OPENFISCA = Path("var/bench/openfisca")
LOCK = Path("bench/requirements.lock")

TIERS = """\
format: 1
ruleset: {city: bench, name: 演示市, region: "999900", level: city, version: "1"}
sources:
  bench: {title: 演示办法, kind: platform_decision, evidence: text}
formulas:
  bench.tiers:
    label: 分档金额
    kind: money
    versions:
      - from: 2024-01-01
        source: bench
        locator: 演示
        calculate:
          kind: marginal_tiers
          of: {fact: application.contract_amount}
          tiers: [{up_to: 10_000_000, rate: 2%}, {up_to: 100_000_000, rate: 1.5%}, {up_to: null, rate: 1%}]
        round: {to: 0.01, mode: half_up}
"""
FIGURES = {
    "tiers": [[0, 0.02], [10_000_000, 0.015], [100_000_000, 0.01]],
    "ratios": [0.03, 0.0225, 0.005, 0.01],
    "ordinary": 0.015,
    "cap": 5_000_000,
}
"""Both rules' figures, for OpenFisca."""

FACTS = {
    "amount": "application.contract_amount",
    "listed": "contractor.on_serious_list",
    "arrears": "contractor.arrears_within_2_years",
    "clean_years": "contractor.clean_years",
    "other_projects": "contractor.other_projects_in_area",
}
PROJECT = Table(
    "formula_project",
    MetaData(),
    Column("number", BigInteger, primary_key=True),
    Column("amount", Numeric(18, 2), nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("arrears", Boolean, nullable=False),
    Column("clean_years", BigInteger, nullable=False),
    Column("other_projects", Boolean, nullable=False),
)
AMOUNTS = Table("formula_amount", MetaData(), Column("number", BigInteger), Column("amount", Numeric))

Stated = dict[str, NDArray[Any]]
Fen = NDArray[np.int64]


@dataclass(frozen=True)
class Rule:
    name: str
    ruleset: Ruleset
    path: str
    peers: tuple[str, ...]
    """What OpenFisca is asked for; the last gives the amounts that are compared."""


def rules() -> list[Rule]:
    shipped = cities.shipped_folder()
    bench = loading.join([loading.read_layer(TIERS.encode(), "bench"), loading.read_folder(shipped / "national")])
    xiamen = cities.load_folder(shipped / "xiamen")
    return [
        Rule("three tiers", bench, "bench.tiers", ("scale32", "scale64", "tiers")),
        Rule("Xiamen's deposit", xiamen, "wage_deposit.required_amount", ("deposit",)),
    ]


def measure(url: str | None = None) -> dict[str, dict[str, float]]:
    """Median seconds by rule and way, printed as they come; on the embedded server unless told another."""
    if url is None:
        with EmbeddedPostgres(Path("var/bench/postgres")) as server:
            server.create_database("bench_formula")
            return measure(server.url("bench_formula"))
    stated = projects()
    engine = create_engine(url)
    with engine.begin() as connection:
        _fill(connection, stated)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, openfisca(stated) as ask:
        found = {rule.name: _measured(rule, stated, connection, ask) for rule in rules()}
        PROJECT.drop(connection)
    engine.dispose()
    return found


def projects() -> Stated:
    """Contracts of one to two hundred million yuan in fen, a few contractors in arrears; the same every time."""
    random = np.random.default_rng(65)
    return {
        "amount": random.integers(10**8, 2 * 10**10, PROJECTS),
        "listed": random.random(PROJECTS) < 0.03,
        "arrears": random.random(PROJECTS) < 0.05,
        "clean_years": random.integers(0, 5, PROJECTS),
        "other_projects": random.random(PROJECTS) < 0.3,
    }


def _measured(
    rule: Rule, stated: Stated, connection: Connection, ask: Callable[[str], tuple[dict[str, float], Any]]
) -> dict[str, float]:
    """Medians over ROUNDS turns, so that a busy moment of the machine meets all."""
    times: dict[str, list[float]] = {}
    columns = {FACTS[name]: numpy_backend.Column(values) for name, values in stated.items()}
    amount = sql_backend.amount_expression(
        rule.ruleset, rule.path, {FACTS[name]: PROJECT.c[name] for name in stated}, ON
    )
    one_by_one = ours = theirs = np.empty(0)
    for _ in range(ROUNDS):
        one_by_one = _timed(times, "per row, decided with its reasons", lambda: _decided(rule, stated))
        ours = _timed(
            times, "numpy", lambda: numpy_backend.compute_amounts(rule.ruleset, rule.path, columns, ON)
        ).values
        _timed(times, "SQL, scan and sum", lambda: connection.scalar(select(func.sum(amount))))
        _timed(times, "SQL, written to a table", lambda: _write_amounts(connection, amount))
        for peer in rule.peers:
            seconds, theirs = ask(peer)
            for way, taken in seconds.items():
                times.setdefault(way, []).append(taken)
    written = connection.scalars(select(cast(AMOUNTS.c.amount * 100, BigInteger)).order_by(AMOUNTS.c.number))
    differences = {
        "per row and numpy": _differences(one_by_one, ours[:PER_ROW]),
        "SQL and numpy": _differences(np.fromiter(written, np.int64, PROJECTS), ours),
        "OpenFisca and numpy": _differences(np.rint(theirs.astype(np.float64) * 100).astype(np.int64), ours),
    }
    AMOUNTS.drop(connection)
    medians = {way: median(taken) for way, taken in times.items()}
    medians["per row, decided with its reasons"] *= PROJECTS / PER_ROW
    _report(rule, medians, differences)
    assert not differences["per row and numpy"]
    assert not differences["SQL and numpy"]
    return medians


def _write_amounts(connection: Connection, amount: ColumnElement[Decimal]) -> None:
    AMOUNTS.drop(connection, checkfirst=True)
    connection.execute(CreateTableAs(select(PROJECT.c.number, amount.label("amount")), AMOUNTS.name))


def _report(rule: Rule, medians: dict[str, float], differences: dict[str, int]) -> None:
    print(f"{rule.name}, {PROJECTS} projects (per row: {PER_ROW} measured)", flush=True)
    for way, seconds in medians.items():
        print(f"  {way}: {seconds * 1000:.1f} ms, {seconds / medians['numpy']:.1f} × numpy's", flush=True)
    for pair, count in differences.items():
        print(f"  {pair}: {count} amounts differ by a fen or more", flush=True)


def _decided(rule: Rule, stated: Stated) -> Fen:
    rows = zip(*(values[:PER_ROW].tolist() for values in stated.values()), strict=True)
    cases = [dict(zip(FACTS.values(), row, strict=True)) for row in rows]
    paid = FACTS["amount"]
    decided = [
        rule.ruleset.decide(rule.path, case | {paid: Decimal(case[paid]).scaleb(-2)}, ON).value for case in cases
    ]
    return np.array([int(Decimal(value or 0).scaleb(2)) for value in decided])


def _differences(one: Fen, other: Fen) -> int:
    return int(np.count_nonzero(one != other))


def _timed(times: dict[str, list[float]], way: str, act: Callable[[], Any]) -> Any:
    """What the act gives; the quickest of CALLS in a row, so that none pays for having waited for its turn."""
    found, taken = None, list[float]()
    for _ in range(CALLS):
        began = time.perf_counter()
        found = act()
        taken.append(time.perf_counter() - began)
    times.setdefault(way, []).append(min(taken))
    return found


def _fill(connection: Connection, stated: Stated) -> None:
    print(f"writing {PROJECTS} projects to the database …", flush=True)
    PROJECT.drop(connection, checkfirst=True)
    PROJECT.create(connection)
    yuan = (f"{fen // 100}.{fen % 100:02}" for fen in stated["amount"].tolist())
    others = [values.tolist() for name, values in stated.items() if name != "amount"]
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {PROJECT.name} FROM STDIN") as copy:
        for row in zip(range(PROJECTS), yuan, *others, strict=True):
            copy.write_row(row)
    cursor.execute(f"ANALYZE {PROJECT.name}")


@contextmanager
def openfisca(stated: Stated) -> Iterator[Callable[[str], tuple[dict[str, float], Any]]]:
    """Asks the process beside for one way: its seconds and its amounts."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, values in stated.items():
        np.save(FOLDER / f"{name}.npy", values / 100 if name == "amount" else values)
    command = [_installed(), "bench/openfisca_side.py", str(FOLDER), json.dumps(FIGURES), str(CALLS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as beside:
        assert beside.stdin
        assert beside.stdout
        answers, asked = beside.stdout, beside.stdin
        assert answers.readline(), "OpenFisca did not start; its error stands above"

        def ask(way: str) -> tuple[dict[str, float], Any]:
            print(way, file=asked, flush=True)
            return json.loads(answers.readline()), np.load(FOLDER / f"openfisca-{way}.npy")

        yield ask
        asked.close()


def _installed() -> Path:
    """The Python of OpenFisca's folder, made when its lock is not the one it was made from."""
    python, made_from = OPENFISCA / "bin" / "python", OPENFISCA / LOCK.name
    if not made_from.is_file() or made_from.read_bytes() != LOCK.read_bytes():
        print("installing OpenFisca into a folder of its own (about 100 MB) …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", OPENFISCA], check=True)
        install = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
        subprocess.run([python, *install, "--progress-bar", "on", "--quiet", "-r", LOCK], check=True)
        made_from.write_bytes(LOCK.read_bytes())
    return python


if __name__ == "__main__":
    measure(os.environ.get("DATABASE_URL"))

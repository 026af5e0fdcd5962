"""A formula over many cases gives what each case alone is told: by numpy, and in PostgreSQL; or it is refused."""

import dataclasses
import uuid
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Date, Double, Numeric, Text, column, create_engine, literal, select, text
from sqlalchemy import table as sql_table

from core.decisions import Kind
from core.rulesets import worked_examples
from core.rulesets.bulk import numpy_backend, sql_backend
from core.rulesets.bulk.backend import NotInBulk
from core.rulesets.bulk.cases import compute_each
from core.rulesets.language.format import FormulaRule, TableRule
from core.rulesets.ruleset import UnknownPath
from plugins import cities
from tests.rulesets.small import DAY, city

HELD_AS = {
    Kind.MONEY: Numeric(),
    Kind.RATE: Numeric(),
    Kind.INTEGER: BigInteger(),
    Kind.BOOLEAN: Boolean(),
    Kind.DATE: Date(),
}
PLACES = {Kind.MONEY: 2, Kind.RATE: 5, Kind.INTEGER: 0}
DTYPES = {Kind.BOOLEAN: np.bool_, Kind.DATE: "datetime64[D]"}
EMPTY = {Kind.BOOLEAN: False, Kind.DATE: date(1970, 1, 1)}


@pytest.fixture(scope="module")
def connection(server):
    name = f"bulk_{uuid.uuid4().hex}"
    server.create_database(name)
    engine = create_engine(server.url(name))
    with engine.connect() as connection:
        yield connection
    engine.dispose()
    server.drop_database(name)


def per_row(ruleset, path, cases, on):
    decided = [ruleset.decide(path, case, on).value for case in cases]
    return [None if value is None else Decimal(value) for value in decided]


def by_numpy(ruleset, path, cases, on, kinds):
    columns = {fact: make_column(kind, [case.get(fact) for case in cases]) for fact, kind in kinds.items()}
    found = numpy_backend.compute_amounts(ruleset, path, columns, on)
    both = zip(found.values.tolist(), found.known.tolist(), strict=True)
    return [Decimal(value).scaleb(-found.places) if known else None for value, known in both]


def by_numpy_where_it_fits(*asked):
    try:
        return by_numpy(*asked)
    except NotInBulk as refused:
        if {problem.code for problem in refused.problems} != {"TOO_LARGE"}:
            raise
        reject()


def make_column(kind, facts):
    known = np.array([fact is not None for fact in facts])
    if kind in PLACES:
        wholes = [int(Decimal(fact or 0).scaleb(PLACES[kind])) for fact in facts]
        values = np.array(wholes, np.int64)
    else:
        values = np.array([EMPTY.get(kind, "") if fact is None else fact for fact in facts], DTYPES.get(kind, np.str_))
    return numpy_backend.Column(values, None if known.all() else known, PLACES.get(kind))


def in_sql(connection, ruleset, path, cases, on, kinds):
    """From a table of its own, filled by unnest."""
    types = {fact: HELD_AS.get(kind, Text()) for fact, kind in kinds.items()}
    names = [f'"{fact}" {type_.compile(connection.dialect)}' for fact, type_ in types.items()]
    connection.execute(text(f"CREATE TEMP TABLE cases (number bigint, {', '.join(names)}) ON COMMIT DROP"))
    parts = [f"CAST(:f{at} AS {t.compile(connection.dialect)}[])" for at, t in enumerate(types.values())]
    stated = {f"f{at}": [case.get(fact) for case in cases] for at, fact in enumerate(kinds)}
    rows = ", ".join(["CAST(:number AS bigint[])", *parts])
    connection.execute(
        text(f"INSERT INTO cases SELECT * FROM unnest({rows})"), {"number": [*range(len(cases))], **stated}
    )
    source = sql_table("cases", column("number"), *(column(fact, type_) for fact, type_ in types.items()))
    amount = sql_backend.amount_expression(ruleset, path, {fact: source.c[fact] for fact in kinds}, on)
    found = connection.scalars(select(amount).select_from(source).order_by(source.c.number)).all()
    connection.rollback()
    return found


def assert_equal(connection, ruleset, path, cases, on, kinds):
    expected = per_row(ruleset, path, cases, on)
    assert by_numpy(ruleset, path, cases, on, kinds) == expected
    assert compute_each(ruleset, path, cases, on) == expected
    assert in_sql(connection, ruleset, path, cases, on, kinds) == expected
    return expected


# Any formula ---

FACTS = {
    "amount": Kind.MONEY,
    "share": Kind.RATE,
    "days": Kind.INTEGER,
    "agreed": Kind.BOOLEAN,
    "done_on": Kind.DATE,
    "kind": Kind.CODE,
}
money = st.decimals(-(10**5), 10**5, places=2) | st.sampled_from([Decimal(0), Decimal(1000), Decimal("999.99")])
rates = st.decimals(0, 1, places=5)
DATES = [date(2024, 6, 1), date(2024, 7, 1), date(2024, 7, 2)]
CASES = st.lists(
    st.fixed_dictionaries(
        {
            "amount": st.none() | money,
            "share": st.none() | rates,
            "days": st.none() | st.integers(-5, 50),
            "agreed": st.none() | st.booleans(),
            "done_on": st.none() | st.sampled_from(DATES),
            "kind": st.none() | st.sampled_from(["services", "road"]),
        }
    ),
    min_size=1,
    max_size=12,
)
CENT = {"to": Decimal("0.01"), "mode": "half_up"}
FIXED = {"from": date(2020, 1, 1), "source": "law", "locator": "第一条"}


def comparisons():
    numeric = {
        "amount": st.just({"value": "cap"}) | money,
        "share": st.just({"value": "rate"}) | rates,
        "days": st.just({"value": "fixed"}) | st.integers(-5, 50),
    }
    ordered = [
        st.fixed_dictionaries({"fact": st.just(fact), operator: limits})
        for fact, limits in numeric.items()
        for operator in ("lt", "at_most", "at_least", "gt")
    ]
    days = st.sampled_from(DATES) | st.just({"value": "cutoff"})
    return st.one_of(
        *ordered,
        st.sampled_from([*FACTS]).map(lambda fact: {"fact": fact, "missing": True}),
        st.booleans().map(lambda agreed: {"fact": "agreed", "is": agreed}),
        st.sampled_from(["services", "road"]).map(lambda kind: {"fact": "kind", "is": kind}),
        st.just({"fact": "kind", "in": ["services", "road"]}),
        st.just({"fact": "days", "in": [1, 2, 3]}),
        days.map(lambda day: {"fact": "done_on", "before": day}),
        days.map(lambda day: {"fact": "done_on", "not_before": day}),
    )


def _join_conditions(parts):
    several = st.lists(parts, min_size=1, max_size=3)
    return several.map(lambda p: {"all": p}) | several.map(lambda p: {"any": p}) | parts.map(lambda p: {"not": p})


conditions = st.recursive(comparisons(), _join_conditions, max_leaves=4)


@st.composite
def tables(draw):
    """Rows that may overlap, be never reached or hang on what is not known; with a default row or without."""
    policy = draw(st.sampled_from(["first", "unique"]))
    rows = [{"when": draw(conditions)} for _ in range(draw(st.integers(1, 3)))]
    rows += [{}] if draw(st.booleans()) or policy == "first" else []
    named = [
        {"id": f"r{at}", "outcome": draw(st.sampled_from("ab")), "message": "。", **row} for at, row in enumerate(rows)
    ]
    return {
        "label": "档",
        "outcomes": {"a": "甲", "b": "乙"},
        "versions": [FIXED | {"hit_policy": policy, "rows": named}],
    }


leaves = st.one_of(
    money,
    st.sampled_from([{"fact": "amount"}, {"fact": "share"}, {"fact": "days"}]),
    st.sampled_from([{"value": "rate"}, {"value": "cap"}, {"value": "fixed"}]),
    st.sampled_from([{"formula": "by_class"}, {"formula": "due_amount"}]),
)


def ladders(then, name):
    tops = st.sets(st.decimals("0.01", 10**5, places=2), max_size=3).map(lambda found: [*sorted(found), None])
    return tops.flatmap(
        lambda found: st.tuples(*[st.fixed_dictionaries({"up_to": st.just(top), name: then}) for top in found])
    ).map(list)


def shapes(parts):
    fixed = st.fixed_dictionaries
    rate = rates | st.sampled_from([{"fact": "share"}, {"value": "rate"}])
    return st.one_of(
        fixed({"kind": st.just("percent_of"), "of": parts, "rate": rate}),
        fixed({"kind": st.just("marginal_tiers"), "of": parts, "tiers": ladders(rate, "rate")}),
        fixed({"kind": st.just("bracket"), "of": parts, "rows": ladders(parts, "then")}),
        fixed({"kind": st.sampled_from(["min_of", "max_of", "sum"]), "of": st.lists(parts, min_size=1, max_size=3)}),
        fixed({"kind": st.just("clamp"), "of": parts, "at_least": parts}, optional={"at_most": parts}),
        fixed({"kind": st.just("clamp"), "of": parts, "at_most": parts}),
        fixed({"kind": st.just("lookup"), "table": st.just("any"), "cases": fixed({"a": parts, "b": parts})}),
    )


formulas = st.recursive(leaves, shapes, max_leaves=5)
roundings = st.fixed_dictionaries(
    {
        "to": st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(10000), Decimal("0.0001")]),
        "mode": st.sampled_from(["half_up", "up", "down"]),
    }
)
READ_FORMULA, READ_TABLE = TypeAdapter(FormulaRule), TypeAdapter(TableRule)
SMALL = city("values:\n  cap:\n    - {from: 2022-01-01, value: null, source: local, locator: 一}\n")


def ruleset_with(calculate, rounding, table=None, kind="money"):
    """Read by the models only: a table that overlaps is the loader's to refuse, and still computed alike."""
    version = FIXED | {"calculate": calculate, "round": rounding}
    rule = READ_FORMULA.validate_python({"label": "数", "kind": kind, "versions": [version]})
    found = {"any": READ_TABLE.validate_python(table)} if table else {}
    own = SMALL.own.model_copy(update={"formulas": {"asked": rule}, "tables": found})
    return dataclasses.replace(SMALL, layers=[own, *SMALL.layers[1:]])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(formulas, roundings, tables(), CASES, st.sampled_from(["money", "rate"]))
def test_any_formula_gives_every_case_what_it_is_told_alone(connection, calculate, rounding, table, cases, kind):
    ruleset = ruleset_with(calculate, rounding, table, kind)
    expected = per_row(ruleset, "asked", cases, DAY)
    assert in_sql(connection, ruleset, "asked", cases, DAY, FACTS) == expected
    assert by_numpy_where_it_fits(ruleset, "asked", cases, DAY, FACTS) == expected


def test_two_rows_of_one_condition_decide_nothing(connection):
    rows = [{"id": row, "when": {"fact": "amount", "missing": True}, "outcome": row, "message": "。"} for row in "ab"]
    version = FIXED | {"hit_policy": "unique", "rows": [*rows, {"id": "c", "outcome": "a", "message": "。"}]}
    table = {"label": "档", "outcomes": {"a": "甲", "b": "乙"}, "versions": [version]}
    ruleset = ruleset_with({"kind": "lookup", "table": "any", "cases": {"a": 1, "b": 1}}, CENT, table)
    assert assert_equal(connection, ruleset, "asked", [{}, {"amount": Decimal(5)}], DAY, FACTS) == [None, 1]


# Every city's formulas ---

SHIPPED = [place for place in cities.places_in(cities.shipped_folder()) if (place.folder / "tests.yaml").is_file()]


def _formulas():
    """Each formula with its worked examples' facts, by their days; those of the base are every city's."""
    for place in SHIPPED:
        ruleset = cities.load_folder(place.folder)
        examples = worked_examples.read((place.folder / "tests.yaml").read_bytes(), "tests.yaml", ruleset)
        by_day = {}
        for example in examples:
            by_day.setdefault(example.on, []).append(worked_examples.facts_of(example, ruleset))
        for path in ruleset.paths("formulas"):
            yield pytest.param(ruleset, path, by_day, id=f"{place.city}: {path}")


@pytest.mark.parametrize(("ruleset", "path", "by_day"), list(_formulas()))
def test_every_city_s_formula_gives_its_worked_examples_the_same(connection, ruleset, path, by_day):
    declared = {fact: ruleset.fact(fact).kind for fact in ruleset.paths("facts")}
    kinds = {fact: kind for fact, kind in declared.items() if kind not in (Kind.CODES, Kind.TEXTS)}
    for on, cases in by_day.items():
        assert_equal(connection, ruleset, path, [*cases, {}], on, kinds)


XIAMEN = next(cities.load_folder(place.folder) for place in SHIPPED if place.city == "xiamen")
CONTRACTORS = {
    "application.contract_amount": Kind.MONEY,
    "contractor.on_serious_list": Kind.BOOLEAN,
    "contractor.arrears_within_2_years": Kind.BOOLEAN,
    "contractor.clean_years": Kind.INTEGER,
    "contractor.other_projects_in_area": Kind.BOOLEAN,
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "application.contract_amount": st.none() | st.decimals(0, 10**10, places=2),
                "contractor.clean_years": st.none() | st.integers(0, 5),
                **{fact: st.none() | st.booleans() for fact, kind in CONTRACTORS.items() if kind is Kind.BOOLEAN},
            }
        ),
        min_size=1,
    )
)
def test_a_city_s_deposits_are_equal_to_the_fen(connection, cases):
    path, on = "wage_deposit.required_amount", date(2024, 8, 1)
    assert_equal(connection, XIAMEN, path, cases, on, CONTRACTORS)


def test_more_rows_than_one_piece_are_all_computed():
    size = 3 * 2**16 + 5
    fen = np.arange(size, dtype=np.int64) * 100
    found = numpy_backend.compute_amounts(city(), "due_amount", {"amount": numpy_backend.Column(fen)}, DAY)
    assert (found.values == np.arange(size)).all()
    assert found.known.all()
    assert found.places == 2


def test_no_rows_give_no_amounts():
    found = numpy_backend.compute_amounts(
        city(), "due_amount", {"amount": numpy_backend.Column(np.zeros(0, np.int64))}, DAY
    )
    assert len(found.values) == len(found.known) == 0


def test_a_what_if_is_a_draft_of_the_ruleset():
    draft = city("values:\n  rate:\n    - {from: 2022-01-01, value: 2.5%, source: local, locator: 草案}\n")
    columns = {"amount": numpy_backend.Column(np.array([1_000_050], np.int64))}
    assert numpy_backend.compute_amounts(city(), "due_amount", columns, DAY).values.tolist() == [10_001]
    assert numpy_backend.compute_amounts(draft, "due_amount", columns, DAY).values.tolist() == [25_001]


def test_whole_fen_are_yuan_in_sql(connection):
    amount = sql_backend.amount_expression(
        city(), "due_amount", {"amount": sql_backend.yuan_from_fen(column("fen", BigInteger()))}, DAY
    )
    source = select(literal(1_000_050, BigInteger()).label("fen")).subquery()
    assert connection.scalar(select(amount).select_from(source)) == Decimal("100.01")


# Refused ---

FEN = np.array([100], np.int64)
HOOK = {"kind": "hook", "name": "own", "facts": ["amount"]}


def refusals(columns, calculate=None, table=None, by=numpy_backend.compute_amounts):
    ruleset = ruleset_with(calculate or {"fact": "amount"}, CENT, table)
    with pytest.raises(NotInBulk) as caught:
        by(ruleset, "asked", columns, DAY)
    return [(problem.code, problem.place) for problem in caught.value.problems]


AT = "formulas.asked.2020-01-01.calculate"


@pytest.mark.parametrize(
    ("by", "columns"),
    [
        (numpy_backend.compute_amounts, {"amount": numpy_backend.Column(FEN)}),
        (sql_backend.amount_expression, {"amount": column("amount", Numeric())}),
    ],
    ids=["numpy", "SQL"],
)
def test_every_reason_is_told_at_its_place(by, columns):
    condition = {"all": [{"fact": "kind", "is": "services"}, {"fact": "agreed", "missing": True}]}
    rows = [{"id": "r", "when": condition, "outcome": "a", "message": "。"}]
    table = {"label": "档", "outcomes": {"a": "甲"}, "versions": [FIXED | {"hit_policy": "unique", "rows": rows}]}
    looked_up = {"kind": "lookup", "table": "any", "cases": {"a": {"fact": "days"}}}
    calculate = {"kind": "sum", "of": [HOOK, looked_up, {"fact": "amount"}]}
    assert refusals(columns, calculate, table, by) == [
        ("HOOK", f"{AT}.of[0]"),
        ("NO_COLUMN", f"{AT}.of[1].cases.a"),
        ("NO_COLUMN", "tables.any.2020-01-01.rows[0].when.all[0]"),
        ("NO_COLUMN", "tables.any.2020-01-01.rows[0].when.all[1]"),
    ]


WRONG_COLUMNS = {
    "a float": ("amount", np.array([1.5]), "WRONG_COLUMN"),
    "unsigned": ("amount", np.array([1], np.uint64), "WRONG_COLUMN"),
    "a rate without places": ("share", FEN, "NO_PLACES"),
    "the smallest of all": ("amount", np.array([np.iinfo(np.int64).min]), "TOO_LARGE"),
}


@pytest.mark.parametrize(("fact", "values", "code"), WRONG_COLUMNS.values(), ids=WRONG_COLUMNS)
def test_a_numpy_column_of_another_kind_is_refused(fact, values, code):
    assert refusals({fact: numpy_backend.Column(values)}, {"fact": fact}) == [(code, AT)]


CONDITIONS = {
    "a number for yes or no": ({"fact": "agreed", "is": True}, "agreed", FEN),
    "objects for words": ({"fact": "kind", "is": "services"}, "kind", np.array(["services"], object)),
    "no date": ({"fact": "done_on", "before": DATES[0]}, "done_on", np.array(["NaT"], "datetime64[D]")),
}


@pytest.mark.parametrize(("condition", "fact", "values"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_column_that_a_condition_cannot_read_is_refused(condition, fact, values):
    rows = [{"id": "r", "when": condition, "outcome": "a", "message": "。"}]
    table = {"label": "档", "outcomes": {"a": "甲"}, "versions": [FIXED | {"hit_policy": "unique", "rows": rows}]}
    looked_up = {"kind": "lookup", "table": "any", "cases": {"a": 1}}
    place = "tables.any.2020-01-01.rows[0].when"
    assert refusals({fact: numpy_backend.Column(values)}, looked_up, table) == [("WRONG_COLUMN", place)]


@pytest.mark.parametrize("type_", [Double(), BigInteger(), Text()], ids=str)
def test_a_sql_column_of_another_kind_is_refused(type_):
    assert refusals({"amount": column("amount", type_)}, by=sql_backend.amount_expression) == [("WRONG_COLUMN", AT)]


def test_what_could_leave_64_bits_is_refused_before_anything_is_computed():
    share = {"kind": "percent_of", "of": {"fact": "amount"}, "rate": Decimal("0.12345")}
    largest = (2**63 - 1) // 12345
    fits = numpy_backend.Column(np.array([largest - 500], np.int64))
    too_large = numpy_backend.Column(np.array([0, largest + 1], np.int64))
    assert numpy_backend.compute_amounts(ruleset_with(share, CENT), "asked", {"amount": fits}, DAY).known.all()
    assert refusals({"amount": too_large}, share) == [("TOO_LARGE", AT)]


def test_a_constant_too_long_for_64_bits_is_refused_by_numpy_and_exact_in_sql(connection):
    long = Decimal("12345678901234567890.12")
    assert refusals({"amount": numpy_backend.Column(FEN)}, long) == [("TOO_LARGE", AT)]
    assert connection.scalar(select(sql_backend.amount_expression(ruleset_with(long, CENT), "asked", {}, DAY))) == long


def test_columns_of_different_lengths_are_refused():
    columns = {"amount": numpy_backend.Column(FEN), "share": numpy_backend.Column(np.zeros(2, np.int64), places=2)}
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        numpy_backend.compute_amounts(city(), "due_amount", columns, DAY)


def test_a_path_that_is_no_formula_is_refused():
    for path in ("class", "nothing"):
        with pytest.raises(UnknownPath):
            numpy_backend.compute_amounts(city(), path, {"amount": numpy_backend.Column(FEN)}, DAY)

"""What lists are ordered and narrowed by: amounts in fen, what is looked for in names, and their indexes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0026"
branch_labels = None
depends_on = None

_FEN = "bigint GENERATED ALWAYS AS ((coalesce({}, -0.01) * 100)::bigint) STORED NOT NULL"
_KEY = (
    """text COLLATE "C" GENERATED ALWAYS AS (translate(normalize(coalesce({}, ''), NFKC), """
    "'ABCDEFGHIJKLMNOPQRSTUVWXYZ ()[]〔〕【】', 'abcdefghijklmnopqrstuvwxyz')) STORED NOT NULL"
)
_COLUMNS = {
    "project": {"name_key": _KEY.format("name"), "contract_amount_fen": _FEN.format("contract_amount")},
    "wage_deposit": {"amount_due_fen": _FEN.format("amount_due")},
    "review": {"title_key": _KEY.format("title")},
}
_NUMBERS = {"project": "number", "guarantee": "guarantee_number"}

_SEEN_BY = ("applicant_id", "office_id", "authority_id")
_OF_PROJECT = (*_SEEN_BY, "contractor_id", "owner_id")
_OF_GUARANTEE = (*_SEEN_BY, "issuer_id")
_OF_ORDER = ("applicant_id", "office_id", "supervising_office_id", "authority_id")
_OF_REVIEW = (*_SEEN_BY, "submitted_by_id")
_NEW: Sequence[tuple[str, Sequence[str], Sequence[str], Sequence[str]]] = (
    (
        "project",
        _SEEN_BY[1:],
        ("supervising_area", "number", "name_key", "contract_amount_fen", "planned_start"),
        _OF_PROJECT,
    ),
    ("quota_application", _SEEN_BY[1:], ("application_type", "payment_method"), _SEEN_BY),
    ("wage_deposit", _SEEN_BY[1:], ("filing_status", "amount_due_fen"), _SEEN_BY),
    ("guarantee", _OF_GUARANTEE[1:], ("ends_on",), _OF_GUARANTEE),
)
"""Tables, whose rows they give, in which orders, and what they carry along."""
_CARRYING: Sequence[tuple[str, Sequence[str], Sequence[str], Sequence[str]]] = (
    ("guarantee", _OF_GUARANTEE, (), _OF_GUARANTEE),
    ("guarantee", _OF_GUARANTEE[1:], ("state",), _OF_GUARANTEE),
    ("guarantee", _OF_GUARANTEE[1:], ("guarantee_number",), _OF_GUARANTEE),
    ("guarantee_order", _OF_ORDER, (), _OF_ORDER),
    ("guarantee_order", _OF_ORDER[1:], ("state",), _OF_ORDER),
    ("contractor_record", _SEEN_BY, (), _SEEN_BY),
    ("review", _SEEN_BY, ("due_on",), _OF_REVIEW),
)
"""Those that are there already, and carry along from now on."""


def upgrade() -> None:
    for table, column in _NUMBERS.items():
        op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE "C"')
    for table, columns in _COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN {name} {type}" for name, type in columns.items()))
    for table, seen_by, orders, beside in _NEW:
        for column in seen_by:
            for order in orders:
                _index(table, [column, order, "id"], beside)
    _replace(carry=True)


def downgrade() -> None:
    _replace(carry=False)
    for table, seen_by, orders, _ in _NEW:
        for column in seen_by:
            for order in orders:
                op.drop_index(_name(table, [column, order, "id"]), table)
    for table, columns in _COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"DROP COLUMN {name}" for name in columns))
    for table, column in _NUMBERS.items():
        op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE "default"')


def _replace(*, carry: bool) -> None:
    for table, seen_by, order, beside in _CARRYING:
        for column in seen_by:
            columns = [column, *order, "id"]
            op.drop_index(_name(table, columns), table)
            _index(table, columns, beside if carry else (), "outcome IS NULL" if table == "review" else None)


def _index(table: str, columns: list[str], beside: Sequence[str], where: str | None = None) -> None:
    carried = [one for one in beside if one not in columns] or None
    condition = None if where is None else sa.text(where)
    op.create_index(_name(table, columns), table, columns, postgresql_include=carried, postgresql_where=condition)


def _name(table: str, columns: Sequence[str]) -> str:
    return op.f("_".join(("ix", table, *columns)))

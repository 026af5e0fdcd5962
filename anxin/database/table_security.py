"""What a migration says of a table it makes: who reads it, which of its rows, by which columns that is seen, and what
acts may do with it.

A migration says what it says for ever, and models change: so nothing here is read from a model, and the texts here do
not change once a release has run them. What ``core.access`` says of the model today is compared with the migrated
database by a test, which fails for a migration that says anything else.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

_READER, _APPLICATION = "anxin_reader", "anxin_application"
_ACCOUNT = "(SELECT nullif(current_setting('anxin.account', true), '')::bigint)"
_ORGANIZATION = "(SELECT nullif(current_setting('anxin.organization', true), '')::bigint)"
_ROLE = "(SELECT current_setting('anxin.role', true))"
_COLUMN_OF_ROLE = {
    "handler": "applicant_id",
    "hrss_officer": "office_id",
    "certification_reviewer": "office_id",
    "institution_staff": "office_id",
    "industry_officer": "authority_id",
}
_ORGANIZATIONS = ("applicant_id", "office_id", "authority_id")

PUBLIC = "true"
SHARED = f"{_ACCOUNT} IS NOT NULL"
PERSONAL = f"account_id = {_ACCOUNT}"
HIDDEN = None


def concerning(
    *, seen_by_its: str | None = None, seen_as: Sequence[str] = (), **column_of_role: str | tuple[str, ...]
) -> str:
    """The rows of a ``core.access.Concerning`` table.

    ``column_of_role`` names the column of roles that look at another one than usual, or the several of them, by role; a
    role that is not among the usual five comes to them. ``seen_by_its`` names the account that sees a row without an
    applicant, in the roles ``seen_as`` if there are any, the empty one for nobody's.
    """
    looks = {
        role: (columns,) if isinstance(columns, str) else columns
        for role, columns in (_COLUMN_OF_ROLE | column_of_role).items()
    }
    seen = " OR ".join(_named_by_role(looks, place) for place in range(max(map(len, looks.values()))))
    if seen_by_its is None:
        return seen
    mine = f"{seen_by_its} = {_ACCOUNT} AND applicant_id IS NULL"
    if seen_as:
        mine += " AND coalesce({}, '') IN ({})".format(_ROLE, ", ".join(f"'{role}'" for role in seen_as))
    return f"{seen} OR {mine}"


def _named_by_role(looks: Mapping[str, Sequence[str]], place: int) -> str:
    named = [(role, columns[place]) for role, columns in looks.items() if len(columns) > place]
    whens = " ".join(f"WHEN '{role}' THEN {column}" for role, column in named)
    return f"coalesce({_ORGANIZATION} = CASE {_ROLE} {whens} END, false)"


def concerning_columns(table: str) -> Sequence[sa.Column[int]]:
    """The three columns by which such rows are seen, right behind the id: the applicant's, and the offices'."""
    return [
        sa.Column(
            column,
            sa.BigInteger(),
            sa.ForeignKey("organization.id", name=op.f(f"fk_{table}_{column}")),
            nullable=column != "applicant_id",
        )
        for column in _ORGANIZATIONS
    ]


def create_page_indexes(table: str, *order: str) -> None:
    """Indexes that give each caller's rows in a list's order, as ``core.access.pages`` states them of the model."""
    for column in _ORGANIZATIONS:
        op.create_index(op.f("_".join(("ix", table, column, *order))), table, [column, *order])


def secure_table(table: str, seen: str | None, *, columns: Sequence[str] = (), ending: bool = False) -> None:
    """Readers see the rows that ``seen`` holds for, none where it is HIDDEN; of these ``columns``, or of all. Acts see
    all rows, enter and change them, and remove them where they are said to be ``ending``.

    Right after ``op.create_table``; dropping the table undoes it.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    allow_acts(table, ending=ending)
    if seen is None:
        return
    named = f" ({', '.join(columns)})" if columns else ""
    op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO {_READER} USING ({seen})")
    op.execute(f"GRANT SELECT{named} ON {table} TO {_READER}")


def allow_acts(table: str, *, changed: bool = True, ending: bool = False) -> None:
    """The application's role enters rows, and changes or removes them as far as is said. It is no owner: row-level
    security lets it see what a policy says, which is all of them."""
    rights = ", ".join(["SELECT", "INSERT", *(["UPDATE"] if changed else []), *(["DELETE"] if ending else [])])
    op.execute(f"CREATE POLICY acts ON {table} TO {_APPLICATION} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {rights} ON {table} TO {_APPLICATION}")
    op.execute(
        f"""
        DO $$
        DECLARE
            numbers text DEFAULT pg_get_serial_sequence('{table}', 'id');
        BEGIN
            IF numbers IS NOT NULL THEN
                EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO {_APPLICATION}', numbers);
            END IF;
        END
        $$
        """
    )

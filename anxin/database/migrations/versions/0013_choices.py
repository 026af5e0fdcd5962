"""Choices are kept by the codes of their options: until now rows had the labels of the forms."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
import yaml
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = {
    "enterprise.kind": ("certification", "organization_kind"),
    "enterprise.qualification": ("certification", "qualification"),
    "project.industry_kind": ("project", "industry_kind"),
    "project.kind": ("project", "kind"),
    "project.category": ("project", "category"),
    "guarantee.kind": ("offline_guarantee", "kind"),
}
ROWS = """
    UPDATE {table} SET {column} = word.new
    FROM unnest(cast(:versions AS bigint[]), cast(:old AS text[]), cast(:new AS text[])) AS word (version, old, new)
    WHERE ruleset_version_id = word.version AND {column} = word.old
"""
FIRMS = """
    UPDATE organization SET {column} = word.new
    FROM certification, unnest(cast(:versions AS bigint[]), cast(:old AS text[]), cast(:new AS text[]))
        AS word (version, old, new)
    WHERE organization.id = enterprise_id AND state = 'approved' AND ruleset_version_id = word.version
        AND organization.{column} = word.old
"""


def upgrade() -> None:
    _rewrite(from_label=True)


def downgrade() -> None:
    _rewrite(from_label=False)


def _rewrite(*, from_label: bool) -> None:
    """Each row by the forms of the rules it is kept with; a firm by those of its own certification."""
    connection = op.get_bind()
    stored = connection.execute(sa.text("SELECT id, layers FROM ruleset_version")).all()
    options = [(version, *option) for version, layers in stored for option in _list_options(layers)]
    for path, (table, column) in COLUMNS.items():
        words = {
            (version, label if from_label else code): code if from_label else label
            for version, named, code, label in reversed(options)
            if named == path
        }
        bound = {
            "versions": [version for version, _ in words],
            "old": [old for _, old in words],
            "new": list(words.values()),
        }
        for sql in (ROWS, FIRMS) if table == "certification" else (ROWS,):
            connection.execute(sa.text(sql.format(table=table, column=column)), bound)


def _list_options(layers: list[str]) -> Iterator[tuple[str, str, str]]:
    for layer in layers:
        read: Any = yaml.safe_load(layer)
        forms: dict[str, Any] = read.get("forms") or {}
        fields: list[Any] = [
            field for form in forms.values() for version in form["versions"] for field in version["fields"]
        ]
        for field in fields:
            options: dict[str, str] = field.get("options") or {}
            yield from ((str(field["code"]), str(code), str(label)) for code, label in options.items())

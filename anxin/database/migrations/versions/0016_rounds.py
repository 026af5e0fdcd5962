"""A case can be withdrawn; papers and decisions say of which round they are, cases which is their newest, and rounds
who decided."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None

_CASES = {
    "certification": "Certification",
    "quota_application": "QuotaApplication",
    "cash_payment": "CashPayment",
    "bank_guarantee": "BankGuarantee",
    "offline_guarantee": "OfflineGuarantee",
    "filing": "Filing",
    "cancellation": "Cancellation",
}
_BEFORE = ("draft", "submitted", "approved", "rejected")
_ROUND = """
    UPDATE {table} SET round = coalesce((
        SELECT max(review.round) FROM review WHERE subject_type = '{name}' AND subject_id = {table}.id
    ), 0)
"""
# A file belongs to the first round that was handed in after its upload, or (a bank's letter) to the newest.
_PAPERS = """
    UPDATE document SET rounds = ARRAY[coalesce(
        (SELECT min(review.round) FROM review WHERE review.subject_type = document.subject_type
            AND review.subject_id = document.subject_id AND submitted_at >= uploaded_at),
        (SELECT max(review.round) FROM review WHERE review.subject_type = document.subject_type
            AND review.subject_id = document.subject_id)
    )]
    WHERE EXISTS (SELECT FROM review WHERE review.subject_type = document.subject_type
        AND review.subject_id = document.subject_id)
"""
_DECISIONS = """
    UPDATE kept_decision AS kept SET round = (
        SELECT max(review.round) FROM review WHERE review.subject_type = kept.subject_type
            AND review.subject_id = kept.subject_id AND submitted_at <= kept_at
    )
"""
_REVIEWERS = "UPDATE review SET reviewer = account.name FROM account WHERE account.id = decided_by_id"


def upgrade() -> None:
    _state([*_BEFORE, "withdrawn"])
    _outcome("'approved', 'rejected', 'withdrawn'")
    for table, name in _CASES.items():
        op.add_column(table, sa.Column("round", sa.BigInteger(), server_default="0", nullable=False))
        op.execute(_ROUND.format(table=table, name=name))
    op.add_column("document", sa.Column("rounds", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False))
    op.add_column("kept_decision", sa.Column("round", sa.BigInteger()))
    op.add_column("review", sa.Column("reviewer", sa.Text()))
    for statement in (_PAPERS, _DECISIONS, _REVIEWERS):
        op.execute(statement)


def downgrade() -> None:
    """Refused while anything is withdrawn: before, there was no such state to call it by."""
    withdrawn = op.get_bind().execute(sa.text("SELECT count(*) FROM review WHERE outcome = 'withdrawn'")).scalar()
    if withdrawn:
        raise RuntimeError(f"{withdrawn} applications are withdrawn, which the release before does not know")
    op.drop_column("review", "reviewer")
    op.drop_column("kept_decision", "round")
    op.drop_column("document", "rounds")
    for table in _CASES:
        op.drop_column(table, "round")
    _outcome("'approved', 'rejected'")
    _state(_BEFORE)


def _outcome(allowed: str) -> None:
    op.drop_constraint(op.f("ck_review_outcome"), "review")
    op.create_check_constraint(op.f("ck_review_outcome"), "review", f"outcome IN ({allowed})")


def _state(allowed: list[str] | tuple[str, ...]) -> None:
    for table in _CASES:
        op.drop_constraint(op.f(f"ck_{table}_state"), table)
        values = ", ".join(f"'{value}'" for value in allowed)
        op.create_check_constraint(op.f(f"ck_{table}_state"), table, f"state IN ({values})")

"""The database: one engine, short sessions, and the base of all tables."""

from core.db.database import (
    RANDOM_PAGE_COST,
    STATEMENT_TIMEOUT_MS,
    Base,
    Database,
    insert,
    new_id,
    next_id,
    one_of,
)

__all__ = ["RANDOM_PAGE_COST", "STATEMENT_TIMEOUT_MS", "Base", "Database", "insert", "new_id", "next_id", "one_of"]

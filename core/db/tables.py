"""The base of all tables: which column a Python type means, and how constraints are named."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Computed,
    DateTime,
    Identity,
    MetaData,
    Numeric,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.texts import search_key_in_sql


class Base(DeclarativeBase):
    """Parent of every table. Amounts are yuan to the fen, moments have an offset, texts have no arbitrary length."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        int: BigInteger,
        str: Text,
        Decimal: Numeric(18, 2),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-2)


def is_written(column: ColumnElement[Any]) -> bool:
    """Whether it is a table's, and not one that PostgreSQL computes."""
    return isinstance(column, Column) and column.computed is None


def fen(column: str) -> Mapped[Any]:
    """An amount's fen, to order and narrow lists by: -1 where there is none. A numeric's comparison is not leakproof
    and finds no index under row-level security."""
    return mapped_column(
        BigInteger, Computed(f"(coalesce({column}, -0.01) * 100)::bigint", persisted=True), nullable=False
    )


def search_key(column: str) -> Mapped[Any]:
    """What is looked for in a text, and what lists are ordered by: by code point, which is by radical and strokes
    (部首) for most characters, and on every machine the same."""
    return mapped_column(Text(collation="C"), Computed(search_key_in_sql(column), persisted=True), nullable=False)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Status columns are text with a check: an enum type's equality is not leakproof and loses indexes under row-level
    security."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value.value) for value in values)})", name=column)

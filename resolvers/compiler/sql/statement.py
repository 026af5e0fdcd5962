"""The whole statement: the root fields as one JSON text, below the condition on which it is read at all."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select

from resolvers.compiler.field_info import Details, FieldInfo
from resolvers.compiler.root_queries import PageQuery, RootQuery, RowQuery
from resolvers.compiler.sql import connections, objects
from resolvers.compiler.sql.json_text import Piece, concat
from resolvers.compiler.sql.scope import Scope


def build_statement(
    scope: Scope, condition: ColumnElement[bool], roots: Sequence[tuple[str, RootQuery, FieldInfo | None, Details]]
) -> Select[Any]:
    """For root fields: each its key, what it reads, its field and its selections. The condition is asked first, so that
    it may identify the caller; where it does not hold, the statement gives null and reads nothing."""
    pieces: list[Piece] = ["{"]
    for number, (key, query, field, details) in enumerate(roots):
        pieces.append(f'{"," if number else ""}"{key}":')
        if isinstance(query, PageQuery):
            assert field is not None
            pieces += connections.write_connection(scope, query, field.named, details)
        elif isinstance(query, RowQuery):
            assert field is not None
            pieces += objects.write_row(scope, query, field, details)
        else:
            pieces.append(query.shape)
    return select(case((condition, concat([*pieces, "}"])))).add_cte(*scope.ctes)

"""A page of a list in SQL: its rows once, under a name that edges, nodes and page info share.

There is one row more than asked for if there are more, which nothing shows. The rows are kept in the list's order, and
whoever scans them alone, as all do here, meets them in it: to number and to sort them again took a twentieth of a page.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from sqlalchemy import Integer, bindparam, case, column, func, literal_column, select, table
from sqlalchemy.sql import visitors

from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Details, field_of, name_of
from resolvers.compiler.root_queries import Page
from resolvers.compiler.sql import json_text
from resolvers.compiler.sql.json_text import Element, Piece, joined, or_else
from resolvers.compiler.sql.tables import Rows

if TYPE_CHECKING:
    from resolvers.compiler.sql.objects import Statement

_NONE, _ONE = (literal_column(number, Integer) for number in "01")
_Answer = Callable[[Any, Details], list[Piece]]
"""What stands for a field of the paging types, given the field's type and selections."""


def connection(statement: "Statement", asked: Page, type: GraphQLObjectType, details: Details) -> list[Piece]:
    """The page as JSON; its rows are added to the statement's pages. The fields are those of ``core.paging.Page``."""
    rows = statement.aliased(asked.model)
    seen = [rows.seen_by(statement.standing), asked.filters.on(rows)]
    name = statement.name("p")
    mapped = rows.mapper.local_table.c
    page = Rows(rows.mapper, table(name, *(column(c.key, c.type) for c in mapped)))
    first = bindparam(asked.parameter("first"), type_=Integer())
    found = select(func.count()).select_from(page.source).scalar_subquery()
    cursor = json_text.cursor(asked.order, lambda part: page.attribute(part.column.key))

    def listed(pieces: list[Piece]) -> list[Piece]:
        return json_text.listed(page.selecting(joined(pieces)).limit(first))

    def end(place: Element) -> list[Piece]:
        return or_else([page.selecting(joined(cursor)).limit(_ONE).offset(place).scalar_subquery()], "null")

    def node(type: Any, details: Details) -> list[Piece]:
        return statement.typed(type, page, details)

    def edge(type: Any, details: Details) -> list[Piece]:
        return _object(statement, type, details, {"cursor": lambda _type, _details: cursor, "node": node})

    def page_info(type: Any, details: Details) -> list[Piece]:
        more = case((found > first, json_text.constant("true")), else_=json_text.constant("false"))
        last = func.greatest(func.least(found, first) - _ONE, _NONE)
        parts: dict[str, _Answer] = {
            "has_next_page": lambda _type, _details: [more],
            "has_previous_page": lambda _type, _details: ["false" if asked.after is None else "true"],
            "start_cursor": lambda _type, _details: end(_NONE),
            "end_cursor": lambda _type, _details: end(last),
        }
        return _object(statement, type, details, parts)

    parts: dict[str, _Answer] = {
        "edges": lambda type, details: listed(edge(type, details)),
        "nodes": lambda type, details: listed(node(type, details)),
        "page_info": page_info,
        "total_count": lambda _type, _details: [
            select(func.count()).select_from(rows.source).where(*seen).scalar_subquery()
        ],
    }
    pieces = _object(statement, type, details, parts)

    order = [rows.said_of(part.expression()) for part in asked.order]
    kept = [rows.source.c[key].label(key) for key in _columns_read(pieces, name)] or [_ONE.label("row")]
    listing = select(*kept).where(*seen)
    if asked.after is not None:
        listing = listing.where(rows.said_of(asked.later()))
    limit = bindparam(asked.parameter("limit"), type_=Integer())
    statement.pages.append(listing.order_by(*order).limit(limit).cte(name))
    return pieces


def _object(
    statement: "Statement", type: GraphQLObjectType, details: Details, answers: dict[str, _Answer]
) -> list[Piece]:
    """An object of the paging types, each field by what answers its name."""
    pieces: list[Piece] = ["{"]
    for number, (key, chosen) in enumerate(statement.selected(type, details).items()):
        pieces.append(f'{"," if number else ""}"{key}":')
        name = name_of(chosen)
        if name == "__typename":
            pieces.append(f'"{type.name}"')
            continue
        field = field_of(type.fields[name])
        if field.name not in answers:
            raise Fallback(f"{type.name}.{field.name} is nothing that a page has")
        pieces += answers[field.name](field.named, chosen)
    return [*pieces, "}"]


def _columns_read(pieces: list[Piece], name: str) -> list[str]:
    """The columns of the page of that name that the pieces read, in a stable order."""
    parts: Any = (part for piece in pieces if not isinstance(piece, str) for part in visitors.iterate(piece))
    return sorted(
        {part.key for part in parts if part.__visit_name__ == "column" and getattr(part.table, "name", None) == name}
    )

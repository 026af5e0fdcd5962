"""A page of a list in SQL: its rows once, under a name that edges, nodes and page info share.

There is one row more than asked for if there are more, which nothing shows: the last, or the first where the list is
read from its end. The rows are kept in the list's order, and whoever scans them alone, as all do here, meets them in
it: to number and to sort them again took a twentieth of a page.
"""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLObjectType
from sqlalchemy import Integer, Select, bindparam, case, column, func, literal_column, select, table, true, union_all
from sqlalchemy.sql import visitors

from core.paging import MOST_COUNTED, Order
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.field_info import Details, field_of, name_of
from resolvers.compiler.root_queries import PageQuery
from resolvers.compiler.sql import json_text
from resolvers.compiler.sql.json_text import Element, Piece, coalesce, concat
from resolvers.compiler.sql.objects import write_typed
from resolvers.compiler.sql.scope import Scope
from resolvers.compiler.sql.tables import Rows

_NONE, _ONE = (literal_column(number, Integer) for number in "01")
_Write = Callable[[Any, Details], list[Piece]]
"""What stands for a field of the paging types, given the field's type and selections."""


def write_connection(scope: Scope, query: PageQuery, type: GraphQLObjectType, details: Details) -> list[Piece]:
    """The page as JSON; its rows become a CTE of the statement. The fields are those of ``core.paging.Page``."""
    rows = scope.alias(query.model)
    filters = [rows.adapt(one.condition, one.parameters) for one in query.filters]
    parts_seen = [
        select().select_from(rows.source).where(seen, narrowed)
        for seen in rows.split_visible_to(scope.caller)
        for narrowed in filters
    ]
    name, counted = scope.make_name("p"), scope.make_name("n")
    mapped = rows.mapper.local_table.c
    page = Rows(rows.mapper, table(name, *(column(c.key, c.type) for c in mapped)))
    first = bindparam(query.parameter("first"), type_=Integer())
    found = select(func.count()).select_from(page.source).scalar_subquery()
    cursor = json_text.write_cursor(query.order, lambda part: page.attribute(part.column.key))

    narrowed = query.is_narrowed
    most = literal_column(str(MOST_COUNTED), Integer)
    count = select(table(counted, column("rows", Integer)).c.rows).scalar_subquery()

    cut = query.cut
    begin = func.greatest(found - first, _NONE) if cut.backward else _NONE
    """How many of the rows lie before the page."""

    def write_list(pieces: list[Piece]) -> list[Piece]:
        shown = page.select(concat(pieces)).limit(first)
        return json_text.write_list(shown.offset(begin) if cut.backward else shown)

    def write_end(place: Element) -> list[Piece]:
        return coalesce([page.select(concat(cursor)).limit(_ONE).offset(place).scalar_subquery()], "null")

    def write_node(type: Any, details: Details) -> list[Piece]:
        return write_typed(scope, type, page, details)

    def write_edge(type: Any, details: Details) -> list[Piece]:
        return _write_object(scope, type, details, {"cursor": lambda _type, _details: cursor, "node": write_node})

    def write_page_info(type: Any, details: Details) -> list[Piece]:
        more = _write_truth(found > first)
        last = func.greatest((found if cut.backward else func.least(found, first)) - _ONE, _NONE)
        beyond: list[Piece] = ["false" if cut.beyond is None else "true"]
        if cut.skipped is not None:
            skipped = bindparam(query.parameter("skipped"), type_=Integer())
            beyond = [_write_truth(skipped > _NONE)]
        parts: dict[str, _Write] = {
            "has_next_page": lambda _type, _details: beyond if cut.backward else [more],
            "has_previous_page": lambda _type, _details: [more] if cut.backward else beyond,
            "start_cursor": lambda _type, _details: write_end(begin),
            "end_cursor": lambda _type, _details: write_end(last),
        }
        return _write_object(scope, type, details, parts)

    parts: dict[str, _Write] = {
        "edges": lambda type, details: write_list(write_edge(type, details)),
        "nodes": lambda type, details: write_list(write_node(type, details)),
        "page_info": write_page_info,
        "total_count": lambda _type, _details: [func.least(count, most) if narrowed else count],
        "total_count_exact": lambda _type, _details: ["true"] if not narrowed else [_write_truth(count <= most)],
    }
    pieces = _write_object(scope, type, details, parts)
    if _find_columns(pieces, counted):
        scope.ctes.append(_count(parts_seen, most + _ONE if narrowed else None).cte(counted))

    kept = _find_columns(pieces, name)
    scope.ctes.append(_list_rows(rows, query, parts_seen, kept).cte(name))
    return pieces


def _list_rows(rows: Rows, query: PageQuery, seen: Sequence[Select[Any]], kept: Sequence[str]) -> Select[Any]:
    """The page's rows, and one more, with the columns that are ``kept``, in the list's order."""
    cut = query.cut
    if cut.skipped is not None:
        return _fetch_rows(rows, query, _find_rows(rows, query, seen, ["id"], deep=True), kept)
    if not cut.backward:
        return _find_rows(rows, query, seen, kept)
    ordering = [one.column.key for one in query.order]
    found = Rows(rows.mapper, _find_rows(rows, query, seen, [*kept, *ordering]).subquery())
    return select(*_choose(kept, found)).select_from(found.source).order_by(*_order(query.order, found))


def _find_rows(
    rows: Rows, query: PageQuery, seen: Sequence[Select[Any]], kept: Sequence[str], *, deep: bool = False
) -> Select[Any]:
    """What the parts of ``seen`` begin with, each of them found by its own index, in the order in which they are read;
    ``deep`` skips the rows before a numbered page."""
    order = [*map(query.cut.order_of, query.order)]
    limit = bindparam(query.parameter("limit"), type_=Integer())
    offset = bindparam(query.parameter("skipped"), type_=Integer()) if deep else None
    of_part = bindparam(query.parameter("deep"), type_=Integer()) if deep else limit
    if query.cut.beyond is not None:
        later = [*map(rows.adapt, query.keyset_conditions())]
        seen = [part.where(beyond) for part in seen for beyond in later]
    if len(seen) == 1:
        part = seen[0].add_columns(*_choose(kept, rows))
        return part.order_by(*_order(order, rows)).limit(limit).offset(offset)
    needed = _choose([*kept, *(one.column.key for one in order)], rows)
    parts = [part.add_columns(*needed).order_by(*_order(order, rows)).limit(of_part) for part in seen]
    found = Rows(rows.mapper, union_all(*parts).subquery())
    together = select(*_choose(kept, found)).select_from(found.source)
    return together.order_by(*_order(order, found)).limit(limit).offset(offset)


def _fetch_rows(rows: Rows, query: PageQuery, ids: Select[Any], kept: Sequence[str]) -> Select[Any]:
    """Those rows, one by one: PostgreSQL, which does not know how few they are, would read the table for them."""
    found = ids.subquery()
    needed = list(dict.fromkeys([*kept, *(one.column.key for one in query.order)]))
    one = select(*_choose(needed, rows)).select_from(rows.source).where(rows.attribute("id") == found.c.id)
    row = Rows(rows.mapper, one.limit(_ONE).lateral())
    page = select(*_choose(kept, row)).select_from(found.join(row.source, true()))
    return page.order_by(*_order(query.order, row))


def _order(order: Sequence[Order], rows: Rows) -> Sequence[Element]:
    return [rows.adapt(part.expression()) for part in order]


def _choose(names: Sequence[str], rows: Rows) -> Sequence[Element]:
    """The columns of those names, each once; said aloud even where there is none, for neither the columns nor a
    condition that is constantly false need name the table."""
    return [rows.source.c[name].label(name) for name in dict.fromkeys(names)] or [_ONE.label("row")]


def _count(seen: Sequence[Select[Any]], most: Element | None) -> Select[Any]:
    """How many rows there are, or whether there are so many."""
    rows = union_all(*(part.add_columns(_ONE.label("row")) for part in seen)).limit(most).subquery()
    return select(func.count().label("rows")).select_from(rows)


def _write_truth(condition: Element) -> Element:
    return case((condition, json_text.literal("true")), else_=json_text.literal("false"))


def _write_object(scope: Scope, type: GraphQLObjectType, details: Details, parts: dict[str, _Write]) -> list[Piece]:
    """An object of the paging types, each field by what writes it."""
    pieces: list[Piece] = ["{"]
    for number, (key, chosen) in enumerate(scope.collect_fields(type, details).items()):
        pieces.append(f'{"," if number else ""}"{key}":')
        name = name_of(chosen)
        if name == "__typename":
            pieces.append(f'"{type.name}"')
            continue
        field = field_of(type.fields[name])
        if field.name not in parts:
            raise Fallback(f"{type.name}.{field.name} is nothing that a page has")
        pieces += parts[field.name](field.named, chosen)
    return [*pieces, "}"]


def _find_columns(pieces: list[Piece], name: str) -> list[str]:
    """The columns of the page of that name that the pieces read, in a stable order."""
    parts: Any = (part for piece in pieces if not isinstance(piece, str) for part in visitors.iterate(piece))
    return sorted(
        {part.key for part in parts if part.__visit_name__ == "column" and getattr(part.table, "name", None) == name}
    )

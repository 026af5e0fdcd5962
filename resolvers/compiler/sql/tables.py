"""Rows under a name in the statement: a table's alias or a page of it, and conditions said of exactly those rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import ColumnProperty, Mapper
from sqlalchemy.schema import Column
from sqlalchemy.sql import visitors

from core.access import visible
from core.actor import Actor
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.sql.json_text import constant


@dataclass(frozen=True)
class Standing:
    """What of a caller shapes a statement; who it is, is bound to it."""

    actor: Actor

    @classmethod
    def of(cls, actor: Actor) -> "Standing":
        account, organization = _Whose("account_id"), _Whose("organization_id")
        return cls(
            Actor(
                account if actor.account_id is not None else None,
                organization_id=organization if actor.organization_id is not None else None,
                role=actor.role,
            )
        )


class _Whose(int):
    """Stands for a number of the caller's in a predicate; the parameter of that name replaces it."""

    name: str

    def __new__(cls, name: str) -> "_Whose":
        whose = super().__new__(cls, -1)
        whose.name = name
        return whose

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whose) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def _is_whose(value: object) -> bool:
    return isinstance(value, _Whose)


@dataclass(frozen=True)
class Rows:
    """Rows of a mapped class. ``source`` has its table's columns by their keys."""

    mapper: Mapper[Any]
    source: FromClause

    def attribute(self, name: str) -> ColumnElement[Any]:
        """What a plain field of that name shows. Raises Fallback where it is no column."""
        found = self.mapper.column_attrs.get(name)
        if not isinstance(found, ColumnProperty):
            raise Fallback(f"{self.mapper.class_.__name__}.{name} is no column")
        return self.said_of(found.columns[0])

    def is_never_null(self, name: str) -> bool:
        column = self.mapper.column_attrs[name].columns[0]
        return isinstance(column, Column) and column.nullable is False

    def seen_by(self, standing: Standing) -> ColumnElement[bool]:
        """The predicate of ``core.access``, and the discriminator where several classes share the table."""
        return and_(self.said_of(visible(self.mapper.class_, standing.actor)), self._of_class())

    def said_of(self, condition: ColumnElement[Any], parameters: Mapping[int, str] | None = None) -> ColumnElement[Any]:
        """The condition with the table replaced by these rows, and its values by parameters: ``parameters`` names them
        by the identity of the bind."""
        table, source = self.mapper.local_table, cast("Any", self.source)

        def replaced(element: Any, **_: Any) -> Any:
            kind = element.__visit_name__
            if kind == "column" and getattr(element.table, "name", None) == table.description:
                return source.c[element.key]
            if kind == "bindparam" and _is_whose(element.value):
                return bindparam(element.value.name, type_=element.type)
            if kind == "bindparam" and parameters and id(element) in parameters:
                return bindparam(parameters[id(element)], type_=element.type)
            return None

        return visitors.replacement_traverse(condition, {}, replaced)

    def selecting(self, shown: ColumnElement[Any]) -> Select[Any]:
        """A query of these rows within one of others."""
        return select(shown).select_from(self.source).correlate_except(self.source)

    def _of_class(self) -> ColumnElement[bool]:
        discriminator = self.mapper.polymorphic_on
        if discriminator is None or not self.mapper.single:
            return true()
        kinds = [constant(str(mapper.polymorphic_identity)) for mapper in self.mapper.self_and_descendants]
        return or_(*(self.said_of(discriminator) == kind for kind in kinds))

"""Rows under a name in the statement: a table's alias or a page of it, and conditions on exactly those rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, inspect, or_, select, true
from sqlalchemy.orm import ColumnProperty, Mapper
from sqlalchemy.schema import Column
from sqlalchemy.sql import visitors

from core.access import split_visible, visible
from core.actor import Actor
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.sql.json_text import literal


class _CallerParameter(int):
    """Stands for a number of the caller's in a predicate; the parameter of that name replaces it."""

    name: str

    def __new__(cls, name: str) -> "_CallerParameter":
        parameter = super().__new__(cls, -1)
        parameter.name = name
        return parameter

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CallerParameter) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def parameterize_caller(actor: Actor) -> Actor:
    """What of a caller shapes a statement, with parameters for who it is."""
    account, organization = _CallerParameter("account_id"), _CallerParameter("organization_id")
    return Actor(
        account if actor.account_id is not None else None,
        organization_id=organization if actor.organization_id is not None else None,
        role=actor.role,
    )


def mapper_of(model: type[Any]) -> Mapper[Any]:
    mapper: Mapper[Any] | None = inspect(model, raiseerr=False)
    if mapper is None:
        raise Fallback(f"{model} is no table")
    return mapper


@dataclass(frozen=True)
class Rows:
    """Rows of a mapped class. ``source`` has its table's columns by their keys."""

    mapper: Mapper[Any]
    source: FromClause

    @classmethod
    def of(cls, model: type[Any], name: str) -> "Rows":
        """Those of a class's table, under a name."""
        mapper = mapper_of(model)
        return cls(mapper, mapper.local_table.alias(name))

    def read_as(self, mapper: Mapper[Any]) -> "Rows":
        """The same rows as a class that shares the table."""
        return replace(self, mapper=mapper)

    def attribute(self, name: str) -> ColumnElement[Any]:
        """What a plain field of that name shows. Raises Fallback where it is no column."""
        found = self.mapper.column_attrs.get(name)
        if not isinstance(found, ColumnProperty):
            raise Fallback(f"{self.mapper.class_.__name__}.{name} is no column")
        return self.adapt(found.columns[0])

    def is_never_null(self, name: str) -> bool:
        column = self.mapper.column_attrs[name].columns[0]
        return isinstance(column, Column) and column.nullable is False

    def visible_to(self, caller: Actor) -> ColumnElement[bool]:
        """The predicate of ``core.access``, and the discriminator where several classes share the table."""
        return and_(self.adapt(visible(self.mapper.class_, caller)), self._class_condition())

    def split_visible_to(self, caller: Actor) -> Sequence[ColumnElement[bool]]:
        """The same in parts that no row is in two of."""
        kind = self._class_condition()
        return [and_(self.adapt(part), kind) for part in split_visible(self.mapper.class_, caller)]

    def adapt(self, condition: ColumnElement[Any], parameters: Mapping[int, str] | None = None) -> ColumnElement[Any]:
        """The condition with the table replaced by these rows, and its values by parameters: ``parameters`` names them
        by the identity of the bind."""
        table, source = self.mapper.local_table, cast("Any", self.source)

        def replace_element(element: Any, **_: Any) -> Any:
            kind = element.__visit_name__
            if kind == "column" and getattr(element.table, "name", None) == table.description:
                return source.c[element.key]
            if kind == "bindparam" and isinstance(element.value, _CallerParameter):
                return bindparam(element.value.name, type_=element.type)
            if kind == "bindparam" and parameters and id(element) in parameters:
                return bindparam(parameters[id(element)], type_=element.type)
            return None

        return visitors.replacement_traverse(condition, {}, replace_element)

    def select(self, text: ColumnElement[Any]) -> Select[Any]:
        """A query of these rows within one of others."""
        return select(text).select_from(self.source).correlate_except(self.source)

    def _class_condition(self) -> ColumnElement[bool]:
        discriminator = self.mapper.polymorphic_on
        if discriminator is None or not self.mapper.single:
            return true()
        kinds = [literal(str(mapper.polymorphic_identity)) for mapper in self.mapper.self_and_descendants]
        return or_(*(self.adapt(discriminator) == kind for kind in kinds))

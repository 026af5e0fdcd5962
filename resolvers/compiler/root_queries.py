"""What a root field reads, by what its resolver returned: a shape to compile a statement for, and values."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, true

from core import paging
from core.paging import Cut, Order
from resolvers.compiler.fallback import Fallback
from resolvers.fields.connections import PageRequest
from resolvers.fields.relations import RowRequest


@dataclass(frozen=True)
class Conditions:
    """Conditions on a table. Two of the same ``shape`` differ only in the ``values`` of their parameters."""

    condition: ColumnElement[bool]
    shape: Hashable
    parameters: Mapping[int, str]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, prefix: str, parts: Sequence[ColumnElement[bool]]) -> "Conditions":
        if not parts:
            return NO_CONDITIONS
        condition = and_(true(), *parts)
        # The key under which SQLAlchemy itself caches statements; it offers no public name for it.
        key = condition._generate_cache_key()  # pyright: ignore[reportPrivateUsage]
        if key is None:
            raise Fallback(f"SQLAlchemy cannot tell the shape of {condition}")
        binds: list[BindParameter[Any]] = list(key.bindparams)
        if any(bind.expanding for bind in binds):
            raise Fallback("a condition on a list of values has no fixed parameters")
        names = {id(bind): f"{prefix}{number}" for number, bind in enumerate(binds)}
        return cls(condition, key.key, names, {names[id(bind)]: bind.effective_value for bind in binds})


NO_CONDITIONS = Conditions(true(), None, {}, {})


class PageQuery(NamedTuple):
    """A page of a listing; ``number`` is the root field's place in the operation."""

    number: int
    model: type[Any]
    order: Sequence[Order]
    filters: Sequence[Conditions]
    """Of which each row of the list meets one."""
    cut: Cut

    @property
    def shape(self) -> Hashable:
        cut = self.cut
        given = None if cut.beyond is None else tuple(value is None for value in cut.beyond)
        numbered = cut.skipped is not None
        return (
            self.model,
            tuple(map(id, self.order)),
            tuple(one.shape for one in self.filters),
            given,
            cut.backward,
            numbered,
        )

    @property
    def values(self) -> Mapping[str, Any]:
        cut = self.cut
        sizes = {self.parameter("first"): cut.size, self.parameter("limit"): cut.size + 1}
        if cut.skipped is not None:
            sizes |= {self.parameter("skipped"): cut.skipped, self.parameter("deep"): cut.skipped + cut.size + 1}
        stands = {self._after(place): value for place, value in enumerate(cut.beyond or ())}
        narrowing = {name: value for one in self.filters for name, value in one.values.items()}
        return {**sizes, **narrowing, **stands}

    @property
    def parameters(self) -> Mapping[int, str]:
        """The names of the conditions' values, by the identity of their binds."""
        return {bind: name for one in self.filters for bind, name in one.parameters.items()}

    @property
    def is_narrowed(self) -> bool:
        return any(one is not NO_CONDITIONS for one in self.filters)

    def keyset_conditions(self) -> Sequence[ColumnElement[bool]]:
        """The conditions on the rows behind a cursor, in the direction in which they are read, with parameters for what
        may be another cursor's; no row meets two."""
        values = [
            None if value is None else bindparam(self._after(place), type_=part.column.type)
            for place, (value, part) in enumerate(zip(self.cut.beyond or (), self.order, strict=True))
        ]
        return paging.later_than([*map(self.cut.order_of, self.order)], values)

    def parameter(self, name: str) -> str:
        return f"{name}{self.number}"

    def _after(self, place: int) -> str:
        return f"after{self.number}_{place}"


class RowQuery(NamedTuple):
    """A row by its id."""

    number: int
    model: type[Any]
    type_name: str
    id: int

    @property
    def shape(self) -> Hashable:
        return self.model, self.type_name

    @property
    def parameters(self) -> Mapping[int, str]:
        return {}

    @property
    def values(self) -> Mapping[str, Any]:
        return {self.parameter: self.id}

    @property
    def parameter(self) -> str:
        return f"id{self.number}"


@dataclass(frozen=True)
class ConstantQuery:
    """What is known without the database, as JSON."""

    shape: str
    parameters: ClassVar[Mapping[int, str]] = {}

    @property
    def values(self) -> Mapping[str, Any]:
        return {}


RootQuery = PageQuery | RowQuery | ConstantQuery
NULL = ConstantQuery("null")


def make_query(number: int, request: object) -> RootQuery:
    """Raises InvalidInput as awaiting the request would, Fallback for what is no request."""
    match request:
        case None:
            return NULL
        case RowRequest():
            return RowQuery(number, request.model, request.type_name, request.id)
        case PageRequest():
            page = cast("PageRequest[Any]", request)
            cut = Cut.of(page.place, page.order)
            filters = [Conditions.of(f"where{number}_{n}_", where) for n, where in enumerate(page.split_where())]
            return PageQuery(number, page.listing.model, page.order, filters, cut)
        case _:
            raise Fallback(f"{request!r} says nothing of tables")

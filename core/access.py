"""Which rows a caller may see: stated once for each table, as a flat predicate on that table's own columns.

Every table takes one of the classes below; a test fails for one that takes none. Queries, loaders and actions all apply
``visible``; a row that is not visible is, to the caller, not there. What callers read, they read in a role to which
PostgreSQL gives no other rows either: ``policy`` is the same predicate as row-level security has it. Acts run as the
application, whom no policy holds back: theirs to check is what ``find`` finds.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    bindparam,
    false,
    inspect,
    or_,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Mapper, QueryableAttribute, mapped_column

from core.actor import Actor, Role
from core.db.prepared import Lookup
from core.db.row_loader import RowLoader
from core.db.row_security import ACCOUNT, ORGANIZATION, ROLE
from core.errors import NotFound

Row = TypeVar("Row")


class Public:
    """Anyone may see the rows: rulesets."""


class Shared:
    """Anyone signed in may see the rows: names of organisations."""


class Own:
    """The row is an account: it sees itself."""


class Personal:
    """The account it belongs to sees the row."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class Hidden:
    """Nobody reads the rows through the API: codes, sessions, guards."""

    asked_by_its: ClassVar[str | None] = None
    """A column naming the account whose reads may make sure of something in the row: that its session still holds."""
    asked: ClassVar[Sequence[str]] = ()
    """The columns they may ask for."""


class Concerning:
    """A row about an applicant before an office: the applicant's handlers, the office's officers and the industry
    authority's see it. All three columns stand on every such row, so that no predicate needs a join."""

    seen_by_its: ClassVar[str | None] = None
    """A column naming an account that sees the row while it has no applicant: a file's uploader, who applies to be
    certified. Afterwards the applicant's handlers see it, whoever they are by then."""
    seen_as: ClassVar[Collection[Role | None] | None] = None
    """In which roles that account sees it, None among them for nobody's; whichever it acts in unless said. Offices have
    tens of thousands of rows, and an index gives their lists only where nothing else is seen besides."""

    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        Role.HANDLER: ("applicant_id",),
        Role.HRSS_OFFICER: ("office_id",),
        Role.CERTIFICATION_REVIEWER: ("office_id",),
        Role.INSTITUTION_STAFF: ("office_id",),
        Role.INDUSTRY_OFFICER: ("authority_id",),
    }
    """The columns one of which must name the organisation of somebody in that role. A table that more offices than one
    look at has a column for each, and says so here. Seeing is not owning: an act asks the column of whom it belongs to
    (``Act.must_be_of``), never whether its actor sees the row."""

    @staticmethod
    def like(row: Any) -> Mapping[str, Any]:
        """The columns by which ``row`` is seen, for another row that is to be seen by the same people."""
        return {name: getattr(row, name) for name in ("region_code", "applicant_id", "office_id", "authority_id")}

    @staticmethod
    def submitter_of(row: Any) -> int | None:
        """Who sees ``row`` because it has no applicant yet, for another row that is to be seen likewise."""
        return getattr(row, row.seen_by_its) if row.seen_by_its and row.applicant_id is None else None

    region_code: Mapped[str]
    # Right behind the id: they are compared for every row, and to come to a column PostgreSQL walks over those before.
    applicant_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), sort_order=-1)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)


class BetweenParties(Concerning):
    """A row that concerns another enterprise beside the applicant, once that is known: its handlers see it, too. Whose
    acts are whose, each act says."""

    column_of_role: ClassVar[Mapping[Role, tuple[str, ...]]] = {
        **Concerning.column_of_role,
        Role.HANDLER: ("applicant_id", "counterparty_id"),
    }

    @staticmethod
    def like(row: Any) -> Mapping[str, Any]:
        return {**Concerning.like(row), "counterparty_id": row.counterparty_id}

    counterparty_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), sort_order=-1)


APPLYING: Collection[Role | None] = (None, Role.HANDLER)
"""As whom one applies to be certified: for nobody yet, or for another enterprise."""
OFFICES = ("office_id", "authority_id")
"""Who may see tens of thousands of rows, so that whatever narrows their lists needs an index of its own."""


SEEN_BY = ("applicant_id", *OFFICES)
"""The columns that PostgreSQL compares of every row before it counts one for a caller."""


def pages(
    *order: str, seen_by: Sequence[str] = SEEN_BY, where: str | None = None, beside: Sequence[str] = ()
) -> Sequence[Index]:
    """For a table of ``Concerning`` rows that are listed: indexes that give each caller's rows in the list's order,
    whatever number of rows others have. Columns that a filter compares stand before the order's. What an index has
    ``beside`` it carries along: with all columns by which the table's rows are seen, a page far down is found by the
    index alone."""
    condition = None if where is None else text(where)
    return [
        Index(
            None,
            column,
            *order,
            postgresql_where=condition,
            postgresql_include=[name for name in beside if name not in (column, *order)] or None,
        )
        for column in seen_by
    ]


def pages_of_others(
    column_of_role: Mapping[Role, tuple[str, ...]], *order: str, beside: Sequence[str] = ()
) -> Sequence[Index]:
    """The same for further columns of a role: of the rows that none of the columns before shows already."""
    besides = {
        column: columns[:number]
        for columns in column_of_role.values()
        for number, column in enumerate(columns)
        if number
    }
    return [
        one
        for column, before in besides.items()
        for one in pages(
            *order,
            seen_by=[column],
            where=" AND ".join(f"{column} IS DISTINCT FROM {one}" for one in before),
            beside=beside,
        )
    ]


def visible(model: type[Any], actor: Actor) -> ColumnElement[bool]:
    """The rows of ``model`` that ``actor`` may see."""
    return or_(*_grants(model, actor))


def split_visible(model: type[Any], actor: Actor) -> Sequence[ColumnElement[bool]]:
    """The same in parts, no row in two of them, for lists: an index gives each part in the list's order, and the page
    is cut from what the parts begin with. Of all at once PostgreSQL reads every row, and sorts."""
    columns = _columns_of(model, actor) if issubclass(model, Concerning) else ()
    if not columns:
        return _grants(model, actor)
    parts = [
        and_(column == actor.organization_id, *map(column.is_distinct_from, columns[:number]))
        for number, column in enumerate(columns)
    ]
    others = [column.is_distinct_from(actor.organization_id) for column in columns]
    return [*parts, *(and_(grant, *others) for grant in _grants(model, actor)[len(columns) :])]


def _grants(model: type[Any], actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Each ground on which the actor sees rows, as a condition; there is one at least."""
    if issubclass(model, Public):
        return [true()]
    if issubclass(model, Hidden) or actor.account_id is None:
        return [false()]
    if issubclass(model, Shared):
        return [true()]
    if issubclass(model, Own):
        itself: Any = model
        return [itself.id == actor.account_id]
    if issubclass(model, Personal):
        return [model.account_id == actor.account_id]
    if not issubclass(model, Concerning):
        return [false()]
    found: list[ColumnElement[bool]] = [column == actor.organization_id for column in _columns_of(model, actor)]
    if model.seen_by_its is not None and (model.seen_as is None or actor.role in model.seen_as):
        found.append(and_(getattr(model, model.seen_by_its) == actor.account_id, model.applicant_id.is_(None)))
    return found or [false()]


def _columns_of(model: type[Concerning], actor: Actor) -> Sequence[Any]:
    """Those that name the actor's organisation, in his role, where he sees a row for it."""
    if actor.account_id is None or actor.role is None or actor.organization_id is None:
        return []
    return [getattr(model, name) for name in model.column_of_role.get(actor.role, ())]


def policy(model: type[Any]) -> str | None:
    """``visible`` in SQL, for whoever the settings name (``core.db.row_security``); None where nobody sees a row."""
    if issubclass(model, Public):
        return "true"
    if issubclass(model, Hidden):
        return None if model.asked_by_its is None else f"{model.asked_by_its} = {ACCOUNT}"
    if issubclass(model, Shared):
        return f"{ACCOUNT} IS NOT NULL"
    if issubclass(model, Own):
        return f"id = {ACCOUNT}"
    if issubclass(model, Personal):
        return f"account_id = {ACCOUNT}"
    if not issubclass(model, Concerning):
        return None
    most = max(map(len, model.column_of_role.values()))
    seen = " OR ".join(_named_by_role(model.column_of_role, place) for place in range(most))
    if model.seen_by_its is None:
        return seen
    mine = f"{model.seen_by_its} = {ACCOUNT} AND applicant_id IS NULL"
    if model.seen_as is not None:
        roles = ", ".join(f"'{role or ''}'" for role in model.seen_as)
        mine = f"{mine} AND coalesce({ROLE}, '') IN ({roles})"
    return f"{seen} OR {mine}"


def _named_by_role(column_of_role: Mapping[Role, Sequence[str]], place: int) -> str:
    """Whether the caller's organisation stands in the column that his role has in that place. Without coalesce the
    planner takes the comparison for one row in 200, and sorts where an index has the order."""
    named = [(role, columns[place]) for role, columns in column_of_role.items() if len(columns) > place]
    whens = " ".join(f"WHEN '{role}' THEN {column}" for role, column in named)
    return f"coalesce({ORGANIZATION} = CASE {ROLE} {whens} END, false)"


def readable(model: type[Any]) -> Sequence[str]:
    """The columns that are read for callers: all but deferred ones."""
    if issubclass(model, Hidden):
        return model.asked
    mapper: Mapper[Any] = inspect(model)
    deferred = {part.columns[0] for part in mapper.column_attrs if part.deferred}
    return [column.name for column in mapper.local_table.columns if column not in deferred]


async def find(
    session: AsyncSession,
    model: type[Row],
    id: int,
    actor: Actor,
    *,
    lock: bool = False,
    along: Sequence[QueryableAttribute[Any]] = (),
    beside: Sequence[Lookup] = (),
) -> Row:
    """The row, if the actor may see it; else NotFound, the same as for an id that does not exist.

    ``lock`` holds it until the transaction ends and reads it afresh, whatever the session read of it before a rival.
    ``along`` are relations to one row each that are read with it, not locked, to be used by the act alone.
    ``beside`` is looked up in the same round trip, once the row is locked, and of no use to who may not see the row.
    """
    known = (actor.account_id is not None, actor.organization_id is not None, actor.role)
    found = _found(model, known, lock, tuple(relation.key for relation in along))
    row = await found.load(session, *beside, id=id, account_id=actor.account_id, organization_id=actor.organization_id)
    if row is None:
        raise NotFound(model.__name__, str(id))
    return row


@cache
def _found(model: type[Any], known: tuple[bool, bool, Role | None], lock: bool, along: Sequence[str]) -> RowLoader:
    """What ``find`` asks, for whom it is bound to."""
    somebody, organized, role = known
    account = cast("Any", bindparam("account_id") if somebody else None)
    organization = cast("Any", bindparam("organization_id") if organized else None)
    mine = visible(model, Actor(account, organization_id=organization, role=role))
    return RowLoader(model, and_(model.id == bindparam("id"), mine), along=along, lock=lock)

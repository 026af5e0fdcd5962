"""One business act being done: by whom, when, on which legal day, in which transaction and under which cities' rules.
The clock is read once, at the edge."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, QueryableAttribute

from core import access, db
from core.actor import CHINA, Actor, Role
from core.db import Base
from core.db.prepared import Lookup
from core.errors import NotAllowed, Outdated
from core.rulesets.ruleset import Ruleset
from core.rulesets.versions import Rulesets

Row = TypeVar("Row")


class Revised(Protocol):
    """A row that counts how often it was changed."""

    revision: Mapped[int]


@dataclass(frozen=True)
class Act:
    """One business act being done, and what it works with. ``on`` is the legal day in China at that moment."""

    session: AsyncSession
    rulesets: Rulesets
    actor: Actor
    at: datetime
    request_id: str = ""
    expected_revision: int | None = None
    """Of the row that the act changes, as its actor saw it last; None for whatever it is."""
    city_fields: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Answers to what the city's form asks besides, by the facts' paths (``core.reviews.city_fields``)."""
    input_fields: frozenset[str] = frozenset()
    """What the act's input has fields of its own for."""

    @property
    def on(self) -> date:
        return self.at.astimezone(CHINA).date()

    def must_be(self, role: Role, what: str) -> None:
        """Raises NotAllowed for anybody in another role; ``what`` names the act in the sentences' words."""
        if self.actor.role is not role:
            alone = role is Role.HANDLER and self.actor.organization_id is None
            raise NotAllowed(what, role, "alone" if alone else "")

    def must_be_of(self, organization_id: int | None, what: str) -> None:
        """Raises NotAllowed for who acts for another organisation: he may see the row, and it is not his."""
        if self.actor.organization_id is None or self.actor.organization_id != organization_id:
            raise NotAllowed(what, self.actor.role, "another's")

    async def find(
        self,
        model: type[Row],
        id: int,
        *,
        lock: bool = False,
        along: Sequence[QueryableAttribute[Any]] = (),
        beside: Sequence[Lookup] = (),
    ) -> Row:
        """The row, if the actor may see it; raises NotFound otherwise (``core.access.find``)."""
        return await access.find(self.session, model, id, self.actor, lock=lock, along=along, beside=beside)

    def expect(self, row: Revised | None, kind: type[Revised]) -> None:
        """Raises Outdated where the row, which is locked, is not at the revision that the actor saw: what he did not
        see is not overwritten. A row that is still to come is at none, 0."""
        revision = 0 if row is None else row.revision
        if self.expected_revision not in (None, revision):
            raise Outdated(kind.__name__, self.expected_revision, revision)

    async def rules(self, version_id: int) -> Ruleset:
        """The rules that a case began under, whatever is in force now (``Rulesets.get_pinned``)."""
        return await self.rulesets.get_pinned(self.session, version_id)

    async def new_id(self, model: type[Base]) -> int:
        """An id for a row that is still to come, where no statement that the act asks anyway brings it along."""
        return await db.new_id(self.session, model)

    def insert(self, row: Base) -> None:
        """Have a new row, with its id, written as the act ends."""
        db.insert(self.session, row)


Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[Act]]
"""Opens a further transaction of one request, for what is not done in one: between two nothing is held."""

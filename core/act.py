"""One business act being done: by whom, when, and on which legal day. The clock is read once, at the edge."""

from dataclasses import dataclass
from datetime import date, datetime

from core.actor import CHINA, Actor, Role
from core.errors import NotAllowed


@dataclass(frozen=True)
class Act:
    """One business act being done. ``on`` is the legal day in China at that moment."""

    actor: Actor
    at: datetime
    request_id: str = ""

    @property
    def on(self) -> date:
        return self.at.astimezone(CHINA).date()

    def must_be(self, role: Role, what: str) -> None:
        """Raises NotAllowed for anybody in another role; ``what`` names the act in the sentences' words."""
        if self.actor.role is not role:
            raise NotAllowed(what, role)

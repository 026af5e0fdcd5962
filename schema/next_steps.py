"""What can be done next."""

from datetime import date

import strawberry

from core.actor import Role
from core.wage_deposits import next_steps
from schema.decisions import Citation
from schema.fields import represents


@strawberry.type(description="Something that can be done now, or is waited for.")
@represents(next_steps.Step)
class Step:
    code: str = strawberry.field(description="The procedure: `quota_application`, `filing`, …; or `wait` in its place.")
    label: str
    sentence: str = strawberry.field(description="What to do or what is waited for, in one sentence.")
    actor: Role = strawberry.field(description="Who does it.")
    citation: Citation | None = strawberry.field(description="The rule that provides for it.")
    due_on: date | None = strawberry.field(
        description="By when; null where no period is set or the day it counts from is not known."
    )
    provisional: bool = strawberry.field(description="The day rests on a year whose calendar is not published yet.")
    due_citation: Citation | None = strawberry.field(description="The rule that sets the day.")

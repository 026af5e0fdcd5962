"""What can be done next."""

from datetime import date

import strawberry

from core.actor import Role
from core.wage_deposits import next_steps
from schema.decisions import Citation
from schema.fields import represents


@strawberry.type(description="Something that can be done now, or is waited for (下一步).")
@represents(next_steps.Step)
class Step:
    code: str
    label: str
    sentence: str
    actor: Role
    citation: Citation | None
    due_on: date | None
    provisional: bool
    due_citation: Citation | None

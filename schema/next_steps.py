"""What can be done next."""

from datetime import date

from core.actor import Role
from core.reviews import next_steps
from schema.decisions import Citation
from schema.fields import represents


@represents(next_steps.Step, "Something that can be done now, or is waited for (下一步).")
class Step:
    code: str
    label: str
    sentence: str
    actor: Role
    citation: Citation | None
    due_on: date | None
    provisional: bool
    due_citation: Citation | None

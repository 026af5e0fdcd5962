"""Answers about what comes next."""

from collections.abc import Sequence
from typing import Any

from core.account_reservations import next_steps as account_reservations
from core.actor import Actor, Role
from core.certifications import next_steps as certifications
from core.projects import next_steps as projects
from core.reviews import next_steps
from core.reviews.next_steps import Asked, Step
from core.wage_deposits import next_steps as wage_deposits
from resolvers.context import Context
from resolvers.fields import batched

REGISTERED = (certifications, projects, wage_deposits, account_reservations)
"""Who says what comes next: each registers as it is imported."""


async def _of(context: Context, model: type[Any], rows: Sequence[Any]) -> list[list[Step]]:
    async with context.db.read(context.actor) as session:
        asked = Asked(session, context.rulesets, context.actor, context.on, context.language)
        return await next_steps.of(asked, model.__name__, rows)


async def _of_projects(context: Context, model: type[Any], projects: Sequence[Any]) -> list[list[Step]]:
    theirs = [project for project in projects if _is_asked(context.actor, project)]
    found = await _of(context, model, theirs)
    steps = {project.id: its for project, its in zip(theirs, found, strict=True)}
    return [steps.get(project.id, []) for project in projects]


def _is_asked(actor: Actor, project: Any) -> bool:
    """Handlers are shown the steps of what their own enterprise entered: of another's they see nothing under way."""
    return actor.role is not Role.HANDLER or actor.organization_id == project.applicant_id


of_project = batched(
    _of_projects,
    "id",
    "applicant_id",
    "state",
    "region_code",
    "ruleset_version_id",
    "contract_signed_on",
    "construction_permit_on",
)
of_account = batched(_of, "id")

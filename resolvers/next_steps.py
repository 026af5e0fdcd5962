"""Answers about what comes next."""

from collections.abc import Sequence
from typing import Any

from core.actor import Actor, Role
from core.wage_deposits import next_steps
from core.wage_deposits.next_steps import Step
from resolvers.context import Context
from resolvers.fields import batched


async def _of_projects(context: Context, _: type[Any], projects: Sequence[Any]) -> list[list[Step]]:
    theirs = [project for project in projects if _is_asked(context.actor, project)]
    async with context.db.read(context.actor) as session:
        found = await next_steps.of_projects(session, context.rulesets, theirs, context.on, context.language)
    steps = {project.id: its for project, its in zip(theirs, found, strict=True)}
    return [steps.get(project.id, []) for project in projects]


def _is_asked(actor: Actor, project: Any) -> bool:
    """Handlers are shown the steps of what their own enterprise entered: of another's they see nothing under way."""
    return actor.role is not Role.HANDLER or actor.organization_id == project.applicant_id


of_project = batched(
    _of_projects, "id", "applicant_id", "state", "region_code", "ruleset_version_id", "contract_signed_on"
)

"""Answers about what comes next."""

from collections.abc import Sequence
from typing import Any

from core.wage_deposits import next_steps
from core.wage_deposits.next_steps import Step
from resolvers.context import Context
from resolvers.fields import batched


async def _of_projects(context: Context, _: type[Any], projects: Sequence[Any]) -> list[list[Step]]:
    async with context.db.read(context.actor) as session:
        return await next_steps.of_projects(session, context.rulesets, projects, context.on, context.language)


of_project = batched(_of_projects, "id", "state", "region_code", "ruleset_version_id", "contract_signed_on")

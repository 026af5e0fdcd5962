"""Answers about what comes next."""

from collections.abc import Sequence
from typing import Any

from core.wage_deposits import steps
from core.wage_deposits.steps import Step
from resolvers.context import Context
from resolvers.reading.declared import batched


async def _of_projects(context: Context, _: type[Any], projects: Sequence[Any]) -> list[list[Step]]:
    async with context.db.read(context.actor) as session:
        return await steps.of_projects(session, context.rulesets, projects, context.on)


of_project = batched(_of_projects, "id", "state", "region_code", "ruleset_version_id", "contract_signed_on")

"""Answers about what comes next."""

from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from core.projects.models import Project
from core.wage_deposits import steps
from core.wage_deposits.steps import Step
from resolvers.context import Context, Info


async def of_project(root: strawberry.Parent[Project], info: Info) -> list[Step]:
    """Batched: all projects of an answer at once."""
    loaders = info.context.loaders
    if steps not in loaders:
        loaders[steps] = _loader(info.context)
    return await loaders[steps].load(root)


def _loader(context: Context) -> DataLoader[Any, Any]:
    async def load(projects: list[Project]) -> list[list[Step]]:
        async with context.db.read() as session:
            return await steps.of_projects(session, context.rulesets, projects, context.on)

    return DataLoader(load_fn=load, cache_key_fn=lambda project: project.id)

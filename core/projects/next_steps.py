"""What comes next for a project of itself: to be entered, and to have its progress reported."""

from collections.abc import Iterator, Sequence

from core.projects.models import Project, ProjectState
from core.reviews import next_steps
from core.reviews.next_steps import Asked, Step
from core.rulesets.ruleset import Ruleset


@next_steps.register(Project.__name__)
async def of_projects(asked: Asked, projects: Sequence[Project]) -> list[list[Step]]:
    found: list[list[Step]] = []
    for project in projects:
        begun = await asked.rulesets.get_pinned(asked.session, project.ruleset_version_id)
        found.append(list(_steps(asked, project, begun)))
    return found


def _steps(asked: Asked, project: Project, begun: Ruleset) -> Iterator[Step]:
    if project.state == ProjectState.DRAFT:
        current = asked.rulesets.of_case(project.region_code)
        yield next_steps.fill_in(asked, current, "project", "step.enter_project")
    elif project.state != ProjectState.COMPLETED:
        yield next_steps.fill_in(asked, begun, "progress", "step.report_progress")

"""Work for later, promised inside the act's own transaction: rolled back with it, never lost after it."""

from typing import Any

from sqlalchemy import ColumnElement, cast, func, null, text
from sqlalchemy.types import UserDefinedType


class _Job(UserDefinedType[Any]):
    """What Procrastinate's own function takes."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "procrastinate_job_to_defer_v1"


def defer_jobs(task: str, **arguments: ColumnElement[Any]) -> ColumnElement[Any]:
    """An aggregate that promises ``task`` once for each row. Its arguments are ids, never personal data: the queue is
    not where those are kept."""
    named = [part for name, value in arguments.items() for part in (text(f"'{name}'"), value)]
    stated = func.jsonb_build_object(*named)
    job = func.row(text("'default'"), text(f"'{task}'"), text("0"), null(), null(), stated, null())
    return func.procrastinate_defer_jobs_v1(func.array_agg(cast(job, _Job())))

"""Raising and lifting alerts."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.access import Concerning
from core.act import Act
from core.audit import trail
from core.db import Base
from core.deadlines.models import Alert, AlertState


async def raise_once(
    act: Act, *, kind: str, subject: Base, seen_with: Concerning, project_id: int, message: str, ends_on: date
) -> Alert | None:
    """An alert on ``subject``, for everybody who sees ``seen_with``; None where this very alert was raised before, so
    that a daily job may ask again."""
    raised = await act.session.scalar(
        insert(Alert)
        .values(
            kind=kind,
            subject_type=type(subject).__name__,
            subject_id=subject.id,
            project_id=project_id,
            message=message,
            ends_on=ends_on,
            raised_at=act.at,
            state=AlertState.OPEN,
            **Concerning.like(seen_with),
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject_type", "subject_id", "ends_on"])
        .returning(Alert)
    )
    if raised is not None:
        trail.record(act, f"alert.{kind}", raised, after={"message": message, "ends_on": ends_on})
    return raised


async def clear(act: Act, *, kind: str, project_id: int, by: str) -> None:
    """Lift a project's open alerts of that kind."""
    open_alerts = select(Alert).where(
        Alert.kind == kind, Alert.project_id == project_id, Alert.state == AlertState.OPEN
    )
    for alert in await act.session.scalars(open_alerts.with_for_update()):
        alert.state, alert.cleared_at, alert.cleared_by = AlertState.CLEARED, act.at, by

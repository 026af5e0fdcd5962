"""Alerts."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from core.access import OFFICES, SEEN_BY, Concerning, pages
from core.db import Base, one_of


class AlertState(StrEnum):
    """An alert is open until what it warns of is no longer so."""

    OPEN = "open"
    CLEARED = "cleared"


STATE_NAMES = {AlertState.OPEN: "未解除", AlertState.CLEARED: "已解除"}


class Alert(Base, Concerning):
    """Something that comes to an end, told in time. One alert for each end of each thing."""

    __tablename__ = "alert"
    __table_args__ = (
        one_of("state", AlertState),
        Index("ix_alert_once", "kind", "subject_type", "subject_id", "ends_on", unique=True),
        Index(None, "project_id", "id"),
        *pages("id", beside=SEEN_BY),
        *pages("state", "id", seen_by=OFFICES, beside=SEEN_BY),
    )

    kind: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    project_id: Mapped[int]
    message: Mapped[str]
    ends_on: Mapped[date]
    raised_at: Mapped[datetime]
    state: Mapped[str]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[str | None]

"""Alerts."""

from datetime import date, datetime

from core.deadlines import models
from core.deadlines.models import STATE_NAMES, AlertState
from resolvers import deadlines, warnings
from resolvers.labels import named
from resolvers.nodes import pointed
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, represents, root_field


@represents(models.Alert, "Something that comes to an end, told in time (预警).")
class Alert(Node):
    kind: str
    message: str
    ends_on: date
    raised_at: datetime
    state: AlertState
    state_label: str = answered_by(named("state", STATE_NAMES))
    cleared_at: datetime | None
    cleared_by: str | None
    about: Node | None = answered_by(pointed("subject_type", "subject_id"))
    warnings: list[Violation] = answered_by(warnings.none)


class Queries:
    alerts: Connection[Alert] = root_field(deadlines.page, "Alerts, newest first (预警列表).")

"""Alerts."""

from datetime import date, datetime

import strawberry

from core.deadlines import models
from core.deadlines.models import AlertState
from resolvers import deadlines
from schema.fields import Node, represents, root_field
from schema.paging import Connection


@strawberry.type(description="Something that comes to an end, told in time (预警).")
@represents(models.Alert)
class Alert(Node):
    kind: str
    message: str
    ends_on: date
    raised_at: datetime
    state: AlertState
    cleared_at: datetime | None
    cleared_by: str | None


@strawberry.type
class DeadlineQueries:
    alerts: Connection[Alert] = root_field(deadlines.page, "Alerts, newest first (预警列表).")

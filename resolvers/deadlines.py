"""Answers about alerts."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from core.deadlines.models import Alert, AlertState
from core.paging import Order
from resolvers.fields import Listing, lists, matching

LISTING = Listing(Alert, [Order(Alert.id, descending=True)])


@lists(LISTING)
def page(state: AlertState | None = None) -> Sequence[ColumnElement[bool]]:
    return [Alert.state == state.value] if state else []


of_project = matching(Alert, lambda project, _: Alert.project_id == project.id)

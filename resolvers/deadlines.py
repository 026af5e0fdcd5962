"""Answers about alerts."""

from core.deadlines.models import Alert, AlertState
from core.paging import Order
from resolvers.context import Info
from resolvers.fields import Listing, PageRequest, matching, returns_request

LISTING = Listing(Alert, [Order(Alert.id, descending=True)])


@returns_request
def page(info: Info, first: int = 10, after: str | None = None, state: AlertState | None = None) -> PageRequest[Alert]:
    where = [Alert.state == state.value] if state else []
    return LISTING.page(info, first=first, after=after, where=where)


of_project = matching(Alert, lambda project, _: Alert.project_id == project.id)

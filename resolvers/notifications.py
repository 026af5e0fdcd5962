"""Answers about messages."""

from core.notifications.models import Message
from core.paging import Order
from resolvers.context import Info
from resolvers.fields.connections import Asked, Listing
from resolvers.fields.marks import asks

LISTING = Listing(Message, [Order(Message.id, descending=True)])


@asks
def page(info: Info, first: int = 10, after: str | None = None) -> Asked[Message]:
    return LISTING.page(info, first=first, after=after)

"""Answers about messages."""

from core.notifications.models import Message
from core.paging import Order
from resolvers.context import Info
from resolvers.fields.connections import Listing, PageRequest
from resolvers.fields.marks import returns_request

LISTING = Listing(Message, [Order(Message.id, descending=True)])


@returns_request
def page(info: Info, first: int = 10, after: str | None = None) -> PageRequest[Message]:
    return LISTING.page(info, first=first, after=after)

"""Answers about messages."""

from core.notifications.models import Message
from core.paging import Order, Page
from resolvers.context import Info
from resolvers.reading.lists import Listing

LISTING = Listing(Message, [Order(Message.id, descending=True)])


async def page(info: Info, first: int = 10, after: str | None = None) -> Page[Message]:
    return await LISTING.page(info, first=first, after=after)

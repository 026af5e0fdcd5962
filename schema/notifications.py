"""Messages sent to the caller."""

from datetime import datetime

import strawberry

from core.notifications import models
from resolvers import notifications
from schema.fields import Node, represents, root_field
from schema.paging import Connection


@strawberry.type(description="A message to the caller over one channel (消息).")
@represents(models.Message)
class Message(Node):
    channel: str
    notice: str
    subject: str
    body: str
    state: str
    written_at: datetime
    sent_at: datetime | None


@strawberry.type
class NotificationQueries:
    messages: Connection[Message] = root_field(notifications.page, "Messages to the caller, newest first (消息列表).")

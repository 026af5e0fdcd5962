"""Messages sent to the caller."""

from datetime import datetime

import strawberry

from core.notifications import models
from resolvers import notifications
from schema.fields import Node, represents, root_field
from schema.paging import Connection


@strawberry.type(description="A message to the caller over one channel.")
@represents(models.Message)
class Message(Node):
    channel: str = strawberry.field(description="`sms` or `email`.")
    notice: str = strawberry.field(description="The notice's code in the ruleset.")
    subject: str
    body: str
    state: str = strawberry.field(description="`waiting`, `sent` or `failed`.")
    written_at: datetime
    sent_at: datetime | None


@strawberry.type
class NotificationQueries:
    messages: Connection[Message] = root_field(notifications.page, "Messages to the caller, newest first.")

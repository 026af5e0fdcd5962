"""Messages sent to the caller."""

from datetime import datetime

import strawberry

from core.notifications import models
from core.notifications.models import STATE_NAMES
from resolvers import notifications, warnings
from resolvers.labels import named
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field


@represents(models.Message, "A message to the caller over one channel (消息).")
class Message(Node):
    channel: str
    notice: str
    subject: str = strawberry.field(name="title")
    body: str
    state: str
    state_label: str = answered_by(named("state", STATE_NAMES))
    written_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    about: Node | None = answered_by(notifications.about)
    warnings: list[Violation] = answered_by(warnings.none)


class Queries:
    messages: Connection[Message] = root_field(notifications.page, "Messages to the caller, newest first (消息列表).")


class Mutations:
    mark_message_read = mutation(notifications.mark_read, "Say that a message was read (标为已读).")

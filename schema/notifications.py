"""Messages sent to the caller."""

from datetime import datetime

from core.notifications import models
from resolvers import notifications, warnings
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, mutation, represents, root_field


@represents(models.Message, "A message to the caller over one channel (消息).")
class Message(Node):
    channel: str
    notice: str
    subject: str
    body: str
    state: str
    written_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    about: Node | None = answered_by(notifications.about)
    warnings: list[Violation] = answered_by(warnings.none)


class Queries:
    messages: Connection[Message] = root_field(notifications.page, "Messages to the caller, newest first (消息列表).")


class Mutations:
    mark_message_read = mutation(notifications.mark_read, "Say that a message was read (标为已读).")

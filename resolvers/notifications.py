"""Answers about messages."""

import strawberry

from core.notifications import actions
from core.notifications.models import Message
from resolvers import ids
from resolvers.fields import newest_first
from resolvers.nodes import pointed
from resolvers.transactions import RequestedAct, act

page = newest_first(Message)


@strawberry.input(description="Which message was read (标为已读).")
class MarkMessageReadInput:
    message_id: strawberry.ID
    idempotency_key: str | None = None


@act
async def mark_read(act: RequestedAct, input: MarkMessageReadInput) -> Message:
    return await actions.mark_read(act, ids.decode_as(input.message_id, "Message"))


about = pointed("about_type", "about_id")

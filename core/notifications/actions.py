"""What who gets messages does with them."""

from core.act import Act
from core.notifications.models import Message


async def mark_read(act: Act, message_id: int) -> Message:
    """The message was read; of two times the first counts. It is one's own, or there is none."""
    message = await act.find(Message, message_id, lock=True)
    message.read_at = message.read_at or act.at
    return message

"""Answers about messages."""

from core.notifications.models import Message
from resolvers.fields import newest_first

page = newest_first(Message)

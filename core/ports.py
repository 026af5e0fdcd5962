"""What the domain needs from the outside world. ``plugins/`` supplies it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Email:
    """``message_id`` stays the same however often the message is tried, so that a receiver can tell a repeat."""

    to: str
    subject: str
    body: str
    message_id: str


@dataclass(frozen=True)
class Sms:
    """``reference`` stays the same however often the message is tried."""

    to: str
    body: str
    reference: str


class Mailer(Protocol):
    async def send(self, email: Email) -> None:
        """Hand the message to a server that takes responsibility for it; raise anything else to have it tried again."""
        ...


class SmsGateway(Protocol):
    async def send(self, sms: Sms) -> None:
        """As for mail."""
        ...


@dataclass(frozen=True)
class Gateways:
    mail: Mailer
    sms: SmsGateway

"""What the domain needs from the outside world. ``plugins/`` supplies it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """``reference`` stays the same however often the message is tried. ``notice`` is the kind of message, and
    ``parameters`` what its text says of this one, by name: some gateways send approved templates only."""

    to: str
    body: str
    reference: str
    notice: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])


class MessageRefused(Exception):
    """The gateway works, and does not take this very message. It is tried again for two hours, unless ``for_good``."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Mailer(Protocol):
    async def send(self, email: Email) -> None:
        """Hand the message to a server that takes responsibility for it.

        Raises MessageRefused where the message is at fault, an OSError (ConnectionError, TimeoutError) where the
        gateway is: the message is then tried for three days. Anything else is a fault of ours, counted as the
        gateway's. A gateway that fails again and again is disabled for a while.
        """
        ...


class SmsGateway(Protocol):
    async def send(self, sms: Sms) -> None:
        """As for mail."""
        ...


@dataclass(frozen=True)
class Gateways:
    mail: Mailer
    sms: SmsGateway

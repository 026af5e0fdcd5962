"""Mail by SMTP: ``smtp://user:password@host:port``, or ``smtps://`` for TLS from the first byte."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from core.ports import Email, MessageRefused
from core.settings import Settings
from plugins.hookspecs import hookimpl

ANSWER_WITHIN = 15.0
"""Seconds for each step of the conversation."""
DONE_WITHIN = 60.0
"""Seconds for the whole of it: the message's row is locked meanwhile."""


@dataclass(frozen=True)
class SmtpMailer:
    """Sends over a connection of its own each time, so that one that hangs holds up nobody else."""

    sender: str
    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool

    async def send(self, email: Email) -> None:
        """Raises an OSError (ConnectionError, TimeoutError) where trying again may help whatever the message is."""
        try:
            async with asyncio.timeout(DONE_WITHIN):
                await aiosmtplib.send(
                    self._message(email),
                    hostname=self.host,
                    port=self.port,
                    username=self.user,
                    password=self.password,
                    use_tls=self.tls,
                    # Used when offered; a password is not sent without: who stands between could take the offer away.
                    start_tls=False if self.tls else (True if self.password else None),
                    timeout=ANSWER_WITHIN,
                )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _explain_refusal(refused.recipients[0], of_message=True) from refused
        except aiosmtplib.SMTPResponseException as refused:
            raise _explain_refusal(refused, of_message=isinstance(refused, aiosmtplib.SMTPDataError)) from refused

    def _message(self, email: Email) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = email.to
        message["Subject"] = email.subject
        message["Message-ID"] = email.message_id
        message["Date"] = formatdate()
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email.body)
        return message


def _explain_refusal(refused: aiosmtplib.SMTPResponseException, *, of_message: bool) -> Exception:
    """By RFC 5321, 4.2.1 a reply of the four hundreds is about the moment, not about the message."""
    said = f"{refused.code} {refused.message}"
    if 400 <= refused.code < 500:
        return ConnectionError(said)
    return MessageRefused(said) if of_message else refused


@hookimpl
def make_mailer(settings: Settings) -> SmtpMailer | None:
    address = urlsplit(settings.mail)
    if address.scheme not in ("smtp", "smtps"):
        return None
    if not address.hostname:
        raise ValueError("the host is missing; write smtp://host:port")
    tls = address.scheme == "smtps"
    return SmtpMailer(
        sender=settings.mail_from,
        host=address.hostname,
        port=address.port or (465 if tls else 587 if address.password else 25),
        user=unquote(address.username) if address.username else None,
        password=unquote(address.password) if address.password else None,
        tls=tls,
    )

"""A real SMTP server on a free port of this machine, in the test's own event loop."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


@dataclass
class Postbox:
    """Keeps what it accepts; `answer` is what it says to each receiver, and nothing for ever while it is None."""

    answer: str | None = "250 OK"
    asked: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    log_ins: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _server: object, _session: object, envelope: Envelope, address: str, _: object) -> str:
        self.asked += 1
        if self.answer is None:
            await asyncio.Event().wait()
            raise AssertionError
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.received.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def authenticate(self, _server: object, _session: object, _envelope: object, _how: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.log_ins.append(f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=data.password == b"p@ss/word")

    @asynccontextmanager
    async def listening(
        self, *, port: int = 0, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[int]:
        """The port it listens on."""
        loop = asyncio.get_running_loop()

        def conversation() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                tls_context=starttls,
                authenticator=self.authenticate,
                auth_require_tls=tls is None,
                loop=loop,
            )

        server = await loop.create_server(conversation, "127.0.0.1", port, ssl=tls)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

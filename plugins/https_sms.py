"""Short messages by a JSON POST to a provider or an office's own gateway: ``https://host/path``.

Signed by HMAC-SHA256 (``ANXIN_SMS_SECRET``), or with a bearer token (``ANXIN_SMS_TOKEN``); what is posted, and what its
answers mean, ``ANXIN_SMS_TEMPLATES`` says. A message is accepted by 2xx and, where the file names one, an accepted
code. Statuses that speak of the message (400, 409, 413, 422) refuse it for good, as refused codes do; all others,
redirections among them, speak of the gateway, as does a code that is to come later. A code that the file does not know
is tried as the message's fault, and counted as the gateway's.

An answer that is lost leaves it open whether the message was taken: it is sent again under the same reference.
"""

import asyncio
import hashlib
import hmac
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import httpx2
import orjson
from pydantic import SecretStr

from core.ports import MessageRefused, Sms
from core.settings import Settings
from plugins import sms_templates
from plugins.hookspecs import hookimpl
from plugins.sms_templates import SignatureHeaders, SmsTemplates

ANSWER_WITHIN = 10.0
"""Seconds for each step of the conversation."""
DONE_WITHIN = 30.0
"""Seconds for the whole of it: the message's row is locked meanwhile."""
MOST_BYTES = 64 * 1024
"""Of an answer; no more of it is read."""
_OF_MESSAGE = (400, 409, 413, 422)
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class UnknownAnswer(Exception):
    """Of a gateway that answered with a code its file does not name."""


@dataclass(frozen=True)
class HttpsSms:
    """Sends over a connection of its own each time, so that one that hangs holds up nobody else."""

    url: str
    templates: SmsTemplates
    key: str | None
    secret: SecretStr | None
    token: SecretStr | None
    context: ssl.SSLContext

    async def send(self, sms: Sms) -> None:
        body = self.templates.fill(sms)
        try:
            async with asyncio.timeout(DONE_WITHIN):
                status, answer = await self._post(body)
        except httpx2.RequestError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        self._judge(status, answer)

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = {"content-type": "application/json", **self._authorize(body)}
        async with (
            httpx2.AsyncClient(verify=self.context, timeout=ANSWER_WITHIN) as client,
            client.stream("POST", self.url, content=body, headers=headers) as response,
        ):
            answer = b""
            async for chunk in response.aiter_bytes():
                answer += chunk
                if len(answer) > MOST_BYTES:
                    break
            return response.status_code, answer

    def _authorize(self, body: bytes) -> Mapping[str, str]:
        if self.secret is None:
            return {"authorization": f"Bearer {self.token.get_secret_value()}"} if self.token else {}
        timestamp, nonce = str(int(datetime.now(UTC).timestamp())), secrets.token_hex(16)
        signature = sign(self.secret.get_secret_value(), self.url, timestamp, nonce, body)
        names: SignatureHeaders = self.templates.headers
        signed = {names.timestamp: timestamp, names.nonce: nonce, names.signature: signature}
        return {**signed, names.key: self.key} if self.key else signed

    def _judge(self, status: int, answer: bytes) -> None:
        """Returns where the message was taken."""
        said = f"{status} {answer[:200].decode(errors='replace')}"
        if status in _OF_MESSAGE:
            raise MessageRefused(said, for_good=True)
        if not 200 <= status < 300:
            raise ConnectionError(said)
        expected = self.templates.answer
        if expected.code is None:
            return
        code = _find(answer, expected.code)
        if code in expected.accepted:
            return
        if code is None or code in expected.later:
            raise ConnectionError(said)
        if code in expected.refused:
            raise MessageRefused(said, for_good=True)
        raise UnknownAnswer(said)


def sign(secret: str, url: str, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over five lines: ``POST``, path with query, seconds since 1970, nonce, SHA-256 of the body."""
    address = urlsplit(url)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    canonical = "\n".join(("POST", path, timestamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), canonical.encode(), hashlib.sha256).hexdigest()


@hookimpl
def make_sms_gateway(settings: Settings) -> HttpsSms | None:
    address = urlsplit(settings.sms)
    if address.scheme not in ("https", "http"):
        return None
    _check(address)
    if settings.sms_templates is None:
        raise ValueError("ANXIN_SMS_TEMPLATES is missing; name the file with the provider's templates")
    if (settings.sms_secret is None) == (settings.sms_token is None):
        raise ValueError("set ANXIN_SMS_SECRET, by which requests are signed, or ANXIN_SMS_TOKEN, and not both")
    return HttpsSms(
        url=settings.sms,
        templates=sms_templates.read(settings.sms_templates),
        key=settings.sms_key,
        secret=settings.sms_secret,
        token=settings.sms_token,
        context=ssl.create_default_context(),
    )


def _check(address: SplitResult) -> None:
    if not address.hostname:
        raise ValueError("the host is missing; write https://host/path")
    if address.username or address.password:
        raise ValueError("an address holds no password; set ANXIN_SMS_SECRET or ANXIN_SMS_TOKEN")
    if address.scheme == "http" and address.hostname not in _THIS_MACHINE:
        raise ValueError("messages leave this machine over TLS only; write https://")


def _find(answer: bytes, path: str) -> str | None:
    """The code that an answer has there, as text; None where it has none."""
    try:
        found: Any = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    for name in path.split("."):
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return str(found) if isinstance(found, str | int) else None

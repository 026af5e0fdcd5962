"""``folder:PATH`` for both channels: a sandbox that keeps the latest message to each receiver as a text file.

``PATH/sms/<mobile>.txt`` and ``PATH/email/<address>.txt``. Sends nothing.
"""

import asyncio
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.ports import Email, Sms
from core.settings import Settings
from plugins.hookspecs import hookimpl

_NOTICE = "（沙箱：本消息只写入此文件，并未真正发送。）"
# An address becomes a file's name: nothing that could be a path, a hidden file or a name too long.
_FILE_NAME = re.compile(r"[0-9A-Za-z_+][0-9A-Za-z_.+@-]{0,99}")


@dataclass(frozen=True)
class FolderMailer:
    folder: Path

    async def send(self, email: Email) -> None:
        text = f"收件人：{email.to}\n主题：{email.subject}\n编号：{email.message_id}\n\n{email.body}"
        await asyncio.to_thread(_write, self.folder, email.to, text)


@dataclass(frozen=True)
class FolderSms:
    folder: Path

    async def send(self, sms: Sms) -> None:
        await asyncio.to_thread(_write, self.folder, sms.to, sms.body)


@hookimpl
def make_mailer(settings: Settings) -> FolderMailer | None:
    folder = _parse_address(settings.mail)
    return FolderMailer(folder / "email") if folder else None


@hookimpl
def make_sms_gateway(settings: Settings) -> FolderSms | None:
    folder = _parse_address(settings.sms)
    return FolderSms(folder / "sms") if folder else None


def _parse_address(address: str) -> Path | None:
    scheme, _, path = address.partition(":")
    if scheme != "folder":
        return None
    if not path:
        raise ValueError("the path is missing; write folder:PATH")
    return Path(path)


def _write(folder: Path, to: str, text: str) -> None:
    """Renamed into place, so that a reader finds a whole message. Codes are in them: closed to other users."""
    if not _FILE_NAME.fullmatch(to):
        raise ValueError("the sandbox keeps no message for an address that is no plain file name")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n\n{_NOTICE}\n")
    Path(draft).rename(folder / f"{to}.txt")

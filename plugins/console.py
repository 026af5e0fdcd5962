"""``console:`` for both channels: prints messages to standard error, codes included. For development; sends nothing."""

import sys

from core.ports import Email, Sms
from core.settings import Settings
from plugins.hookspecs import hookimpl


class ConsoleMailer:
    async def send(self, email: Email) -> None:
        _print("控制台邮件", email.to, f"{email.subject}\n{email.body}")


class ConsoleSms:
    async def send(self, sms: Sms) -> None:
        _print("控制台短信", sms.to, sms.body)


@hookimpl
def make_mailer(settings: Settings) -> ConsoleMailer | None:
    return ConsoleMailer() if settings.mail == "console:" else None


@hookimpl
def make_sms_gateway(settings: Settings) -> ConsoleSms | None:
    return ConsoleSms() if settings.sms == "console:" else None


def _print(mark: str, to: str, text: str) -> None:
    lines = "".join(f"「{mark}」 {line}\n" for line in text.splitlines())
    sys.stderr.write(f"「{mark}」 并未真正发送，仅供开发使用。收件人：{to}\n{lines}")
    sys.stderr.flush()

"""The gateways for mail and short messages, against a real SMTP server, and how they are chosen."""

import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.ports import Email, Sms
from core.settings import Settings
from plugins import gateways
from plugins.gateways import GatewaysInvalid
from tests.helpers.certificates import make_certificate
from tests.helpers.smtp import Postbox

EMAIL = Email("wang@example.com", "保函到期提醒", "贵单位“滨江一期”的保函将于 7 日后到期。\n", "<1@anxin.invalid>")


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
async def port(postbox: Postbox) -> AsyncIterator[int]:
    async with postbox.listening() as port:
        yield port


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


def mailer(address: str):
    return gateways.load(Settings(mail=address)).mail


async def test_a_mail_arrives_with_its_text_sender_and_number(port: int, postbox: Postbox) -> None:
    await mailer(f"smtp://127.0.0.1:{port}").send(EMAIL)
    [received] = postbox.received
    assert received["Message-ID"] == "<1@anxin.invalid>"
    assert (received["To"], received["Subject"]) == ("wang@example.com", "保函到期提醒")
    assert received["From"].addresses[0].display_name == "安薪"
    assert received.get_content().replace("\r\n", "\n") == EMAIL.body


async def test_a_reply_about_the_moment_is_told_from_one_about_the_message(port: int, postbox: Postbox) -> None:
    postbox.answer = "451 busy"
    with pytest.raises(ConnectionError, match="451 busy"):
        await mailer(f"smtp://127.0.0.1:{port}").send(EMAIL)
    postbox.answer = "550 no such user"
    with pytest.raises(Exception, match="no such user") as refused:
        await mailer(f"smtp://127.0.0.1:{port}").send(EMAIL)
    assert not isinstance(refused.value, OSError)


async def test_a_server_that_is_away_is_a_connection_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionError):
            await mailer(f"smtp://127.0.0.1:{unused.getsockname()[1]}").send(EMAIL)


async def test_an_address_cannot_smuggle_in_a_header(port: int, postbox: Postbox) -> None:
    with pytest.raises(ValueError, match=r"header|newline|linefeed"):
        await mailer(f"smtp://127.0.0.1:{port}").send(Email("a@b.cn\r\nBcc: c@d.cn", "", "", "<2@anxin.invalid>"))
    assert postbox.received == []


async def test_a_password_is_not_sent_in_the_clear(port: int, postbox: Postbox) -> None:
    with pytest.raises(Exception, match="STARTTLS"):
        await mailer(f"smtp://anxin:p%40ss%2Fword@127.0.0.1:{port}").send(EMAIL)
    assert (postbox.log_ins, postbox.received) == ([], [])


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_password_goes_over_tls(
    scheme: str, certificate: Path, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with postbox.listening(**{"starttls" if scheme == "smtp" else "tls": context}) as port:
        await mailer(f"{scheme}://anxin:p%40ss%2Fword@localhost:{port}").send(EMAIL)
    assert (postbox.log_ins, len(postbox.received)) == (["anxin:p@ss/word"], 1)


async def test_the_folder_holds_the_latest_message_to_each_receiver(tmp_path: Path) -> None:
    ways_out = gateways.load(Settings(mail=f"folder:{tmp_path}", sms=f"folder:{tmp_path}"))
    await ways_out.sms.send(Sms("13900000001", "验证码 111111", "<1>"))
    await ways_out.sms.send(Sms("13900000001", "验证码 222222", "<2>"))
    await ways_out.mail.send(EMAIL)
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["13900000001.txt", "wang@example.com.txt"]
    text = (tmp_path / "sms" / "13900000001.txt").read_text(encoding="utf-8")
    assert text.startswith("验证码 222222\n")
    assert "并未真正发送" in text
    assert "主题：保函到期提醒" in (tmp_path / "email" / "wang@example.com.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["../up", "/etc/passwd", ".hidden", "a/b@c.cn", "a\x00b", "", "x" * 101])
async def test_the_folder_takes_no_address_for_a_path(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="no plain file name"):
        await gateways.load(Settings(sms=f"folder:{tmp_path}")).sms.send(Sms(address, "", "<1>"))
    assert list(tmp_path.rglob("*")) == []


async def test_the_console_says_that_it_sends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ways_out = gateways.load(Settings())
    await ways_out.sms.send(Sms("13900000001", "验证码 111111", "<1>"))
    await ways_out.mail.send(EMAIL)
    said = capsys.readouterr()
    assert "「控制台短信」 验证码 111111" in said.err
    assert "「控制台邮件」 保函到期提醒" in said.err
    assert said.err.count("并未真正发送") == 2
    assert said.out == ""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Settings(mail="pigeon://coop:secret@x"), "ANXIN_MAIL=pigeon:…: no gateway answers"),
        (Settings(sms="smtp://localhost"), "ANXIN_SMS=smtp:…: no gateway answers"),
        (Settings(mail="smtp:"), "ANXIN_MAIL=smtp:…: the host is missing"),
        (Settings(mail="smtp://u:secret@h:99999"), "ANXIN_MAIL=smtp:…: Port out of range"),
        (Settings(sms="folder:"), "ANXIN_SMS=folder:…: the path is missing"),
    ],
)
def test_a_setting_that_no_gateway_can_use_is_refused_without_its_password(settings: Settings, sentence: str) -> None:
    with pytest.raises(GatewaysInvalid) as refused:
        gateways.load(settings)
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)


PLUGIN = """
from plugins import hookimpl

class Sender:
    async def send(self, sms): ...

@hookimpl
def {hook}(settings):
    return Sender()
"""


def install(folder: Path, hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pigeons.py").write_text(PLUGIN.format(hook=hook))
    metadata = folder / "pigeons-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: pigeons\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[anxin.gateways]\npigeons = pigeons\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(__import__("sys").modules, "pigeons", raising=False)


def test_an_installed_gateway_comes_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "make_sms_gateway", monkeypatch)
    ways_out = gateways.load(Settings())
    assert (type(ways_out.sms).__module__, type(ways_out.mail).__module__) == ("pigeons", "plugins.console")


def test_a_misspelt_hook_of_a_gateway_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "make_smss_gateway", monkeypatch)
    with pytest.raises(GatewaysInvalid, match="make_smss_gateway"):
        gateways.load(Settings())

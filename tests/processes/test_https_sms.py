"""The HTTPS gateway for short messages, against a real receiver."""

import hashlib
import hmac
import re
import ssl
import textwrap
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.ports import MessageRefused, Sms
from core.settings import Settings
from plugins import gateways
from plugins.gateways import GatewaysInvalid
from plugins.https_sms import UnknownAnswer
from tests.helpers.certificates import make_certificate
from tests.helpers.sms import Provider

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SHOWN = textwrap.dedent(OPERATIONS.partition("```yaml\n")[2].partition("```")[0])
SECRET = "a-secret-of-an-operator"
CODE = Sms(
    "13900000001", "【安薪】验证码 123456，5 分钟内有效。", "<1>", "one_time_code", {"code": "123456", "minutes": "5"}
)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """The file that the manual shows."""
    file = tmp_path / "sms.yaml"
    file.write_text(SHOWN, encoding="utf-8")
    return file


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def port(provider: Provider) -> AsyncIterator[int]:
    async with provider.listening() as port:
        yield port


def gateway(address: str, templates: Path, **said: Any):
    said = said or {"sms_secret": SECRET}
    return gateways.load(Settings(sms=address, sms_templates=templates, **said)).sms


async def test_a_message_is_posted_as_its_template_and_signed(port: int, provider: Provider, templates: Path) -> None:
    sender = gateway(f"http://127.0.0.1:{port}/v1/send?app=7", templates, sms_secret=SECRET, sms_key="anxin-1")
    await sender.send(CODE)
    await sender.send(CODE)
    first, second = provider.received
    assert first.json == {
        "phone": "13900000001",
        "sign": "安薪",
        "template": "SMS_1001",
        "parameters": {"code": "123456", "ttl": "5"},
        "reference": "<1>",
    }
    assert first.headers["x-anxin-key"] == "anxin-1"
    timestamp, nonce = first.headers["x-anxin-timestamp"], first.headers["x-anxin-nonce"]
    # As docs/operations.md says it, by hand.
    lines = f"POST\n/v1/send?app=7\n{timestamp}\n{nonce}\n{hashlib.sha256(first.body).hexdigest()}"
    assert first.headers["x-anxin-signature"] == hmac.new(SECRET.encode(), lines.encode(), "sha256").hexdigest()
    assert second.headers["x-anxin-nonce"] != nonce
    assert SECRET not in str(provider.received)


async def test_the_file_says_json_headers_and_which_template_is_for_the_rest(
    port: int, provider: Provider, templates: Path
) -> None:
    templates.write_text(
        "request: {to: ['+86{to}'], body: '{parameters_text}', values: '{parameter_values}', n: 1}\n"
        "headers: {signature: Authorization, nonce: X-N}\n"
        "templates: {}\n"
        "otherwise: {template: T, parameters: {content: text}}\n"
    )
    await gateway(f"http://127.0.0.1:{port}", templates).send(CODE)
    [received] = provider.received
    assert received.json == {
        "to": ["+8613900000001"],
        "body": f'{{"content":"{CODE.body}"}}',
        "values": [CODE.body],
        "n": 1,
    }
    assert re.fullmatch("[0-9a-f]{64}", received.headers["authorization"])
    assert re.fullmatch("[0-9a-f]{32}", received.headers["x-n"])
    assert "x-anxin-key" not in received.headers
    await gateway(f"http://127.0.0.1:{port}", templates, sms_token="a-token-of-an-operator").send(CODE)
    assert provider.received[1].headers["authorization"] == "Bearer a-token-of-an-operator"


async def test_what_an_answer_means_is_told_apart(port: int, provider: Provider, templates: Path) -> None:
    """Taken, tried for three days, refused for good, or not known."""
    sender = gateway(f"http://127.0.0.1:{port}/", templates)

    async def outcome(status: int, code: object) -> object:
        provider.status, provider.answer = status, code if isinstance(code, bytes) else {"result": {"code": code}}
        try:
            await sender.send(CODE)
        except MessageRefused as refused:
            return "refused" if refused.for_good else "put off"
        except UnknownAnswer:
            return "unknown"
        except OSError:
            return "later"
        return "taken"

    answers: dict[tuple[int, object], str] = {
        (200, "OK"): "taken",
        (202, "OK"): "taken",
        (200, "isv.BUSINESS_LIMIT_CONTROL"): "later",
        (200, "isv.MOBILE_NUMBER_ILLEGAL"): "refused",
        (200, "isv.NEVER_HEARD_OF"): "unknown",
        (200, b"<html>captive portal</html>"): "later",
        (200, b"x" * 200_000): "later",
        (400, "OK"): "refused",
        (422, b""): "refused",
        (302, "OK"): "later",
        (401, b""): "later",
        (404, b""): "later",
        (429, b""): "later",
        (503, b""): "later",
    }
    assert {asked: await outcome(*asked) for asked in answers} == answers
    assert {received.path for received in provider.received} == {"/"}  # no redirection is followed
    asked = len(provider.received)
    for strange in (replace(CODE, notice="unheard_of"), replace(CODE, parameters={})):
        with pytest.raises(MessageRefused) as refused:
            await sender.send(strange)
        assert not refused.value.for_good  # the file may be mended
    assert len(provider.received) == asked


async def test_a_gateway_whose_certificate_proves_nothing_gets_no_message(
    provider: Provider, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with provider.listening(tls=context) as port:
        with pytest.raises(ConnectionError, match="certificate"):
            await gateway(f"https://localhost:{port}/", templates).send(CODE)
        assert provider.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await gateway(f"https://localhost:{port}/", templates).send(CODE)
        assert len(provider.received) == 1
        with pytest.raises(ConnectionError, match="certificate"):  # of another name
            await gateway(f"https://127.0.0.1:{port}/", templates).send(CODE)
    with pytest.raises(ConnectionError):  # nobody listens any more
        await gateway(f"https://localhost:{port}/", templates).send(CODE)


def test_a_gateway_that_cannot_be_used_is_refused_with_its_place(templates: Path, tmp_path: Path) -> None:
    def said(address: str = "https://sms.test/", *, text: str | None = None, **settings: Any) -> str:
        file = tmp_path / "other.yaml"
        file.write_text(SHOWN if text is None else text, encoding="utf-8")
        with pytest.raises(GatewaysInvalid) as refused:
            gateway(address, file, **settings)
        assert SECRET not in str(refused.value)
        return str(refused.value)

    assert "messages leave this machine over TLS only" in said("http://sms.test/")
    assert "an address holds no password" in said(f"https://me:{SECRET}@sms.test/")
    assert "the host is missing" in said("https:")
    assert "and not both" in said(sms_key="k")
    assert "and not both" in said(sms_secret=SECRET, sms_token=SECRET)
    assert "other.yaml: templates: Field required" in said(text="{}")
    assert "other.yaml: templates.x.parameter: Extra inputs" in said(
        text="templates: {x: {template: y, parameter: {a: b}}}"
    )
    assert "request: {mobile} is none of to, text" in said(text="{templates: {}, request: {a: '{mobile}'}}")
    assert "has to stand alone" in said(text="{templates: {}, request: {a: 'x{parameters}'}}")
    assert "answer.accepted" in said(text="{templates: {}, answer: {code: a}}")
    assert "headers.nonce" in said(text="{templates: {}, headers: {nonce: 'a b'}}")
    assert "other.yaml: " in said(text="a: [")
    # A platform on which nobody could log in does not start.
    assert "one_time_code has none" in said(text="templates: {quota_approved: {template: y}}")
    misspelt = "{template: y, parameters: {c: kode}}"
    for text in (f"templates: {{one_time_code: {misspelt}}}", f"{{templates: {{}}, otherwise: {misspelt}}}"):
        assert "one_time_code: kode is none of code, minutes, purpose, text" in said(text=text)
    with pytest.raises(GatewaysInvalid, match="ANXIN_SMS_TEMPLATES is missing"):
        gateways.load(Settings(sms="https://sms.test/", sms_secret=SECRET))

